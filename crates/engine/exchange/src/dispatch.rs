//! One `match` that forwards every command to its verb.

use std::sync::Arc;

use call_engine::{AddParticipant, CallMut, Called, CreateCall, Invitee, Transfer};
use clock::Now;
use entropy::Seed;
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, ObjectId, OperationId, PhoneNumber, ResourceId,
};
use redact::Pii;
use tenant::NumberOwner;

use crate::circumstances::Asking;
use crate::command::{Accepted, Command, CommandError, Reply};
use crate::exchange::Exchange;
use crate::outbound;

const ACCEPTED: Reply = Reply::Accepted(Accepted { operation: None });

impl Exchange {
    /// An application asks. Whatever is drawn for a call that is made grows from `seed`.
    pub fn handle_command(&mut self, command: Command, seed: Seed, now: Now) -> Result<Reply, CommandError> {
        self.begin();
        match command {
            Command::CreateCall {
                application,
                targets,
                caller_number,
                account,
                display_name,
                source,
                operation_context,
                options,
            } => {
                let (caller_number, source) = match account {
                    Some(account) => {
                        let number = self.number_of_account(application.resource, account)?;
                        (Some(number.clone()), Some(Called::account(number, account).identity()))
                    }
                    None => (caller_number, source),
                };
                let asking = self.asking().seeded(seed);
                let targets = targets
                    .into_iter()
                    .map(|target| invitee(&asking, application.resource, caller_number.as_ref(), target))
                    .collect::<Result<_, _>>()?;
                let request = CreateCall {
                    application,
                    targets,
                    caller_number,
                    display_name,
                    source,
                    operation_context,
                    options,
                };
                Ok(Reply::Call(Box::new(self.engine.create_call(request, seed, now)?)))
            }
            Command::Answer { call, answer } => {
                Ok(Reply::Call(Box::new(self.engine.answer(call, answer, now)?)))
            }
            Command::Redirect { call, resource, target } => self.redirect(call, resource, target, seed, now),
            Command::Reject { call, resource, reason } => {
                self.engine.reject(call, resource, reason, now)?;
                Ok(ACCEPTED)
            }
            Command::Join { call, join } => Ok(Reply::Call(Box::new(self.engine.join(call, join, now)?))),
            Command::Properties { connection, resource } => {
                let call = self.look(connection, resource, now)?;
                Ok(Reply::Call(Box::new(call.properties())))
            }
            Command::Participants { connection, resource } => {
                let call = self.look(connection, resource, now)?;
                Ok(Reply::Participants(call.participants()))
            }
            Command::HangUp { connection, resource } => {
                self.engine.call(connection, resource, now)?.hang_up();
                Ok(ACCEPTED)
            }
            Command::Terminate { connection, resource } => {
                self.engine.call(connection, resource, now)?.terminate();
                Ok(ACCEPTED)
            }
            Command::Transfer {
                connection,
                resource,
                target,
                transferee,
                caller_number,
                headers,
                operation_context,
                callback,
            } => {
                let properties = self.engine.call(connection, resource, now)?.properties();
                let own =
                    caller_number.clone().or_else(|| outbound::own_number(&self.directory, &properties));
                let asking = self.asking_for(properties.call, seed);
                let target = match &caller_number {
                    Some(_) => invitee(&asking, resource, own.as_ref(), target)?,
                    // Whom they talk with now is shown to them, and not in whose name that is.
                    None => next_callee(&asking, resource, own.as_ref(), target)?,
                };
                // A number that the application chose can be shown only by us.
                let by_refer = caller_number.is_none() && outbound::calls_by_itself(&self.directory, &target);
                let request = Transfer {
                    target,
                    transferee,
                    caller_number,
                    headers,
                    by_refer,
                    operation_context,
                    callback,
                };
                self.engine.call(connection, resource, now)?.transfer(request)?;
                Ok(ACCEPTED)
            }
            Command::AddParticipant {
                connection,
                resource,
                target,
                caller_number,
                display_name,
                headers,
                ring_for,
                operation_context,
                callback,
            } => {
                let properties = self.engine.call(connection, resource, now)?.properties();
                let of_account = outbound::account_number(&self.directory, &properties);
                if of_account.is_some() && target.phone_number().is_some() {
                    nothing_shown(caller_number.as_ref(), display_name.as_ref())?;
                }
                let caller_number = caller_number.or(of_account);
                let asking = self.asking_for(properties.call, seed);
                let invitee = invitee(&asking, resource, caller_number.as_ref(), target)?;
                let request = AddParticipant {
                    invitee,
                    caller_number,
                    display_name,
                    headers,
                    ring_for,
                    operation_context,
                    callback,
                };
                let operation = self.engine.call(connection, resource, now)?.add_participant(request)?;
                Ok(begun(operation))
            }
            Command::CancelAddParticipant { connection, resource, cancel } => {
                let invitation = cancel.invitation;
                self.engine.call(connection, resource, now)?.cancel_add_participant(cancel)?;
                Ok(begun(invitation))
            }
            Command::RemoveParticipant { connection, resource, remove } => {
                self.engine.call(connection, resource, now)?.remove_participant(remove)?;
                Ok(ACCEPTED)
            }
            Command::Mute { connection, resource, mute } => {
                self.engine.call(connection, resource, now)?.mute(mute)?;
                Ok(ACCEPTED)
            }
            Command::Unmute { connection, resource, mute } => {
                self.engine.call(connection, resource, now)?.unmute(mute)?;
                Ok(ACCEPTED)
            }
            Command::Play { connection, resource, play } => {
                self.engine.call(connection, resource, now)?.play(play)?;
                Ok(ACCEPTED)
            }
            Command::CancelAllMediaOperations { connection, resource } => {
                self.engine.call(connection, resource, now)?.cancel_all_media_operations()?;
                Ok(ACCEPTED)
            }
            Command::Recognize { connection, resource, recognize } => {
                self.engine.call(connection, resource, now)?.recognize(recognize)?;
                Ok(ACCEPTED)
            }
            Command::StartContinuousTones { connection, resource, listening } => {
                self.engine.call(connection, resource, now)?.start_continuous_tones(listening)?;
                Ok(ACCEPTED)
            }
            Command::StopContinuousTones { connection, resource, listening } => {
                self.engine.call(connection, resource, now)?.stop_continuous_tones(listening)?;
                Ok(ACCEPTED)
            }
            Command::SendTones { connection, resource, send } => {
                self.engine.call(connection, resource, now)?.send_tones(send)?;
                Ok(ACCEPTED)
            }
            Command::Hold { connection, resource, hold } => {
                self.engine.call(connection, resource, now)?.hold(hold)?;
                Ok(ACCEPTED)
            }
            Command::Unhold { connection, resource, target } => {
                self.engine.call(connection, resource, now)?.unhold(&target)?;
                Ok(ACCEPTED)
            }
            Command::MoveParticipants { connection, resource, moving } => {
                self.engine.move_here(connection, resource, moving, now)?;
                Ok(ACCEPTED)
            }
            Command::StartStreaming { connection, resource, switch } => {
                self.engine.call(connection, resource, now)?.start_streaming(switch)?;
                Ok(ACCEPTED)
            }
            Command::StopStreaming { connection, resource, switch } => {
                self.engine.call(connection, resource, now)?.stop_streaming(switch)?;
                Ok(ACCEPTED)
            }
            Command::StartTranscription { connection, resource, transcribe } => {
                self.engine.call(connection, resource, now)?.start_transcription(transcribe)?;
                Ok(ACCEPTED)
            }
            Command::UpdateTranscription { connection, resource, transcribe } => {
                self.engine.call(connection, resource, now)?.update_transcription(transcribe)?;
                Ok(ACCEPTED)
            }
            Command::StopTranscription { connection, resource, switch } => {
                self.engine.call(connection, resource, now)?.stop_transcription(switch)?;
                Ok(ACCEPTED)
            }
            Command::Summarize { connection, resource, transcribe } => {
                self.engine.call(connection, resource, now)?.summarize(transcribe)?;
                Ok(ACCEPTED)
            }
            Command::RecordConnection { connection, resource, recording } => {
                Ok(Reply::Recording(self.engine.call(connection, resource, now)?.record(recording)?))
            }
            Command::RecordCall { call, resource, recording } => {
                Ok(Reply::Recording(self.engine.record(call, resource, recording, now)?))
            }
            Command::Recording { recording, resource } => {
                Ok(Reply::Recording(self.engine.recording(recording, resource)?))
            }
            Command::PauseRecording { recording, resource, pause } => {
                self.engine.pause_recording(recording, resource, pause, now)?;
                Ok(ACCEPTED)
            }
            Command::StopRecording { recording, resource } => {
                self.engine.stop_recording(recording, resource, now)?;
                Ok(ACCEPTED)
            }
            Command::Echo { connection, resource, participant, on } => {
                self.engine.call(connection, resource, now)?.echo(&participant, on)?;
                Ok(ACCEPTED)
            }
        }
    }

    /// Whether a command leaves no more calls of applications under the number of a resource account than its
    /// administrator lets go out at the same time (contract: Teams Phone §8.5). Asked before a command is handled,
    /// because what it depends on is in other calls.
    pub fn has_room_for(&mut self, command: &Command, now: Now) -> Result<(), CommandError> {
        let leads_out = |target: &CommunicationIdentifier| target.phone_number().is_some();
        let (number, more) = match command {
            Command::CreateCall { application, targets, account: Some(account), .. } => {
                let number = self.number_of_account(application.resource, *account).ok();
                (number, targets.iter().filter(|target| leads_out(target)).count())
            }
            Command::AddParticipant { connection, resource, target, .. } if leads_out(target) => {
                let call = self.engine.call(*connection, *resource, now).ok();
                let number =
                    call.and_then(|call| outbound::account_number(&self.directory, &call.properties()));
                (number, 1)
            }
            _ => return Ok(()),
        };
        let Some(number) = number.filter(|_| more > 0) else { return Ok(()) };
        let limit = outbound::concurrent_calls(&self.directory, &number);
        if self.engine.calls_under(&number).saturating_add(more) > limit {
            return Err(CommandError::Overloaded { limit });
        }
        Ok(())
    }

    /// A call to be looked at: one that is over is not found (contract: Call Automation §6.1, GET).
    fn look(
        &mut self,
        connection: CallConnectionId,
        resource: ResourceId,
        now: Now,
    ) -> Result<CallMut<'_>, CommandError> {
        self.engine.call(connection, resource, now).map_err(|_| CommandError::CallNotFound)
    }

    /// The dial plan, as it is asked for somebody who shall come into a call.
    fn asking_for(&self, call: CallId, seed: Seed) -> Asking<'_> {
        Asking { ingress: self.engine.ingress_of(call), ..self.asking().seeded(seed) }
    }

    fn number_of_account(
        &self,
        resource: ResourceId,
        account: ObjectId,
    ) -> Result<PhoneNumber, CommandError> {
        outbound::number_of_account(&self.directory, resource, account)
            .map_err(|refusal| CommandError::Refused(refusal.to_string()))
    }

    /// The call was to a number of the resource, so it is sent on in the name of that number.
    fn redirect(
        &mut self,
        call: CallId,
        resource: ResourceId,
        target: CommunicationIdentifier,
        seed: Seed,
        now: Now,
    ) -> Result<Reply, CommandError> {
        self.engine.may_redirect(call, resource, now)?;
        if let Some(number) = target.phone_number()
            && let Some(NumberOwner::Resource(owner)) = self.directory.number_owner(number)
        {
            let to = (owner.id, number.clone());
            self.engine.offer_again(call, resource, to, now)?;
            return Ok(ACCEPTED);
        }
        let own = self.directory.resource(resource).and_then(|resource| resource.numbers.first()).cloned();
        let invitee = next_callee(&self.asking_for(call, seed), resource, own.as_ref(), target)?;
        self.engine.redirect(call, resource, invitee, now)?;
        Ok(ACCEPTED)
    }
}

fn invitee(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, CommandError> {
    outbound::invitee(asking, resource, caller_number, target)
        .map_err(|refusal| CommandError::Refused(refusal.to_string()))
}

fn next_callee(
    asking: &Asking<'_>,
    resource: ResourceId,
    caller_number: Option<&PhoneNumber>,
    target: CommunicationIdentifier,
) -> Result<Invitee, CommandError> {
    outbound::next_callee(asking, resource, caller_number, target)
        .map_err(|refusal| CommandError::Refused(refusal.to_string()))
}

/// In the name of a resource account its own number and name are shown, and no others may be named
/// (contract: Teams Phone §8.5).
fn nothing_shown(
    number: Option<&PhoneNumber>,
    display_name: Option<&Pii<Arc<str>>>,
) -> Result<(), CommandError> {
    let property = match (number, display_name) {
        (Some(_), _) => "sourceCallerIdNumber",
        (None, Some(_)) => "sourceDisplayName",
        (None, None) => return Ok(()),
    };
    let reason =
        "this call is of a resource account, whose number and name are shown; leave it out".to_owned();
    Err(CommandError::InvalidArgument { property, reason })
}

fn begun(operation: OperationId) -> Reply {
    Reply::Accepted(Accepted { operation: Some(operation) })
}
