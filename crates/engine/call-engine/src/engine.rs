//! All calls of a shard: who owns which leg, timer and connection, and where two calls meet.

mod arrivals;
mod lines;
mod meeting;
mod polls;
mod recording;
mod shown;

pub use meeting::MoveError;

use std::collections::HashMap;

use clock::{Deadlines, Now};
use entropy::{Entropy, Seed};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, Home, LegId, PhoneNumber, RecordingId, ResourceId,
    TrunkName,
};
use media_plan::MediaReport;

use crate::call::{Call, Ending, Phase};
use crate::call_mut::CallMut;
use crate::called::Called;
use crate::leg::Role;
use crate::leg_port::{Caller, Client, LegReport, LegRequest, Origin, RejectReason};
use crate::limits::Limits;
use crate::memory::Memory;
use crate::outbox::{Change, Outbox, Timer};
use crate::request::{Answer, CreateCall, Invitee, Join};
use crate::view::CallProperties;
use lines::Lines;
use shown::ShownNumbers;

/// An application may send a call on to another service number this often.
const MOST_REDIRECTIONS: u32 = 5;
/// So many calls that are over are remembered.
const REMEMBERED: usize = 10_000;

/// All calls of a shard.
///
/// After every `handle_*` or verb the owner drains all `poll_*`.
#[derive(Debug)]
pub struct CallEngine {
    home: Home,
    pub(crate) limits: Limits,
    /// Calls that count toward the limit and are kept elsewhere.
    neighbors: usize,
    calls: HashMap<CallId, Box<Call>>,
    legs: HashMap<LegId, CallId>,
    lines: Lines,
    shown: ShownNumbers,
    connections: HashMap<CallConnectionId, CallId>,
    recordings: HashMap<RecordingId, CallId>,
    deadlines: Deadlines<(CallId, Timer)>,
    ended_connections: Memory<CallConnectionId, ResourceId>,
    ended_recordings: Memory<RecordingId, ResourceId>,
    ended_offers: Memory<CallId, (ResourceId, TakeError)>,
    outbox: Outbox,
}

/// Why an application does not get a call that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// No such call, or not one of this resource.
    #[error("find the incoming call")]
    NotFound,
    /// It was answered, redirected or rejected before.
    #[error("take an incoming call that was already answered, redirected or rejected")]
    AlreadyTaken,
    /// The caller gave up, or nobody took it in time.
    #[error("take an incoming call that is no longer ringing")]
    NoLongerRinging,
    /// Somebody calls on behalf of a resource account, whose application alone makes that call.
    #[error("redirect a call on behalf of a resource account")]
    OnBehalf,
}

/// Why an application does not hold a call that others made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// No such call, it is over, or it is not one of this resource.
    #[error("find the call")]
    NotFound,
    /// As many hold it as may.
    #[error("have more than {limit} applications in one call")]
    TooMany {
        /// Applications in one call.
        limit: usize,
    },
}

/// Why an application finds no call behind its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There never was one, it is long over, or it is held by another resource.
    #[error("find the call")]
    NotFound,
    /// It is over.
    #[error("act on a call that is over")]
    AlreadyTerminated,
}

/// Why no call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateCallError {
    /// Nobody to call.
    #[error("call nobody")]
    NoTarget,
    /// One target named twice.
    #[error("call somebody twice in one call")]
    TargetTwice,
    /// Too many targets for one call.
    #[error("have more than {limit} participants")]
    TooManyParticipants {
        /// Participants in one call.
        limit: usize,
    },
    /// No room.
    #[error("have more than {limit} calls")]
    TooManyCalls {
        /// Calls at the same time.
        limit: usize,
    },
}

impl CallEngine {
    /// An engine without calls, whose ids name `home`.
    pub fn new(home: Home, limits: Limits) -> Self {
        Self {
            home,
            limits,
            neighbors: 0,
            calls: HashMap::new(),
            legs: HashMap::new(),
            lines: Lines::default(),
            shown: ShownNumbers::default(),
            connections: HashMap::new(),
            recordings: HashMap::new(),
            deadlines: Deadlines::default(),
            ended_connections: Memory::new(REMEMBERED),
            ended_recordings: Memory::new(REMEMBERED),
            ended_offers: Memory::new(REMEMBERED),
            outbox: Outbox::default(),
        }
    }

    // What was observed outside.

    /// An edge saw something on a leg. A leg that is not known has ended before.
    pub fn handle_leg(&mut self, leg: LegId, report: LegReport, now: Now) {
        let Some(call) = self.legs.get(&leg).copied() else { return };
        match report {
            LegReport::TransferRequested { replaces: Some(place), .. } => {
                self.transfer_to_place(leg, place, now);
            }
            report @ (LegReport::Ringing
            | LegReport::EarlyMedia
            | LegReport::Answered
            | LegReport::Held
            | LegReport::Resumed
            | LegReport::Tone(_)
            | LegReport::Moved { .. }
            | LegReport::Referred(_)
            | LegReport::TransferRequested { replaces: None, .. }
            | LegReport::Ended(_)) => {
                self.with(call, now, |call, _| call.on_leg(leg, report, now));
            }
        }
    }

    /// Media saw something. What it saw on a leg belongs to the call that owns the leg now.
    pub fn handle_media(&mut self, call: CallId, report: MediaReport, now: Now) {
        let owner = match &report {
            MediaReport::ToneStarted(leg, _) | MediaReport::ToneEnded(leg, _) | MediaReport::Silent(leg) => {
                self.legs.get(leg).copied()
            }
            MediaReport::Started(_)
            | MediaReport::Finished(_)
            | MediaReport::Failed { .. }
            | MediaReport::TonesSent(_)
            | MediaReport::TonesRefused(_)
            | MediaReport::Tapped(..) => Some(call),
        };
        if let Some(owner) = owner {
            self.with(owner, now, |call, _| call.on_media(&report, now));
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((call, timer)) = self.deadlines.pop_due(now) {
            self.with(call, now, |call, _| call.on_timeout(timer, now));
        }
    }

    // What an application asks.

    /// Calls one or more people. Whatever is drawn for the call grows from `seed`.
    pub fn create_call(
        &mut self,
        request: CreateCall,
        seed: Seed,
        now: Now,
    ) -> Result<CallProperties, CreateCallError> {
        if self.load() >= self.limits.calls {
            return Err(CreateCallError::TooManyCalls { limit: self.limits.calls });
        }
        if request.targets.is_empty() {
            return Err(CreateCallError::NoTarget);
        }
        if request.targets.len() > self.limits.participants {
            return Err(CreateCallError::TooManyParticipants { limit: self.limits.participants });
        }
        let mut names: Vec<&CommunicationIdentifier> =
            request.targets.iter().map(|target| &target.identifier).collect();
        names.sort_unstable();
        let is_twice = |pair: &[&CommunicationIdentifier]| {
            let may = self.limits.same_number_twice && pair[0].phone_number().is_some();
            pair[0] == pair[1] && !may
        };
        if names.windows(2).any(is_twice) {
            return Err(CreateCallError::TargetTwice);
        }
        let resource = request.application.resource;
        let call = Call::created(self.home, request, resource, seed, now);
        let holder = call.stage.held_by.and_then(|holder| call.properties(holder));
        let properties = holder.expect("a call that an application made is held by it");
        self.insert(call, now);
        Ok(properties)
    }

    /// Takes a call that waits.
    pub fn answer(&mut self, call: CallId, answer: Answer, now: Now) -> Result<CallProperties, TakeError> {
        let leg = self.offered(call, answer.application.resource, now)?;
        let properties = self.with(call, now, |call, _| {
            let holder = call.answer(leg, answer, now);
            call.properties(holder)
        });
        properties.flatten().ok_or(TakeError::NotFound)
    }

    /// Sends a call that waits to somebody; the application has no further part in it.
    pub fn redirect(
        &mut self,
        call: CallId,
        resource: ResourceId,
        invitee: Invitee,
        now: Now,
    ) -> Result<(), TakeError> {
        let leg = self.redirectable(call, resource, now)?;
        self.with(call, now, |call, _| {
            let caller = Caller {
                number: call.stage.started_by.phone_number().cloned(),
                display_name: call.stage.display_name_on(leg),
            };
            call.is_redirected = true;
            call.bridge(leg, invitee, caller, now);
        });
        Ok(())
    }

    /// Sends a call that waits to the applications behind another service number.
    pub fn offer_again(
        &mut self,
        call: CallId,
        resource: ResourceId,
        to: (ResourceId, PhoneNumber),
        now: Now,
    ) -> Result<(), TakeError> {
        self.redirectable(call, resource, now)?;
        self.with(call, now, |call, _| {
            call.redirections += 1;
            // Two numbers that redirect to each other must not do so forever.
            if call.redirections > MOST_REDIRECTIONS {
                return call.end(Ending::not_taken(), now);
            }
            call.stage.resource = to.0;
            call.offer(Called::number(to.1), now);
        });
        Ok(())
    }

    /// Refuses a call that waits.
    pub fn reject(
        &mut self,
        call: CallId,
        resource: ResourceId,
        reason: RejectReason,
        now: Now,
    ) -> Result<(), TakeError> {
        self.offered(call, resource, now)?;
        self.with(call, now, |call, _| call.end(Ending::rejected(reason), now));
        self.ended_offers.remember(call, (resource, TakeError::AlreadyTaken), now);
        Ok(())
    }

    /// Whether a call waits and may be sent on.
    pub fn may_redirect(&self, call: CallId, resource: ResourceId, now: Now) -> Result<(), TakeError> {
        self.redirectable(call, resource, now).map(|_| ())
    }

    /// The leg of a call that waits, and may be sent on (contract: Teams Phone §8.5).
    fn redirectable(&self, id: CallId, resource: ResourceId, now: Now) -> Result<LegId, TakeError> {
        let leg = self.offered(id, resource, now)?;
        let dialled = self.calls.get(&id).and_then(|call| call.dialled.as_ref());
        if dialled.is_some_and(|called| called.on_behalf_of.is_some()) {
            return Err(TakeError::OnBehalf);
        }
        Ok(leg)
    }

    fn offered(&self, id: CallId, resource: ResourceId, now: Now) -> Result<LegId, TakeError> {
        let live = self.calls.get(&id).filter(|call| call.phase != Phase::Over);
        let Some(call) = live else {
            let remembered = self.ended_offers.recall(id, now).filter(|(owner, _)| *owner == resource);
            return Err(remembered.map_or(TakeError::NotFound, |(_, fate)| *fate));
        };
        if call.stage.resource != resource {
            return Err(TakeError::NotFound);
        }
        match call.phase {
            Phase::Offered => call.caller().ok_or(TakeError::NoLongerRinging),
            Phase::Answering | Phase::Bridging { .. } | Phase::Established { .. } => {
                Err(TakeError::AlreadyTaken)
            }
            Phase::Inviting => Err(TakeError::NotFound),
            Phase::Over => Err(TakeError::NoLongerRinging),
        }
    }

    /// An application holds a call that others made, of its own resource; one that nobody has answered yet,
    /// when somebody does.
    pub fn join(&mut self, call: CallId, join: Join, now: Now) -> Result<CallProperties, JoinError> {
        let limit = self.limits.connections;
        let found = self
            .calls
            .get(&call)
            .filter(|found| found.phase != Phase::Over && found.stage.resource == join.application.resource);
        let Some(found) = found else { return Err(JoinError::NotFound) };
        if found.stage.connections.len() >= limit {
            return Err(JoinError::TooMany { limit });
        }
        let properties = self.with(call, now, |call, _| {
            let holder = call.join(join, now);
            call.properties(holder)
        });
        properties.flatten().ok_or(JoinError::NotFound)
    }

    /// The call behind a connection, for the resource that holds it.
    pub fn call(
        &mut self,
        connection: CallConnectionId,
        resource: ResourceId,
        now: Now,
    ) -> Result<CallMut<'_>, FindError> {
        let id = self.find(connection, resource, now)?;
        Ok(CallMut { engine: self, id, connection, now })
    }

    fn find(
        &self,
        connection: CallConnectionId,
        resource: ResourceId,
        now: Now,
    ) -> Result<CallId, FindError> {
        let Some(id) = self.connections.get(&connection) else {
            let owner = self.ended_connections.recall(connection, now);
            let is_own = owner.is_some_and(|owner| *owner == resource);
            return Err(if is_own { FindError::AlreadyTerminated } else { FindError::NotFound });
        };
        let held_by = |call: &Call| {
            call.stage.connection(connection).is_some_and(|held| held.application.resource == resource)
        };
        let is_own = self.calls.get(id).is_some_and(|call| held_by(call));
        if is_own { Ok(*id) } else { Err(FindError::NotFound) }
    }

    // What can be looked at.

    /// In whose name a leg may ask for further calls.
    pub fn origin_of(&self, leg: LegId) -> Option<&Origin> {
        let call = self.calls.get(self.legs.get(&leg)?)?;
        call.stage.legs.get(&leg).map(|leg| &leg.origin)
    }

    /// Where the user of a leg is that arrived.
    pub fn client_of(&self, leg: LegId) -> Client {
        let call = self.legs.get(&leg).and_then(|call| self.calls.get(call));
        call.and_then(|call| call.stage.legs.get(&leg)).map_or(Client::default(), |leg| leg.client)
    }

    /// The trunk that a call came in by, while its caller is there.
    pub fn ingress_of(&self, call: CallId) -> Option<&TrunkName> {
        let legs = &self.calls.get(&call)?.stage.legs;
        legs.values().filter(|leg| leg.role == Role::Caller).find_map(|leg| match &leg.origin {
            Origin::Trunk(trunk) => Some(trunk),
            Origin::Phone(_) | Origin::Platform | Origin::Stranger => None,
        })
    }

    /// How many calls lead to the public network under a number now, also those that still ring.
    pub fn calls_under(&self, number: &PhoneNumber) -> usize {
        self.shown.count(number)
    }

    /// The call that a leg is in.
    pub fn call_of_leg(&self, leg: LegId) -> Option<CallId> {
        self.legs.get(&leg).copied()
    }

    /// The call behind a connection, whoever holds it.
    pub fn call_of_connection(&self, connection: CallConnectionId) -> Option<CallId> {
        self.connections.get(&connection).copied()
    }

    /// The call that is being recorded.
    pub fn call_of_recording(&self, recording: RecordingId) -> Option<CallId> {
        self.recordings.get(&recording).copied()
    }

    /// The calls with a timer that is due; one that has several appears as often.
    pub fn due_calls(&self, now: Now) -> impl Iterator<Item = CallId> + '_ {
        self.deadlines.due(now).map(|(call, _)| *call)
    }

    // What a call needs that is looked at alone, without the others of its shard.

    /// So many calls count toward the limit besides those that are kept here.
    pub fn set_neighbors(&mut self, calls: usize) {
        self.neighbors = calls;
    }

    /// Whether so many calls have ended lately that some are forgotten before their time.
    pub fn is_forgetful(&self) -> bool {
        self.ended_connections.is_full() || self.ended_offers.is_full() || self.ended_recordings.is_full()
    }

    /// Forgets all calls that are over.
    pub fn forget_ended(&mut self) {
        self.ended_connections = Memory::new(REMEMBERED);
        self.ended_recordings = Memory::new(REMEMBERED);
        self.ended_offers = Memory::new(REMEMBERED);
    }

    /// Calls that are not over, or whose legs are still being ended.
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Legs that have not ended.
    pub fn leg_count(&self) -> usize {
        self.legs.len()
    }

    /// Timers that run.
    pub fn timer_count(&self) -> usize {
        self.deadlines.len()
    }

    pub(crate) fn look(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id).map(|call| &**call)
    }

    // How calls are kept.

    /// Calls that count toward the limit.
    fn load(&self) -> usize {
        self.calls.len() + self.neighbors
    }

    /// `beyond` the limit there is room for those who need it most.
    fn has_room_for(&mut self, leg: LegId, beyond: usize, seed: Seed) -> bool {
        if self.legs.contains_key(&leg) {
            return false;
        }
        let has_room = self.load() < self.limits.calls.saturating_add(beyond);
        if !has_room {
            // Work for each call that is too many would make them more: not even a record is kept.
            self.turn_away(leg, RejectReason::Overloaded, &mut Entropy::grown(seed));
        }
        has_room
    }

    fn turn_away(&mut self, leg: LegId, reason: RejectReason, entropy: &mut Entropy) -> CallId {
        let call = CallId::at(self.home, entropy);
        self.outbox.legs.push_back((call, leg, LegRequest::Reject(reason)));
        call
    }

    /// Lets something happen to a call, and lets everything follow from it.
    pub(crate) fn with<T>(
        &mut self,
        id: CallId,
        now: Now,
        happen: impl FnOnce(&mut Call, &Limits) -> T,
    ) -> Option<T> {
        // The call stays where it is: if it breaks an assumption, its legs can still be ended.
        let call = self.calls.get_mut(&id)?;
        let result = happen(call, &self.limits);
        self.part(id, now);
        self.keep(id, now);
        Some(result)
    }

    fn insert(&mut self, call: Call, now: Now) {
        let id = call.stage.id;
        self.calls.insert(id, Box::new(call));
        self.keep(id, now);
    }

    /// Settles a call and takes note of what has changed.
    fn keep(&mut self, id: CallId, now: Now) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.settle(now);
        self.outbox.append(&mut call.stage.outbox);
        if call.phase == Phase::Over && !call.is_remembered {
            call.is_remembered = true;
            let fate = if call.was_taken() { TakeError::AlreadyTaken } else { TakeError::NoLongerRinging };
            self.ended_offers.remember(id, (call.stage.resource, fate), now);
        }
        let is_gone = call.is_gone();
        for change in std::mem::take(&mut call.stage.changes) {
            self.note(id, change, now);
        }
        if is_gone {
            self.calls.remove(&id);
        }
    }

    fn draw_line(&mut self, id: CallId, leg: LegId) {
        let call = self.calls.get(&id);
        if let Some(leg) = call.and_then(|call| call.stage.legs.get(&leg)) {
            self.lines.set(leg.id, &leg.origin);
            if let Some(number) = &leg.shown {
                self.shown.add(leg.id, number);
            }
        }
    }

    fn note(&mut self, id: CallId, change: Change, now: Now) {
        match change {
            Change::LegAdopted(leg) => {
                self.legs.insert(leg, id);
                self.draw_line(id, leg);
            }
            Change::LegGone(leg) => {
                self.legs.remove(&leg);
                self.lines.forget(leg);
                self.shown.forget(leg);
            }
            Change::LegTurned(leg) => self.draw_line(id, leg),
            Change::TimerSet(timer, deadline) => self.deadlines.set((id, timer), deadline),
            Change::TimerCanceled(timer) => self.deadlines.cancel(&(id, timer)),
            Change::ConnectionOpened(connection) => {
                self.connections.insert(connection, id);
            }
            Change::ConnectionClosed(connection, resource) => {
                self.connections.remove(&connection);
                self.ended_connections.remember(connection, resource, now);
            }
            Change::RecordingOpened(recording) => {
                self.recordings.insert(recording, id);
            }
            Change::RecordingClosed(recording, resource) => {
                self.recordings.remove(&recording);
                self.ended_recordings.remember(recording, resource, now);
            }
        }
    }
}
