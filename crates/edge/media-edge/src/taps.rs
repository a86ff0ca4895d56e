//! Who listens to which call, as control knows it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clock::Now;
use identifier::{CallId, TapId};
use media_plan::{MediaReport, MediaRequest, Tap, TapReport};

use crate::bell::Bells;
use crate::hearing;
use crate::live_tap::LiveTap;
use crate::mailbox::{Command, Mailbox};
use crate::reporter::{Departure, DepartureSender, Reporter};
use crate::tap_keeper::{TapFeed, TapKeeper, TapReports};
use crate::tap_sound;
use crate::tap_voice;

type Clock = Arc<dyn Fn() -> Now + Send + Sync>;
/// The taps of each call, with the mark that they are over.
type Known = HashMap<CallId, Vec<(TapId, Arc<AtomicBool>)>>;

pub(crate) struct Taps {
    keeper: Arc<dyn TapKeeper>,
    bells: Bells,
    reports: DepartureSender,
    clock: Clock,
    /// A call's are forgotten with it.
    known: Mutex<Known>,
}

impl Taps {
    pub(crate) fn new(keeper: Arc<dyn TapKeeper>, bells: Bells, reporter: Reporter, clock: Clock) -> Self {
        Self { keeper, bells, reports: reporter.into_sender(), clock, known: Mutex::default() }
    }

    /// The wish that somebody listens.
    pub(crate) fn listen(&self, call: CallId, tap: Tap, mailbox: &Mailbox) {
        let tap = Arc::new(tap);
        let is_over = Arc::new(AtomicBool::new(false));
        {
            let mut known = self.known();
            let taps = known.entry(call).or_default();
            if taps.iter().any(|(id, _)| *id == tap.id) {
                return mailbox.post(Command::ChangeTap { call, tap });
            }
            taps.push((tap.id, is_over.clone()));
        }
        let (source, sound) = tap_sound::open(&tap, self.bells.hang(), false);
        let (voice, spoken) = hearing::speaks(&tap).then(tap_voice::open).unzip();
        let live = LiveTap::new(tap.clone(), source, spoken);
        mailbox.post(Command::Tap { call, tap: Box::new(live) });
        let reports = TapReports::new(is_over, self.sink(call, tap.id));
        self.keeper.begin(TapFeed { call, tap, sound, reports, voice });
    }

    /// Notes which taps are over.
    pub(crate) fn handle(&self, call: CallId, request: &MediaRequest) {
        let ended = match request {
            MediaRequest::StopListening(tap) => {
                let mut known = self.known();
                let Some(taps) = known.get_mut(&call) else { return };
                let ended = taps.extract_if(.., |(id, _)| id == tap).collect();
                if taps.is_empty() {
                    known.remove(&call);
                }
                ended
            }
            MediaRequest::Release => self.known().remove(&call).unwrap_or_default(),
            _ => Vec::new(),
        };
        for (_, is_over) in ended {
            is_over.store(true, Ordering::Release);
        }
    }

    /// Where its reports go: as all others do.
    fn sink(&self, call: CallId, tap: TapId) -> Arc<dyn Fn(TapReport) + Send + Sync> {
        let (reports, clock) = (self.reports.clone(), self.clock.clone());
        Arc::new(move |report| {
            // When it fails, the platform ends, and nobody is there to be told.
            let _ = reports.send(Departure::Report(call, MediaReport::Tapped(tap, report), clock()));
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
