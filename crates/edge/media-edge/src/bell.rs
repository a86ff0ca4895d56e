//! How those who listen to calls learn that there is something to be heard.
//!
//! Waking a task takes locks, and a media thread takes none. So it only marks the bells of its taps and, once for
//! all taps of a step, unparks a thread that rings them: an atomic exchange, and a system call when that thread
//! sleeps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_util::task::AtomicWaker;

/// If a mark was left without anybody ringing, as when a media thread ends, it is found after this time.
const PATIENCE: Duration = Duration::from_millis(250);

/// Rounds between two looks for bells that may go.
const TIDY: usize = 50;

/// What a listener sleeps beside.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    is_marked: AtomicBool,
    pub(crate) waker: AtomicWaker,
}

impl Bell {
    /// It shall be rung. Takes no lock.
    pub(crate) fn mark(&self) {
        self.is_marked.store(true, Ordering::Release);
    }
}

/// All bells, and the thread that rings them, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Bells {
    hung: Arc<Mutex<Vec<Arc<Bell>>>>,
    ringer: Thread,
}

/// What a media thread holds of it.
#[derive(Clone, Debug)]
pub(crate) struct Ringer(Thread);

impl Bells {
    pub(crate) fn start() -> Self {
        let hung = Arc::new(Mutex::new(Vec::new()));
        let bells = Arc::downgrade(&hung);
        let ringer = thread::Builder::new()
            .name("media-taps".into())
            .spawn(move || ring(&bells))
            .expect("the system has a thread to spare when it starts");
        Self { hung, ringer: ringer.thread().clone() }
    }

    /// A new bell, which hangs here until its listener and its media thread have both dropped it.
    pub(crate) fn hang(&self) -> Arc<Bell> {
        let bell = Arc::new(Bell::default());
        let mut hung = lock(&self.hung);
        hung.push(bell.clone());
        drop(hung);
        // It may sleep without an end while nothing hangs here.
        self.ringer.unpark();
        bell
    }

    pub(crate) fn ringer(&self) -> Ringer {
        Ringer(self.ringer.clone())
    }
}

impl Drop for Bells {
    fn drop(&mut self) {
        self.hung = Arc::default();
        self.ringer.unpark();
    }
}

impl Ringer {
    /// Rings the bells that are marked, elsewhere. Takes no lock.
    pub(crate) fn ring(&self) {
        self.0.unpark();
    }
}

fn ring(hung: &Weak<Mutex<Vec<Arc<Bell>>>>) {
    let mut rounds = 0_usize;
    loop {
        let Some(bells) = hung.upgrade() else { return };
        let mut bells_now = lock(&bells);
        for bell in bells_now.iter() {
            // Most are not, and looking costs less than taking the mark.
            if bell.is_marked.load(Ordering::Relaxed) && bell.is_marked.swap(false, Ordering::AcqRel) {
                bell.waker.wake();
            }
        }
        // Those that nobody waits beside any more are looked for now and then.
        if rounds.is_multiple_of(TIDY) {
            bells_now.retain(|bell| Arc::strong_count(bell) > 1);
        }
        rounds = rounds.wrapping_add(1);
        let is_lonely = bells_now.is_empty();
        drop(bells_now);
        drop(bells);
        match is_lonely {
            true => thread::park(),
            false => thread::park_timeout(PATIENCE),
        }
    }
}

fn lock(bells: &Mutex<Vec<Arc<Bell>>>) -> MutexGuard<'_, Vec<Arc<Bell>>> {
    bells.lock().unwrap_or_else(PoisonError::into_inner)
}
