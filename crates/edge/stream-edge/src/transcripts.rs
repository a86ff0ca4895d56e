//! What is said in calls, as text on applications' WebSockets.

use std::sync::Arc;

use media_edge::{TapFeed, TapKeeper};
use media_plan::Purpose;
use speech_edge::{Mind, SpeechToText};

use crate::surroundings::StreamSurroundings;
use crate::transcript;

/// Keeps taps that write down what is said (contract: Call Automation §13).
///
/// Each who speaks has an ear. Connections are dialled, and dialled again, as those of [`Streams`](crate::Streams)
/// are; what is said meanwhile is in the summary, and not sent again.
#[derive(Clone)]
pub struct Transcripts {
    around: StreamSurroundings,
    ears: Arc<dyn SpeechToText>,
    mind: Arc<Mind>,
}

impl Transcripts {
    /// With ears, and with who thinks about what was heard.
    pub fn new(around: StreamSurroundings, ears: Arc<dyn SpeechToText>, mind: Arc<Mind>) -> Self {
        Self { around, ears, mind }
    }
}

impl TapKeeper for Transcripts {
    fn begin(&self, feed: TapFeed) {
        // A tap of another purpose is told that it failed when its feed is dropped.
        let Purpose::Transcribe(transcription) = feed.tap.purpose.clone() else { return };
        let (ears, mind) = (self.ears.clone(), self.mind.clone());
        self.around.runtime.spawn(transcript::run(self.around.clone(), ears, mind, feed, transcription));
    }
}
