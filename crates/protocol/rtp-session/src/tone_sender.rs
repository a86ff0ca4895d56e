//! Keys that we press (RFC 4733 §2.5.1).

use rtp::TelephoneEvent;

use crate::frame::{FRAME_MS, FRAME_SAMPLES};

/// Keys that may wait at one time.
pub const MOST_TONES: usize = 64;
/// How long a key is down: long enough for old exchanges, short enough for eighteen digits in four seconds.
const TONE_FRAMES: u16 = (120 / FRAME_MS) as u16;
/// How long no key is down between two.
const GAP_FRAMES: u16 = (100 / FRAME_MS) as u16;
/// RFC 4733 §2.5.1.4: the end is said three times, the last two of them during the gap.
const END_COPIES: u16 = 3;
/// -10 dBm0, as loud as a phone.
const VOLUME: u8 = 10;

/// What goes out in the place of one voice frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TonePacket {
    pub(crate) event: TelephoneEvent,
    /// Frames since the key went down; its packets all carry the timestamp of that moment.
    pub(crate) age: u32,
    /// The first packet of a key.
    pub(crate) marker: bool,
}

#[derive(Debug, Default)]
pub(crate) struct ToneSender {
    queue: Queue,
    /// The key that is being sent, and frames since it went down.
    current: Option<(Queued, u16)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Queued {
    event: u8,
    /// The last key of its sequence.
    last: bool,
}

/// A ring, so that nothing is allocated.
#[derive(Debug)]
struct Queue {
    keys: [Queued; MOST_TONES],
    first: usize,
    length: usize,
}

/// One frame's worth of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToneStep {
    /// Replaces the voice.
    pub(crate) packet: Option<TonePacket>,
    /// The last end of the last key of a sequence is in this packet.
    pub(crate) sequence_sent: bool,
}

impl ToneSender {
    /// Queues a sequence; `false`: there is no room, and nothing is queued.
    pub(crate) fn press(&mut self, events: &[u8]) -> bool {
        if self.queue.length + events.len() > MOST_TONES {
            return false;
        }
        for (index, event) in events.iter().enumerate() {
            self.queue.push(Queued { event: *event, last: index + 1 == events.len() });
        }
        true
    }

    /// What goes out now; called once per frame.
    pub(crate) fn step(&mut self) -> ToneStep {
        let (key, age) = match self.current.take().or_else(|| Some((self.queue.pop()?, 0))) {
            Some(current) => current,
            None => return ToneStep::default(),
        };
        let age = age + 1;
        let last_copy = TONE_FRAMES + END_COPIES - 1;
        let packet = (age <= last_copy).then(|| TonePacket {
            event: TelephoneEvent {
                event: key.event,
                end: age >= TONE_FRAMES,
                volume: VOLUME,
                duration: age.min(TONE_FRAMES) * FRAME_SAMPLES as u16,
            },
            age: u32::from(age - 1),
            marker: age == 1,
        });
        if age < TONE_FRAMES + GAP_FRAMES {
            self.current = Some((key, age));
        }
        ToneStep { packet, sequence_sent: key.last && age == last_copy }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self { keys: [Queued::default(); MOST_TONES], first: 0, length: 0 }
    }
}

impl Queue {
    fn push(&mut self, key: Queued) {
        self.keys[(self.first + self.length) % MOST_TONES] = key;
        self.length += 1;
    }

    fn pop(&mut self) -> Option<Queued> {
        self.length = self.length.checked_sub(1)?;
        let key = self.keys[self.first];
        self.first = (self.first + 1) % MOST_TONES;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_updated_every_frame_and_ended_three_times() {
        let mut sender = ToneSender::default();
        assert!(sender.press(&[5, 11]));
        let steps: Vec<ToneStep> = (0..30).map(|_| sender.step()).collect();
        let said: Vec<_> = steps
            .iter()
            .map(|step| {
                step.packet.map(|packet| (packet.event.event, packet.event.duration, packet.event.end))
            })
            .collect();
        let key = |event| {
            [
                Some((event, 160, false)),
                Some((event, 320, false)),
                Some((event, 480, false)),
                Some((event, 640, false)),
                Some((event, 800, false)),
                Some((event, 960, true)),
                Some((event, 960, true)),
                Some((event, 960, true)),
                None,
                None,
                None,
            ]
        };
        assert_eq!(said[..11], key(5));
        assert_eq!(said[11..22], key(11));
        assert_eq!(said[22..], [None; 8]);
        let sent: Vec<usize> = (0..30).filter(|index| steps[*index].sequence_sent).collect();
        assert_eq!(sent, [18]);
        assert!(steps[0].packet.unwrap().marker && !steps[1].packet.unwrap().marker);
    }

    #[test]
    fn too_many_keys_are_refused_whole() {
        let mut sender = ToneSender::default();
        assert!(sender.press(&[1; MOST_TONES]));
        assert!(!sender.press(&[1]));
        sender.step();
        assert!(sender.press(&[1]));
    }
}
