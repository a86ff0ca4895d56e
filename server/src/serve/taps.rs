//! Who listens to calls without being a leg of them, by what becomes of the sound.

use std::sync::Arc;

use media_edge::{TapFeed, TapKeeper};
use media_plan::{Purpose, TapEnd, TapReport};

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
pub fn keeper() -> Arc<dyn TapKeeper> {
    Arc::new(Keepers {
        recordings: nobody(TapEnd::Storage),
        streams: nobody(TapEnd::Address),
        recognizers: nobody(TapEnd::NoProvider),
        transcripts: nobody(TapEnd::NoProvider),
    })
}

/// There is nobody yet.
fn nobody(why: TapEnd) -> Arc<dyn TapKeeper> {
    Arc::new(move |mut feed: TapFeed| feed.reports.tell(TapReport::Ended(why)))
}
