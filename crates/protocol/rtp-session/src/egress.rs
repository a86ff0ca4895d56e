//! The stream that we send: its numbers, and what is reported of it.

use clock::Now;
use codec::Codec;
use rtp::Packet;
use rtp::control::SenderInfo;

use crate::frame::FRAME_MS;
use crate::session::Start;

/// From 1900 to 1970, for NTP time.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

/// The stream that we send.
#[derive(Debug)]
pub(crate) struct Egress {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// Ticks of timestamps in a second.
    clock_hz: u32,
    marker: bool,
    packets: u32,
    bytes: u32,
    packets_reported: u32,
    packets_counted: u32,
}

impl Egress {
    pub(crate) fn new(start: &Start) -> Self {
        Self {
            ssrc: start.ssrc,
            sequence: start.sequence,
            timestamp: start.timestamp,
            clock_hz: Codec::Pcmu.clock_hz(),
            marker: true,
            packets: 0,
            bytes: 0,
            packets_reported: 0,
            packets_counted: 0,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of the frame that goes out now; time goes on whether it does or not.
    pub(crate) fn next_frame(&mut self) -> u32 {
        let timestamp = self.timestamp;
        self.timestamp = timestamp.wrapping_add(self.frame_ticks());
        timestamp
    }

    /// A packet that the peer misses, because it was lost on its way to us.
    pub(crate) fn leave_out(&mut self) {
        self.sequence = self.sequence.wrapping_add(1);
    }

    /// After a pause sound begins again, and the next packet says so (RFC 3551 §4.1).
    pub(crate) fn begin_again(&mut self) {
        self.marker = true;
    }

    /// Whether the packet is the first after a pause.
    pub(crate) fn take_marker(&mut self) -> bool {
        std::mem::take(&mut self.marker)
    }

    /// Packets since the last time somebody asked.
    pub(crate) fn take_sent(&mut self) -> u32 {
        let sent = self.packets.wrapping_sub(self.packets_counted);
        self.packets_counted = self.packets;
        sent
    }

    pub(crate) fn frame_ticks(&self) -> u32 {
        self.clock_hz / 1_000 * FRAME_MS
    }

    /// Another clock is another stream (RFC 7160 §4.1), which is told; with another codec, something new begins.
    pub(crate) fn change_clock(&mut self, clock_hz: u32) -> bool {
        let is_another = std::mem::replace(&mut self.clock_hz, clock_hz) != clock_hz && self.packets > 0;
        if is_another {
            self.ssrc = self.ssrc.wrapping_add(1);
        }
        self.marker = true;
        is_another
    }

    pub(crate) fn write(&mut self, packet: Packet<'_>, buffer: &mut [u8]) -> Option<usize> {
        let packet = Packet { sequence: self.sequence, ssrc: self.ssrc, ..packet };
        let length = packet.write(buffer)?;
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(packet.payload.len() as u32);
        Some(length)
    }

    /// `None`: nothing was sent since the last report (RFC 3550 §6.4).
    pub(crate) fn report(&mut self, now: Now) -> Option<SenderInfo> {
        if self.packets_reported == self.packets {
            return None;
        }
        self.packets_reported = self.packets;
        let unix_us = now.unix_us().max(0) as u64;
        let fraction = ((unix_us % 1_000_000) << 32) / 1_000_000;
        let ntp = ((unix_us / 1_000_000 + NTP_TO_UNIX_S) << 32) | fraction;
        Some(SenderInfo { ntp, timestamp: self.timestamp, packets: self.packets, bytes: self.bytes })
    }
}
