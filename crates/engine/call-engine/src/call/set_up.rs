//! The ways in which a call begins.

use clock::Now;
use entropy::{Entropy, Seed};
use identifier::{CallConnectionId, CommunicationIdentifier, Home, LegId, ResourceId};
use media_plan::PlaySource;

use super::help::{CallForHelp, Helping};
use super::recital::Recital;
use super::{Call, Phase};
use crate::called::{Called, OnBehalfOf};
use crate::connection::Connection;
use crate::diversion::Diversion;
use crate::leg::{Leg, LegState, Role};
use crate::leg_port::{Caller, CustomHeaders, Destination, Invitation, LegRequest};
use crate::notice::{IncomingCall, NoticeKind};
use crate::operation::Subscription;
use crate::outbox::{Change, Timer};
use crate::request::{Answer, CreateCall, Invitee, Join, StreamingOptions, TranscriptionOptions};
use crate::stage::{self, Stage};
use crate::timing;

/// An invitation that was not replaced by anything, as its call keeps it.
pub(crate) fn arriving(leg: LegId, invitation: &Invitation, role: Role) -> Leg {
    Leg {
        id: leg,
        identifier: invitation.from.clone(),
        display_name: invitation.display_name.clone(),
        origin: invitation.origin.clone(),
        client: invitation.client,
        shown: None,
        role,
        hunt: None,
        state: LegState::Arriving,
        diverted: 0,
    }
}

impl Call {
    /// A call arrives for the applications of a resource.
    pub(crate) fn offered(
        home: Home,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        called: Called,
        seed: Seed,
        now: Now,
    ) -> Self {
        let stage = Stage::new(home, resource, None, invitation.from.clone(), Entropy::grown(seed));
        let mut call = Self::new(stage, Phase::Offered, vec![called.identity()], now);
        call.stage.adopt(arriving(leg, &invitation, Role::Caller));
        call.stage.ask(leg, LegRequest::Ring);
        call.headers = invitation.headers;
        call.stage.diversions = invitation.diversions;
        call.offer(called, now);
        call
    }

    /// Asks the applications of the resource to take the call.
    pub(crate) fn offer(&mut self, called: Called, now: Now) {
        let display_name = self.caller().and_then(|leg| self.stage.display_name_on(leg));
        self.stage.wake(Timer::Offer, now.after(timing::OFFER));
        let notice = IncomingCall {
            to: called.identity(),
            dialled: Some(called.number.clone()),
            from: self.stage.started_by.clone(),
            on_behalf_of: called.on_behalf_of.as_ref().map(OnBehalfOf::identity),
            display_name,
            headers: self.headers.clone(),
            ring_for: timing::OFFER,
        };
        if let Some(earlier) = self.dialled.replace(called) {
            self.stage.diversions =
                Diversion::deflected(earlier.number.as_str()).after(&self.stage.diversions);
        }
        self.stage.notify(NoticeKind::IncomingCall(Box::new(notice)), now);
    }

    /// The leg that arrived, if the call is an inbound one.
    pub(crate) fn caller(&self) -> Option<LegId> {
        self.stage.legs.values().find(|leg| leg.role == Role::Caller).map(|leg| leg.id)
    }

    /// A call arrives for somebody's phone or the public network.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn bridged(
        home: Home,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        invitee: Invitee,
        caller: Caller,
        seed: Seed,
        now: Now,
    ) -> Self {
        let stage = Stage::new(home, resource, None, invitation.from.clone(), Entropy::grown(seed));
        let called = vec![invitee.identifier.clone()];
        let mut call = Self::new(stage, Phase::Offered, called, now);
        call.stage.adopt(arriving(leg, &invitation, Role::Caller));
        call.headers = invitation.headers;
        call.stage.diversions = invitation.diversions;
        if matches!(invitee.destination, Destination::Emergency { .. }) {
            call.prepare_help(leg, CallForHelp::default(), caller.clone());
        }
        call.bridge(leg, invitee, caller, now);
        call
    }

    /// The platform answers by itself, and says something. A test of calls for help is left alone as those are.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn recited(
        home: Home,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        sources: Vec<PlaySource>,
        is_for_help: bool,
        seed: Seed,
        now: Now,
    ) -> Self {
        let stage = Stage::new(home, resource, None, invitation.from.clone(), Entropy::grown(seed));
        let called =
            vec![CommunicationIdentifier::from_raw_id(&format!("4:{}", invitation.dialled.expose()))];
        let mut call = Self::new(stage, Phase::Answering, called, now);
        call.stage.adopt(arriving(leg, &invitation, Role::Caller));
        call.help = is_for_help.then(Helping::default);
        call.recital = Some(Recital::new(sources));
        call.stage.answer(leg, now);
        call
    }

    /// Calls `invitee` for the caller who waits.
    pub(crate) fn bridge(&mut self, leg: LegId, invitee: Invitee, caller: Caller, now: Now) {
        self.stage.sleep(Timer::Offer);
        let ring_for = timing::set_up(&invitee.destination);
        let headers = self.headers.clone();
        let diversions = match &self.dialled {
            Some(called) => Diversion::deflected(called.number.as_str()).after(&self.stage.diversions),
            None => self.stage.diversions.clone(),
        };
        let dial =
            stage::Call { invitee, caller, headers, diversions, ring_for, limit: None, role: Role::Target };
        let callee = self.stage.dial(dial, now);
        self.phase = Phase::Bridging { caller: leg, callee, answered: None };
    }

    /// An application calls somebody.
    pub(crate) fn created(
        home: Home,
        request: CreateCall,
        resource: ResourceId,
        seed: Seed,
        now: Now,
    ) -> Self {
        let started_by = request
            .source
            .clone()
            .or_else(|| request.caller_number.clone().map(CommunicationIdentifier::phone))
            .unwrap_or_else(CommunicationIdentifier::anonymous_phone);
        let mut stage = Stage::new(home, resource, None, started_by, Entropy::grown(seed));
        stage.is_group = request.targets.len() > 1;
        let targets: Vec<_> = request.targets.iter().map(|target| target.identifier.clone()).collect();
        let mut call = Self::new(stage, Phase::Inviting, targets.clone(), now);
        let id = CallConnectionId::at(home, &mut call.stage.entropy);
        let (streaming, transcription) =
            call.sockets(request.options.streaming, request.options.transcription);
        call.open_connection(Connection {
            id,
            application: request.application,
            operation_context: request.operation_context,
            targets,
            source: request.source,
            caller_number: request.caller_number.clone(),
            display_name: request.display_name.clone(),
            answered_by: None,
            answered_for: None,
            on_behalf_of: None,
            has_joined: false,
            is_connected: false,
            speech: request.options.speech,
            streaming,
            transcription,
            sequence: 0,
        });
        let caller = Caller { number: request.caller_number, display_name: request.display_name };
        for invitee in request.targets {
            let ring_for = timing::set_up(&invitee.destination);
            let headers = CustomHeaders::default();
            let dial = stage::Call {
                invitee,
                caller: caller.clone(),
                headers,
                diversions: Vec::new(),
                ring_for,
                limit: None,
                role: Role::Target,
            };
            call.stage.dial(dial, now);
        }
        call
    }

    /// Transferee and target, moved out of a group call into one of their own.
    pub(crate) fn moved_out(from: &mut Self, legs: [LegId; 2], now: Now) -> Self {
        let [transferee, target] =
            legs.map(|leg| from.stage.legs.get(&leg).map(|leg| leg.identifier.clone()));
        // Whoever was called for the other call has answered in that one.
        from.stage.rung.retain(|one| Some(one) != target.as_ref());
        let started_by = transferee.unwrap_or_else(|| from.stage.started_by.clone());
        let correlation = Some(from.stage.correlation);
        let entropy = from.stage.entropy.fork();
        let stage = Stage::new(from.stage.home, from.stage.resource, correlation, started_by, entropy);
        let called = target.into_iter().collect();
        let mut call = Self::new(stage, Phase::Established { since: now }, called, now);
        for id in legs {
            if let Some(leg) = from.stage.legs.remove(&id) {
                call.stage.adopt(leg);
            }
        }
        call.establish(&legs, now);
        call
    }

    /// An application takes the call.
    pub(crate) fn answer(&mut self, leg: LegId, answer: Answer, now: Now) -> CallConnectionId {
        self.stage.sleep(Timer::Offer);
        let id = CallConnectionId::at(self.stage.home, &mut self.stage.entropy);
        let called = self.dialled.clone();
        let (streaming, transcription) = self.sockets(answer.options.streaming, answer.options.transcription);
        self.open_connection(Connection {
            id,
            application: answer.application,
            operation_context: answer.operation_context,
            targets: called.iter().map(Called::identity).collect(),
            source: Some(self.stage.started_by.clone()),
            caller_number: None,
            display_name: self.stage.display_name_on(leg),
            answered_by: answer.answered_by,
            on_behalf_of: called.as_ref().and_then(|called| called.on_behalf_of.clone()),
            answered_for: called.map(|called| called.number),
            has_joined: false,
            is_connected: false,
            speech: answer.options.speech,
            streaming,
            transcription,
            sequence: 0,
        });
        self.phase = Phase::Answering;
        self.stage.answer(leg, now);
        id
    }

    /// An application holds the call that others made.
    pub(crate) fn join(&mut self, join: Join, now: Now) -> CallConnectionId {
        let id = CallConnectionId::at(self.stage.home, &mut self.stage.entropy);
        let (streaming, transcription) = self.sockets(join.options.streaming, join.options.transcription);
        self.open_connection(Connection {
            id,
            application: join.application,
            operation_context: join.operation_context,
            targets: self.called.clone(),
            source: Some(self.stage.started_by.clone()),
            caller_number: None,
            display_name: None,
            answered_by: None,
            answered_for: self.dialled.as_ref().map(|called| called.number.clone()),
            on_behalf_of: self.dialled.as_ref().and_then(|called| called.on_behalf_of.clone()),
            has_joined: true,
            is_connected: false,
            speech: join.options.speech,
            streaming,
            transcription,
            sequence: 0,
        });
        self.join_application(id, now);
        id
    }

    /// What an application sets up for later, or for now.
    fn sockets(
        &mut self,
        streaming: Option<StreamingOptions>,
        transcription: Option<TranscriptionOptions>,
    ) -> (Option<Subscription>, Option<Subscription>) {
        (
            streaming.map(|options| Subscription::streaming(options, &mut self.stage)),
            transcription.map(|options| Subscription::transcription(options, &mut self.stage)),
        )
    }

    fn open_connection(&mut self, connection: Connection) {
        self.stage.changes.push(Change::ConnectionOpened(connection.id));
        self.stage.held_by.get_or_insert(connection.id);
        self.stage.connections.push(connection);
    }

    /// A phone arrives to take the place of a leg of this call.
    pub(crate) fn let_in(&mut self, leg: LegId, invitation: &Invitation, place: LegId, now: Now) {
        self.stage.adopt(arriving(leg, invitation, Role::Replacing { place }));
        self.stage.answer(leg, now);
    }
}
