//! What an application asks of a call that it holds.

use clock::Now;
use identifier::{CallConnectionId, CommunicationIdentifier, LegId, OperationId};
use media_plan::PlaySource;

use super::early_tones::EarlyTones;
use super::{Call, Ending, Phase};
use crate::limits::Limits;
use crate::media_lane::{MediaOperation, Waiting};
use crate::operation::{
    Adding, Input, Listening, Operation, Removing, Subscription, Transferring, add_participant, hold,
    listen_tones, mute, transfer,
};
use crate::outcome::Outcome;
use crate::request::{
    AddParticipant, CancelAddParticipant, DtmfOptions, Hold, Mute, Play, Recognize, RemoveParticipant,
    SendTones, ToneListening, Transfer,
};
use crate::stage::Ticket;
use crate::view::{CallProperties, CallState, ParticipantView, SubscriptionView, TranscriptionView};

/// What stays as it is while help is talked to.
const FOR_HELP: &str =
    "change a call for help: while it lasts nobody is held, muted, transferred, moved, added or removed";

/// Why nobody is asked in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddParticipantError {
    /// Nobody has answered yet.
    #[error("add a participant to a call that is not established")]
    NotEstablished,
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("{FOR_HELP}")]
    ForHelp,
    /// Somebody of this name is in the call, or is being called into it.
    #[error("add a participant who is already in the call")]
    AlreadyInCall,
    /// The call is full.
    #[error("have more than {limit} participants")]
    TooMany {
        /// Participants in one call.
        limit: usize,
    },
}

/// Why nothing is done with a participant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParticipantError {
    /// Nobody has answered yet.
    #[error("act on participants of a call that is not established")]
    NotEstablished,
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("{FOR_HELP}")]
    ForHelp,
    /// No such participant.
    #[error("find the participant in the call")]
    NotInCall(CommunicationIdentifier),
}

/// Why a media operation is not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Nobody has answered yet.
    #[error("use the media of a call that is not established")]
    NotEstablished,
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("{FOR_HELP}")]
    ForHelp,
    /// No such participant.
    #[error("find the participant in the call")]
    NotInCall(CommunicationIdentifier),
    /// Another operation goes over the same sub leg (contract: Call Automation §6.4).
    #[error("run this operation beside the one that runs now")]
    Incompatible,
    /// The call was set up without a speech service.
    #[error("turn words into speech: the call was set up without a speech service")]
    NoSpeech,
    /// The call was set up without a speech service.
    #[error("understand speech: the call was set up without a speech service")]
    NoEar,
    /// The line is full.
    #[error("have more than {limit} media operations waiting")]
    TooMany {
        /// Operations waiting in one call.
        limit: usize,
    },
}

/// Why a transfer is not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Nobody has answered yet.
    #[error("transfer a call that is not established")]
    NotEstablished,
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("{FOR_HELP}")]
    ForHelp,
    /// No such participant.
    #[error("find the participant in the call")]
    NotInCall(CommunicationIdentifier),
    /// The call has several participants and none was named.
    #[error("tell who is to be transferred: the call has several participants")]
    TransfereeMissing,
    /// The target is in the call, or is being called into it.
    #[error("transfer to somebody who is already in the call")]
    AlreadyInCall,
    /// The call is full.
    #[error("have more than {limit} participants")]
    TooMany {
        /// Participants in one call.
        limit: usize,
    },
}

impl From<ParticipantError> for MediaError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::NotEstablished => Self::NotEstablished,
            ParticipantError::ForHelp => Self::ForHelp,
            ParticipantError::NotInCall(identifier) => Self::NotInCall(identifier),
        }
    }
}

impl From<ParticipantError> for TransferError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::NotEstablished => Self::NotEstablished,
            ParticipantError::ForHelp => Self::ForHelp,
            ParticipantError::NotInCall(identifier) => Self::NotInCall(identifier),
        }
    }
}

impl Call {
    /// The connection as its application sees it.
    pub(crate) fn properties(&self, connection: CallConnectionId) -> Option<CallProperties> {
        let connection = self.stage.connection(connection)?;
        let view = |subscription: &Subscription| SubscriptionView {
            id: subscription.id(),
            is_active: subscription.is_active(),
        };
        Some(CallProperties {
            connection: connection.id,
            call: self.stage.id,
            correlation: self.stage.correlation,
            application: connection.application.clone(),
            state: self.state(),
            targets: connection.targets.clone(),
            source: connection.source.clone(),
            caller_number: connection.caller_number.clone(),
            display_name: connection.display_name.clone(),
            answered_by: connection.answered_by.clone(),
            answered_for: connection.answered_for.clone(),
            on_behalf_of: connection.on_behalf_of.clone(),
            has_joined: connection.has_joined,
            streaming: connection.streaming.as_ref().map(view),
            transcription: connection.transcription.as_ref().map(|subscription| {
                let (language, intermediate) = subscription.reads();
                TranscriptionView { subscription: view(subscription), language, intermediate }
            }),
        })
    }

    fn state(&self) -> CallState {
        match self.phase {
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } => {
                CallState::Connecting
            }
            Phase::Established { .. } => {
                let is_transfer = |operation: &Operation| matches!(operation, Operation::Transferring(_));
                if !self.stage.is_group && self.operations.values().any(is_transfer) {
                    CallState::Transferring
                } else {
                    CallState::Connected
                }
            }
            Phase::Over => CallState::Disconnected,
        }
    }

    /// Everybody in the call.
    pub(crate) fn participants(&self) -> impl Iterator<Item = ParticipantView> + '_ {
        self.stage.participants.iter().map(|one| one.view())
    }

    /// The application leaves. Two who are left talk on; fewer have nobody to talk with.
    pub(crate) fn hang_up(&mut self, connection: CallConnectionId, now: Now) {
        let is_guest = self.stage.connection(connection).is_some_and(|holder| holder.has_joined);
        let is_last = self.stage.connections.len() == 1;
        match self.phase {
            Phase::Established { .. } if is_last && self.stage.participants.len() < 2 => {
                return self.end(Ending::by_application(), now);
            }
            Phase::Established { .. } => {}
            // Whoever made or answered the call gives it up; a guest only goes.
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } | Phase::Over
                if !is_guest =>
            {
                return self.end(Ending::given_up(), now);
            }
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } | Phase::Over => {}
        }
        self.cancel_operations_of(connection, now);
        self.release_application(connection, now);
    }

    /// The call ends for everybody; one for help does not, and goes on without the application.
    pub(crate) fn terminate(&mut self, connection: CallConnectionId, now: Now) {
        if self.is_for_help() {
            return self.hang_up(connection, now);
        }
        let is_established = matches!(self.phase, Phase::Established { .. });
        let ending = if is_established { Ending::by_application() } else { Ending::given_up() };
        self.end(ending, now);
    }

    fn check_may_change(&self) -> Result<(), ParticipantError> {
        if self.is_for_help() { Err(ParticipantError::ForHelp) } else { Ok(()) }
    }

    fn leg_of(&self, identifier: &CommunicationIdentifier) -> Result<LegId, ParticipantError> {
        if !matches!(self.phase, Phase::Established { .. }) {
            return Err(ParticipantError::NotEstablished);
        }
        let participant = self.stage.participant(identifier);
        participant.map(|one| one.leg).ok_or_else(|| ParticipantError::NotInCall(identifier.clone()))
    }

    pub(crate) fn add_participant(
        &mut self,
        request: AddParticipant,
        limits: &Limits,
        now: Now,
    ) -> Result<OperationId, AddParticipantError> {
        if !matches!(self.phase, Phase::Established { .. }) {
            return Err(AddParticipantError::NotEstablished);
        }
        if self.is_for_help() {
            return Err(AddParticipantError::ForHelp);
        }
        let twice = limits.same_number_twice && request.invitee.identifier.phone_number().is_some();
        if !twice && self.stage.knows(&request.invitee.identifier) {
            return Err(AddParticipantError::AlreadyInCall);
        }
        if self.stage.size() >= limits.participants {
            return Err(AddParticipantError::TooMany { limit: limits.participants });
        }
        let (ticket, adding) = Adding::start(request, &mut self.stage, now);
        self.operations.insert(ticket.id, Operation::Adding(adding));
        Ok(ticket.id)
    }

    /// Too late once the invitation was answered, declined or given up.
    pub(crate) fn cancel_add_participant(
        &mut self,
        request: CancelAddParticipant,
        now: Now,
    ) -> Result<(), ParticipantError> {
        if !matches!(self.phase, Phase::Established { .. }) {
            return Err(ParticipantError::NotEstablished);
        }
        let event = match self.operations.remove(&request.invitation) {
            Some(Operation::Adding(adding)) => adding.withdraw(request, &mut self.stage, now),
            Some(
                other @ (Operation::Removing(_)
                | Operation::Transferring(_)
                | Operation::Playing(_)
                | Operation::Recognizing(_)
                | Operation::Sending(_)
                | Operation::Listening(_)),
            ) => {
                self.operations.insert(request.invitation, other);
                add_participant::canceled(request, false, &mut self.stage, now)
            }
            None => add_participant::canceled(request, false, &mut self.stage, now),
        };
        self.stage.publish(event);
        Ok(())
    }

    pub(crate) fn remove_participant(
        &mut self,
        request: RemoveParticipant,
        now: Now,
    ) -> Result<(), ParticipantError> {
        let leg = self.leg_of(&request.participant)?;
        self.check_may_change()?;
        let (ticket, removing) = Removing::start(request, leg, &mut self.stage, now);
        self.operations.insert(ticket.id, Operation::Removing(removing));
        self.feed(Input::Left(leg), now);
        self.departed = None;
        Ok(())
    }

    pub(crate) fn mute(&mut self, request: &Mute) -> Result<(), ParticipantError> {
        self.check_may_change()?;
        for identifier in &request.participants {
            self.leg_of(identifier)?;
        }
        mute::mute(&request.participants, &mut self.stage);
        Ok(())
    }

    pub(crate) fn unmute(&mut self, request: &Mute) -> Result<(), ParticipantError> {
        self.check_may_change()?;
        for identifier in &request.participants {
            self.leg_of(identifier)?;
        }
        mute::unmute(&request.participants, &mut self.stage);
        Ok(())
    }

    pub(crate) fn echo(
        &mut self,
        identifier: &CommunicationIdentifier,
        on: bool,
    ) -> Result<(), ParticipantError> {
        self.leg_of(identifier)?;
        self.check_may_change()?;
        mute::echo(identifier, on, &mut self.stage);
        Ok(())
    }

    pub(crate) fn hold(&mut self, mut request: Hold) -> Result<(), MediaError> {
        let leg = self.leg_of(&request.target)?;
        self.check_may_change()?;
        self.let_speak(request.music.iter_mut())?;
        hold::hold(request, leg, &mut self.stage);
        Ok(())
    }

    pub(crate) fn unhold(&mut self, target: &CommunicationIdentifier) -> Result<(), ParticipantError> {
        self.leg_of(target)?;
        hold::unhold(target, &mut self.stage);
        Ok(())
    }

    pub(crate) fn transfer(
        &mut self,
        request: Transfer,
        limits: &Limits,
        now: Now,
    ) -> Result<(), TransferError> {
        self.check_may_change()?;
        let leg = match (&request.transferee, &self.stage.participants[..]) {
            (Some(transferee), _) => self.leg_of(transferee)?,
            (None, [only]) => only.leg,
            (None, []) => return Err(TransferError::NotEstablished),
            (None, _) => return Err(TransferError::TransfereeMissing),
        };
        if self.stage.knows(&request.target.identifier) {
            return Err(TransferError::AlreadyInCall);
        }
        if self.stage.size() >= limits.participants.saturating_add(1) {
            return Err(TransferError::TooMany { limit: limits.participants });
        }
        let moves = |operation: &Operation| match operation {
            Operation::Transferring(transferring) => transferring.moves(leg),
            Operation::Adding(_)
            | Operation::Removing(_)
            | Operation::Playing(_)
            | Operation::Recognizing(_)
            | Operation::Sending(_)
            | Operation::Listening(_) => false,
        };
        if self.operations.values().any(moves) {
            let event = transfer::conflicting(request, &mut self.stage, now);
            self.stage.publish(event);
            return Ok(());
        }
        let Some(transferee) = self.stage.participant_on(leg).cloned() else {
            return Err(TransferError::NotEstablished);
        };
        let (ticket, transferring) = Transferring::start(request, &transferee, &mut self.stage, now);
        self.operations.insert(ticket.id, Operation::Transferring(transferring));
        Ok(())
    }

    pub(crate) fn play(&mut self, mut request: Play, limits: &Limits, now: Now) -> Result<(), MediaError> {
        self.check_established()?;
        for identifier in &request.audience {
            self.leg_of(identifier)?;
        }
        self.let_speak(request.sources.iter_mut())?;
        let (context, callback) = (request.operation_context.clone(), request.callback.clone());
        let ticket = self.stage.ticket(context, callback);
        self.start_media(ticket, MediaOperation::Play(request), limits, now)
    }

    pub(crate) fn recognize(
        &mut self,
        mut request: Recognize,
        limits: &Limits,
        now: Now,
    ) -> Result<(), MediaError> {
        self.leg_of(&request.target)?;
        self.let_speak(request.prompts.iter_mut())?;
        self.let_hear(&mut request)?;
        let (context, callback) = (request.operation_context.clone(), request.callback.clone());
        let ticket = self.stage.ticket(context, callback);
        self.start_media(ticket, MediaOperation::Recognize(Box::new(request)), limits, now)
    }

    pub(crate) fn send_tones(
        &mut self,
        request: SendTones,
        limits: &Limits,
        now: Now,
    ) -> Result<(), MediaError> {
        let here = self.leg_of(&request.target);
        let early = match &here {
            Err(ParticipantError::NotInCall(who)) if limits.tones_wait_for_answer => self.stage.invited(who),
            Ok(_) | Err(_) => None,
        };
        if early.is_none() {
            here?;
        } else if self.early_tones.len() >= limits.queued_operations {
            return Err(MediaError::TooMany { limit: limits.queued_operations });
        }
        let (context, callback) = (request.operation_context.clone(), request.callback.clone());
        let ticket = self.stage.ticket(context, callback);
        if let Some(hunt) = early {
            self.early_tones.push(EarlyTones { hunt, ticket, request });
            return Ok(());
        }
        self.start_media(ticket, MediaOperation::SendTones(request), limits, now)
    }

    fn start_media(
        &mut self,
        ticket: Ticket,
        request: MediaOperation,
        limits: &Limits,
        now: Now,
    ) -> Result<(), MediaError> {
        let kind = request.kind(self.stage.is_group);
        if request.interrupts() {
            self.interrupt(Outcome::Canceled, now);
        } else if !self.lane.accepts(kind.way) {
            return Err(MediaError::Incompatible);
        } else if self.lane.line_length() >= limits.queued_operations {
            return Err(MediaError::TooMany { limit: limits.queued_operations });
        }
        self.lane.enqueue(Waiting { ticket, kind, request });
        self.start_next(now);
        Ok(())
    }

    /// Every play and recognition that runs or waits is cancelled.
    pub(crate) fn cancel_all_media_operations(&mut self, now: Now) -> Result<(), MediaError> {
        self.check_established()?;
        self.interrupt(Outcome::Canceled, now);
        self.start_next(now);
        Ok(())
    }

    pub(crate) fn start_continuous_tones(&mut self, request: ToneListening) -> Result<(), ParticipantError> {
        let leg = self.leg_of(&request.target)?;
        let connection = self.stage.acting.expect("a verb is given by somebody who holds the call");
        let running = self.operations.values_mut().find_map(|operation| match operation {
            Operation::Listening(listening) if listening.hears(leg, connection) => Some(listening),
            Operation::Listening(_)
            | Operation::Adding(_)
            | Operation::Removing(_)
            | Operation::Transferring(_)
            | Operation::Playing(_)
            | Operation::Recognizing(_)
            | Operation::Sending(_) => None,
        });
        match running {
            Some(listening) => listening.renew(request),
            None => {
                let (ticket, listening) = Listening::start(request, leg, &mut self.stage);
                self.operations.insert(ticket.id, Operation::Listening(listening));
            }
        }
        Ok(())
    }

    pub(crate) fn stop_continuous_tones(
        &mut self,
        request: ToneListening,
        now: Now,
    ) -> Result<(), ParticipantError> {
        let leg = self.leg_of(&request.target)?;
        let connection = self.stage.acting.expect("a verb is given by somebody who holds the call");
        let hears = |operation: &Operation| match operation {
            Operation::Listening(listening) => listening.hears(leg, connection),
            Operation::Adding(_)
            | Operation::Removing(_)
            | Operation::Transferring(_)
            | Operation::Playing(_)
            | Operation::Recognizing(_)
            | Operation::Sending(_) => false,
        };
        let heard: Vec<OperationId> =
            self.operations.iter().filter(|(_, one)| hears(one)).map(|(id, _)| *id).collect();
        for id in heard {
            if let Some(Operation::Listening(listening)) = self.operations.remove(&id) {
                listening.close(&mut self.stage);
            }
        }
        let event = listen_tones::stopped(request, &mut self.stage, now);
        self.stage.publish(event);
        Ok(())
    }

    fn check_established(&self) -> Result<(), MediaError> {
        match self.phase {
            Phase::Established { .. } => Ok(()),
            Phase::Offered | Phase::Answering | Phase::Inviting | Phase::Bridging { .. } | Phase::Over => {
                Err(MediaError::NotEstablished)
            }
        }
    }

    /// Words are spoken by the service that the application named when it took hold of the call.
    fn let_speak<'a>(&self, sources: impl Iterator<Item = &'a mut PlaySource>) -> Result<(), MediaError> {
        let endpoint = self.stage.asker().and_then(|holder| holder.speech.clone());
        for source in sources {
            match source {
                PlaySource::Text { service, .. } | PlaySource::Ssml { service, .. } => {
                    service.endpoint = Some(endpoint.clone().ok_or(MediaError::NoSpeech)?);
                }
                PlaySource::File { .. } | PlaySource::HoldMusic => {}
            }
        }
        Ok(())
    }

    /// Words are understood by that service, too. Choices that all have a key can do without.
    fn let_hear(&self, request: &mut Recognize) -> Result<(), MediaError> {
        let may_hear = self.stage.asker().is_some_and(|holder| holder.speech.is_some());
        if may_hear || request.speech.is_none() {
            return Ok(());
        }
        match (&request.dtmf, &request.speech) {
            (Some(DtmfOptions::Choices(keys)), Some(speech)) if keys.len() >= speech.choices.len() => {
                request.speech = None;
                Ok(())
            }
            (Some(_) | None, _) => Err(MediaError::NoEar),
        }
    }
}
