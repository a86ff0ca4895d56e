//! Keys of others that wait to be passed on, or are just being.

/// As many as somebody presses at once after a network that was stuck; more are dropped.
const MOST_WAITING: usize = 18;

/// A ring of keys in the order in which they went down; the first is the one that is being sent.
#[derive(Debug, Default)]
pub(crate) struct RelayedKeys {
    keys: [RelayedKey; MOST_WAITING],
    first: usize,
    length: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct RelayedKey {
    event: u8,
    speaker: u128,
    has_come_up: bool,
}

impl RelayedKeys {
    pub(crate) fn push(&mut self, event: u8, speaker: u128) {
        // A speaker has one finger.
        self.release(speaker);
        if self.length < MOST_WAITING {
            let place = (self.first + self.length) % MOST_WAITING;
            self.keys[place] = RelayedKey { event, speaker, has_come_up: false };
            self.length += 1;
        }
    }

    /// The key that the speaker holds has come up.
    pub(crate) fn release(&mut self, speaker: u128) {
        self.retain(|other| other != speaker);
    }

    /// All keys come up but those of speakers of whom this is true.
    pub(crate) fn retain(&mut self, is_heard: impl Fn(u128) -> bool) {
        for offset in 0..self.length {
            let key = &mut self.keys[(self.first + offset) % MOST_WAITING];
            key.has_come_up |= !is_heard(key.speaker);
        }
    }

    /// Nothing waits, and the key that is being sent comes up.
    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    /// The key that is next.
    pub(crate) fn first(&self) -> Option<u8> {
        (self.length > 0).then(|| self.keys[self.first].event)
    }

    /// Whether the key that is being sent has come up.
    pub(crate) fn has_come_up(&self) -> bool {
        self.length == 0 || self.keys[self.first].has_come_up
    }

    /// The key that was being sent is over.
    pub(crate) fn pop(&mut self) {
        if let Some(length) = self.length.checked_sub(1) {
            self.length = length;
            self.first = (self.first + 1) % MOST_WAITING;
        }
    }
}
