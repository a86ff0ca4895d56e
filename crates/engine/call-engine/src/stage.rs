//! All of a call that an operation may touch: legs, participants, who hears
//! whom, timers, and what leaves the call. Never the call that owns it, nor a
//! sibling operation.

mod telling;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clock::{Deadline, Now};
use entropy::Entropy;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, Home, LegId, OperationId, PhoneNumber,
    PlaybackId, ResourceId, TapId,
};
use media_plan::{MediaPlan, MediaRequest, PlaySource, Playback, Purpose, ToneSequence};
use redact::Pii;

use crate::application::Callback;
use crate::call_record::Stay;
use crate::connection::Connection;
use crate::diversion::Diversion;
use crate::hunt::{Hunt, HuntId};
use crate::leg::{Leg, LegState, Role};
use crate::leg_port::{Caller, Client, CustomHeaders, Destination, Dial, LegRequest, Origin, RejectReason};
use crate::notice::NoticeKind;
use crate::outbox::{Change, Outbox, Timer};
use crate::participant::{Participant, distinct};
use crate::request::Invitee;
use crate::taps::{Taps, Voices};
use crate::{timing, topology};

/// So many of those who were called, or were there, are remembered for the account of the call.
const MOST_RUNG: usize = 400;

/// What an operation is called, and where its events go.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    pub id: OperationId,
    /// Whose it is.
    pub connection: CallConnectionId,
    pub operation_context: Option<Arc<str>>,
    pub callback: Option<Callback>,
}

/// What an operation may touch.
#[derive(Debug)]
pub(crate) struct Stage {
    pub home: Home,
    pub id: CallId,
    pub correlation: CorrelationId,
    pub resource: ResourceId,
    pub legs: BTreeMap<LegId, Leg>,
    /// In the order in which they joined.
    pub participants: Vec<Participant>,
    /// Everybody who was ever connected.
    pub history: Vec<CommunicationIdentifier>,
    /// When everybody was; at most [`MOST_RUNG`].
    pub stays: Vec<Stay>,
    /// Everybody who was ever called into it; at most [`MOST_RUNG`].
    pub rung: Vec<CommunicationIdentifier>,
    /// Those who hold the call, whoever made or answered it first.
    pub connections: Vec<Connection>,
    /// The application that asks for something now.
    pub acting: Option<CallConnectionId>,
    /// The first connection that the call has, or had.
    pub held_by: Option<CallConnectionId>,
    pub started_by: CommunicationIdentifier,
    /// For whom the call was meant before, the earliest first.
    pub diversions: Vec<Diversion>,
    /// More than an application and somebody, or two people.
    pub is_group: bool,
    pub outbox: Outbox,
    pub changes: Vec<Change>,
    pub entropy: Entropy,
    /// Somebody joined, left, or is muted or held since the application was last told.
    pub is_roster_changed: bool,
    /// A transfer was accepted: the transferee's leg and the target's leg shall be alone together.
    pub handover: Option<Handover>,
    /// A transfer was accepted: the far end of this leg has called the target by itself.
    pub referred_away: Option<LegId>,
    /// Who waits for an answer, and whom they hear already.
    early: Option<(LegId, LegId)>,
    /// Callees for whom somebody rings.
    pub hunts: BTreeMap<HuntId, Hunt>,
    plan: MediaPlan,
    /// Listeners that are no legs.
    taps: Taps,
    /// Who hears whom may have changed since the plan was made.
    is_plan_stale: bool,
    /// Music for one whose partner is away.
    comfort: Option<(LegId, PlaybackId)>,
}

/// Two legs that a transfer brings together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handover {
    pub transferee: LegId,
    pub target: LegId,
}

/// Whom to dial and what to say.
#[derive(Debug)]
pub(crate) struct Call {
    pub invitee: Invitee,
    pub caller: Caller,
    pub headers: CustomHeaders,
    /// For whom the call was meant before.
    pub diversions: Vec<Diversion>,
    pub ring_for: Duration,
    /// Whoever rings then, it is given up after this time.
    pub limit: Option<Duration>,
    pub role: Role,
}

/// One of those who ring for a callee.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub hunt: HuntId,
    pub identifier: CommunicationIdentifier,
    pub destination: Destination,
    pub caller: Caller,
    pub headers: CustomHeaders,
    pub diversions: Vec<Diversion>,
    pub ring_for: Duration,
    pub role: Role,
}

impl Stage {
    pub(crate) fn new(
        home: Home,
        resource: ResourceId,
        correlation: Option<CorrelationId>,
        started_by: CommunicationIdentifier,
        mut entropy: Entropy,
    ) -> Self {
        Self {
            home,
            id: CallId::at(home, &mut entropy),
            correlation: correlation.unwrap_or_else(|| CorrelationId::random(&mut entropy)),
            resource,
            legs: BTreeMap::new(),
            participants: Vec::new(),
            history: Vec::new(),
            stays: Vec::new(),
            rung: Vec::new(),
            connections: Vec::new(),
            acting: None,
            held_by: None,
            started_by,
            diversions: Vec::new(),
            is_group: false,
            outbox: Outbox::default(),
            changes: Vec::new(),
            entropy,
            is_roster_changed: false,
            handover: None,
            referred_away: None,
            early: None,
            hunts: BTreeMap::new(),
            plan: MediaPlan::default(),
            taps: Taps::default(),
            is_plan_stale: false,
            comfort: None,
        }
    }

    pub(crate) fn ticket(
        &mut self,
        operation_context: Option<Arc<str>>,
        callback: Option<Callback>,
    ) -> Ticket {
        let connection = self.acting();
        self.ticket_of(connection, operation_context, callback)
    }

    /// For what begins without having been asked for now.
    pub(crate) fn ticket_of(
        &mut self,
        connection: CallConnectionId,
        operation_context: Option<Arc<str>>,
        callback: Option<Callback>,
    ) -> Ticket {
        Ticket { id: OperationId::at(self.home, &mut self.entropy), connection, operation_context, callback }
    }

    // Applications.

    /// The application that asks for something now.
    fn acting(&self) -> CallConnectionId {
        self.acting.expect("a verb is given by somebody who holds the call")
    }

    pub(crate) fn connection(&self, id: CallConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }

    pub(crate) fn connection_mut(&mut self, id: CallConnectionId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.id == id)
    }

    /// The application that asks, else the one that holds the call longest.
    pub(crate) fn asker(&self) -> Option<&Connection> {
        self.acting.and_then(|id| self.connection(id)).or(self.connections.first())
    }

    // Timers.

    pub(crate) fn wake(&mut self, timer: Timer, deadline: Deadline) {
        self.changes.push(Change::TimerSet(timer, deadline));
    }

    pub(crate) fn sleep(&mut self, timer: Timer) {
        self.changes.push(Change::TimerCanceled(timer));
    }

    // Legs.

    /// A leg that an edge made.
    pub(crate) fn adopt(&mut self, leg: Leg) {
        self.changes.push(Change::LegAdopted(leg.id));
        self.legs.insert(leg.id, leg);
    }

    /// The name of a leg that is about to be dialled.
    pub(crate) fn leg_id(&mut self) -> LegId {
        LegId::at(self.home, &mut self.entropy)
    }

    /// Rings one of those who ring for a callee; gives up after the time it may ring.
    pub(crate) fn dial_leg(&mut self, id: LegId, ringing: Ringing, now: Now) {
        let Ringing { hunt, identifier, destination, caller, headers, diversions, ring_for, role } = ringing;
        let shown = match &destination {
            Destination::Trunk { .. } | Destination::Gateways(_) => caller.number.clone(),
            Destination::Phone(_) | Destination::Platform(_) | Destination::Emergency { .. } => None,
        };
        if self.rung.len() < MOST_RUNG && !self.rung.contains(&identifier) {
            self.rung.push(identifier.clone());
        }
        self.adopt(Leg {
            id,
            identifier,
            display_name: None,
            origin: origin_at(&destination),
            client: Client::default(),
            shown,
            role,
            hunt: Some(hunt),
            state: LegState::Dialing,
            diverted: 0,
        });
        self.wake(Timer::Ring(id), now.after(ring_for));
        let dial = Dial { destination, caller, headers, diversions, ring_for };
        self.ask(id, LegRequest::Dial(Box::new(dial)));
    }

    pub(crate) fn ask(&mut self, leg: LegId, request: LegRequest) {
        self.outbox.legs.push_back((self.id, leg, request));
    }

    /// The callee alerts its user: the caller is told, unless they hear that themselves.
    pub(crate) fn alert(&mut self, caller: LegId) {
        if self.early.is_none() {
            self.ask(caller, LegRequest::Ring);
        }
    }

    /// The callee is heard before it answers, by the caller who waits.
    pub(crate) fn hear_early(&mut self, caller: LegId, callee: LegId) {
        if self.early.is_none() {
            self.early = Some((caller, callee));
            self.is_plan_stale = true;
            self.ask(caller, LegRequest::Progress);
        }
    }

    /// Who was heard before an answer is not heard any more.
    pub(crate) fn forget_early_of(&mut self, leg: LegId) {
        if self.early.is_some_and(|(_, callee)| callee == leg) {
            self.early = None;
            self.is_plan_stale = true;
        }
    }

    /// Nobody but this one is heard before the answer is.
    pub(crate) fn forget_early_but(&mut self, leg: LegId) {
        if self.early.is_some_and(|(_, callee)| callee != leg) {
            self.early = None;
            self.is_plan_stale = true;
        }
    }

    /// Accepts an inbound leg; its acknowledgment follows as `Answered`.
    pub(crate) fn answer(&mut self, leg: LegId, now: Now) {
        let Some(found) = self.legs.get_mut(&leg) else { return };
        found.state = LegState::Answering;
        self.wake(Timer::Ring(leg), now.after(timing::ACKNOWLEDGMENT));
        self.ask(leg, LegRequest::Answer);
    }

    /// Ends a leg whatever its state.
    pub(crate) fn hang_up(&mut self, leg: LegId, now: Now) {
        self.finish_leg(leg, LegRequest::Hangup, now);
    }

    /// Ends a connected leg, and wants to know whether the far end has hung up.
    pub(crate) fn dismiss(&mut self, leg: LegId, now: Now) {
        self.finish_leg(leg, LegRequest::Dismiss, now);
    }

    /// Refuses an inbound leg, or ends one that was already answered.
    pub(crate) fn reject(&mut self, leg: LegId, reason: RejectReason, now: Now) {
        let request = match self.legs.get(&leg).map(|leg| leg.state) {
            Some(LegState::Arriving) => LegRequest::Reject(reason),
            _ => LegRequest::Hangup,
        };
        self.finish_leg(leg, request, now);
    }

    fn finish_leg(&mut self, leg: LegId, request: LegRequest, now: Now) {
        let Some(found) = self.legs.get_mut(&leg) else { return };
        if found.state == LegState::Ending {
            return;
        }
        found.state = LegState::Ending;
        self.sleep(Timer::Ring(leg));
        self.wake(Timer::Gone(leg), now.after(timing::LEG_END));
        self.ask(leg, request);
    }

    /// The leg is over; nothing more is asked of it.
    pub(crate) fn forget_leg(&mut self, leg: LegId) -> Option<Leg> {
        let leg = self.legs.remove(&leg)?;
        self.sleep(Timer::Ring(leg.id));
        self.sleep(Timer::Gone(leg.id));
        self.changes.push(Change::LegGone(leg.id));
        Some(leg)
    }

    // Participants.

    /// The user of a connected leg is in the call.
    pub(crate) fn join(&mut self, leg: LegId, now: Now) {
        let Some(found) = self.legs.get_mut(&leg) else { return };
        found.identifier = distinct(found.identifier.clone(), &self.participants);
        let participant = Participant::new(found.identifier.clone(), leg);
        self.welcome(self.participants.len(), participant, now);
    }

    /// The user of one leg takes the place of another's.
    pub(crate) fn take_place(&mut self, leg: LegId, place: LegId, now: Now) {
        let position = self.participants.iter().position(|one| one.leg == place);
        self.leave(place, now);
        let Some(found) = self.legs.get_mut(&leg) else { return };
        found.identifier = distinct(found.identifier.clone(), &self.participants);
        let participant = Participant::new(found.identifier.clone(), leg);
        self.welcome(position.unwrap_or(self.participants.len()), participant, now);
    }

    fn welcome(&mut self, position: usize, mut participant: Participant, now: Now) {
        self.early = None;
        participant.phone = self.legs.get(&participant.leg).and_then(|leg| match leg.origin {
            Origin::Phone(user) => Some(user),
            Origin::Trunk(_) | Origin::Platform | Origin::Stranger => None,
        });
        let phone = participant.phone;
        let identifier = participant.identifier.clone();
        if !self.history.contains(&identifier) {
            self.history.push(identifier.clone());
        }
        if self.stays.len() < MOST_RUNG {
            self.stays.push(Stay { who: identifier.clone(), joined: now, left: None });
        }
        self.participants.insert(position, participant);
        let two = if self.connections.is_empty() { 2 } else { 1 };
        self.is_group |= self.participants.len() > two;
        self.is_roster_changed = true;
        self.is_plan_stale = true;
        self.notify(
            NoticeKind::ParticipantAdded {
                participant: identifier,
                phone,
                started_by: self.started_by.clone(),
                is_two_party: !self.is_group,
            },
            now,
        );
    }

    /// The user of a leg is no longer in the call.
    pub(crate) fn leave(&mut self, leg: LegId, now: Now) -> Option<Participant> {
        let position = self.participants.iter().position(|one| one.leg == leg)?;
        let participant = self.participants.remove(position);
        let is_theirs = |stay: &&mut Stay| stay.left.is_none() && stay.who == participant.identifier;
        if let Some(stay) = self.stays.iter_mut().rfind(is_theirs) {
            stay.left = Some(now);
        }
        if let Some(holding) = &participant.held {
            self.stop(holding.music);
        }
        self.is_roster_changed = true;
        self.is_plan_stale = true;
        self.notify(
            NoticeKind::ParticipantRemoved {
                participant: participant.identifier.clone(),
                phone: participant.phone,
                started_by: self.started_by.clone(),
                is_two_party: !self.is_group,
            },
            now,
        );
        Some(participant)
    }

    pub(crate) fn participant(&self, identifier: &CommunicationIdentifier) -> Option<&Participant> {
        self.participants.iter().find(|one| one.identifier == *identifier)
    }

    /// To change something about a participant; who hears whom is looked at again.
    pub(crate) fn participant_mut(
        &mut self,
        fits: impl Fn(&Participant) -> bool,
    ) -> Option<&mut Participant> {
        self.is_plan_stale = true;
        self.participants.iter_mut().find(|one| fits(one))
    }

    pub(crate) fn participant_on(&self, leg: LegId) -> Option<&Participant> {
        self.participants.iter().find(|one| one.leg == leg)
    }

    /// Whether somebody of this name is in the call or is being called into it.
    pub(crate) fn knows(&self, identifier: &CommunicationIdentifier) -> bool {
        self.legs.values().any(|leg| leg.state != LegState::Ending && leg.identifier == *identifier)
            || self.invited(identifier).is_some()
    }

    /// Somebody who is being called and has not answered yet.
    pub(crate) fn invited(&self, identifier: &CommunicationIdentifier) -> Option<HuntId> {
        self.hunts.iter().find(|(_, hunt)| hunt.identifier == *identifier).map(|(id, _)| *id)
    }

    /// Participants and those who are being called, each of these once, however many ring for them.
    pub(crate) fn size(&self) -> usize {
        let rings = |leg: &Leg| leg.hunt.is_some_and(|hunt| self.hunts.contains_key(&hunt));
        let legs = self.legs.values().filter(|leg| leg.state != LegState::Ending && !rings(leg));
        legs.count() + self.hunts.len()
    }

    /// The name that goes with a participant, to be shown to somebody they are connected with.
    pub(crate) fn display_name_on(&self, leg: LegId) -> Option<Pii<Arc<str>>> {
        self.legs.get(&leg).and_then(|leg| leg.display_name.clone())
    }

    /// The number under which the application made or took the call.
    pub(crate) fn own_number(&self) -> Option<PhoneNumber> {
        let connection = self.asker()?;
        let on_behalf_of = connection.on_behalf_of.as_ref().map(|account| account.number.clone());
        let called = on_behalf_of.or_else(|| connection.answered_for.clone());
        connection.caller_number.clone().or(called)
    }

    /// For whom a call was meant that the application sends on.
    pub(crate) fn diversions_from_here(&self) -> Vec<Diversion> {
        match self.own_number() {
            Some(number) => Diversion::deflected(number.as_str()).after(&self.diversions),
            None => self.diversions.clone(),
        }
    }

    // Media.

    pub(crate) fn play(
        &mut self,
        audience: Vec<LegId>,
        sources: Vec<PlaySource>,
        repeat: bool,
    ) -> PlaybackId {
        let id = PlaybackId::at(self.home, &mut self.entropy);
        // The audience must be known to media before it can be played to.
        self.rearrange();
        let playback = Playback { id, audience, sources, repeat };
        self.outbox.media.push_back((self.id, MediaRequest::Play(playback)));
        id
    }

    pub(crate) fn stop(&mut self, playback: PlaybackId) {
        self.outbox.media.push_back((self.id, MediaRequest::StopPlayback(playback)));
    }

    pub(crate) fn send_tones(&mut self, sequence: ToneSequence) {
        self.rearrange();
        self.outbox.media.push_back((self.id, MediaRequest::SendTones(sequence)));
    }

    /// Declares anew who hears whom, if that has changed, and the music of one whose partner is away.
    pub(crate) fn rearrange(&mut self) {
        if !std::mem::take(&mut self.is_plan_stale) {
            return;
        }
        let plan = match self.early {
            Some((listener, speaker)) => topology::early(listener, speaker),
            None => topology::plan(&self.participants),
        };
        if plan != self.plan {
            self.plan = plan.clone();
            self.outbox.media.push_back((self.id, MediaRequest::Connect(plan)));
        }
        for tap in self.taps.restate(&self.participants) {
            self.outbox.media.push_back((self.id, MediaRequest::Listen(tap)));
        }
        let waiting = topology::waits_for_partner(&self.participants);
        if self.comfort.map(|(leg, _)| leg) == waiting {
            return;
        }
        if let Some((_, music)) = self.comfort.take() {
            self.stop(music);
        }
        if let Some(leg) = waiting {
            let id = PlaybackId::at(self.home, &mut self.entropy);
            let playback =
                Playback { id, audience: vec![leg], sources: vec![PlaySource::HoldMusic], repeat: true };
            self.outbox.media.push_back((self.id, MediaRequest::Play(playback)));
            self.comfort = Some((leg, id));
        }
    }

    /// The name of a listener.
    pub(crate) fn tap_id(&mut self) -> TapId {
        TapId::at(self.home, &mut self.entropy)
    }

    /// Somebody listens who is no leg.
    pub(crate) fn listen(&mut self, id: TapId, voices: Voices, purpose: Purpose) {
        // Whom it hears must be known to media first.
        self.rearrange();
        let tap = self.taps.begin(id, voices, purpose, &self.participants);
        self.outbox.media.push_back((self.id, MediaRequest::Listen(tap)));
    }

    /// A listener listens in another way; says whether that makes a difference.
    pub(crate) fn listen_otherwise(&mut self, id: TapId, change: impl FnOnce(&mut Purpose)) -> bool {
        self.rearrange();
        let Some(tap) = self.taps.change(id, change) else { return false };
        self.outbox.media.push_back((self.id, MediaRequest::Listen(tap)));
        true
    }

    /// A listener hears others from now on.
    pub(crate) fn listen_to(&mut self, id: TapId, voices: Voices) {
        self.taps.turn(id, voices);
        self.is_plan_stale = true;
    }

    pub(crate) fn stop_listening(&mut self, id: TapId) {
        if self.taps.forget(id) {
            self.outbox.media.push_back((self.id, MediaRequest::StopListening(id)));
        }
    }

    /// A listener has ended by itself.
    pub(crate) fn forget_tap(&mut self, id: TapId) {
        self.taps.forget(id);
    }

    /// Media forgets the call.
    pub(crate) fn release_media(&mut self) {
        self.early = None;
        self.taps = Taps::default();
        self.plan = MediaPlan::default();
        self.comfort = None;
        self.outbox.media.push_back((self.id, MediaRequest::Release));
    }
}

/// In whose name whoever is called there may ask for further calls.
pub(crate) fn origin_at(destination: &Destination) -> Origin {
    match destination {
        Destination::Phone(user) => Origin::Phone(*user),
        Destination::Trunk { trunk, .. } => Origin::Trunk(trunk.clone()),
        Destination::Gateways(hops) | Destination::Emergency { hops, .. } => {
            hops.first().map_or(Origin::Stranger, |hop| Origin::Trunk(hop.trunk.clone()))
        }
        Destination::Platform(_) => Origin::Platform,
    }
}
