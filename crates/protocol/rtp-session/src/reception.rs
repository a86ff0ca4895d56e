//! What is known about the stream that we receive (RFC 3550 §6.4.1, Appendix A).

use std::time::Duration;

use clock::Now;
use rtp::control::ReportBlock;

/// Statistics of one source.
#[derive(Debug)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    base: u32,
    highest: u32,
    received: u32,
    reported: Reported,
    /// Losses that the statistics know of.
    lost_counted: u32,
    /// In 1/16 of a timestamp unit.
    jitter: u32,
    last_transit: Option<u32>,
    clock_hz: u32,
    sender_report: Option<(u32, Now)>,
}

#[derive(Debug, Default)]
struct Reported {
    expected: u32,
    received: u32,
}

impl Reception {
    pub(crate) fn new(ssrc: u32, sequence: u16) -> Self {
        Self {
            ssrc,
            base: sequence.into(),
            highest: sequence.into(),
            received: 0,
            reported: Reported::default(),
            lost_counted: 0,
            jitter: 0,
            last_transit: None,
            clock_hz: 0,
            sender_report: None,
        }
    }

    /// Counts a packet of a stream of so many ticks in a second.
    pub(crate) fn count(&mut self, sequence: u16, timestamp: u32, clock_hz: u32, now: Now) {
        self.received = self.received.wrapping_add(1);
        let ahead = sequence.wrapping_sub(self.highest as u16);
        if ahead < 0x8000 {
            self.highest = self.highest.wrapping_add(ahead.into());
        }
        if self.clock_hz != clock_hz {
            (self.clock_hz, self.last_transit) = (clock_hz, None);
        }
        // RFC 3550 Appendix A.8; every clock has whole ticks in a millisecond.
        let arrival = (now.monotonic_us() * u64::from(clock_hz / 1_000) / 1_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.last_transit.replace(transit) {
            let change = (transit.wrapping_sub(last) as i32).unsigned_abs().min(1 << 20);
            self.jitter = self.jitter + change - ((self.jitter + 8) >> 4);
        }
    }

    /// Packets that have been found missing since the last time somebody asked; one that comes after
    /// that is not taken back.
    pub(crate) fn take_lost(&mut self) -> u32 {
        let expected = self.highest.wrapping_sub(self.base).wrapping_add(1);
        let lost = expected.saturating_sub(self.received);
        let more = lost.saturating_sub(self.lost_counted);
        self.lost_counted += more;
        more
    }

    /// The jitter so far; `None` before the second packet.
    pub(crate) fn jitter(&self) -> Option<Duration> {
        self.last_transit.filter(|_| self.received > 1)?;
        let ticks = u64::from(self.jitter >> 4);
        Some(Duration::from_micros(ticks * 1_000_000 / u64::from(self.clock_hz.max(1))))
    }

    /// The sender's own report came.
    pub(crate) fn note_sender_report(&mut self, ntp: u64, now: Now) {
        self.sender_report = Some(((ntp >> 16) as u32, now));
    }

    /// What to report now; the next report counts from here.
    pub(crate) fn report(&mut self, now: Now) -> ReportBlock {
        let expected = self.highest.wrapping_sub(self.base).wrapping_add(1);
        let expected_since = expected.wrapping_sub(self.reported.expected);
        let received_since = self.received.wrapping_sub(self.reported.received);
        self.reported = Reported { expected, received: self.received };
        let lost_since = expected_since.saturating_sub(received_since);
        let (last_sender_report, delay_since) = match self.sender_report {
            Some((middle, at)) => (middle, (now.since(at).as_micros() * 65_536 / 1_000_000) as u32),
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: (u64::from(lost_since) * 256 / u64::from(expected_since.max(1))).min(255) as u8,
            lost: expected.wrapping_sub(self.received) as i32,
            highest_sequence: self.highest,
            jitter: self.jitter >> 4,
            last_sender_report,
            delay_since,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_across_the_wrap_of_sequence_numbers() {
        let mut reception = Reception::new(7, 65_530);
        for number in 0..100_u32 {
            if number % 4 != 3 {
                let now = Now::new(u64::from(number) * 20_000, 0);
                reception.count(65_530_u16.wrapping_add(number as u16), number * 160, 8_000, now);
            }
        }
        let report = reception.report(Now::new(2_000_000, 0));
        assert_eq!((report.lost, report.fraction_lost), (24, 62), "the last packet's loss is not known yet");
        assert_eq!(report.highest_sequence, 65_530 + 98);
        assert_eq!(report.jitter, 0);
        assert_eq!(reception.report(Now::new(2_000_000, 0)).fraction_lost, 0);
    }
}
