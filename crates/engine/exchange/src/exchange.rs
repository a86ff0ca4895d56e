//! The exchange: call engine, dial plan and directory as one value.

use std::collections::VecDeque;
use std::sync::Arc;

use call_engine::{
    CallEngine, CallEvent, CallNotice, CallRecord, Invitation, LegReport, LegRequest, Limits,
    MOST_DIVERSIONS, Origin, RejectReason,
};
use clock::{Deadline, Now};
use dial_plan::{Availability, Help, Refusal};
use entropy::Seed;
use identifier::{
    CallConnectionId, CallId, Home, LegId, ObjectId, PhoneNumber, RecordingId, TenantId, TrunkName, UserId,
};
use media_plan::{MediaReport, MediaRequest};
use tenant::Directory;

use crate::circumstances::{Asking, Consulted, Known};
use crate::help;
use crate::inbound::{self, Concern, Way};

/// All calls of one shard.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) engine: CallEngine,
    pub(crate) directory: Arc<Directory>,
    known: Known,
    reservations: VecDeque<(TenantId, PhoneNumber, UserId)>,
}

impl Exchange {
    /// An empty exchange at `home`.
    pub fn new(home: Home, directory: Arc<Directory>, limits: Limits) -> Self {
        Self {
            engine: CallEngine::new(home, limits),
            directory,
            known: Known::default(),
            reservations: VecDeque::new(),
        }
    }

    /// A new snapshot; calls in progress keep what they began with.
    pub fn handle_directory(&mut self, directory: Arc<Directory>) {
        self.known.follow(&directory);
        self.directory = directory;
    }

    /// A person does something else, as presence has it: calls to them are decided by it from now on. Who is in
    /// a call here is known here.
    pub fn handle_availability(&mut self, person: ObjectId, availability: Availability) {
        self.known.set_availability(person, availability, &self.directory);
    }

    /// A gateway was silent for so long that it is tried last, or speaks again.
    pub fn handle_gateway(&mut self, trunk: TrunkName, is_demoted: bool) {
        self.known.set_gateway(trunk, is_demoted, &self.directory);
    }

    /// These numbers are reserved for those who called for help with these phones, the oldest reservation first, as
    /// far as the next invitation is about them.
    pub fn set_reserved(&mut self, reserved: Vec<(PhoneNumber, UserId)>) {
        self.known.set_reserved(reserved);
    }

    /// The next number that is reserved from now on, whose it is, and the phone that called for help.
    pub fn poll_reservation(&mut self) -> Option<(TenantId, PhoneNumber, UserId)> {
        self.reservations.pop_front()
    }

    /// Help that calls back shall reach whoever called.
    fn reserve(&mut self, help: &Help, origin: &Origin) {
        let Origin::Phone(user) = origin else { return };
        let Some(number) = help.callback.as_ref().filter(|_| help.reserves) else { return };
        let tenant = inbound::tenant(&self.directory, origin);
        self.reservations.extend(tenant.map(|tenant| (tenant, number.clone(), *user)));
    }

    /// What decisions were told of people and gateways by the latest input.
    pub fn consulted(&self) -> Consulted {
        self.known.consulted()
    }

    /// From now on decisions are told this of people and gateways, and nothing else: for a call that is looked
    /// at alone, without the others of its shard.
    pub fn assume(&mut self, consulted: Consulted) {
        self.known.assume(consulted);
    }

    /// The dial plan, in the circumstances of now.
    pub(crate) fn asking(&self) -> Asking<'_> {
        Asking::new(&self.directory, &self.engine, &self.known)
    }

    /// Another input is handled: whatever was consulted before it is of no further interest.
    pub(crate) fn begin(&mut self) {
        self.known.begin();
    }

    /// A call arrives on a leg that an edge made. Whatever is drawn for it grows from `seed`: the same
    /// inputs give the same call, whatever its neighbors do.
    pub fn handle_invitation(&mut self, leg: LegId, invitation: Invitation, seed: Seed, now: Now) {
        self.begin();
        self.take(leg, invitation, seed, now);
        // They were lent for this invitation alone.
        self.known.set_reserved(Vec::new());
    }

    fn take(&mut self, leg: LegId, invitation: Invitation, seed: Seed, now: Now) {
        if let Some(place) = invitation.replaces {
            let in_place_of = self.engine.origin_of(place);
            if in_place_of.is_some_and(|other| inbound::strangers(&self.directory, &invitation.origin, other))
            {
                return self.engine.refuse(leg, &invitation, None, RejectReason::Forbidden, seed, now);
            }
            return self.engine.replace(leg, invitation, place, seed, now);
        }
        if invitation.diversions.len() >= MOST_DIVERSIONS {
            let resource = inbound::resource_of_caller(&self.directory, &invitation.origin);
            return self.engine.refuse(leg, &invitation, resource, RejectReason::Looping, seed, now);
        }
        let way = match inbound::on_behalf(&self.directory, &invitation) {
            Ok(Some(way)) => Ok(way),
            Ok(None) => inbound::way(&self.asking().seeded(seed), &invitation).map_err(reject_reason),
            Err(reason) => Err(reason),
        };
        match way {
            Ok(Way::Application { resource, called }) => {
                self.engine.offer(leg, invitation, resource, called, seed, now);
            }
            Ok(Way::Direct { resource, invitee, caller, concern: Concern::CallBack }) => {
                self.engine.call_back(leg, invitation, resource, (*invitee, caller), seed, now);
            }
            Ok(Way::Direct { resource, invitee, caller, concern: Concern::Nothing }) => {
                self.engine.connect(leg, invitation, resource, *invitee, caller, seed, now);
            }
            Ok(Way::Direct { resource, invitee, caller, concern: Concern::Help(help) }) => {
                self.reserve(&help, &invitation.origin);
                let beside = help::beside(&self.asking().seeded(seed), &invitation, &invitee, &caller, &help);
                self.engine.call_for_help(leg, invitation, resource, (*invitee, caller, beside), seed, now);
            }
            Ok(Way::Recital { resource, sources, is_for_help }) => {
                self.engine.recite(leg, invitation, resource, sources, is_for_help, seed, now);
            }
            Err(reason) => {
                let resource = inbound::resource_of_caller(&self.directory, &invitation.origin);
                self.engine.refuse(leg, &invitation, resource, reason, seed, now);
            }
        }
    }

    /// An edge saw something on a leg.
    pub fn handle_leg(&mut self, leg: LegId, report: LegReport, now: Now) {
        self.begin();
        match report {
            LegReport::TransferRequested { target, replaces: None } => {
                let Some(origin) = self.engine.origin_of(leg) else { return };
                let found = inbound::referral(&self.asking().of_leg(leg), origin, target.expose());
                self.engine.refer(leg, found, now);
            }
            LegReport::Moved { target } => {
                let Some(origin) = self.engine.origin_of(leg) else { return };
                let to = inbound::diversion(&self.asking().of_leg(leg), origin, target.expose());
                self.engine.divert(leg, to, now);
            }
            report @ (LegReport::Ringing
            | LegReport::EarlyMedia
            | LegReport::Answered
            | LegReport::Held
            | LegReport::Resumed
            | LegReport::Tone(_)
            | LegReport::Referred(_)
            | LegReport::TransferRequested { replaces: Some(_), .. }
            | LegReport::Ended(_)) => self.engine.handle_leg(leg, report, now),
        }
    }

    /// Media saw something in a call.
    pub fn handle_media(&mut self, call: CallId, report: MediaReport, now: Now) {
        self.begin();
        self.engine.handle_media(call, report, now);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        self.begin();
        self.engine.handle_timeout(now);
    }

    /// The next request for an edge; the call decides which media the leg joins.
    pub fn poll_leg(&mut self) -> Option<(CallId, LegId, LegRequest)> {
        self.engine.poll_leg()
    }

    /// The next request for media.
    pub fn poll_media(&mut self) -> Option<(CallId, MediaRequest)> {
        self.engine.poll_media()
    }

    /// The next fact for an application.
    pub fn poll_event(&mut self) -> Option<CallEvent> {
        self.engine.poll_event()
    }

    /// The next fact for the subscribers of a resource.
    pub fn poll_notice(&mut self) -> Option<CallNotice> {
        self.engine.poll_notice()
    }

    /// The account of the next call that ended; the newest are kept when nobody asks.
    pub fn poll_record(&mut self) -> Option<CallRecord> {
        self.engine.poll_record()
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Deadline, &'static str)> {
        self.engine.poll_timeout()
    }

    /// The call that a leg is in.
    pub fn call_of_leg(&self, leg: LegId) -> Option<CallId> {
        self.engine.call_of_leg(leg)
    }

    /// The call behind a connection, whoever holds it.
    pub fn call_of_connection(&self, connection: CallConnectionId) -> Option<CallId> {
        self.engine.call_of_connection(connection)
    }

    /// The call that is being recorded.
    pub fn call_of_recording(&self, recording: RecordingId) -> Option<CallId> {
        self.engine.call_of_recording(recording)
    }

    /// The calls with a timer that is due; one that has several appears as often.
    pub fn due_calls(&self, now: Now) -> impl Iterator<Item = CallId> + '_ {
        self.engine.due_calls(now)
    }

    /// So many calls count toward the limit besides those that are kept here.
    pub fn set_neighbors(&mut self, calls: usize) {
        self.engine.set_neighbors(calls);
    }

    /// Whether so many calls have ended lately that some are forgotten before their time.
    pub fn is_forgetful(&self) -> bool {
        self.engine.is_forgetful()
    }

    /// Forgets all calls that are over.
    pub fn forget_ended(&mut self) {
        self.engine.forget_ended();
    }

    /// Calls that are not over, or whose legs are still being ended.
    pub fn call_count(&self) -> usize {
        self.engine.call_count()
    }

    /// Legs that have not ended.
    pub fn leg_count(&self) -> usize {
        self.engine.leg_count()
    }

    /// Timers that run.
    pub fn timer_count(&self) -> usize {
        self.engine.timer_count()
    }
}

pub(crate) fn reject_reason(refusal: Refusal) -> RejectReason {
    match refusal {
        Refusal::NotFound | Refusal::Unsupported | Refusal::NoTrunk => RejectReason::NotFound,
        // Callers learn nothing of how a company is set up: they hear that it is busy, or nothing at all.
        Refusal::Busy | Refusal::NotProvisioned => RejectReason::Busy,
        Refusal::Unanswered | Refusal::NoConsent => RejectReason::NoAnswer,
        Refusal::OtherTenant
        | Refusal::NotAllowedOut
        | Refusal::TrunkToTrunk
        | Refusal::CallerNumberMissing
        | Refusal::CallerNumberNotOwned
        | Refusal::NoNumber
        | Refusal::NotEnabled
        | Refusal::Restricted
        | Refusal::TollBypass
        | Refusal::Blocked
        | Refusal::ExternalAccess => RejectReason::Forbidden,
    }
}
