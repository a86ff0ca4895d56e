//! Where the sound of taps goes, seen from media.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use identifier::CallId;
use media_plan::{Tap, TapEnd, TapReport};

use crate::bell::Bell;
use crate::tap_sound::{TapSound, TapSource};
use crate::tap_voice::TapVoice;

/// Keeps what is heard, sends it on, or understands it: a recorder, a WebSocket, a recognizer.
///
/// [`MediaEdge`](crate::MediaEdge) is given one at its start, which looks at the tap's
/// [`purpose`](Tap::purpose) and passes the feed on to whom it concerns. Everything that follows is in the feed:
///
/// - [`TapFeed::sound`] is the sound, in order with the changes of the wish
///   ([`What::Changed`](crate::What::Changed)) and the keys. It ends when the tap does, be it by
///   [`StopListening`](media_plan::MediaRequest::StopListening) or by the call's
///   [`Release`](media_plan::MediaRequest::Release): what has been heard is still there to be taken.
/// - [`TapFeed::reports`] is the way back, to the call. Who drops it without having said how it ended, while the
///   tap goes on, has failed: the call is told [`TapEnd::Interrupted`].
/// - [`TapFeed::voice`] speaks to the call, where the wish allows it.
///
/// Who drops the sound listens no more; the media thread notices within a frame, and does no more work for it.
///
/// Every `Fn(TapFeed)` is one:
///
/// ```
/// # use std::sync::Arc;
/// # use media_edge::{TapFeed, TapKeeper, What};
/// # use media_plan::{TapReport};
/// let counts = |mut feed: TapFeed| {
///     tokio::spawn(async move {
///         feed.reports.tell(TapReport::Started);
///         let mut frames = 0;
///         while feed.sound.ready().await {
///             while feed.sound.take(|heard| match heard.what {
///                 What::Voice(_, Some(samples)) => frames += samples.len() / 320,
///                 What::Voice(_, None) | What::EndOfFrame | What::Key(..) | What::Changed(_) => {}
///             }) {}
///         }
///     });
/// };
/// let keeper: Arc<dyn TapKeeper> = Arc::new(counts);
/// ```
pub trait TapKeeper: Send + Sync {
    /// Somebody shall listen. Called on the thread that owns the call: it must not wait. What takes time (opening a
    /// file, dialling) is done elsewhere; meanwhile about a second of sound waits in the feed.
    fn begin(&self, feed: TapFeed);
}

impl<F: Fn(TapFeed) + Send + Sync> TapKeeper for F {
    fn begin(&self, feed: TapFeed) {
        self(feed);
    }
}

/// A tap from its beginning to its end.
#[derive(Debug)]
pub struct TapFeed {
    /// The call.
    pub call: CallId,
    /// The wish with which it begins.
    pub tap: Arc<Tap>,
    /// What is heard.
    pub sound: TapSound,
    /// What the call is told.
    pub reports: TapReports,
    /// How to speak to the call, for streams that go both ways.
    pub voice: Option<TapVoice>,
}

impl TapFeed {
    /// A feed that no media thread fills, for the tests of keepers and for sound from elsewhere: what goes into the
    /// source comes out of the feed. `reports` is called with everything that is told.
    pub fn open(
        call: CallId,
        tap: Tap,
        reports: impl Fn(TapReport) + Send + Sync + 'static,
    ) -> (TapSource, Self) {
        let tap = Arc::new(tap);
        let (source, sound) = crate::tap_sound::open(&tap, Arc::new(Bell::default()), true);
        let reports = TapReports::new(Arc::new(AtomicBool::new(false)), Arc::new(reports));
        (source, Self { call, tap, sound, reports, voice: None })
    }
}

/// The way back to the call: reports on one tap, which go where all reports of media go.
pub struct TapReports {
    /// Control has ended the tap.
    is_over: Arc<AtomicBool>,
    has_ended: bool,
    sink: Arc<dyn Fn(TapReport) + Send + Sync>,
}

impl TapReports {
    pub(crate) fn new(is_over: Arc<AtomicBool>, sink: Arc<dyn Fn(TapReport) + Send + Sync>) -> Self {
        Self { is_over, has_ended: false, sink }
    }

    /// Tells the call. What comes after the end, except a summary, is dropped.
    pub fn tell(&mut self, report: TapReport) {
        if !matches!(report, TapReport::Summary(_)) && (self.has_ended || self.is_over()) {
            return;
        }
        self.has_ended |= matches!(report, TapReport::Ended(_) | TapReport::Understood(_));
        if let TapReport::Ended(why) = &report {
            meter::MEDIA_TAP_ENDS.count([word(*why)]);
        }
        (self.sink)(report);
    }

    /// Whether the call has ended the tap, so that it awaits nothing more except a summary.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}

/// The word of the operator's statistics.
fn word(why: TapEnd) -> &'static str {
    match why {
        TapEnd::Address => "address",
        TapEnd::Unreachable => "unreachable",
        TapEnd::Interrupted => "interrupted",
        TapEnd::Unauthorized => "unauthorized",
        TapEnd::Forbidden => "forbidden",
        TapEnd::Garbled => "garbled",
        TapEnd::TooMany => "too-many",
        TapEnd::Timeout => "timeout",
        TapEnd::Closed => "closed",
        TapEnd::NoProvider => "no-provider",
        TapEnd::Provider => "provider",
        TapEnd::NotUnderstood => "not-understood",
        TapEnd::NoChoice => "no-choice",
        TapEnd::Storage => "storage",
        TapEnd::Full => "full",
        TapEnd::NoEncoder => "no-encoder",
    }
}

impl Drop for TapReports {
    fn drop(&mut self) {
        self.tell(TapReport::Ended(TapEnd::Interrupted));
    }
}

impl fmt::Debug for TapReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TapReports").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}
