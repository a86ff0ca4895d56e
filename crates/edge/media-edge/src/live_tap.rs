//! One tap on its media thread.

use std::sync::Arc;

use identifier::LegId;
use media_engine::Graph;
use media_plan::{Tap, Tone};

use crate::hearing;
use crate::tap_sound::TapSource;
use crate::tap_voice::SpokenVoice;

/// Taps take turns in being woken. A multiple of all frames that are told together.
const TURNS: u64 = 60;

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
}

impl LiveTap {
    pub(crate) fn new(tap: Arc<Tap>, source: TapSource, voice: Option<SpokenVoice>) -> Self {
        Self { tap, source, voice, frame: 0, is_news: false, is_urgent: false }
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

    /// After it: what the listener hears. `None`: nobody listens any more; else whether the listener is to be woken.
    pub(crate) fn hear(&mut self, graph: &Graph) -> Option<bool> {
        self.tell_news();
        if let Some(hearing) = hearing::of(&self.tap) {
            for (track, samples) in graph.heard_by_tap(self.tap.id) {
                self.source.hear(self.frame, track, samples);
            }
            if hearing.apart.is_some() {
                self.source.end_frame(self.frame);
            }
        }
        let is_due = self.is_due() || std::mem::take(&mut self.is_urgent);
        if is_due {
            self.source.mark();
        }
        self.frame += 1;
        (!self.source.is_abandoned()).then_some(is_due)
    }

    /// Whether the frames that are told together are complete; those of many taps are not so at once.
    fn is_due(&self) -> bool {
        let turn = self.tap.id.as_u128() as u64 % TURNS + self.frame;
        turn.is_multiple_of(hearing::frames_together(&self.tap.purpose))
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
