//! The threads that write: each takes what has gathered for its recordings, ten times a second.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use futures_util::FutureExt;
use media_edge::TapSound;

use crate::chunk_file::WriteError;
use crate::take::Take;

/// How often what has gathered is taken; there is room for a second.
const PACE: Duration = Duration::from_millis(100);
/// How often what was recorded becomes durable.
const SETTLE: Duration = Duration::from_secs(1);
/// Files that may wait to be made durable; who finds no room comes again a second later.
const WAITING: usize = 64;
/// Threads that wait for the disk to have written; the writing threads never do.
const SYNCERS: usize = 2;

/// All writing threads. They end with the last clone.
#[derive(Clone)]
pub(crate) struct Writers(Arc<[Desk]>);

struct Desk {
    // Bounded by the number of recordings.
    begun: Sender<Running>,
    count: Arc<AtomicUsize>,
}

impl Writers {
    pub(crate) fn start(threads: usize) -> Self {
        let (sync, files) = bounded::<Arc<File>>(WAITING);
        for number in 0..SYNCERS {
            let files = files.clone();
            spawn(format!("recording-sync-{number}"), move || {
                files.iter().for_each(|file| make_durable(&file));
            });
        }
        let desks = (0..threads.max(1)).map(|number| {
            let (begun, beginning) = unbounded();
            let count = Arc::new(AtomicUsize::new(0));
            let writer =
                Writer { beginning, running: Vec::new(), sync: sync.clone(), count: Arc::clone(&count) };
            spawn(format!("recording-{number}"), move || writer.run());
            Desk { begun, count }
        });
        Self(desks.collect())
    }

    /// Gives a recording to the thread that has the fewest. It goes on until the sound ends.
    pub(crate) fn begin(&self, take: Take, sound: TapSound) {
        let idlest = self.0.iter().min_by_key(|desk| desk.count.load(Ordering::Relaxed));
        let desk = idlest.expect("there is a thread");
        desk.count.fetch_add(1, Ordering::Relaxed);
        // A thread ends when nobody can begin anything any more.
        let _ = desk.begun.send(Running { take, sound, settled: Instant::now() });
    }
}

fn make_durable(file: &File) {
    if let Err(error) = file.sync_data() {
        meter::RECORDING_FAILURES.count(["disk"]);
        tracing::warn!(%error, "a recording could not be made durable: {error}");
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().name(name).spawn(work).expect("the operating system starts threads");
}

struct Writer {
    beginning: Receiver<Running>,
    running: Vec<Running>,
    sync: Sender<Arc<File>>,
    count: Arc<AtomicUsize>,
}

struct Running {
    take: Take,
    sound: TapSound,
    settled: Instant,
}

/// Whether more will come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Open,
    Ended,
}

impl Writer {
    fn run(mut self) {
        let mut next = Instant::now();
        loop {
            let begun = if self.running.is_empty() {
                self.beginning.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.beginning.recv_deadline(next)
            };
            match begun {
                Ok(running) => {
                    self.running.push(running);
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) if self.running.is_empty() => return,
                // What still runs is written to its end.
                Err(RecvTimeoutError::Disconnected) => {
                    thread::sleep(next.saturating_duration_since(Instant::now()));
                }
            }
            self.write_all();
            next = Instant::now() + PACE;
        }
    }

    fn write_all(&mut self) {
        let mut index = 0;
        while index < self.running.len() {
            let outcome = match self.running[index].write(&self.sync) {
                Ok(Flow::Open) => {
                    index += 1;
                    continue;
                }
                Ok(Flow::Ended) => Ok(()),
                Err(error) => Err(error),
            };
            self.count.fetch_sub(1, Ordering::Relaxed);
            self.running.swap_remove(index).take.end(outcome);
        }
    }
}

impl Running {
    fn write(&mut self, sync: &Sender<Arc<File>>) -> Result<Flow, WriteError> {
        let flow = self.drain()?;
        if self.settled.elapsed() >= SETTLE {
            self.settled = Instant::now();
            if let Some(file) = self.take.settle()? {
                let _ = sync.try_send(Arc::clone(file));
            }
        }
        Ok(flow)
    }

    fn drain(&mut self) -> Result<Flow, WriteError> {
        let mut written = Ok(());
        while written.is_ok() {
            let take = &mut self.take;
            if !self.sound.take(|heard| written = take.hear(heard)) {
                break;
            }
        }
        written?;
        // Nobody is woken: this thread comes again.
        match self.sound.ready().now_or_never() {
            Some(false) => Ok(Flow::Ended),
            Some(true) | None => Ok(Flow::Open),
        }
    }
}
