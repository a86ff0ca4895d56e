//! One tap on its media thread.

use std::sync::Arc;

use identifier::LegId;
use media_engine::Graph;
use media_plan::{Tap, Tone};

use crate::hearing;
use crate::tap_sound::TapSource;
use crate::tap_voice::SpokenVoice;

/// Somebody who listens, and may speak.
pub(crate) struct LiveTap {
    tap: Arc<Tap>,
    source: TapSource,
    voice: Option<SpokenVoice>,
    /// Frames since it began.
    frame: u64,
    /// It differs from what the listener knows: there was no room to say so.
    is_news: bool,
    /// What was told is not to wait for the frames that are told together.
    is_urgent: bool,
    /// The turn in which the listener was woken last.
    turn: u64,
}

impl LiveTap {
    pub(crate) fn new(tap: Arc<Tap>, source: TapSource, voice: Option<SpokenVoice>) -> Self {
        Self { tap, source, voice, frame: 0, is_news: false, is_urgent: false, turn: 0 }
    }

    pub(crate) fn id(&self) -> identifier::TapId {
        self.tap.id
    }

    /// The wish is this from now on.
    pub(crate) fn change(&mut self, tap: Arc<Tap>) {
        self.tap = tap;
        self.is_news = true;
        self.tell_news();
    }

    /// The graph listens as the wish says.
    pub(crate) fn arrange(&self, graph: &mut Graph) {
        match hearing::of(&self.tap) {
            Some(hearing) => graph.listen(self.tap.id, self.tap.voices.keys().copied().collect(), hearing),
            None => graph.stop_listening(self.tap.id),
        }
        if self.voice.is_some() {
            graph.give_voice(self.tap.id);
        }
    }

    /// Before the graph goes on: what the listener says.
    pub(crate) fn speak(&mut self, graph: &mut Graph) {
        let id = self.tap.id;
        if let Some(voice) = &mut self.voice {
            voice.take(|samples| graph.handle_live_voice(id, samples));
        }
    }

    /// After it: what the listener hears. `None`: nobody listens any more; else whether the listener is to be woken. Who
    /// is not in a hurry is woken once in a turn.
    pub(crate) fn hear(&mut self, graph: &Graph, turn: u64) -> Option<bool> {
        self.tell_news();
        if let Some(hearing) = hearing::of(&self.tap) {
            for (track, samples) in graph.heard_by_tap(self.tap.id) {
                self.source.hear(self.frame, track, samples);
            }
            if hearing.apart.is_some() {
                self.source.end_frame(self.frame);
            }
        }
        let is_urgent = std::mem::take(&mut self.is_urgent) || hearing::is_hurried(&self.tap.purpose);
        let is_due = is_urgent || std::mem::replace(&mut self.turn, turn) != turn;
        if is_due {
            self.source.mark();
        }
        self.frame += 1;
        (!self.source.is_abandoned()).then_some(is_due)
    }

    /// A key was pressed on a leg, and let go.
    pub(crate) fn press(&mut self, leg: LegId, tone: Tone) {
        if self.tap.voices.contains_key(&leg) {
            self.source.press(self.frame, leg, tone);
            self.is_urgent = true;
        }
    }

    fn tell_news(&mut self) {
        if self.is_news {
            self.is_news = self.source.change(self.frame, self.tap.clone()).is_err();
            self.is_urgent = true;
        }
    }
}
