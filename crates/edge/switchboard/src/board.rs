//! The handle that every edge holds.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Duration;

use arc_swap::ArcSwap;
use call_engine::{Invitation, LegReport, Origin};
use clock::Now;
use dial_plan::{Circumstances, Principal};
use entropy::Entropy;
use exchange::{Availability, Command, CommandError, Exchange, Reply};
use identifier::{CallConnectionId, CallId, Home, LegId, ObjectId, PhoneNumber, TenantId, TrunkName};
use journal::Scribe;
use media_plan::MediaReport;
use tenant::Directory;
use tokio::sync::{oneshot, watch};
use tracing::{debug, error, info, warn};

use crate::callbacks::{Callbacks, Concern, Reservation};
use crate::lateness::Lateness;
use crate::live::Live;
use crate::mailbox::{Mailbox, Refused, Room};
use crate::port::Ports;
use crate::route::Owner;
use crate::shard::{Answered, Input, Shard};
use crate::timepiece::Timepiece;

/// The only node of a single machine.
const NODE: u16 = 0;

/// Three quarters are kept for calls in progress, so that a flood of new ones cannot drown their endings.
const ROOM: Room = Room { total: 65_536, refusable: 16_384 };

/// How long legs that were hung up at the end of a drain may take to say that they are over.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why a command got no answer from an exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// The exchange refused it.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The mailbox is full; the caller may try again.
    #[error("take the request: the mailbox is full")]
    Overloaded,
    /// It happened, but could not be made durable, so it is not acknowledged.
    #[error("make the result durable")]
    NotDurable,
    /// It broke an assumption of the platform; the call it was about is ended.
    #[error("finish the request: an assumption of the platform was broken")]
    Broken,
    /// The process is stopping.
    #[error("take the request: the platform is stopping")]
    Stopping,
}

/// Starts and reaches the exchanges of this process. Cheap to clone.
#[derive(Clone)]
pub struct Board {
    inner: Arc<Inner>,
}

struct Inner {
    shards: Vec<Door>,
    directory: ArcSwap<Directory>,
    timepiece: Timepiece,
    lateness: Arc<Lateness>,
    callbacks: Arc<Callbacks>,
    entropy: Mutex<Entropy>,
    turn: AtomicUsize,
    draining: AtomicBool,
    /// Nobody is let in any more, however urgent it is.
    closed: AtomicBool,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The outside of one shard.
struct Door {
    mailbox: Arc<Mailbox<Input>>,
    live_legs: Arc<watch::Sender<usize>>,
    ports: Mutex<Option<mpsc::Sender<Ports>>>,
    thread: Arc<OnceLock<ThreadId>>,
}

impl Board {
    /// Starts `shards` threads, each with an exchange of its own. The ports are handed in by
    /// [`attach`](Self::attach) because edges need the board before they exist.
    ///
    /// # Panics
    /// When the operating system has no randomness or no thread to give: then there is no platform.
    pub fn start(shards: u16, directory: Arc<Directory>, limits: exchange::Limits) -> Self {
        let (timepiece, lateness) = (Timepiece::start(), Arc::<Lateness>::default());
        let callbacks = Arc::<Callbacks>::default();
        let mut threads = Vec::new();
        let mut doors = Vec::new();
        for shard in 0..shards.max(1) {
            let home = Home { node: NODE, shard };
            let exchange = Exchange::new(home, Arc::clone(&directory), limits);
            let around = Around { timepiece: &timepiece, lateness: &lateness, callbacks: &callbacks };
            let (door, thread) = open_door(home, exchange, limits, Arc::clone(&directory), around);
            doors.push(door);
            threads.push(thread);
        }
        let inner = Inner {
            shards: doors,
            directory: ArcSwap::new(directory),
            timepiece,
            lateness,
            callbacks,
            entropy: Mutex::new(Entropy::from_seed(random_seed())),
            turn: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            threads: Mutex::new(threads),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Attaches the ports; until then what the exchanges are told waits. Later calls change nothing.
    pub fn attach(&self, ports: Ports) {
        for door in &self.inner.shards {
            let waiting = door.ports.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(waiting) = waiting {
                // A thread that is gone has been stopped before it was attached.
                let _ = waiting.send(ports.clone());
            }
        }
    }

    /// Reads the clock: the only place where the platform's time is made.
    pub fn now(&self) -> Now {
        self.inner.timepiece.now()
    }

    /// The directory snapshot in force.
    pub fn directory(&self) -> Arc<Directory> {
        self.inner.directory.load_full()
    }

    /// Puts another directory snapshot in force; calls in progress keep what they began with.
    pub fn replace_directory(&self, directory: Arc<Directory>) {
        self.inner.directory.store(Arc::clone(&directory));
        for door in &self.inner.shards {
            let _ = door.mailbox.force(Input::Directory(Arc::clone(&directory)), self.now());
        }
    }

    /// A person does something else, as presence has it: calls to them are decided by it from now on. Those who
    /// are in a call that the exchanges hold are known to be in one, and need not be told of.
    pub fn set_availability(&self, person: ObjectId, availability: Availability) {
        for door in &self.inner.shards {
            self.inform(door, Input::Availability(person, availability));
        }
    }

    /// A gateway was silent for so long that it shall be tried last, or speaks again.
    pub fn set_gateway(&self, trunk: &TrunkName, is_demoted: bool) {
        for door in &self.inner.shards {
            self.inform(door, Input::Gateway(trunk.clone(), is_demoted));
        }
    }

    /// Never lost: waits for room, except on the thread of an exchange, which waits for nobody.
    fn inform(&self, door: &Door, input: Input) {
        let now = self.now();
        let here = thread::current().id();
        let taken = if self.inner.shards.iter().any(|door| door.thread.get() == Some(&here)) {
            door.mailbox.force(input, now)
        } else {
            door.mailbox.deliver(input, now)
        };
        if taken.is_err() {
            debug!("what is known of people and gateways came after the platform stopped");
        }
    }

    /// A new id for an inbound leg, on the shard that shall own it.
    pub fn new_leg(&self) -> LegId {
        let home = self.inner.next_home();
        LegId::at(home, &mut self.inner.entropy())
    }

    /// How many legs there are.
    pub fn live_legs(&self) -> usize {
        self.inner.shards.iter().map(|door| *door.live_legs.borrow()).sum()
    }

    /// How long the input that waits longest has waited: how far the exchanges are behind.
    pub fn lag(&self) -> Duration {
        let now = self.now();
        self.inner.shards.iter().map(|door| door.mailbox.lag(now)).max().unwrap_or_default()
    }

    /// How late work is, at the exchanges and wherever else it is noted.
    pub fn lateness(&self) -> Arc<Lateness> {
        Arc::clone(&self.inner.lateness)
    }

    /// Whether no new calls are taken any more.
    pub fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Relaxed)
    }

    /// Numbers that were reserved before a restart for those who called for help.
    pub fn restore_reservations(&self, kept: Vec<Reservation>) {
        self.inner.callbacks.restore(kept);
    }

    /// The number that help calls back when a trunk dials this, and whose it is.
    pub fn called_back(&self, trunk: &TrunkName, dialled: &str) -> Option<(TenantId, PhoneNumber)> {
        self.inner.called_back(Principal::Trunk(trunk), dialled, self.now().unix_us())
    }

    /// A call arrives. `false`: no room, refuse with 503. While the platform drains, only those are let in who call
    /// for help, or back for it.
    pub fn invite(&self, leg: LegId, invitation: Invitation) -> bool {
        if self.inner.closed.load(Ordering::Relaxed) {
            return false;
        }
        let Some(door) = self.inner.door(leg.home()) else { return false };
        let dialled = invitation.dialled.expose();
        let now_us = self.now().unix_us();
        let called_back = |principal| match self.inner.called_back(principal, dialled, now_us) {
            Some((tenant, number)) => (Concern::CallBack { tenant, number }, true),
            None => (Concern::Nothing, false),
        };
        // Who calls for help, or back for it, gets the room that is kept for calls in progress.
        let (concern, is_urgent) = match &invitation.origin {
            Origin::Phone(phone) => {
                let directory = self.inner.directory.load();
                let there = Circumstances::at(invitation.client.address, invitation.client.seen_from);
                match dial_plan::help_dialled(&directory, Principal::Phone(*phone), dialled, &there) {
                    Some(help) => (Concern::of_help(&directory, *phone), !help.is_test),
                    None => (Concern::Nothing, false),
                }
            }
            Origin::Trunk(trunk) => called_back(Principal::Trunk(trunk)),
            Origin::Platform => called_back(Principal::Platform),
            Origin::Stranger => (Concern::Nothing, false),
        };
        if self.is_draining() && !is_urgent {
            return false;
        }
        let seed = self.inner.entropy().seed();
        let input = Input::Invitation { leg, invitation: Box::new(invitation), concern, seed };
        let taken = if is_urgent {
            door.mailbox.deliver_or_drop(input, self.now())
        } else {
            door.mailbox.offer(input, self.now())
        };
        taken.is_ok()
    }

    /// Something was seen on a leg. Never lost: waits for room if the mailbox is full,
    /// which is short, because an exchange waits for nobody.
    pub fn report_leg(&self, leg: LegId, report: LegReport) {
        let now = self.now();
        let Some(door) = self.inner.door(leg.home()) else {
            debug!(leg.id = %leg, "a report on leg {leg}, which lives on another node");
            return;
        };
        let input = Input::Leg(leg, report);
        // An edge may answer a request of the exchange at once, on the exchange's own thread,
        // which cannot wait for itself.
        let taken = if door.thread.get() == Some(&thread::current().id()) {
            door.mailbox.force(input, now)
        } else {
            door.mailbox.deliver(input, now)
        };
        if taken.is_err() {
            debug!(leg.id = %leg, "a report on leg {leg} came after the platform stopped");
        }
    }

    /// Something was seen by media, at `at`. Never blocks.
    pub fn report_media(&self, call: CallId, report: MediaReport, at: Now) {
        let Some(door) = self.inner.door(call.home()) else { return };
        // How a wish of the exchange ended is always heard; there are as many of these as wishes.
        // What comes from the far end is bounded by the room.
        let from_far_end = match report {
            MediaReport::Started(_)
            | MediaReport::Finished(_)
            | MediaReport::Failed { .. }
            | MediaReport::TonesSent(_)
            | MediaReport::TonesRefused(_)
            | MediaReport::Tapped(..) => false,
            MediaReport::ToneStarted(..) | MediaReport::ToneEnded(..) | MediaReport::Silent(_) => true,
        };
        let input = Input::Media(call, report);
        let taken = if from_far_end {
            door.mailbox.deliver_or_drop(input, at)
        } else {
            door.mailbox.force(input, at)
        };
        if taken == Err(Refused::Full) {
            warn!(call.id = %call, "a key in call {call} is lost: the mailbox is full");
        }
    }

    /// An application asks; answered once the result is durable.
    pub async fn command(&self, command: Command) -> Result<Reply, BoardError> {
        let owner = Owner::of(&command);
        if owner == Owner::Anybody && self.is_draining() {
            return Err(BoardError::Stopping);
        }
        let home = owner.home().unwrap_or_else(|| self.inner.next_home());
        let door = self.inner.door(home).ok_or(CommandError::CallNotFound)?;
        let other = command.other_connection().map(CallConnectionId::home);
        if other.is_some_and(|other| other != home && self.inner.door(other).is_some()) {
            return Err(two_exchanges().into());
        }
        let (answer, answered) = oneshot::channel();
        let input = Input::Command(Box::new(command), self.inner.entropy().seed(), answer);
        door.mailbox.offer(input, self.now()).map_err(|refused| match refused {
            Refused::Full => BoardError::Overloaded,
            Refused::Closed => BoardError::Stopping,
        })?;
        let Answered { result, durable } = answered.await.map_err(|_| BoardError::Broken)?;
        if let Some(durable) = durable {
            durable.await.map_err(|_| BoardError::NotDurable)?.map_err(|reason| {
                error!(reason = %reason, "a result could not be made durable: {reason}");
                BoardError::NotDurable
            })?;
        }
        Ok(result?)
    }

    /// Takes no new calls but those for help; returns when the last call has ended or, `patience` having passed,
    /// when those that were left have been hung up.
    pub async fn drain(&self, patience: Duration) {
        self.inner.draining.store(true, Ordering::Relaxed);
        let drained = tokio::time::timeout(patience, self.last_leg_gone()).await.is_ok();
        self.inner.closed.store(true, Ordering::Relaxed);
        if drained {
            return;
        }
        info!(legs = self.live_legs(), "patience is over: {} legs are hung up", self.live_legs());
        for door in &self.inner.shards {
            let _ = door.mailbox.force(Input::HangUpAll, self.now());
        }
        if tokio::time::timeout(LAST_WORDS, self.last_leg_gone()).await.is_err() {
            warn!(legs = self.live_legs(), "{} legs did not end in time", self.live_legs());
        }
    }

    /// Ends the threads once they have handled what they were told; after that nothing is taken.
    pub async fn stop(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
        self.inner.closed.store(true, Ordering::Relaxed);
        for door in &self.inner.shards {
            door.mailbox.close();
            door.ports.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        let threads = std::mem::take(&mut *self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = joined.await;
    }

    async fn last_leg_gone(&self) {
        for door in &self.inner.shards {
            // The sender lives in the door, so the wait ends only when the last leg is gone.
            let _ = door.live_legs.subscribe().wait_for(|legs| *legs == 0).await;
        }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("shards", &self.inner.shards.len()).finish_non_exhaustive()
    }
}

impl Inner {
    fn next_home(&self) -> Home {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        Home { node: NODE, shard: (turn % self.shards.len()) as u16 }
    }

    /// The reserved number that somebody dials, and whose it is.
    fn called_back(
        &self,
        principal: Principal<'_>,
        dialled: &str,
        now_us: i64,
    ) -> Option<(TenantId, PhoneNumber)> {
        if self.callbacks.is_empty() {
            return None;
        }
        let (tenant, number) = dial_plan::called_number(&self.directory.load(), principal, dialled)?;
        self.callbacks.has(tenant, &number, now_us).then_some((tenant, number))
    }

    fn entropy(&self) -> MutexGuard<'_, Entropy> {
        self.entropy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(&self, home: Home) -> Option<&Door> {
        if home.node == NODE { self.shards.get(usize::from(home.shard)) } else { None }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for door in &self.shards {
            door.mailbox.close();
        }
    }
}

/// What all exchanges share.
#[derive(Clone, Copy)]
struct Around<'a> {
    timepiece: &'a Timepiece,
    lateness: &'a Arc<Lateness>,
    callbacks: &'a Arc<Callbacks>,
}

fn open_door(
    home: Home,
    exchange: Exchange,
    limits: exchange::Limits,
    directory: Arc<Directory>,
    around: Around<'_>,
) -> (Door, JoinHandle<()>) {
    let Around { timepiece, lateness, callbacks } = around;
    let callbacks = Arc::clone(callbacks);
    let (attach, attached) = mpsc::channel();
    let door = Door {
        mailbox: Arc::new(Mailbox::new(ROOM, Arc::clone(lateness))),
        live_legs: Arc::new(watch::Sender::new(0)),
        ports: Mutex::new(Some(attach)),
        thread: Arc::new(OnceLock::new()),
    };
    let (mailbox, live_legs) = (Arc::clone(&door.mailbox), Arc::clone(&door.live_legs));
    let (own_id, timepiece) = (Arc::clone(&door.thread), timepiece.clone());
    let work = move || {
        let _ = own_id.set(thread::current().id());
        // Stopped before anything was attached: nothing to say, and nobody to say it to.
        let Ok(ports) = attached.recv() else { return };
        let scribe = ports.journal.as_ref();
        let scribe = scribe.map(|journal| Scribe::new(home, limits, &directory, journal.desk()));
        drop(directory);
        Shard { exchange, mailbox, ports, timepiece, live_legs, live: Live::default(), scribe, callbacks }
            .run();
    };
    let thread = thread::Builder::new()
        .name(format!("exchange-{}", home.shard))
        .spawn(work)
        .expect("a process that cannot start a thread cannot take calls");
    (door, thread)
}

/// Participants are moved from one call to another: a leg stays with the exchange that it began in.
fn two_exchanges() -> CommandError {
    CommandError::InvalidArgument {
        property: "fromCall",
        reason: "participants move only between calls of one exchange, and it is a call of another: transfer them, \
                 or add them to the call and remove them from the other"
            .to_owned(),
    }
}

fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives randomness");
    seed
}
