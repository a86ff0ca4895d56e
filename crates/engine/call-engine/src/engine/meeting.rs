//! Where two calls meet: legs that move from one to the other.

use clock::Now;
use entropy::Seed;
use identifier::{CallId, LegId};

use super::CallEngine;
use crate::call::Call;
use crate::diversion::Diversion;
use crate::leg_port::{Caller, Destination, Invitation, LegRequest, Origin, RejectReason, TransferProgress};
use crate::outcome::EndCause;
use crate::request::Invitee;

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
            (Some(partner), _) if one.stage.connection.is_none() => (here, there, partner, place),
            (_, Some(partner)) if other.stage.connection.is_none() => (there, here, partner, leg),
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
