//! What the platform says by itself to somebody who calls; then the call ends: the test number for help (contract:
//! Teams Phone §1.16), and announcements of numbers that nobody holds (§1.4).

use std::ops::ControlFlow::{self, Break, Continue};

use clock::Now;
use identifier::PlaybackId;
use media_plan::{MediaReport, PlaySource};

use super::{Call, Ending};

/// What is said to a caller whom nobody else answers.
#[derive(Debug)]
pub(crate) struct Recital {
    sources: Vec<PlaySource>,
    playing: Option<PlaybackId>,
}

impl Recital {
    /// These, one after another.
    pub(crate) fn new(sources: Vec<PlaySource>) -> Self {
        Self { sources, playing: None }
    }
}

impl Call {
    /// The caller is there.
    pub(super) fn begin_recital(&mut self) {
        let Some(recital) = &mut self.recital else { return };
        if let Some(caller) = self.stage.participants.first().map(|one| one.leg) {
            let sources = std::mem::take(&mut recital.sources);
            recital.playing = Some(self.stage.play(vec![caller], sources, false));
        }
    }

    /// The call ends with what is said, also when it cannot be said.
    pub(super) fn on_recital_media(&mut self, report: &MediaReport, now: Now) -> ControlFlow<()> {
        let (MediaReport::Finished(playback) | MediaReport::Failed { playback, .. }) = report else {
            return Continue(());
        };
        if self.recital.as_ref().is_some_and(|recital| recital.playing == Some(*playback)) {
            self.end(Ending::by_application(), now);
            return Break(());
        }
        Continue(())
    }
}
