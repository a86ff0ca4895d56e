//! The thread that takes from media threads what must not be done on them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use clock::Now;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use identifier::CallId;
use media_engine::Playable;
use media_plan::MediaReport;

use crate::edge::ReportSink;
use crate::meters;
use crate::ports::{Ports, Sockets};

/// What may wait for the forwarding thread.
const CAPACITY: usize = 16_384;
/// What a media thread keeps when the forwarding thread is stuck.
const MOST_KEPT: usize = 262_144;

/// What is kept without asking for memory.
const USUALLY_KEPT: usize = 64;
/// How often statistics are passed on.
const STATISTICS: Duration = Duration::from_secs(1);

/// What leaves a media thread.
pub(crate) enum Departure {
    Report(CallId, MediaReport, Now),
    Retired(Sockets),
    /// It is freed where there is time.
    Spent(Playable),
}

/// The sending end of those who may wait.
pub(crate) type DepartureSender = Sender<Departure>;

/// The sending end of one media thread: never waits.
pub(crate) struct Reporter {
    sender: Sender<Departure>,
    kept: VecDeque<Departure>,
}

/// Starts the thread; it ends after the last [`Reporter`].
pub(crate) fn start(reports: ReportSink, ports: Arc<Ports>) -> Reporter {
    let (sender, receiver) = bounded(CAPACITY);
    thread::Builder::new()
        .name("media-reports".into())
        .spawn(move || forward(&receiver, &reports, &ports))
        .expect("the system has a thread to spare when it starts");
    Reporter { sender, kept: VecDeque::with_capacity(USUALLY_KEPT) }
}

fn forward(departures: &Receiver<Departure>, reports: &ReportSink, ports: &Ports) {
    let mut due = Instant::now() + STATISTICS;
    loop {
        let departure = departures.recv_deadline(due);
        if Instant::now() >= due {
            meters::pass_on();
            due = Instant::now() + STATISTICS;
        }
        match departure {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(Departure::Report(call, report, at)) => {
                // Whoever takes reports may break; the next report is still taken.
                if catch_unwind(AssertUnwindSafe(|| reports(call, report, at))).is_err() {
                    tracing::error!(call.id = %call, "a media report of call {call} could not be taken");
                }
            }
            Ok(Departure::Retired(sockets)) => ports.release(sockets),
            Ok(Departure::Spent(sound)) => drop(sound),
        }
    }
}

impl Reporter {
    /// The sending end of another media thread.
    pub(crate) fn another(&self) -> Self {
        Self { sender: self.sender.clone(), kept: VecDeque::with_capacity(USUALLY_KEPT) }
    }

    /// The sending end of somebody who may wait.
    pub(crate) fn into_sender(self) -> DepartureSender {
        self.sender
    }

    pub(crate) fn send(&mut self, departure: Departure) {
        if self.kept.len() < MOST_KEPT {
            self.kept.push_back(departure);
            self.flush();
        } else {
            tracing::error!("media reports are not taken: one is lost");
        }
    }

    /// Sends what was kept, in order, as far as there is room.
    pub(crate) fn flush(&mut self) {
        while let Some(departure) = self.kept.pop_front() {
            match self.sender.try_send(departure) {
                Ok(()) => {}
                Err(TrySendError::Full(departure)) => return self.kept.push_front(departure),
                Err(TrySendError::Disconnected(_)) => return self.kept.clear(),
            }
        }
    }
}
