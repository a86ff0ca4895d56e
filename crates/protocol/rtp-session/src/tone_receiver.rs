//! Keys that the peer presses (RFC 4733 §2.5.2).

use std::time::Duration;

use clock::Now;
use codec::dtmf::KeyChange;
use rtp::{TelephoneEvent, is_newer_timestamp};

/// A key whose updates stop for this long has come up, though all its ends were lost.
const LOST_END: Duration = Duration::from_millis(120);
/// The end of a key is said for less than this: what a new source says of it later is another key.
const LAST_COPIES: Duration = Duration::from_millis(200);
/// Faster than this nobody presses keys, and no exchange sends them (ITU-T Q.24).
const KEY_INTERVAL_MS: u128 = 60;
/// Keys that may come at once, after a network that was stuck. A flood of more is not passed on.
const BURST: u8 = 18;
/// The last code that is a key.
const LAST_KEY: u8 = 15;

#[derive(Debug)]
pub(crate) struct ToneReceiver {
    pressed: Option<Pressed>,
    /// The key that came up last: later copies are duplicates.
    ended: Option<Ended>,
    /// Another source speaks now, whose timestamps have nothing to do with those known.
    is_adrift: bool,
    /// Keys that may come now, and when that was last raised.
    allowed: u8,
    raised: Option<Now>,
}

#[derive(Clone, Copy, Debug)]
struct Pressed {
    event: u8,
    timestamp: u32,
    duration: u16,
    updated: Now,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    event: u8,
    timestamp: u32,
    at: Now,
}

impl Default for ToneReceiver {
    fn default() -> Self {
        Self { pressed: None, ended: None, is_adrift: false, allowed: BURST, raised: None }
    }
}

impl ToneReceiver {
    /// Whether a key is down, so that the voice is silent on purpose.
    pub(crate) fn is_pressed(&self) -> bool {
        self.pressed.is_some()
    }

    /// Takes an event packet: at most two changes (the last key up, this one down), and this one's end.
    pub(crate) fn handle_event(
        &mut self,
        event: TelephoneEvent,
        timestamp: u32,
        now: Now,
    ) -> [Option<KeyChange>; 3] {
        if event.event > LAST_KEY {
            return [None; 3];
        }
        if std::mem::take(&mut self.is_adrift) {
            self.come_to(&event, timestamp, now);
        }
        if self.is_stale(timestamp, event.event) {
            return [None; 3];
        }
        let mut changes = [None; 3];
        if self.pressed.is_none_or(|pressed| !pressed.continues_in(&event, timestamp)) {
            changes[0] = self.release(now);
            if !self.may_begin(now) {
                return changes;
            }
            changes[1] = Some(KeyChange::Down(event.event));
        }
        self.pressed =
            Some(Pressed { event: event.event, timestamp, duration: event.duration, updated: now });
        if event.end {
            changes[2] = self.release(now);
        }
        changes
    }

    /// The key whose end was lost.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Option<KeyChange> {
        self.pressed.filter(|pressed| now.since(pressed.updated) >= LOST_END)?;
        self.release(now)
    }

    /// Nothing is listened to any more.
    pub(crate) fn reset(&mut self) -> Option<KeyChange> {
        self.ended = None;
        self.pressed.take().map(|pressed| KeyChange::Up(pressed.event))
    }

    /// The peer goes on as another source (RFC 3550 §8.2), perhaps in the middle of a key.
    pub(crate) fn handle_new_source(&mut self) {
        self.is_adrift = true;
    }

    /// The first that a new source says of keys: the one that is held goes on, what remains to be said of the last
    /// one is said already.
    fn come_to(&mut self, event: &TelephoneEvent, timestamp: u32, now: Now) {
        let ended = self.ended.take();
        match &mut self.pressed {
            Some(pressed) if pressed.event == event.event => pressed.timestamp = timestamp,
            // It comes up when this one goes down.
            Some(pressed) => pressed.timestamp = timestamp.wrapping_sub(1),
            None => {
                let is_over = |ended: &Ended| ended.event == event.event && now.since(ended.at) < LAST_COPIES;
                let ended = ended.filter(|ended| event.end && is_over(ended));
                self.ended = ended.map(|ended| Ended { timestamp, ..ended });
            }
        }
    }

    fn release(&mut self, now: Now) -> Option<KeyChange> {
        let pressed = self.pressed.take()?;
        self.ended = Some(Ended { event: pressed.event, timestamp: pressed.timestamp, at: now });
        Some(KeyChange::Up(pressed.event))
    }

    /// Whether another key may go down now.
    fn may_begin(&mut self, now: Now) -> bool {
        let since = now.since(*self.raised.get_or_insert(now)).as_millis() / KEY_INTERVAL_MS;
        if since > 0 {
            self.raised = Some(now);
            self.allowed = since.saturating_add(self.allowed.into()).min(BURST.into()) as u8;
        }
        let may = self.allowed > 0;
        self.allowed = self.allowed.saturating_sub(1);
        may
    }

    /// Of a key that has come up already, or of one that was pressed before the current one.
    fn is_stale(&self, timestamp: u32, event: u8) -> bool {
        let before = |known: u32| is_newer_timestamp(known, timestamp);
        self.ended.is_some_and(|ended| (ended.timestamp, ended.event) == (timestamp, event))
            || self.ended.is_some_and(|ended| before(ended.timestamp))
            || self.pressed.is_some_and(|pressed| before(pressed.timestamp))
    }
}

impl Pressed {
    fn continues_in(&self, event: &TelephoneEvent, timestamp: u32) -> bool {
        // RFC 4733 §2.5.1.3: an event longer than the field can say goes on in a new segment.
        let next_segment =
            self.duration == u16::MAX && timestamp.wrapping_sub(self.timestamp) <= u32::from(u16::MAX) + 1;
        self.event == event.event && (self.timestamp == timestamp || next_segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Keys(ToneReceiver, String);

    impl Keys {
        fn new() -> Self {
            Self(ToneReceiver::default(), String::new())
        }

        fn event(&mut self, at_ms: u64, timestamp: u32, event: u8, duration: u16, end: bool) {
            let event = TelephoneEvent { event, end, volume: 10, duration };
            let changes = self.0.handle_event(event, timestamp, at(at_ms));
            changes.into_iter().flatten().for_each(|change| self.note(change));
        }

        fn note(&mut self, change: KeyChange) {
            self.1 += &match change {
                KeyChange::Down(event) => format!("v{event} "),
                KeyChange::Up(event) => format!("^{event} "),
            };
        }
    }

    fn at(ms: u64) -> Now {
        Now::new(ms * 1_000, 0)
    }

    #[test]
    fn a_key_is_counted_once_however_often_its_packets_come() {
        let mut keys = Keys::new();
        for (duration, end) in
            [(160, false), (320, false), (320, false), (480, true), (480, true), (480, true)]
        {
            keys.event(0, 1_000, 5, duration, end);
        }
        keys.event(0, 1_000, 5, 320, false);
        assert_eq!(keys.1, "v5 ^5 ");
    }

    #[test]
    fn a_key_of_which_only_the_end_arrives_is_counted() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 5, 480, true);
        assert_eq!(keys.1, "v5 ^5 ");
    }

    #[test]
    fn the_same_key_pressed_twice_counts_twice() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 5, 480, true);
        keys.event(200, 3_000, 5, 480, true);
        assert_eq!(keys.1, "v5 ^5 v5 ^5 ");
    }

    #[test]
    fn a_key_without_an_end_comes_up_with_the_next_key_or_after_a_while() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 1, 160, false);
        keys.event(100, 3_000, 2, 160, false);
        assert_eq!(keys.1, "v1 ^1 v2 ");
        assert_eq!(keys.0.handle_timeout(at(219)), None);
        assert_eq!(keys.0.handle_timeout(at(220)), Some(KeyChange::Up(2)));
        keys.event(230, 3_000, 2, 800, true);
        assert_eq!(keys.1, "v1 ^1 v2 ");
    }

    #[test]
    fn packets_of_the_last_key_that_come_late_are_ignored() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 1, 480, true);
        keys.event(100, 3_000, 2, 160, false);
        keys.event(100, 1_000, 1, 480, true);
        assert_eq!(keys.1, "v1 ^1 v2 ");
    }

    #[test]
    fn a_key_held_for_longer_than_the_field_can_say_is_one_key() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 1, u16::MAX, false);
        keys.event(20, 1_000 + 65_535, 1, 160, false);
        keys.event(40, 1_000 + 65_535, 1, 320, true);
        assert_eq!(keys.1, "v1 ^1 ");
    }

    #[test]
    fn a_flood_of_keys_is_not_passed_on() {
        let mut keys = Keys::new();
        for number in 0..10_000 {
            keys.event(u64::from(number) / 100, 1_000 + number, 5, 160, true);
        }
        assert_eq!(keys.1.matches('v').count(), 19, "eighteen at once, and one in the next 100 ms");
        assert_eq!(keys.1.matches('^').count(), 19);
        keys.event(1_000, 900_000, 5, 160, true);
        assert_eq!(keys.1.matches('v').count(), 20);
    }

    #[test]
    fn flashes_and_fax_tones_are_no_keys() {
        let mut keys = Keys::new();
        keys.event(0, 1_000, 16, 160, true);
        assert_eq!(keys.1, "");
    }
}
