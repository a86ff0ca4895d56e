//! One thread, one exchange: takes inputs one at a time and drains everything that follows from each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use call_engine::{CallEventKind, CallProperties, Invitation, LegReport, LegRequest};
use clock::{Deadline, Now};
use entropy::Seed;
use exchange::{Availability, Command, CommandError, Exchange, Reply};
use identifier::{CallConnectionId, CallId, LegId, ObjectId, RecordingId, TrunkName};
use journal::{Desk, Said, Scribe, Seen};
use media_plan::{MediaReport, MediaRequest};
use tenant::Directory;
use tokio::sync::{oneshot, watch};
use tracing::{error, warn};

use crate::callbacks::{Callbacks, Concern, Reservation};
use crate::live::Live;
use crate::mailbox::{Mailbox, Next};
use crate::port::{Batch, Committed, Ports};
use crate::route::Owner;
use crate::timepiece::Timepiece;

/// After a timer that broke, the next is looked at this much later, so that a broken one cannot spin.
const AFTER_A_BROKEN_TIMER: Duration = Duration::from_millis(10);

/// What enters an exchange.
pub(crate) enum Input {
    Invitation {
        leg: LegId,
        invitation: Box<Invitation>,
        /// What it has to do with numbers that help calls back.
        concern: Concern,
        seed: Seed,
    },
    Leg(LegId, LegReport),
    Media(CallId, MediaReport),
    Command(Box<Command>, Seed, oneshot::Sender<Answered>),
    Directory(Arc<Directory>),
    /// What a person does.
    Availability(ObjectId, Availability),
    /// Whether a gateway is tried last.
    Gateway(TrunkName, bool),
    /// Patience is over: every leg that is left is hung up.
    HangUpAll,
}

/// What became of a command, and what must be durable before anybody may hear of it.
pub(crate) struct Answered {
    pub(crate) result: Result<Reply, CommandError>,
    pub(crate) durable: Option<Committed>,
}

/// What an input is about, remembered in case it breaks.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Leg(LegId),
    Call(CallId),
    Connection(CallConnectionId),
    Recording(RecordingId),
    Nothing,
}

pub(crate) struct Shard {
    pub(crate) exchange: Exchange,
    pub(crate) mailbox: Arc<Mailbox<Input>>,
    pub(crate) ports: Ports,
    pub(crate) timepiece: Timepiece,
    pub(crate) live_legs: Arc<watch::Sender<usize>>,
    pub(crate) live: Live,
    /// Writes down what happens, if a journal is kept.
    pub(crate) scribe: Option<Scribe<Desk>>,
    /// Numbers that help calls back.
    pub(crate) callbacks: Arc<Callbacks>,
}

impl Shard {
    /// Works until the mailbox is closed and empty.
    pub(crate) fn run(mut self) {
        let mut not_before: Option<Deadline> = None;
        loop {
            let wanted = self.exchange.poll_timeout().map(|(deadline, _)| deadline);
            let deadline = wanted.map(|wanted| not_before.map_or(wanted, |earliest| wanted.max(earliest)));
            match self.mailbox.next(deadline, &self.timepiece) {
                Next::Input(input, seen) => {
                    let over = ended_leg(&input);
                    self.guarded(subject_of(&input), |shard| shard.handle(input, seen));
                    // Also when the report of its end broke an assumption: draining waits for no ghost.
                    if let Some(leg) = over {
                        self.live.leg_ended(leg);
                    }
                }
                Next::Due(now) => {
                    let unbroken = self.guarded(Subject::Nothing, |shard| {
                        shard.note(Seen::Timeout, now);
                        shard.exchange.handle_timeout(now);
                        shard.drain(Vec::new());
                        shard.noted(None);
                    });
                    not_before = (!unbroken).then(|| now.after(AFTER_A_BROKEN_TIMER));
                }
                Next::Closed => return,
            }
            self.live_legs.send_if_modified(|count| {
                let before = std::mem::replace(count, self.live.len());
                before != *count
            });
        }
    }

    /// The one place that forwards; nothing is decided here.
    fn handle(&mut self, input: Input, seen: Now) {
        match input {
            Input::Invitation { leg, invitation, concern, seed } => {
                self.live.leg_began(leg, None);
                self.note(Seen::Invitation(leg, &invitation, seed), seen);
                let reserved = self.invite(leg, *invitation, &concern, seed, seen);
                self.drain_batch(Batch { reserved, ..Batch::default() });
                self.noted(None);
            }
            Input::Leg(leg, report) => {
                self.note(Seen::Leg(leg, &report), seen);
                self.exchange.handle_leg(leg, report, seen);
                self.drain(Vec::new());
                self.noted(None);
            }
            Input::Media(call, report) => {
                self.note(Seen::Media(call, &report), seen);
                self.exchange.handle_media(call, report, seen);
                self.drain(Vec::new());
                self.noted(None);
            }
            Input::Command(command, seed, answer) => {
                let makes_connection = matches!(
                    *command,
                    Command::CreateCall { .. } | Command::Answer { .. } | Command::Join { .. }
                );
                // What other calls have no room for never enters: a call is replayed without its neighbors.
                if let Err(full) = self.exchange.has_room_for(&command, seen) {
                    let _ = answer.send(Answered { result: Err(full), durable: None });
                    return;
                }
                self.note(Seen::Command(&command, seed), seen);
                self.live.answering = matches!(*command, Command::Answer { .. }).then_some(seen);
                let result = self.exchange.handle_command(*command, seed, seen);
                let opened = match &result {
                    Ok(Reply::Call(properties)) if makes_connection => vec![(**properties).clone()],
                    Ok(_) | Err(_) => Vec::new(),
                };
                let durable = self.drain(opened);
                self.live.answering = None;
                self.noted(Some(&result));
                // An application that no longer waits for its answer asks again or looks at its events.
                let _ = answer.send(Answered { result, durable });
            }
            Input::Directory(directory) => {
                if let Some(scribe) = &mut self.scribe {
                    scribe.directory(&directory);
                }
                self.exchange.handle_directory(directory);
                self.drain(Vec::new());
            }
            // What decisions are told of these is written down with them.
            Input::Availability(person, availability) => {
                self.exchange.handle_availability(person, availability);
            }
            Input::Gateway(trunk, is_demoted) => self.exchange.handle_gateway(trunk, is_demoted),
            Input::HangUpAll => {
                self.note(Seen::HangUpAll, seen);
                for (leg, call) in self.live.legs() {
                    if let (Some(call), Some(scribe)) = (call, &mut self.scribe) {
                        scribe.said(Said::Leg(call, leg, &LegRequest::Hangup));
                    }
                    self.hang_up(leg, call);
                }
                self.noted(None);
            }
        }
    }

    /// A call arrives. While one for help is handled, no other exchange reserves a number.
    fn invite(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        concern: &Concern,
        seed: Seed,
        seen: Now,
    ) -> Vec<Reservation> {
        let callbacks = Arc::clone(&self.callbacks);
        let book = callbacks.open();
        self.exchange.set_reserved(book.about(concern, seen.unix_us()));
        let book = matches!(concern, Concern::Help { .. }).then_some(book);
        self.exchange.handle_invitation(leg, invitation, seed, seen);
        let reservations: Vec<_> = std::iter::from_fn(|| self.exchange.poll_reservation()).collect();
        if reservations.is_empty() {
            return Vec::new();
        }
        let mut book = book.unwrap_or_else(|| callbacks.open());
        let reserve = |(tenant, number, user)| book.reserve(tenant, number, user, seen.unix_us());
        reservations.into_iter().map(reserve).collect()
    }

    /// Something enters the exchange.
    fn note(&mut self, seen: Seen<'_>, at: Now) {
        if let Some(scribe) = &mut self.scribe {
            scribe.seen(&self.exchange, seen, at);
        }
    }

    /// Everything that follows from it has left.
    fn noted(&mut self, reply: Option<&Result<Reply, CommandError>>) {
        if let Some(scribe) = &mut self.scribe {
            scribe.end(&self.exchange, reply);
        }
    }

    /// Something leaves the exchange.
    fn said(&mut self, said: Said<'_>) {
        if let Some(scribe) = &mut self.scribe {
            scribe.said(said);
        }
    }

    /// Hands out everything the exchange has to say; what must last goes as one batch.
    fn drain(&mut self, opened: Vec<CallProperties>) -> Option<Committed> {
        self.drain_batch(Batch { opened, ..Batch::default() })
    }

    fn drain_batch(&mut self, mut batch: Batch) -> Option<Committed> {
        while let Some((call, leg, request)) = self.exchange.poll_leg() {
            self.said(Said::Leg(call, leg, &request));
            match request {
                LegRequest::Dial(_) => self.live.leg_began(leg, Some(call)),
                _ => self.live.leg_belongs(leg, call),
            }
            if let (LegRequest::Answer, Some(asked)) = (&request, self.live.answering) {
                meter::ANSWERING.start(leg.as_u128(), self.timepiece.now().since(asked));
            }
            self.ports.legs.request(call, leg, request);
        }
        while let Some((call, request)) = self.exchange.poll_media() {
            self.said(Said::Media(call, &request));
            self.ports.media.request(call, request);
        }
        while let Some(event) = self.exchange.poll_event() {
            self.said(Said::Event(&event));
            if ends_connection(&event.kind) {
                batch.closed.push(event.connection);
            }
            batch.events.push(event);
        }
        while let Some(notice) = self.exchange.poll_notice() {
            self.said(Said::Notice(&notice));
            batch.notices.push(notice);
        }
        while let Some(record) = self.exchange.poll_record() {
            self.said(Said::Record(&record));
            batch.records.push(record);
        }
        self.commit(batch)
    }

    fn commit(&mut self, batch: Batch) -> Option<Committed> {
        for properties in &batch.opened {
            self.live.opened(properties.connection, properties.call);
        }
        for connection in &batch.closed {
            self.live.closed(*connection);
        }
        (!batch.is_empty()).then(|| self.ports.ledger.commit(batch))
    }

    /// Runs `work`; if it breaks an assumption, the call it is about ends and all others go on.
    fn guarded(&mut self, subject: Subject, work: impl FnOnce(&mut Self)) -> bool {
        let broken = catch_unwind(AssertUnwindSafe(|| work(self))).err();
        let Some(panic) = broken else { return true };
        let reason = panic_reason(panic.as_ref());
        meter::BROKEN_INPUTS.count([]);
        error!(subject = ?subject, reason, "an input broke an assumption of the exchange: {reason}");
        // What the exchange had already decided before it broke still leaves.
        if catch_unwind(AssertUnwindSafe(|| drop(self.drain(Vec::new())))).is_err() {
            error!(subject = ?subject, "what followed from the broken input could not be handed out");
        }
        if let Some(scribe) = &mut self.scribe {
            scribe.broke(&self.exchange, reason);
        }
        self.end_call_of(subject);
        false
    }

    /// Ends a call from outside: its legs hang up, and their endings let the exchange clean up.
    fn end_call_of(&mut self, subject: Subject) {
        let call = match subject {
            Subject::Leg(leg) => self.live.call_of_leg(leg),
            Subject::Call(call) => Some(call),
            Subject::Connection(connection) => self.live.call_of_connection(connection),
            Subject::Recording(recording) => self.exchange.call_of_recording(recording),
            Subject::Nothing => None,
        };
        let legs = match (call, subject) {
            (Some(call), _) => self.live.legs_of(call),
            (None, Subject::Leg(leg)) => vec![leg],
            (None, _) => Vec::new(),
        };
        for leg in legs {
            self.hang_up(leg, call);
        }
        if let Some(call) = call {
            warn!(call.id = %call, "call {call} is ended because an input about it broke");
            self.ports.media.request(call, MediaRequest::Release);
        }
    }

    fn hang_up(&self, leg: LegId, call: Option<CallId>) {
        // A leg that no request has named yet has no call; edges find it by its own id.
        let call = call.unwrap_or(CallId::from_u128(leg.as_u128()));
        self.ports.legs.request(call, leg, LegRequest::Hangup);
    }
}

/// The leg that is over with this input.
fn ended_leg(input: &Input) -> Option<LegId> {
    match input {
        Input::Leg(leg, LegReport::Ended(_)) => Some(*leg),
        _ => None,
    }
}

fn subject_of(input: &Input) -> Subject {
    match input {
        Input::Invitation { leg, .. } | Input::Leg(leg, _) => Subject::Leg(*leg),
        Input::Media(call, _) => Subject::Call(*call),
        Input::Command(command, ..) => match Owner::of(command) {
            Owner::Call(call) => Subject::Call(call),
            Owner::Connection(connection) => Subject::Connection(connection),
            Owner::Recording(recording) => Subject::Recording(recording),
            Owner::Anybody => Subject::Nothing,
        },
        Input::Directory(_) | Input::Availability(..) | Input::Gateway(..) | Input::HangUpAll => {
            Subject::Nothing
        }
    }
}

/// Events after which an application has no hold on the call any more.
fn ends_connection(kind: &CallEventKind) -> bool {
    matches!(
        kind,
        CallEventKind::CallDisconnected
            | CallEventKind::CreateCallFailed
            | CallEventKind::AnswerFailed
            | CallEventKind::ConnectFailed
    )
}

fn panic_reason(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given")
}
