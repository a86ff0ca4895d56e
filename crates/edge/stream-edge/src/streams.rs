//! Sound on applications' WebSockets.

use media_edge::{TapFeed, TapKeeper};
use media_plan::Purpose;

use crate::session;
use crate::surroundings::StreamSurroundings;

/// Keeps taps whose sound goes to an application (contract: Call Automation §12).
///
/// A connection that is lost is dialled again, three times with growing waits, and the stream goes on with what is
/// heard then: [`Started`](media_plan::TapReport::Started) is told again. An application that says goodbye, or sends
/// what is no message, is not dialled again.
#[derive(Clone, Debug)]
pub struct Streams {
    around: StreamSurroundings,
}

impl Streams {
    /// With what they need.
    pub fn new(around: StreamSurroundings) -> Self {
        Self { around }
    }
}

impl TapKeeper for Streams {
    fn begin(&self, feed: TapFeed) {
        // A tap of another purpose is told that it failed when its feed is dropped.
        let Purpose::Stream(streaming) = feed.tap.purpose.clone() else { return };
        self.around.runtime.spawn(session::run(self.around.clone(), feed, streaming));
    }
}
