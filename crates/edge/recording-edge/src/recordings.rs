//! The handle through which everything about recordings is reached.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entropy::Entropy;
use futures_util::StreamExt;
use identifier::{CallId, RecordingId, ResourceId};
use media_edge::{TapFeed, TapKeeper, TapReports};
use media_plan::{Purpose, Recording, RecordingFormat, Tap, TapEnd, TapReport};
use outbound_http::OutboundHttp;
use store::{Page, PageRequest, RecordingFile, RecordingFilter, Store, StoreError, Write};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::announcement::Announce;
use crate::document::DocumentId;
use crate::encoder::{Encoder, EncoderError};
use crate::file_row;
use crate::finishing;
use crate::gate::Gate;
use crate::settings::RecordingSettings;
use crate::shelf::Shelf;
use crate::storage::{Container, ContainerError};
use crate::storekeeper;
use crate::take::{Clock, News, Take, Workshop};
use crate::writers::Writers;

/// Files that are finished at the same time: each is read and written again at most once.
const FINISHING: usize = 4;

/// Recordings of calls. Cheap to clone; implements [`TapKeeper`] for taps that record.
#[derive(Clone)]
pub struct Recordings {
    pub(crate) core: Arc<Core>,
}

/// What the tasks about recordings share.
pub(crate) struct Core {
    pub(crate) settings: RecordingSettings,
    pub(crate) store: Store,
    pub(crate) announce: Announce,
    pub(crate) gate: Gate,
    pub(crate) clock: Clock,
    /// Where files go that need not go anywhere else.
    pub(crate) container: Option<Container>,
    /// There is a file to be stored.
    pub(crate) to_store: Notify,
    pub(crate) finishing: Arc<Semaphore>,
    workshop: Workshop,
    writers: Writers,
    running: Mutex<HashMap<RecordingId, Running>>,
    runtime: Handle,
}

/// A recording that goes on.
struct Running {
    resource: ResourceId,
    reports: Option<TapReports>,
    _counted: meter::Held,
}

/// What recordings need of the platform.
pub struct RecordingSurroundings {
    /// What must last.
    pub store: Store,
    /// Who is told that a file is there.
    pub announce: Announce,
    /// The gate to storages.
    pub http: OutboundHttp,
    /// The platform's clock.
    pub clock: Clock,
}

/// Why there are no recordings.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder.
    #[error("use the folder of recordings {folder}: {source}; choose one that this user may write")]
    Folder {
        /// Where.
        folder: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The storage.
    #[error(transparent)]
    Storage(#[from] ContainerError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A recording and its files, for whoever looks after the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingReport {
    /// The recording.
    pub recording: store::Recording,
    /// Its files, in their order.
    pub files: Vec<RecordingFile>,
}

impl Recordings {
    /// Starts recording: what a former process left is finished, stored and announced first.
    pub async fn start(
        settings: RecordingSettings,
        around: RecordingSurroundings,
    ) -> Result<Self, StartError> {
        let RecordingSurroundings { store, announce, http, clock } = around;
        let folder = Arc::new(settings.folder.clone());
        let gate = Gate::new(http, settings.storage_patience);
        make_folder(&folder).map_err(|source| StartError::Folder { folder: folder.to_path_buf(), source })?;
        let container = match &settings.storage {
            Some(storage) => Some(Container::configured(storage, &gate)?),
            None => None,
        };
        let (send, news) = mpsc::unbounded_channel();
        let entropy = Mutex::new(Entropy::from_seed(random_seed()));
        let workshop = Workshop {
            folder,
            limits: settings.chunks,
            clock: Arc::clone(&clock),
            // Bounded by the recordings: each tells of a file when it begins, changes and ends.
            news: Arc::new(move |news| drop(send.send(news))),
            draw: Arc::new(move || {
                DocumentId::random(&mut entropy.lock().unwrap_or_else(PoisonError::into_inner))
            }),
        };
        let core = Arc::new(Core {
            writers: Writers::start(settings.threads),
            settings,
            store,
            announce,
            gate,
            clock,
            container,
            to_store: Notify::new(),
            finishing: Arc::new(Semaphore::new(FINISHING)),
            workshop,
            running: Mutex::default(),
            runtime: Handle::current(),
        });
        finishing::finish_what_died(&core).await?;
        tokio::spawn(listen(Arc::downgrade(&core), news));
        storekeeper::start(&core);
        Ok(Self { core })
    }

    /// What recordings of MP3 lack on this machine, if anything: for the operator's eyes, at the start.
    pub fn why_no_mp3() -> Option<EncoderError> {
        Encoder::new(RecordingFormat::Mp3, 1).err()
    }

    /// Recordings with their files, newest first.
    pub async fn list(
        &self,
        filter: &RecordingFilter,
        page: &PageRequest,
    ) -> Result<Page<RecordingReport>, StoreError> {
        let page = self.core.store.recordings(filter, page).await?;
        let ids: Vec<&str> = page.items.iter().map(|recording| recording.id.as_str()).collect();
        let files = self.core.store.recording_files(&ids).await?;
        let of = |id: &str| files.iter().filter(|file| file.recording == id).cloned().collect();
        let items = page.items.iter();
        let items = items
            .map(|recording| RecordingReport { files: of(&recording.id), recording: recording.clone() })
            .collect();
        Ok(Page { items, next: page.next })
    }

    /// One recording with its files.
    pub async fn get(&self, id: &str) -> Result<Option<RecordingReport>, StoreError> {
        let Some(recording) = self.core.store.recording(id).await? else { return Ok(None) };
        let files = self.core.store.recording_files(&[id]).await?;
        Ok(Some(RecordingReport { recording, files }))
    }

    /// The metadata of a file, as an application reads it.
    pub fn metadata(report: &RecordingReport, file: &RecordingFile) -> serde_json::Value {
        crate::metadata::of(&report.recording, file)
    }

    /// All bytes of a file that is whole, wherever it lies; `None`: there is none, or it cannot be had now.
    pub async fn read(&self, id: &str, position: i64) -> Option<Vec<u8>> {
        let report = self.get(id).await.ok()??;
        let file = report.files.iter().find(|file| file.position == position)?;
        let (reading, bytes) = Shelf::of(&self.core, &report.recording).open(file).await.ok()?;
        let mut pieces = reading.bytes(0..bytes).await.ok()?;
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().await {
            all.extend_from_slice(&piece.ok()?);
        }
        Some(all)
    }

    /// Deletes the files of a recording that is over; says how many. Files in the making stay.
    pub async fn delete(&self, id: &str) -> Result<Option<usize>, StoreError> {
        let Some(report) = self.get(id).await? else { return Ok(None) };
        let mut deleted = 0;
        for file in report.files {
            if file.state == store::RecordingFileState::Writing {
                continue;
            }
            let removed = Shelf::of(&self.core, &report.recording).remove(&file).await;
            if let Err(error) = removed {
                tracing::warn!(recording.id = id, %error, "a file was not deleted: cannot {error}");
                continue;
            }
            self.core.store.write(vec![Write::RemoveRecordingFile(file.document)]).await?;
            deleted += 1;
        }
        Ok(Some(deleted))
    }

    /// Waits until all files of calls that are over are whole, at most this long.
    pub async fn drain(&self, patience: Duration) {
        let drained = async {
            while !self.core.running().is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let _ = self.core.finishing.acquire_many(FINISHING as u32).await;
        };
        let _ = tokio::time::timeout(patience, drained).await;
    }
}

impl TapKeeper for Recordings {
    fn begin(&self, feed: TapFeed) {
        let core = Arc::clone(&self.core);
        self.core.runtime.spawn(async move { core.begin(feed).await });
    }
}

impl Core {
    async fn begin(self: Arc<Self>, mut feed: TapFeed) {
        let Purpose::Record(recording) = feed.tap.purpose.clone() else {
            return feed.reports.tell(TapReport::Ended(TapEnd::NoProvider));
        };
        if let Some(why) = self.refusal(&recording).await {
            meter::RECORDING_FAILURES.count(["limit"]);
            tracing::warn!(recording.id = %recording.id, "a recording was not begun: {why}");
            return feed.reports.tell(TapReport::Ended(TapEnd::Full));
        }
        let take = match self.open(feed.call, Arc::clone(&feed.tap), &recording).await {
            Ok(take) => take,
            Err(why) => {
                self.forget(recording.id);
                return feed.reports.tell(TapReport::Ended(why));
            }
        };
        feed.reports.tell(TapReport::Started);
        if let Some(running) = self.running().get_mut(&recording.id) {
            running.reports = Some(feed.reports);
        }
        self.writers.begin(take, feed.sound);
    }

    /// Takes a place among the recordings of the resource, or says why there is none.
    async fn refusal(&self, recording: &Recording) -> Option<String> {
        let most = self.settings.at_once;
        {
            let mut running = self.running();
            if running.contains_key(&recording.id) {
                return Some("it goes on already".to_owned());
            }
            let others = running.values().filter(|other| other.resource == recording.resource).count();
            if others >= most {
                return Some(format!("its resource has {most} already (recording.at-once)"));
            }
            let counted = meter::RECORDINGS.hold([]);
            let resource = recording.resource;
            running.insert(recording.id, Running { resource, reports: None, _counted: counted });
        }
        let most = self.settings.bytes_per_resource?;
        let bytes = self.store.recorded_bytes(&recording.resource.to_string()).await;
        if bytes.is_ok_and(|bytes| bytes.max(0) as u64 >= most) {
            self.forget(recording.id);
            return Some(
                "its resource keeps as much as it may (recording.max-gb); delete recordings".to_owned(),
            );
        }
        None
    }

    /// What is in the making is in the store before its first frame.
    async fn open(&self, call: CallId, tap: Arc<Tap>, recording: &Recording) -> Result<Take, TapEnd> {
        let document = (self.workshop.draw)();
        let now_us = (self.clock)().unix_us();
        let row = file_row::recording(recording, call, now_us);
        let file = file_row::opened(recording, &document, now_us);
        let writes = vec![Write::OpenRecording(row), Write::OpenRecordingFile(file)];
        if let Err(error) = self.store.write(writes).await {
            meter::RECORDING_FAILURES.count(["store"]);
            tracing::warn!(recording.id = %recording.id, %error, "a recording was not begun: cannot {error}");
            return Err(TapEnd::Storage);
        }
        let (workshop, wish, name) = (self.workshop.clone(), recording.clone(), document.clone());
        let opened =
            tokio::task::spawn_blocking(move || Take::begin(workshop, &wish, &tap.voices, name)).await;
        match opened.map_err(|_| TapEnd::Storage)? {
            Ok(take) => Ok(take),
            Err(error) => {
                meter::RECORDING_FAILURES.count([error.what()]);
                tracing::warn!(recording.id = %recording.id, %error, "a recording was not begun: cannot {error}");
                let ended = Write::EndRecording {
                    id: recording.id.to_string(),
                    ended_us: now_us,
                    reason: "CouldNotStart".to_owned(),
                };
                let gone = Write::RemoveRecordingFile(document.to_string());
                let _ = self.store.write(vec![ended, gone]).await;
                Err(error.tap_end())
            }
        }
    }

    fn forget(&self, id: RecordingId) -> Option<Running> {
        self.running().remove(&id)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RecordingId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the files of all recordings, in their order.
async fn listen(core: std::sync::Weak<Core>, mut news: mpsc::UnboundedReceiver<News>) {
    while let Some(news) = news.recv().await {
        let Some(core) = core.upgrade() else { return };
        match news {
            News::Opened(facts) => {
                drop(core.store.enqueue(vec![Write::OpenRecordingFile(file_row::of(&facts))]));
            }
            News::Changed(facts) => {
                drop(core.store.enqueue(vec![Write::ChangeRecordingFile(file_row::of(&facts))]));
            }
            News::Finished(file) => {
                let Ok(turn) = Arc::clone(&core.finishing).acquire_owned().await else { return };
                tokio::spawn(async move {
                    finishing::finish(&core, file).await;
                    drop(turn);
                });
            }
            News::Ended(id, outcome) => {
                let reports = core.forget(id).and_then(|running| running.reports);
                let Err(error) = outcome else { continue };
                meter::RECORDING_FAILURES.count([error.what()]);
                tracing::error!(recording.id = %id, %error, "recording {id} was broken off: cannot {error}");
                if let Some(mut reports) = reports {
                    reports.tell(TapReport::Ended(error.tap_end()));
                }
            }
        }
    }
}

fn make_folder(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn random_seed() -> [u8; 32] {
    use aws_lc_rs::rand::{SecureRandom, SystemRandom};
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).expect("the operating system has randomness");
    seed
}
