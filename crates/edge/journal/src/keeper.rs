//! Who brings a journal to disk, on a thread of its own.
//!
//! Exchanges never wait for it: what they say is put into a bounded buffer, and what finds no room
//! there, or on the disk, is counted and leaves a gap that can be seen. Nothing is synced: what
//! was written survives the process, not the machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use borsh::BorshSerialize;
use identifier::Home;
use tokio::sync::watch;
use tracing::{info, warn};

use crate::folder;
use crate::frame::{self, Header, Kind};
use crate::scribe::Sink;

/// Between two writes, so that a busy exchange wakes nobody for each input.
const PAUSE: Duration = Duration::from_millis(10);
/// What waits for the disk at most.
const MOST_PENDING: usize = 8 << 20;
/// A journal is cut into so many segments; the oldest goes when another is needed.
const SEGMENTS: u64 = 16;

/// A journal that is being written. Cheap to clone; closed when asked to, or with the last clone.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    shared: Arc<Shared>,
    written: watch::Receiver<u64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
    most_pending: usize,
}

/// What waits for the disk.
#[derive(Debug, Default)]
struct Pending {
    bytes: Vec<u8>,
    entries: BTreeMap<Home, u64>,
    lost: BTreeMap<Home, u64>,
    /// The last setting of each exchange: every segment begins with them.
    settings: BTreeMap<Home, Arc<[u8]>>,
    is_closed: bool,
    is_writer_idle: bool,
}

/// Why there is no journal.
#[derive(Debug, thiserror::Error)]
#[error("keep a journal in {}: {source}", folder.display())]
pub struct StartError {
    folder: PathBuf,
    source: io::Error,
}

impl Journal {
    /// Starts to write under a data folder, never more than `most` bytes in all. `run` tells this process
    /// from all others, `version` is the program's.
    pub fn start(data: &Path, most: u64, run: u128, version: &str) -> Result<Self, StartError> {
        let folder = folder::of(data);
        let failed = |source| StartError { folder: folder.clone(), source };
        let segment = (most / SEGMENTS).max(1);
        let header = frame::header(&Header { run, version: version.to_owned() });
        let mut writer =
            Writer { folder: folder.clone(), most, segment, header, file: None, ..Writer::default() };
        folder::make(&folder).map_err(failed)?;
        writer.roll(&BTreeMap::new()).map_err(failed)?;
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            wake: Condvar::new(),
            most_pending: MOST_PENDING.min(segment as usize),
        });
        let (tell, written) = watch::channel(0);
        let work = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_until_closed(&work, writer, &tell))
            .map_err(failed)?;
        let inner = Inner { folder, shared, written, thread: Mutex::new(Some(thread)) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where an exchange puts what it says.
    pub fn desk(&self) -> Desk {
        Desk { shared: Arc::clone(&self.inner.shared) }
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Changes with every write; ends when the journal is closed.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.inner.written.clone()
    }

    /// Writes what is left, and ends.
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Inner {
    fn close(&self) {
        self.shared.pending().is_closed = true;
        self.shared.wake.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One exchange's way to the keeper.
#[derive(Debug)]
pub struct Desk {
    shared: Arc<Shared>,
}

impl Desk {
    fn put(&self, mut pending: MutexGuard<'_, Pending>, frame: &[u8]) {
        pending.bytes.extend_from_slice(frame);
        if std::mem::take(&mut pending.is_writer_idle) {
            drop(pending);
            self.shared.wake.notify_one();
        }
    }
}

impl Sink for Desk {
    fn setting(&mut self, home: Home, frame: &[u8]) {
        let mut pending = self.shared.pending();
        pending.settings.insert(home, frame.into());
        // A directory is not small, but there are few.
        self.put(pending, frame);
    }

    fn entry(&mut self, home: Home, frame: &[u8]) {
        let mut pending = self.shared.pending();
        if pending.bytes.len() + frame.len() > self.shared.most_pending {
            meter::JOURNAL_DROPPED.count([]);
            *pending.lost.entry(home).or_default() += 1;
            return;
        }
        *pending.entries.entry(home).or_default() += 1;
        self.put(pending, frame);
    }
}

fn gap(home: Home, lost: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::put(&mut bytes, Kind::Gap, |content| {
        (home, lost).serialize(content).expect("memory takes everything");
    });
    bytes
}

fn write_until_closed(shared: &Shared, mut writer: Writer, tell: &watch::Sender<u64>) {
    let mut settings = BTreeMap::new();
    let mut bytes = Vec::new();
    loop {
        let mut pending = shared.pending();
        while pending.bytes.is_empty() && !pending.is_closed {
            pending.is_writer_idle = true;
            pending = shared.wake.wait(pending).unwrap_or_else(PoisonError::into_inner);
        }
        pending.is_writer_idle = false;
        if pending.bytes.is_empty() {
            return;
        }
        bytes.clear();
        std::mem::swap(&mut bytes, &mut pending.bytes);
        // They came after what had room.
        for (home, lost) in std::mem::take(&mut pending.lost) {
            bytes.extend_from_slice(&gap(home, lost));
        }
        let entries = std::mem::take(&mut pending.entries);
        let next_settings = pending.settings.clone();
        drop(pending);
        writer.write(&bytes, entries, &settings);
        settings = next_settings;
        tell.send_modify(|count| *count += 1);
        let pending = shared.pending();
        if !pending.is_closed {
            let _ = shared.wake.wait_timeout_while(pending, PAUSE, |pending| !pending.is_closed);
        }
    }
}

/// The file that is being written.
#[derive(Debug, Default)]
struct Writer {
    folder: PathBuf,
    most: u64,
    segment: u64,
    header: Vec<u8>,
    file: Option<File>,
    length: u64,
    lost: BTreeMap<Home, u64>,
}

impl Writer {
    fn write(&mut self, bytes: &[u8], entries: BTreeMap<Home, u64>, settings: &BTreeMap<Home, Arc<[u8]>>) {
        let had_trouble = !self.lost.is_empty();
        match self.try_write(bytes, settings) {
            Ok(()) if had_trouble => info!("the journal of calls is written again"),
            Ok(()) => {}
            Err(error) => {
                if !had_trouble {
                    warn!(error = %error, "the journal of calls cannot be written: {error}; calls go on, and some cannot be replayed");
                }
                for (home, count) in entries {
                    *self.lost.entry(home).or_default() += count;
                }
                // Half a frame would end the reading of this segment.
                let is_whole = self.file.as_ref().is_some_and(|file| file.set_len(self.length).is_ok());
                if !is_whole {
                    self.file = None;
                }
            }
        }
    }

    fn try_write(&mut self, bytes: &[u8], settings: &BTreeMap<Home, Arc<[u8]>>) -> io::Result<()> {
        if self.file.is_none() || self.length + bytes.len() as u64 > self.segment {
            self.roll(settings)?;
        }
        let gaps: Vec<u8> = self.lost.iter().flat_map(|(home, lost)| gap(*home, *lost)).collect();
        self.append(&gaps)?;
        self.append(bytes)?;
        self.lost.clear();
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotFound.into()) };
        file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Begins another segment.
    fn roll(&mut self, settings: &BTreeMap<Home, Arc<[u8]>>) -> io::Result<()> {
        // A segment in which nothing happened would push out one in which something did.
        folder::make_room(&self.folder, self.segment, self.most)?;
        let last = folder::segments(&self.folder)?.last().map_or(0, |segment| segment.number);
        let (file, _) = folder::create(&self.folder, last + 1)?;
        (self.file, self.length) = (Some(file), 0);
        let header = self.header.clone();
        self.append(&header)?;
        for setting in settings.values() {
            self.append(setting)?;
        }
        Ok(())
    }
}
