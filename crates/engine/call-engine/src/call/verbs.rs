//! What an application asks of a call that it holds.

use clock::Now;
use identifier::{CommunicationIdentifier, LegId, OperationId};
use media_plan::PlaySource;

use super::{Call, Ending, Phase};
use crate::event::CallEventKind;
use crate::limits::Limits;
use crate::media_lane::{MediaOperation, Waiting};
use crate::operation::{
    Adding, Input, Listening, Operation, Transferring, add_participant, hold, listen_tones, mute, transfer,
};
use crate::outcome::{Outcome, ResultInformation};
use crate::request::{
    AddParticipant, CancelAddParticipant, Hold, Mute, Play, Recognize, RemoveParticipant, SendTones,
    ToneListening, Transfer,
};
use crate::stage::Ticket;
use crate::view::{CallProperties, CallState, ParticipantView};

/// Why nobody is asked in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddParticipantError {
    /// Nobody has answered yet.
    #[error("add a participant to a call that is not established")]
    NotEstablished,
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
    /// No such participant.
    #[error("find the participant in the call")]
    NotInCall(CommunicationIdentifier),
    /// Another operation goes over the same sub leg (contract: Call Automation §6.4).
    #[error("run this operation beside the one that runs now")]
    Incompatible,
    /// The call was set up without a speech service.
    #[error("turn words into speech: the call was set up without a speech service")]
    NoSpeech,
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
            ParticipantError::NotInCall(identifier) => Self::NotInCall(identifier),
        }
    }
}

impl From<ParticipantError> for TransferError {
    fn from(error: ParticipantError) -> Self {
        match error {
            ParticipantError::NotEstablished => Self::NotEstablished,
            ParticipantError::NotInCall(identifier) => Self::NotInCall(identifier),
        }
    }
}

impl Call {
    /// The connection as its application sees it.
    pub(crate) fn properties(&self) -> Option<CallProperties> {
        let connection = self.stage.connection.as_ref()?;
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
    pub(crate) fn hang_up(&mut self, now: Now) {
        if !matches!(self.phase, Phase::Established { .. }) {
            return self.end(Ending::given_up(), now);
        }
        if self.stage.participants.len() < 2 {
            return self.end(Ending::by_application(), now);
        }
        self.cancel_operations(Outcome::Canceled, now);
        self.release_application(now);
    }

    /// The call ends for everybody.
    pub(crate) fn terminate(&mut self, now: Now) {
        let is_established = matches!(self.phase, Phase::Established { .. });
        let ending = if is_established { Ending::by_application() } else { Ending::given_up() };
        self.end(ending, now);
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
        if self.stage.knows(&request.invitee.identifier) {
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
                other @ (Operation::Transferring(_)
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
        self.stage.leave(leg, now);
        self.stage.hang_up(leg, now);
        self.feed(Input::Left(leg), now);
        self.departed = None;
        let kind = CallEventKind::RemoveParticipantSucceeded { participant: request.participant };
        let result = Some(ResultInformation::of(Outcome::Completed));
        let event = self.stage.event_at(request.callback, request.operation_context, kind, result, now);
        self.stage.publish(event);
        Ok(())
    }

    pub(crate) fn mute(&mut self, request: &Mute) -> Result<(), ParticipantError> {
        for identifier in &request.participants {
            self.leg_of(identifier)?;
        }
        mute::mute(&request.participants, &mut self.stage);
        Ok(())
    }

    pub(crate) fn echo(
        &mut self,
        identifier: &CommunicationIdentifier,
        on: bool,
    ) -> Result<(), ParticipantError> {
        self.leg_of(identifier)?;
        mute::echo(identifier, on, &mut self.stage);
        Ok(())
    }

    pub(crate) fn hold(&mut self, request: Hold) -> Result<(), MediaError> {
        let leg = self.leg_of(&request.target)?;
        self.check_speech(request.music.iter())?;
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

    pub(crate) fn play(&mut self, request: Play, limits: &Limits, now: Now) -> Result<(), MediaError> {
        self.check_established()?;
        for identifier in &request.audience {
            self.leg_of(identifier)?;
        }
        self.check_speech(request.sources.iter())?;
        let (context, callback) = (request.operation_context.clone(), request.callback.clone());
        let ticket = self.stage.ticket(context, callback);
        self.start_media(ticket, MediaOperation::Play(request), limits, now)
    }

    pub(crate) fn recognize(
        &mut self,
        request: Recognize,
        limits: &Limits,
        now: Now,
    ) -> Result<(), MediaError> {
        self.leg_of(&request.target)?;
        self.check_speech(request.prompts.iter())?;
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
        self.leg_of(&request.target)?;
        let (context, callback) = (request.operation_context.clone(), request.callback.clone());
        let ticket = self.stage.ticket(context, callback);
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
        let running = self.operations.values_mut().find_map(|operation| match operation {
            Operation::Listening(listening) if listening.hears(leg) => Some(listening),
            Operation::Listening(_)
            | Operation::Adding(_)
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
        let hears = |operation: &Operation| match operation {
            Operation::Listening(listening) => listening.hears(leg),
            Operation::Adding(_)
            | Operation::Transferring(_)
            | Operation::Playing(_)
            | Operation::Recognizing(_)
            | Operation::Sending(_) => false,
        };
        self.operations.retain(|_, operation| !hears(operation));
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

    fn check_speech<'a>(&self, mut sources: impl Iterator<Item = &'a PlaySource>) -> Result<(), MediaError> {
        let may_speak = self.stage.connection.as_ref().is_some_and(|connection| connection.speech);
        let needs_speech = sources.any(|source| match source {
            PlaySource::Text { .. } | PlaySource::Ssml { .. } => true,
            PlaySource::File { .. } | PlaySource::HoldMusic => false,
        });
        if needs_speech && !may_speak { Err(MediaError::NoSpeech) } else { Ok(()) }
    }
}
