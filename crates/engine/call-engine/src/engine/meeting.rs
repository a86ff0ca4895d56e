//! Where two calls meet: legs that move from one to the other.

use clock::Now;
use entropy::Seed;
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, LegId, ResourceId};

use super::{CallEngine, FindError};
use crate::call::{Call, Phase};
use crate::diversion::Diversion;
use crate::event::CallEventKind;
use crate::leg_port::{Caller, Destination, Invitation, LegRequest, Origin, RejectReason, TransferProgress};
use crate::outcome::{EndCause, Outcome, ResultInformation};
use crate::request::{Invitee, MoveParticipants};

/// Why nobody is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// The call into which they are to be moved.
    #[error(transparent)]
    Call(FindError),
    /// No such connection, it is over, or it is held by another resource.
    #[error("find the call from which participants are to be moved")]
    FromNotFound,
    /// Both are one.
    #[error("move participants into the call in which they are")]
    SameCall,
    /// Nobody has answered yet.
    #[error("move participants between calls that are not both established")]
    NotEstablished,
    /// Calls for help stay as they are (contract: Teams Phone §1.16).
    #[error("move participants into a call for help, or out of one")]
    ForHelp,
}

impl CallEngine {
    /// A phone asks to be replaced by somebody whom the dial plan found, or did not (blind transfer).
    pub fn refer(&mut self, leg: LegId, target: Result<(Invitee, Caller), EndCause>, now: Now) {
        let Some(id) = self.legs.get(&leg).copied() else { return };
        self.with(id, now, |call, limits| match target {
            Ok((invitee, caller)) if call.stage.size() <= limits.participants => {
                call.refer(leg, invitee, caller, now);
            }
            Ok(_) => call.refuse_referral(leg, EndCause::Overloaded),
            Err(cause) => call.refuse_referral(leg, cause),
        });
    }

    /// A phone sends a call to it elsewhere, as far as the dial plan lets it.
    pub fn divert(&mut self, leg: LegId, to: Option<(Destination, Diversion)>, now: Now) {
        let Some(id) = self.legs.get(&leg).copied() else { return };
        self.with(id, now, |call, _| call.divert(leg, to, now));
    }

    /// A phone arrives to take the place of a connected leg (RFC 3891).
    pub fn replace(&mut self, leg: LegId, invitation: Invitation, place: LegId, seed: Seed, now: Now) {
        // RFC 3891 §3: only who is authorized may take a place; those are our own phones.
        let may = matches!(invitation.origin, Origin::Phone(_));
        let id = self.legs.get(&place).copied().filter(|_| may && !self.legs.contains_key(&leg));
        let id = id.filter(|id| self.look(*id).is_some_and(|call| call.has_room_at(place)));
        match id {
            Some(id) => {
                self.with(id, now, |call, _| call.let_in(leg, &invitation, place, now));
            }
            None => {
                let reason = if may { RejectReason::NotFound } else { RejectReason::Forbidden };
                self.refuse(leg, &invitation, None, reason, seed, now);
            }
        }
    }

    /// A phone with two calls brings its partners together (attended transfer).
    pub(super) fn transfer_to_place(&mut self, leg: LegId, place: LegId, now: Now) {
        if self.meet(leg, place, now).is_none() {
            let Some(id) = self.legs.get(&leg).copied() else { return };
            self.with(id, now, |call, _| call.refuse_referral(leg, EndCause::Forbidden));
        }
    }

    fn meet(&mut self, leg: LegId, place: LegId, now: Now) -> Option<()> {
        let (here, there) = (*self.legs.get(&leg)?, *self.legs.get(&place)?);
        // Only a phone that is on both legs may join them.
        let is_same_phone = matches!(
            (self.origin_of(leg)?, self.origin_of(place)?),
            (Origin::Phone(one), Origin::Phone(other)) if one == other
        );
        if here == there || !is_same_phone {
            return None;
        }
        let (one, other) = (self.look(here)?, self.look(there)?);
        if !one.has_room_at(leg) || !other.has_room_at(place) {
            return None;
        }
        // The partner with whom the phone is alone moves; a group, or an application, stays where it is.
        let (from, into, mover, given_up) = match (one.partner_of(leg), other.partner_of(place)) {
            (Some(partner), _) if one.stage.connections.is_empty() => (here, there, partner, place),
            (_, Some(partner)) if other.stage.connections.is_empty() => (there, here, partner, leg),
            (Some(partner), _) => (here, there, partner, place),
            (None, Some(partner)) => (there, here, partner, leg),
            (None, None) => return None,
        };
        let mut moving = self.calls.remove(&from)?;
        let left_behind = if given_up == leg { place } else { leg };
        let staying = self.calls.get_mut(&into)?;
        let transferor = if left_behind == leg { &mut *moving } else { &mut **staying };
        transferor.stage.ask(leg, LegRequest::TransferProgress(TransferProgress::Succeeded));
        let moved = moving.give_away(mover, left_behind, now);
        // The leg leaves its old plan before it appears in the new one, and only then is the old call released.
        moving.stage.rearrange();
        self.outbox.append(&mut moving.stage.outbox);
        if let Some(moved) = moved {
            staying.take_in(moved, given_up, now);
        }
        self.calls.insert(from, moving);
        self.keep(into, now);
        self.keep(from, now);
        Some(())
    }

    /// Participants of one call of an application go on in another one of it. Each is told of by itself.
    pub fn move_here(
        &mut self,
        into: CallConnectionId,
        resource: ResourceId,
        request: MoveParticipants,
        now: Now,
    ) -> Result<(), MoveError> {
        let here = self.find(into, resource, now).map_err(MoveError::Call)?;
        let there = self.find(request.from, resource, now).map_err(|_| MoveError::FromNotFound)?;
        let is_established =
            |id| self.look(id).is_some_and(|call| matches!(call.phase, Phase::Established { .. }));
        if here == there {
            return Err(MoveError::SameCall);
        }
        if !is_established(here) || !is_established(there) {
            return Err(MoveError::NotEstablished);
        }
        if [here, there].iter().any(|id| self.look(*id).is_some_and(Call::is_for_help)) {
            return Err(MoveError::ForHelp);
        }
        for participant in &request.participants {
            let outcome = self.move_one(here, there, participant, now);
            let from = request.from;
            let (context, callback) = (request.operation_context.clone(), request.callback.clone());
            self.with(here, now, |call, _| {
                let (kind, result) = match outcome {
                    Ok(participant) => {
                        (CallEventKind::MoveParticipantSucceeded { participant, from }, Outcome::Completed)
                    }
                    Err(why) => {
                        let participant = participant.clone();
                        (CallEventKind::MoveParticipantFailed { participant, from }, why)
                    }
                };
                let result = Some(ResultInformation::of(result));
                let event = call.stage.event_of(into, callback, context, kind, result, now);
                call.stage.publish(event);
            });
        }
        Ok(())
    }

    fn move_one(
        &mut self,
        here: CallId,
        there: CallId,
        participant: &CommunicationIdentifier,
        now: Now,
    ) -> Result<CommunicationIdentifier, Outcome> {
        let found = self.look(there).and_then(|call| call.stage.participant(participant));
        let mover = found.map(|found| found.leg).ok_or(Outcome::ParticipantGone)?;
        let has_room = self.look(here).is_some_and(|call| call.stage.size() < self.limits.participants);
        if !has_room {
            return Err(Outcome::Full);
        }
        let mut moving = self.calls.remove(&there).ok_or(Outcome::ParticipantGone)?;
        let is_away = moving.stage.participant_on(mover).is_some_and(|one| one.is_away);
        let leg = moving.give(mover, now);
        // The leg leaves its old plan before it appears in the new one, and only then may the old call end.
        moving.stage.rearrange();
        self.outbox.append(&mut moving.stage.outbox);
        let joined = leg.zip(self.calls.get_mut(&here)).map(|(leg, staying)| {
            staying.stage.adopt(leg);
            staying.stage.join(mover, now);
            if let Some(joined) = staying.stage.participant_mut(|one| one.leg == mover) {
                joined.is_away = is_away;
            }
            staying.stage.participant_on(mover).map(|one| one.identifier.clone())
        });
        self.calls.insert(there, moving);
        self.keep(here, now);
        self.keep(there, now);
        joined.flatten().ok_or(Outcome::ParticipantGone)
    }

    /// Two legs that a transfer brought together get a call of their own.
    pub(super) fn part(&mut self, id: CallId, now: Now) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(leaving) = call.leaving.take() else { return };
        let legs = [leaving.transferee, leaving.target];
        let moved = Call::moved_out(call, legs, now);
        // The legs leave the old plan before they appear in the new one.
        call.stage.rearrange();
        self.outbox.append(&mut call.stage.outbox);
        self.insert(moved, now);
    }
}
