//! What phones ask for by themselves: REFER (RFC 3515) and Replaces (RFC 3891).

use clock::Now;
use identifier::LegId;

use super::{Call, Phase};
use crate::diversion::Diversion;
use crate::leg::{Leg, LegState, Role};
use crate::leg_port::{Caller, CustomHeaders, Destination, Divert, LegOutcome, LegRequest, TransferProgress};
use crate::operation::Input;
use crate::outbox::Change;
use crate::outcome::EndCause;
use crate::request::Invitee;
use crate::stage;
use crate::timing;

/// Phones may send one call elsewhere this often.
const MOST_DIVERTED: u32 = 5;

impl Call {
    /// A transferor asks that somebody else be called in its place.
    pub(crate) fn refer(&mut self, transferor: LegId, invitee: Invitee, caller: Caller, now: Now) {
        let is_referring = |role| role == Role::Referred { transferor };
        let may = matches!(self.phase, Phase::Established { .. })
            && !self.is_for_help()
            && self.stage.participant_on(transferor).is_some()
            && !self.stage.knows(&invitee.identifier)
            && self.stage.hunts(is_referring).is_empty();
        if !may {
            return self.refuse_referral(transferor, EndCause::Forbidden);
        }
        self.stage.ask(transferor, LegRequest::TransferProgress(TransferProgress::Trying));
        self.stage.dial(
            stage::Call {
                invitee,
                caller,
                headers: CustomHeaders::default(),
                diversions: Vec::new(),
                ring_for: timing::TRANSFER,
                limit: None,
                role: Role::Referred { transferor },
            },
            now,
        );
    }

    /// A phone that is called sends the call elsewhere, where the dial plan lets it go or does not.
    pub(crate) fn divert(&mut self, id: LegId, to: Option<(Destination, Diversion)>, now: Now) {
        let Some(leg) = self.stage.legs.get_mut(&id) else { return };
        if !matches!(leg.state, LegState::Dialing | LegState::Ringing) {
            return;
        }
        // Two phones that send their calls to each other must not do so forever.
        let Some((destination, diversion)) = to.filter(|_| leg.diverted < MOST_DIVERTED) else {
            return self.give_up(id, EndCause::Unavailable, now);
        };
        leg.diverted += 1;
        leg.origin = stage::origin_at(&destination);
        self.stage.changes.push(Change::LegTurned(id));
        self.stage.ask(id, LegRequest::Divert(Box::new(Divert { destination, diversion })));
    }

    pub(crate) fn refuse_referral(&mut self, transferor: LegId, cause: EndCause) {
        self.progress(transferor, TransferProgress::Failed(cause));
    }

    fn progress(&mut self, transferor: LegId, progress: TransferProgress) {
        let is_there = self.stage.legs.get(&transferor).is_some_and(|leg| leg.state == LegState::Connected);
        if is_there {
            self.stage.ask(transferor, LegRequest::TransferProgress(progress));
        }
    }

    /// The target answered: it takes the transferor's place.
    pub(crate) fn complete_referral(&mut self, target: LegId, transferor: LegId, now: Now) {
        self.progress(transferor, TransferProgress::Succeeded);
        self.replace(target, transferor, now);
    }

    /// A connected leg takes the place of another, which ends.
    pub(crate) fn replace(&mut self, leg: LegId, place: LegId, now: Now) {
        let is_referred =
            self.stage.legs.get(&leg).is_some_and(|leg| matches!(leg.role, Role::Referred { .. }));
        // A transferor may have left after REFER; a replaced leg must still be there.
        if self.stage.participant_on(place).is_none() && !is_referred {
            return self.stage.hang_up(leg, now);
        }
        self.stage.take_place(leg, place, now);
        self.depart(place, now);
    }

    /// A leg of this call is not needed any more; whatever was about it ends.
    pub(crate) fn depart(&mut self, leg: LegId, now: Now) {
        if let Some(participant) = self.stage.leave(leg, now) {
            self.departed = Some((participant.identifier, LegOutcome::local(EndCause::HungUp)));
        }
        self.stage.hang_up(leg, now);
        self.feed(Input::Left(leg), now);
    }

    /// Takes `mover` out of the call, to be brought into another one, and ends
    /// `left_behind`, whose user brought that about.
    pub(crate) fn give_away(&mut self, mover: LegId, left_behind: LegId, now: Now) -> Option<Leg> {
        let leg = self.stage.legs.remove(&mover)?;
        // Both are gone before anything reacts to it: what waits must not begin with either.
        self.stage.leave(mover, now);
        if let Some(participant) = self.stage.leave(left_behind, now) {
            self.departed = Some((participant.identifier, LegOutcome::local(EndCause::HungUp)));
        }
        self.stage.hang_up(left_behind, now);
        self.feed(Input::Left(mover), now);
        self.feed(Input::Left(left_behind), now);
        Some(leg)
    }

    /// Takes a participant out of the call, who goes on in another one.
    pub(crate) fn give(&mut self, mover: LegId, now: Now) -> Option<Leg> {
        let leg = self.stage.legs.remove(&mover)?;
        self.stage.leave(mover, now);
        self.feed(Input::Left(mover), now);
        Some(leg)
    }

    /// Brings in a leg that was given away, in the place of `place`, which ends.
    pub(crate) fn take_in(&mut self, leg: Leg, place: LegId, now: Now) {
        let id = leg.id;
        self.stage.adopt(leg);
        self.stage.take_place(id, place, now);
        self.depart(place, now);
    }

    /// The one other participant, when there is exactly one.
    pub(crate) fn partner_of(&self, leg: LegId) -> Option<LegId> {
        if !matches!(self.phase, Phase::Established { .. }) {
            return None;
        }
        match &self.stage.participants[..] {
            [one, other] if one.leg == leg => Some(other.leg),
            [other, one] if one.leg == leg => Some(other.leg),
            _ => None,
        }
    }

    /// Whether an application or another participant would talk with whoever takes the place of `leg`.
    pub(crate) fn has_room_at(&self, leg: LegId) -> bool {
        matches!(self.phase, Phase::Established { .. })
            && !self.is_for_help()
            && self.stage.participant_on(leg).is_some()
    }
}
