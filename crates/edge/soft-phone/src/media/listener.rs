//! Listening: packets become sound on a timeline, keys and facts.

use std::time::Duration;

use codec::goertzel::rms;
use rtp::{Packet, TelephoneEvent};
use sdp::Negotiated;

use crate::keys::key_of;
use crate::media::recording::Recording;
use crate::media::{FRAME, law_of, samples_in};

/// Louder than this is sound, on the scale of 16 bits.
const AUDIBLE: f64 = 150.0;
/// Loud frames in a row before it counts as sound, and quiet ones before it counts as silence.
const ONSET: u32 = 3;
const OFFSET: u32 = 25;
/// Without a packet for this long, the stream has stopped.
const STALLED: Duration = Duration::from_secs(1);

/// Something that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    FirstPacket { codec: &'static str },
    Sound,
    Silence { lasted: Duration },
    Stopped,
    Key(char),
}

/// What has been heard so far.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    recording: Recording,
    pub(crate) received: u64,
    pub(crate) lost: u64,
    pub(crate) keys: String,
    audible: Audible,
    audible_frames: u64,
    highest: Option<(u32, u16)>,
    last_key_at: Option<(u32, u32)>,
    last_packet: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
enum Audible {
    No { loud: u32 },
    Yes { quiet: u32, since: Duration },
}

impl Default for Audible {
    fn default() -> Self {
        Self::No { loud: 0 }
    }
}

impl Listener {
    /// A datagram arrived `at` after the beginning of the timeline.
    pub(crate) fn on_datagram(
        &mut self,
        datagram: &[u8],
        agreed: &Negotiated,
        at: Duration,
        heard: &mut impl FnMut(Heard),
    ) {
        let Ok(packet) = Packet::parse(datagram) else { return };
        // RFC 5761 §4: RTCP on the same port has these types.
        if (64..=95).contains(&packet.payload_type) {
            return;
        }
        self.count(&packet);
        if self.last_packet.is_none() {
            heard(Heard::FirstPacket { codec: agreed.codec.name() });
        }
        self.last_packet = Some(at);
        if Some(packet.payload_type) == agreed.telephone_event {
            self.on_event(&packet, heard);
        } else if let Some(law) = law_of(packet.payload_type, agreed) {
            let mut sound = vec![0; packet.payload.len()];
            law.decode(packet.payload, &mut sound);
            self.recording.place(packet.ssrc, packet.timestamp, samples_in(at), &sound);
            self.listen(&sound, at, heard);
        }
    }

    /// Time has passed.
    pub(crate) fn on_tick(&mut self, at: Duration, heard: &mut impl FnMut(Heard)) {
        if self.last_packet.is_some_and(|last| at.saturating_sub(last) > STALLED) {
            self.last_packet = None;
            self.audible = Audible::default();
            heard(Heard::Stopped);
        }
    }

    /// Sound that was not silence.
    pub(crate) fn audible(&self) -> Duration {
        FRAME * u32::try_from(self.audible_frames).unwrap_or(u32::MAX)
    }

    /// The timeline until `at`.
    pub(crate) fn finish(self, at: Duration) -> Vec<i16> {
        self.recording.finish(samples_in(at))
    }

    fn count(&mut self, packet: &Packet<'_>) {
        self.received += 1;
        let newest = match self.highest {
            Some((ssrc, highest)) if ssrc == packet.ssrc => {
                let step = packet.sequence.wrapping_sub(highest);
                if step > 0x8000 {
                    // Late: it was counted as lost before.
                    self.lost = self.lost.saturating_sub(1);
                    return;
                }
                self.lost += u64::from(step.saturating_sub(1));
                packet.sequence
            }
            Some(_) | None => packet.sequence,
        };
        self.highest = Some((packet.ssrc, newest));
    }

    // RFC 4733 §2.5.1.2: all packets of one key carry the timestamp of its beginning.
    fn on_event(&mut self, packet: &Packet<'_>, heard: &mut impl FnMut(Heard)) {
        let Ok(event) = TelephoneEvent::parse(packet.payload) else { return };
        let begun = (packet.ssrc, packet.timestamp);
        if self.last_key_at == Some(begun) {
            return;
        }
        self.last_key_at = Some(begun);
        if let Some(key) = key_of(event.event) {
            self.keys.push(key);
            heard(Heard::Key(key));
        }
    }

    fn listen(&mut self, sound: &[i16], at: Duration, heard: &mut impl FnMut(Heard)) {
        let loud = rms(sound) > AUDIBLE;
        self.audible_frames += u64::from(loud);
        self.audible = match (self.audible, loud) {
            (Audible::No { .. }, false) => Audible::No { loud: 0 },
            (Audible::No { loud }, true) if loud + 1 < ONSET => Audible::No { loud: loud + 1 },
            (Audible::No { .. }, true) => {
                heard(Heard::Sound);
                Audible::Yes { quiet: 0, since: at }
            }
            (Audible::Yes { since, .. }, true) => Audible::Yes { quiet: 0, since },
            (Audible::Yes { quiet, since }, false) if quiet + 1 < OFFSET => {
                Audible::Yes { quiet: quiet + 1, since }
            }
            (Audible::Yes { since, .. }, false) => {
                heard(Heard::Silence { lasted: at.saturating_sub(since).saturating_sub(FRAME * OFFSET) });
                Audible::No { loud: 0 }
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use codec::Law;
    use sdp::Codec;

    use super::*;

    fn agreed() -> Negotiated {
        let plain = Negotiated::plain("127.0.0.1:4000".parse().unwrap(), Codec::Pcmu);
        Negotiated { telephone_event: Some(101), own_telephone_event: Some(101), ..plain }
    }

    fn datagram(payload_type: u8, sequence: u16, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        let mut buffer = vec![0; 400];
        let packet = Packet { payload_type, sequence, timestamp, ssrc: 9, payload, ..Packet::default() };
        let length = packet.write(&mut buffer).unwrap();
        buffer.truncate(length);
        buffer
    }

    #[test]
    fn a_key_counts_once_however_often_it_is_told() {
        let mut listener = Listener::default();
        let mut facts = Vec::new();
        let mut sequence = 0;
        for (timestamp, event) in [(0, 5), (8_000, 5), (16_000, 11)] {
            for end in [false, false, true, true, true] {
                let payload = TelephoneEvent { event, end, volume: 10, duration: 160 }.to_bytes();
                listener.on_datagram(
                    &datagram(101, sequence, timestamp, &payload),
                    &agreed(),
                    Duration::ZERO,
                    &mut |fact| facts.push(fact),
                );
                sequence += 1;
            }
        }
        assert_eq!(listener.keys, "55#");
        assert_eq!(facts.iter().filter(|fact| matches!(fact, Heard::Key(_))).count(), 3);
    }

    #[test]
    fn sound_silence_and_the_end_of_a_stream_are_told_apart() {
        let mut listener = Listener::default();
        let mut facts = Vec::new();
        for frame in 0..100_u32 {
            let sample = if (20..50).contains(&frame) { 8_000 } else { 0 };
            let payload = vec![Law::Mu.encode_sample(sample); 160];
            let packet = datagram(0, frame as u16, frame * 160, &payload);
            listener.on_datagram(&packet, &agreed(), FRAME * frame, &mut |fact| facts.push(fact));
        }
        listener.on_tick(FRAME * 200, &mut |fact| facts.push(fact));
        assert_eq!(
            facts,
            [
                Heard::FirstPacket { codec: "PCMU" },
                Heard::Sound,
                Heard::Silence { lasted: Duration::from_millis(540) },
                Heard::Stopped
            ]
        );
        assert_eq!(listener.audible(), FRAME * 30);
    }

    #[test]
    fn gaps_are_lost_and_late_packets_are_found_again() {
        let mut listener = Listener::default();
        for sequence in [65_534, 65_535, 1, 0, 5] {
            listener.on_datagram(&datagram(0, sequence, 0, &[0xff; 160]), &agreed(), FRAME, &mut |_| {});
        }
        assert_eq!((listener.received, listener.lost), (5, 3));
        listener.on_datagram(b"junk", &agreed(), FRAME, &mut |_| {});
        assert_eq!(listener.received, 5);
    }
}
