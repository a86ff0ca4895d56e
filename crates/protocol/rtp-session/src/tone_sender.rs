//! Keys that we press (RFC 4733 §2.5.1): our own, and those of somebody whom the peer hears.

use codec::{Law, tone};
use rtp::TelephoneEvent;

use crate::frame::{FRAME_MS, FRAME_SAMPLES, Frame, RATE_HZ};
use crate::relayed_keys::RelayedKeys;

/// Keys that may wait at one time.
pub const MOST_TONES: usize = 64;
/// How long a key of ours is down: long enough for old exchanges, short enough for eighteen digits in four seconds.
const TONE_FRAMES: u16 = (120 / FRAME_MS) as u16;
/// How long no key is down between two of ours.
const GAP_FRAMES: u16 = (100 / FRAME_MS) as u16;
/// A key that is passed on is down for at least this long, and up again before the next: more
/// than the 40 ms that every exchange must notice (ITU-T Q.24), so that those that waited catch up.
const RELAYED_FRAMES: u16 = (60 / FRAME_MS) as u16;
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

impl TonePacket {
    /// Makes the sound of the key, for a peer that does not take it otherwise.
    pub(crate) fn mix_into(&self, law: Law, codes: &mut Frame) {
        let mut sound = [0; FRAME_SAMPLES];
        tone::write_dtmf(RATE_HZ, self.event.event, self.age as usize * FRAME_SAMPLES, &mut sound);
        for (code, sample) in codes.iter_mut().zip(sound) {
            *code = law.encode_sample(law.decode_sample(*code).saturating_add(sample));
        }
    }
}

#[derive(Debug)]
pub(crate) struct ToneSender {
    /// Ticks of a frame in which durations are said.
    frame_ticks: u16,
    queue: Queue,
    relayed: RelayedKeys,
    current: Option<Pressing>,
}

/// The key that is being sent.
#[derive(Clone, Copy, Debug)]
struct Pressing {
    event: u8,
    /// Frames since it went down.
    age: u16,
    /// Frames after which it comes up, if that is known.
    length: Option<u16>,
    from: From,
    /// The stream in which it began is over, and nothing is said of it in the next.
    is_cut: bool,
}

/// Who presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Us {
        /// It is the last key of its sequence.
        last: bool,
    },
    Speaker,
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

impl Default for ToneSender {
    fn default() -> Self {
        let frame_ticks = (RATE_HZ / 1_000 * FRAME_MS) as u16;
        Self { frame_ticks, queue: Queue::default(), relayed: RelayedKeys::default(), current: None }
    }
}

impl ToneSender {
    /// Durations are said in so many ticks a second from now on.
    pub(crate) fn set_rate(&mut self, rate_hz: u32) {
        self.frame_ticks = u16::try_from(rate_hz / 1_000 * FRAME_MS).unwrap_or(u16::MAX).max(1);
    }

    /// Another stream begins: a key that was begun is over, because in both it would be two.
    pub(crate) fn cut(&mut self) {
        let Some(key) = &mut self.current else { return };
        key.is_cut = true;
        if key.length.is_none() {
            self.relayed.pop();
        }
        key.length = Some(key.length.map_or(key.age, |length| length.min(key.age)));
    }

    /// The field of the duration says no more: a key that is held for longer comes up after 8 s, or after 1.3 s
    /// at 48 kHz.
    fn most_frames(&self) -> u16 {
        u16::MAX / self.frame_ticks
    }

    /// Queues a sequence; `false`: there is no room, and nothing is queued.
    ///
    /// Keys of others give way: mixed into a sequence they would make another one of it.
    pub(crate) fn press(&mut self, events: &[u8]) -> bool {
        if self.queue.length + events.len() > MOST_TONES {
            return false;
        }
        self.relayed.clear();
        for (index, event) in events.iter().enumerate() {
            self.queue.push(Queued { event: *event, last: index + 1 == events.len() });
        }
        true
    }

    /// Somebody whom the peer hears presses a key. It is dropped while keys of ours are sent.
    pub(crate) fn relay(&mut self, event: u8, speaker: u128) {
        let is_ours = self.current.is_some_and(|key| key.from != From::Speaker);
        if !is_ours && self.queue.length == 0 {
            self.relayed.push(event, speaker);
        }
    }

    /// The speaker's key has come up.
    pub(crate) fn end_relay(&mut self, speaker: u128) {
        self.relayed.release(speaker);
    }

    /// Ends the keys of speakers whom the peer does not hear any more.
    pub(crate) fn retain_relayed(&mut self, is_heard: impl Fn(u128) -> bool) {
        self.relayed.retain(is_heard);
    }

    /// What goes out now; called once per frame.
    pub(crate) fn step(&mut self) -> ToneStep {
        let Some(mut key) = self.current.take().or_else(|| self.next()) else { return ToneStep::default() };
        key.age += 1;
        let may_end =
            key.age >= RELAYED_FRAMES && self.relayed.has_come_up() || key.age >= self.most_frames();
        if key.length.is_none() && may_end {
            key.length = Some(key.age);
            self.relayed.pop();
        }
        let last_copy = key.length.map_or(u16::MAX, |length| length + END_COPIES - 1);
        let packet = (key.age <= last_copy && !key.is_cut).then(|| key.packet(self.frame_ticks));
        let sequence_sent = key.from == (From::Us { last: true }) && key.age == last_copy;
        if key.length.is_none_or(|length| key.age < length + key.gap()) {
            self.current = Some(key);
        }
        ToneStep { packet, sequence_sent }
    }

    fn next(&mut self) -> Option<Pressing> {
        if let Some(Queued { event, last }) = self.queue.pop() {
            let length = Some(TONE_FRAMES);
            return Some(Pressing { event, age: 0, length, from: From::Us { last }, is_cut: false });
        }
        let event = self.relayed.first()?;
        Some(Pressing { event, age: 0, length: None, from: From::Speaker, is_cut: false })
    }
}

impl Pressing {
    fn packet(&self, frame_ticks: u16) -> TonePacket {
        let length = self.length.unwrap_or(u16::MAX);
        TonePacket {
            event: TelephoneEvent {
                event: self.event,
                end: self.age >= length,
                volume: VOLUME,
                duration: self.age.min(length).saturating_mul(frame_ticks),
            },
            age: u32::from(self.age - 1),
            marker: self.age == 1,
        }
    }

    /// Frames after it has come up, in which no other key goes down.
    fn gap(&self) -> u16 {
        match self.from {
            From::Us { .. } => GAP_FRAMES,
            From::Speaker => RELAYED_FRAMES,
        }
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

    /// What is said in each frame: the key, how long it is down, whether it has come up.
    fn say(sender: &mut ToneSender, frames: usize) -> String {
        let mut said = String::new();
        for _ in 0..frames {
            said += &match sender.step().packet {
                Some(TonePacket { event, .. }) => {
                    let frames = event.duration / 160;
                    format!("{}:{frames}{} ", event.event, if event.end { "." } else { "" })
                }
                None => "- ".into(),
            };
        }
        said
    }

    #[test]
    fn a_key_that_is_passed_on_is_down_for_as_long_as_it_is_pressed() {
        let mut sender = ToneSender::default();
        sender.relay(7, 1);
        assert_eq!(say(&mut sender, 4), "7:1 7:2 7:3 7:4 ");
        sender.end_relay(1);
        assert_eq!(say(&mut sender, 5), "7:5. 7:5. 7:5. - - ");
    }

    #[test]
    fn keys_that_come_at_once_are_passed_on_one_after_another() {
        let mut sender = ToneSender::default();
        for key in [1, 2] {
            sender.relay(key, 1);
            sender.end_relay(1);
        }
        sender.relay(3, 2);
        assert_eq!(say(&mut sender, 6), "1:1 1:2 1:3. 1:3. 1:3. - ");
        assert_eq!(say(&mut sender, 6), "2:1 2:2 2:3. 2:3. 2:3. - ");
        assert_eq!(say(&mut sender, 4), "3:1 3:2 3:3 3:4 ");
    }

    #[test]
    fn who_is_not_heard_any_more_presses_no_key() {
        let mut sender = ToneSender::default();
        sender.relay(1, 1);
        assert_eq!(say(&mut sender, 3), "1:1 1:2 1:3 ");
        sender.retain_relayed(|speaker| speaker != 1);
        assert_eq!(say(&mut sender, 5), "1:4. 1:4. 1:4. - - ");
    }

    #[test]
    fn our_own_keys_are_not_mixed_with_those_of_others() {
        let mut sender = ToneSender::default();
        for key in [1, 2] {
            sender.relay(key, 1);
            sender.end_relay(1);
        }
        sender.step();
        assert!(sender.press(&[9]));
        sender.relay(3, 1);
        assert_eq!(say(&mut sender, 5), "1:2 1:3. 1:3. 1:3. - ");
        sender.relay(4, 1);
        assert_eq!(say(&mut sender, 12), "9:1 9:2 9:3 9:4 9:5 9:6. 9:6. 9:6. - - - - ");
        sender.relay(5, 1);
        assert_eq!(say(&mut sender, 1), "5:1 ");
    }

    #[test]
    fn a_key_that_is_held_for_ever_comes_up() {
        let mut sender = ToneSender::default();
        sender.relay(1, 1);
        let said = say(&mut sender, 500);
        assert!(said.contains("1:408 1:409. 1:409. 1:409. - - "), "{said}");
    }
}
