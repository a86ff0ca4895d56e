//! Calls that arrive: for applications, for somebody who is dialled, for help, for the platform itself, and for nobody.

use clock::Now;
use entropy::{Entropy, Seed};
use identifier::{CorrelationId, LegId, ResourceId};
use media_plan::PlaySource;

use super::CallEngine;
use crate::call::{Call, CallForHelp};
use crate::call_record::CallRecord;
use crate::called::Called;
use crate::leg_port::{Caller, Destination, Invitation, Origin, RejectReason};
use crate::limits::EMERGENCY_CALLS;
use crate::request::Invitee;

impl CallEngine {
    /// A call arrives for the applications of a resource. Whatever is drawn for it grows from `seed`.
    pub fn offer(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        called: Called,
        seed: Seed,
        now: Now,
    ) {
        if !self.has_room_for(leg, 0, seed) {
            return;
        }
        let call = Call::offered(self.home, leg, invitation, resource, called, seed, now);
        self.insert(call, now);
    }

    /// A call arrives for somebody's phone, the public network, or another number of the platform;
    /// no application takes part.
    #[allow(clippy::too_many_arguments)]
    pub fn connect(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        invitee: Invitee,
        caller: Caller,
        seed: Seed,
        now: Now,
    ) {
        let is_for_help = matches!(invitee.destination, Destination::Emergency { .. });
        if self.has_room_for(leg, if is_for_help { EMERGENCY_CALLS } else { 0 }, seed) {
            let call = Call::bridged(self.home, leg, invitation, resource, invitee, caller, seed, now);
            self.insert(call, now);
        }
    }

    /// Help calls back whoever called for it: there is room for that, too.
    pub fn call_back(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        (invitee, caller): (Invitee, Caller),
        seed: Seed,
        now: Now,
    ) {
        if self.has_room_for(leg, EMERGENCY_CALLS, seed) {
            let call = Call::bridged(self.home, leg, invitation, resource, invitee, caller, seed, now);
            self.insert(call, now);
        }
    }

    /// A call for help arrives, with whom it concerns besides.
    pub fn call_for_help(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        (invitee, caller, help): (Invitee, Caller, CallForHelp),
        seed: Seed,
        now: Now,
    ) {
        if !self.has_room_for(leg, EMERGENCY_CALLS, seed) {
            return;
        }
        let shown = caller.clone();
        let mut call = Call::bridged(self.home, leg, invitation, resource, invitee, caller, seed, now);
        call.prepare_help(leg, help, shown);
        self.insert(call, now);
    }

    /// A call arrives that the platform answers by itself: it says something, and hangs up. A test of calls for help
    /// takes none of the room that is kept for those.
    #[allow(clippy::too_many_arguments)]
    pub fn recite(
        &mut self,
        leg: LegId,
        invitation: Invitation,
        resource: ResourceId,
        sources: Vec<PlaySource>,
        is_for_help: bool,
        seed: Seed,
        now: Now,
    ) {
        if self.has_room_for(leg, 0, seed) {
            let call = Call::recited(self.home, leg, invitation, resource, sources, is_for_help, seed, now);
            self.insert(call, now);
        }
    }

    /// A call arrives that leads nowhere. All that is kept of it is its record.
    pub fn refuse(
        &mut self,
        leg: LegId,
        invitation: &Invitation,
        resource: Option<ResourceId>,
        reason: RejectReason,
        seed: Seed,
        now: Now,
    ) {
        let mut entropy = Entropy::grown(seed);
        let call = self.turn_away(leg, reason, &mut entropy);
        // Strangers could fill the disk with what they try.
        if invitation.origin != Origin::Stranger {
            let correlation = CorrelationId::random(&mut entropy);
            self.outbox.record(CallRecord::refused(call, correlation, resource, invitation, reason, now));
        }
    }
}
