//! Who listens to calls without being a leg of them, by what becomes of the sound.

use std::sync::{Arc, OnceLock};

use event_edge::Events;
use media_edge::{TapFeed, TapKeeper};
use media_plan::{Purpose, TapEnd, TapReport};
use outbound_http::OutboundHttp;
use recording_edge::Recordings;
use redact::Secret;
use speech_edge::{RecognizerLimits, Recognizers, SpeechToText};
use stream_edge::{StreamSurroundings, Streams, Transcripts};
use switchboard::Board;
use tokio::runtime::Handle;

use crate::serve::speech::Speech;

/// Who signs the tokens of WebSockets; known when events are.
pub type Signer = Arc<OnceLock<Events>>;

/// Who records; known when events are.
pub type Recorder = Arc<OnceLock<Recordings>>;

/// Passes every tap on to those whom it concerns.
struct Keepers {
    recordings: Arc<dyn TapKeeper>,
    streams: Arc<dyn TapKeeper>,
    recognizers: Arc<dyn TapKeeper>,
    transcripts: Arc<dyn TapKeeper>,
}

impl TapKeeper for Keepers {
    fn begin(&self, feed: TapFeed) {
        let keeper = match &feed.tap.purpose {
            Purpose::Record(_) => &self.recordings,
            Purpose::Stream(_) => &self.streams,
            Purpose::Recognize(_) => &self.recognizers,
            Purpose::Transcribe(_) => &self.transcripts,
        };
        keeper.begin(feed);
    }
}

/// All of them.
pub fn keeper(
    http: OutboundHttp,
    board: &Board,
    signer: &Signer,
    recorder: &Recorder,
    speech: &Speech,
) -> Arc<dyn TapKeeper> {
    let (clock, signer) = (board.clone(), Arc::clone(signer));
    let around = StreamSurroundings {
        http,
        clock: Arc::new(move || clock.now()),
        token: Arc::new(move |resource| match signer.get() {
            Some(events) => events.socket_token(resource),
            None => Secret::new(String::new()),
        }),
        runtime: Handle::current(),
    };
    let ears: Arc<dyn SpeechToText> = Arc::new(speech.services.clone());
    Arc::new(Keepers {
        recordings: recording(Arc::clone(recorder)),
        streams: Arc::new(Streams::new(around.clone())),
        recognizers: Arc::new(Recognizers::new(
            Arc::clone(&ears),
            Arc::clone(&speech.mind),
            Handle::current(),
            RecognizerLimits::default(),
        )),
        transcripts: Arc::new(Transcripts::new(around, Arc::clone(&ears), Arc::clone(&speech.mind))),
    })
}

/// Calls come when there is somebody who records.
fn recording(recorder: Recorder) -> Arc<dyn TapKeeper> {
    Arc::new(move |mut feed: TapFeed| match recorder.get() {
        Some(recordings) => recordings.begin(feed),
        None => feed.reports.tell(TapReport::Ended(TapEnd::Storage)),
    })
}
