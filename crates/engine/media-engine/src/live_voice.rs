//! A voice without a leg: what an application says to a call as it says it.

use codec::octave::Halver;
use identifier::TapId;

use crate::frame::{FRAME_SAMPLES, Samples, WIDE_FRAME_SAMPLES, WideSamples};

/// It is heard by all legs that take part in the conversation.
#[derive(Debug)]
pub(crate) struct LiveVoice {
    /// The tap whose listener speaks.
    pub(crate) id: TapId,
    /// Seats of the legs that hear it.
    pub(crate) seats: Vec<usize>,
    wide: WideSamples,
    narrow: Samples,
    halver: Halver,
    is_audible: bool,
}

impl LiveVoice {
    pub(crate) fn new(id: TapId) -> Self {
        Self {
            id,
            seats: Vec::new(),
            wide: [0; WIDE_FRAME_SAMPLES],
            narrow: [0; FRAME_SAMPLES],
            halver: Halver::default(),
            is_audible: false,
        }
    }

    /// What it says in this frame.
    pub(crate) fn say(&mut self, samples: &WideSamples) {
        self.wide.copy_from_slice(samples);
        self.halver.run(&self.wide, &mut self.narrow);
        self.is_audible = true;
    }

    pub(crate) fn is_audible(&self) -> bool {
        self.is_audible
    }

    pub(crate) fn samples(&self) -> &Samples {
        &self.narrow
    }

    pub(crate) fn wide_samples(&self) -> &WideSamples {
        &self.wide
    }

    pub(crate) fn end_frame(&mut self) {
        self.is_audible = false;
    }
}
