//! Those who keep what taps hear, as the server has them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use clock::Now;
use media_edge::{ReportSink, TapFeed, TapKeeper};
use media_plan::{MediaReport, Purpose, TapReport};
use outbound_http::{OutboundHttp, OutboundPolicy};
use recording_edge::{FileIsThere, RecordingSettings, RecordingSurroundings, Recordings};
use redact::Secret;
use speech_edge::{Mind, NullEar};
use store::Store;
use stream_edge::{StreamSurroundings, Streams, Transcripts};
use tokio::runtime::Handle;

use crate::media::platform::Listeners;

/// Taps that do not begin by then do not begin at all.
const PATIENCE: Duration = Duration::from_secs(10);

/// The keepers of a platform that is not started yet, and what it will have told.
pub(super) struct Hall<Opening> {
    pub(super) listeners: Opening,
    pub(super) told: Told,
}

/// What was told of taps.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<(Mutex<Counts>, Condvar)>);

#[derive(Default)]
struct Counts {
    started: usize,
    ended: Option<String>,
}

struct Keepers {
    recordings: Recordings,
    streams: Streams,
    transcripts: Transcripts,
    /// Nothing is kept.
    forgets: bool,
    runtime: Handle,
}

/// Recordings lie in the folder.
pub(super) fn hall(
    folder: &Path,
    forgets: bool,
) -> Hall<impl FnOnce() -> anyhow::Result<Listeners> + Send + 'static> {
    let (folder, told) = (folder.to_owned(), Told::default());
    let telling = told.clone();
    let listeners = move || {
        let runtime = Handle::current();
        let keepers = runtime.block_on(Keepers::open(folder, forgets))?;
        let reports: ReportSink = Arc::new(move |_, report, _| {
            if let MediaReport::Tapped(_, report) = report {
                telling.tell(&report);
            }
        });
        let keepers: Arc<dyn TapKeeper> = Arc::new(keepers);
        Ok((keepers, reports))
    };
    Hall { listeners, told }
}

impl Keepers {
    async fn open(folder: PathBuf, forgets: bool) -> anyhow::Result<Self> {
        let begin = Instant::now();
        let now = move || Now::new(begin.elapsed().as_micros() as u64, 1_700_000_000_000_000);
        let policy = OutboundPolicy { allow_private: vec!["loopback".parse()?], ..OutboundPolicy::default() };
        let http = OutboundHttp::new(policy)?;
        let store = Store::open(&folder).await?;
        let writing = store.clone();
        // Nobody hears of files; what must last does.
        let announce = move |_: FileIsThere, writes| -> futures_util::future::BoxFuture<'static, _> {
            let store = writing.clone();
            Box::pin(async move { store.write(writes).await })
        };
        let around = RecordingSurroundings {
            store,
            announce: Arc::new(announce),
            http: http.clone(),
            clock: Arc::new(now),
        };
        let settings = RecordingSettings::new(folder.join("recordings"), "http://localhost".into());
        let sockets = StreamSurroundings {
            http,
            clock: Arc::new(now),
            token: Arc::new(|_| Secret::new("of.no.importance".into())),
            runtime: Handle::current(),
        };
        Ok(Self {
            recordings: Recordings::start(settings, around).await?,
            streams: Streams::new(sockets.clone()),
            transcripts: Transcripts::new(sockets, Arc::new(NullEar), Arc::new(Mind::embedded())),
            forgets,
            runtime: Handle::current(),
        })
    }
}

impl TapKeeper for Keepers {
    fn begin(&self, feed: TapFeed) {
        match feed.tap.purpose {
            Purpose::Record(_) if self.forgets => drop(self.runtime.spawn(forget(feed))),
            Purpose::Record(_) => self.recordings.begin(feed),
            Purpose::Stream(_) => self.streams.begin(feed),
            Purpose::Transcribe(_) => self.transcripts.begin(feed),
            // The call is told when the feed is dropped.
            Purpose::Recognize(_) => {}
        }
    }
}

/// Somebody who hears everything and keeps nothing.
async fn forget(mut feed: TapFeed) {
    feed.reports.tell(TapReport::Started);
    while feed.sound.ready().await {
        while feed.sound.take(|heard| drop(std::hint::black_box(heard))) {}
    }
}

impl Told {
    fn tell(&self, report: &TapReport) {
        let (counts, changed) = &*self.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        match report {
            TapReport::Started => counts.started += 1,
            TapReport::Ended(why) => counts.ended = Some(format!("{why:?}")),
            _ => {}
        }
        changed.notify_all();
    }

    /// Until so many have begun.
    pub(super) fn wait_for(&self, taps: usize) -> anyhow::Result<()> {
        let (counts, changed) = &*self.0;
        let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |counts: &mut Counts| counts.started < taps && counts.ended.is_none();
        let (counts, _) =
            changed.wait_timeout_while(counts, PATIENCE, waits).unwrap_or_else(PoisonError::into_inner);
        match &counts.ended {
            Some(why) => bail!("a listener has failed: {why}"),
            None if counts.started < taps => bail!("only {} of {taps} listeners began", counts.started),
            None => Ok(()),
        }
    }

    /// Whether all go on.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.wait_for(0)
    }
}
