//! Calls that we make: from Dial to answer.

mod attempts;
mod branch;
mod target;

pub(crate) use target::contacts;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use call_engine::{Destination, Dial, Divert, EndCause, LegOutcome, LegReport, LegRequest};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use identifier::{CallId, LegId, TrunkName};
use redact::Pii;
use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, DialogStateSender};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, HeadersExt, Method, Response, StatusCode, StatusCodeKind};
use rsipstack::transaction::transaction::Transaction;
use sdp::CryptoSuite;
use tenant::{MediaEncryption, SipTransport};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::cause::outcome_of_response;
use crate::core::{Core, LegEnd};
use crate::dialog::{Conversation, FarEnd, Flow, Session, Terms, least_interval, reply_early, wait_until};
use crate::guard::Owner;
use crate::headers::{allow, session_description, supported};
use crate::legs::{LegMessage, LegMessages};
use crate::outbound::attempts::{Attempts, Failover};
use crate::outbound::branch::{Branch, Finished};
use crate::outbound::target::{Target, find_targets};
use crate::uri::{name_and_uri, user_of};

/// Of all the dialogs that forks of a call may make, so many may ask us something before the answer.
const MOST_EARLY_DIALOGS: usize = 8;
const MAX_TARGET: usize = 128;
/// A trunk has so many times T1 (RFC 3261 §17.1.1.1) to say anything at all to a call for help, while there is
/// another one: four seconds, in which it was asked four times.
const HELP_WAITS: u32 = 8;
/// One that has only said that it tries (100) has so many more to say that somebody is called: ten seconds.
const HELP_TRIES: u32 = 20;
/// What went out without an address, which nothing does.
const NOWHERE: Flow =
    (SipTransport::Udp, SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0));

/// Starts an outbound leg, or ends it at once if there is no room.
pub(crate) fn begin(core: &Arc<Core>, call: CallId, leg: LegId, dial: Dial) {
    let messages = if core.is_stopping() { None } else { core.add_leg(leg, owner(&dial.destination)) };
    let Some(mut messages) = messages else {
        let outcome = LegOutcome::local(EndCause::Overloaded);
        core.report(leg, LegReport::Ended(outcome));
        return;
    };
    let held = Arc::clone(core);
    core.spawn(async move {
        let mut end = LegEnd::new(Arc::clone(&held), leg, "outbound");
        // To look up and to connect takes time, in which the engine may think better of it.
        let started = tokio::select! {
            started = Outbound::start(held, call, leg, dial) => started,
            outcome = wait_for_hangup(&mut messages) => Err(outcome),
        };
        end.outcome = match started {
            Ok(outbound) => outbound.run(&mut messages).await,
            Err(outcome) => outcome,
        };
    });
}

async fn wait_for_hangup(messages: &mut LegMessages) -> LegOutcome {
    loop {
        match messages.recv().await {
            Some(LegMessage::Request(_, LegRequest::Hangup | LegRequest::Dismiss)) => {
                return LegOutcome::local(EndCause::Canceled);
            }
            Some(_) => {}
            None => return LegOutcome::local(EndCause::Overloaded),
        }
    }
}

/// A leg whose callee has not answered yet.
struct Outbound {
    core: Arc<Core>,
    leg: LegId,
    dial: Dial,
    session: Session,
    branches: Vec<Branch>,
    finished: FuturesUnordered<Finished>,
    states: DialogStateReceiver,
    /// Branches hold clones of it; one of our own keeps the channel open between them.
    state_sender: DialogStateSender,
    told: Told,
    /// Dialogs that were made so far.
    early_dialogs: usize,
    /// A phone has sent the call elsewhere, and nobody has said yet whether it goes there.
    moved: Option<LegOutcome>,
    /// The best of the refusals so far.
    refusal: Option<LegOutcome>,
    /// The gateway that was asked last.
    gateway: Option<TrunkName>,
    /// When that one has had its chance.
    failover: Option<Failover>,
    /// The ways that were tried.
    attempts: Attempts,
    /// A trunk that has said nothing by then is not waited for any longer: somebody needs help, or there is
    /// another one.
    silent_until: Option<Instant>,
    /// It has said that it tries, and has got more time for that.
    is_trying: bool,
    /// When everybody has had their time to answer.
    ring_until: Instant,
    /// When this one has had its time, who is asked for help, and another one is asked.
    ring_here_until: Option<Instant>,
    /// Who has hung up already: our tag of the dialog, and the Q.850 cause.
    left: Option<(String, Option<u8>)>,
}

/// What was reported already.
#[derive(Default)]
struct Told {
    ringing: bool,
    early_media: bool,
    /// The callee knows that we have its description (RFC 3262): both may now offer another.
    agreed: bool,
    /// They have changed what they agreed on, and what the answer says of it is stale.
    changed: bool,
}

impl Outbound {
    async fn start(core: Arc<Core>, call: CallId, leg: LegId, dial: Dial) -> Result<Self, LegOutcome> {
        let mut attempts = Attempts::default();
        let ring_until = Instant::now() + dial.ring_for;
        let targets = find_targets(&core, leg, &dial, &mut attempts).await.map_err(LegOutcome::local)?;
        let way = targets.first().and_then(|target| target.destination.get_socketaddr().ok());
        let peer = way.map_or(std::net::Ipv4Addr::LOCALHOST.into(), |address| address.ip());
        let local = core.media.open(call, leg, peer).map_err(|_| LegOutcome::local(EndCause::Overloaded))?;
        let session = core.session(leg, local.address);
        let (state_sender, states) = mpsc::unbounded_channel();
        let mut outbound = Self {
            core,
            leg,
            dial,
            session,
            branches: Vec::new(),
            finished: FuturesUnordered::new(),
            states,
            state_sender,
            told: Told::default(),
            early_dialogs: 0,
            moved: None,
            refusal: None,
            gateway: None,
            failover: None,
            attempts,
            silent_until: None,
            is_trying: false,
            ring_until,
            ring_here_until: None,
            left: None,
        };
        if let Err(outcome) = outbound.invite(targets).await {
            outbound.ask_next_gateway(outcome).await?;
        }
        Ok(outbound)
    }

    async fn invite(&mut self, targets: Vec<Target>) -> Result<(), LegOutcome> {
        self.gateway = targets.first().and_then(|target| target.trunk.clone());
        self.failover = targets.first().and_then(|target| target.failover.clone());
        let now = Instant::now();
        self.silent_until = self.patience().map(|patience| now + patience);
        self.is_trying = false;
        self.ring_here_until =
            self.may_help_otherwise().then(|| now + self.ring_until.saturating_duration_since(now) / 2);
        self.session.encrypt_with(if targets.iter().all(|target| target.is_narrow) {
            &[CryptoSuite::AesCm128HmacSha1_80]
        } else {
            &CryptoSuite::ALL
        });
        self.session.encrypt_toward(targets.iter().map(|target| target.encryption));
        for mut target in targets {
            let offer = self.session.offer_toward(target.encryption);
            Branch::fit(&self.core, &mut target, &offer).await;
            match Branch::start(&self.core, self.leg, target, &offer, 0, None, self.state_sender.clone()) {
                Ok(started) => self.follow(started),
                Err(error) => debug!(leg.id = %self.leg, %error, "an INVITE could not be made"),
            }
        }
        if self.branches.is_empty() { Err(LegOutcome::local(EndCause::Unreachable)) } else { Ok(()) }
    }

    fn follow(&mut self, (branch, end): (Branch, Finished)) {
        self.branches.push(branch);
        self.finished.push(end);
    }

    async fn run(mut self, messages: &mut LegMessages) -> LegOutcome {
        let (winner, terms) = match self.wait_for_answer(messages).await {
            Ok(winner) => winner,
            Err(outcome) => {
                self.give_up();
                return outcome;
            }
        };
        self.branches.retain(|branch| branch.dialog().id().local_tag != winner.id().local_tag);
        self.give_up();
        let Self { core, leg, session, mut states, .. } = self;
        Conversation::new(core, leg, winner, session, terms).run(messages, &mut states).await
    }

    async fn wait_for_answer(
        &mut self,
        messages: &mut LegMessages,
    ) -> Result<(InviteDialog, Terms), LegOutcome> {
        let too_late = tokio::time::sleep_until(self.ring_until);
        tokio::pin!(too_late);
        loop {
            tokio::select! {
                () = &mut too_late => return Err(LegOutcome::local(EndCause::NoAnswer)),
                message = messages.recv() => match message {
                    Some(LegMessage::Request(_, LegRequest::Hangup | LegRequest::Dismiss)) => {
                        // The engine gives up a call that may not go where the phone sent it.
                        let moved = self.moved.take();
                        return Err(moved.unwrap_or(LegOutcome::local(EndCause::Canceled)));
                    }
                    Some(LegMessage::Request(_, LegRequest::Divert(to))) if self.moved.is_some() => {
                        self.divert(*to).await?;
                    }
                    Some(LegMessage::InDialog(transaction)) => self.on_request(*transaction),
                    // Its answer is before it, and still on its way through the library.
                    Some(LegMessage::Bye { local_tag, q850 }) => self.left = Some((local_tag, q850)),
                    Some(
                        LegMessage::Request(..)
                        | LegMessage::Ack(_)
                        | LegMessage::Acknowledged(_)
                        | LegMessage::Referred(_)
                        | LegMessage::Refreshed(_),
                    ) => {}
                    None => return Err(LegOutcome::local(EndCause::Overloaded)),
                },
                Some(state) = self.states.recv() => match state {
                    DialogState::Early(dialog, response) if self.waits_for(&dialog) => {
                        // RFC 6228: 199 says that somebody rings no more.
                        if response.status_code.code() != 199 {
                            self.silent_until = None;
                        }
                        self.on_progress(dialog, &response);
                    }
                    DialogState::Trying(dialog) if self.waits_for(&dialog) => self.on_trying(),
                    _ => {}
                },
                () = wait_until(self.silent_until) => {
                    self.ask_next_gateway(LegOutcome::local(EndCause::Unreachable)).await?;
                }
                () = wait_until(self.ring_here_until) => {
                    self.ask_next_gateway(LegOutcome::local(EndCause::NoAnswer)).await?;
                }
                Some((dialog, response)) = self.finished.next() => {
                    match self.on_final(dialog, response) {
                        Ok(Some(winner)) => return Ok(winner),
                        Ok(None) => {}
                        Err(outcome) => self.ask_next_gateway(outcome).await?,
                    }
                }
            }
        }
    }

    /// Whether this is about an INVITE that was not given up.
    fn waits_for(&self, dialog: &DialogId) -> bool {
        self.branches.iter().any(|branch| branch.dialog().id().local_tag == dialog.local_tag)
    }

    /// 100: somebody takes care of it. A trunk that says no more than that has not found any help, and is left while
    /// there is another way.
    fn on_trying(&mut self) {
        if !self.may_help_otherwise() {
            self.silent_until = None;
        } else if self.silent_until.is_some() && !std::mem::replace(&mut self.is_trying, true) {
            self.silent_until = Some(Instant::now() + HELP_TRIES * self.core.config.t1);
        }
    }

    /// Whoever speaks in this dialog may be heard from where its INVITE went.
    fn expect_sound_of(&mut self, local_tag: &str) {
        let branch = self.branches.iter().find(|branch| branch.dialog().id().local_tag == local_tag);
        if let Some(peer) = branch.and_then(Branch::peer) {
            self.session.signaled_from(peer);
        }
    }

    /// 180 and its like: the callee is alerted, or is heard before it answers.
    fn on_progress(&mut self, dialog: DialogId, response: &Response) {
        // RFC 6228: 199 says that somebody rings no more.
        if self.moved.is_some() || response.status_code.code() == 199 {
            return;
        }
        self.expect_sound_of(&dialog.local_tag);
        if !dialog.remote_tag.is_empty() && self.early_dialogs < MOST_EARLY_DIALOGS {
            self.early_dialogs += 1;
            self.core.legs.add_dialog(self.leg, dialog);
        }
        // Sound before the answer is let through only from one callee.
        if !response.body.is_empty() && self.branches.len() == 1 {
            match self.session.accept(&response.body) {
                Ok(_) => {
                    self.told.agreed |= response.header_contains_token("Require", "100rel");
                    if !std::mem::replace(&mut self.told.early_media, true) {
                        self.core.report(self.leg, LegReport::EarlyMedia);
                    }
                    return;
                }
                Err(error) => debug!(leg.id = %self.leg, %error, "cannot {error}"),
            }
        }
        if !std::mem::replace(&mut self.told.ringing, true) && !self.told.early_media {
            self.core.report(self.leg, LegReport::Ringing);
        }
    }

    /// One branch is over. The first answer wins; the leg fails when all have failed.
    fn on_final(
        &mut self,
        dialog: InviteDialog,
        response: Option<Response>,
    ) -> Result<Option<(InviteDialog, Terms)>, LegOutcome> {
        if let Some(response) = response.as_ref()
            && (self.ask_without_location(&dialog, response)
                || self.ask_for_longer(&dialog, response)
                || self.ask_in_plain(&dialog, response))
        {
            return Ok(None);
        }
        let outcome = match response {
            Some(response) if response.status_code.kind() == StatusCodeKind::Successful => {
                let flow = self.flow_of(&dialog);
                let terms = Terms::of_answer(&self.core, &response, flow);
                let dialog = self.on_answer(dialog, &response)?;
                return match self.has_left(&dialog) {
                    Some(outcome) => Err(outcome),
                    None => Ok(Some((dialog, terms))),
                };
            }
            Some(response) if is_our_own(&response) => LegOutcome::local(EndCause::Unreachable),
            Some(response) if self.is_sent_elsewhere(&response) => return Ok(None),
            Some(response) => outcome_of_response(&response),
            None => LegOutcome::local(EndCause::Unreachable),
        };
        // RFC 3261 §16.7: a 6xx speaks for all phones of the user.
        let is_global = outcome.sip.as_ref().is_some_and(|sip| sip.code >= 600);
        if is_global || self.refusal.as_ref().is_none_or(|best| rank(&outcome) < rank(best)) {
            self.refusal = Some(outcome);
        }
        if is_global || self.finished.is_empty() {
            Err(self.refusal.take().unwrap_or(LegOutcome::local(EndCause::Unreachable)))
        } else {
            Ok(None)
        }
    }

    /// RFC 3261 §8.1.3.4: a phone that is called says where its user is. The dial plan decides whether the
    /// call goes there; what a trunk says of that kind is not followed.
    fn is_sent_elsewhere(&mut self, response: &Response) -> bool {
        let is_phone = matches!(self.dial.destination, Destination::Phone(_));
        if !is_phone || response.status_code.kind() != StatusCodeKind::Redirection {
            return false;
        }
        let contact = response.contact_header().ok().and_then(|contact| name_and_uri(contact.value()));
        let target = contact.and_then(|(_, uri)| user_of(&uri));
        let Some(target) = target.filter(|user| !user.is_empty() && user.len() <= MAX_TARGET) else {
            return false;
        };
        self.moved = Some(outcome_of_response(response));
        // It speaks for the user: what else rings for them stops.
        self.give_up();
        self.finished = FuturesUnordered::new();
        self.core.report(self.leg, LegReport::Moved { target: Pii::new(target.into()) });
        true
    }

    async fn divert(&mut self, to: Divert) -> Result<(), LegOutcome> {
        let Divert { destination, diversion } = to;
        self.moved = None;
        self.refusal = None;
        self.told = Told::default();
        self.dial.destination = destination;
        self.dial.diversions = diversion.after(&self.dial.diversions);
        self.attempts = Attempts::default();
        let targets = find_targets(&self.core, self.leg, &self.dial, &mut self.attempts).await;
        self.invite(targets.map_err(LegOutcome::local)?).await
    }

    /// How long a trunk may keep silent while there is another way.
    fn patience(&self) -> Option<Duration> {
        if self.may_help_otherwise() {
            return Some(HELP_WAITS * self.core.config.t1);
        }
        let failover = self.failover.as_ref()?;
        let directory = self.core.exchanges.directory();
        self.attempts.leave_another(&directory, &self.dial.destination).then_some(failover.after)
    }

    /// Whether a call for help could go another way than those that it has gone.
    fn may_help_otherwise(&self) -> bool {
        matches!(self.dial.destination, Destination::Emergency { .. })
            && self.attempts.leave_another(&self.core.exchanges.directory(), &self.dial.destination)
    }

    /// A gateway that cannot take the call leaves it to the next one, if there is one.
    async fn ask_next_gateway(&mut self, mut outcome: LegOutcome) -> Result<(), LegOutcome> {
        loop {
            let Some(tried) = self.gateway.take() else { return Err(outcome) };
            let is_due = match &self.dial.destination {
                Destination::Gateways(_) | Destination::Trunk { .. } => {
                    self.failover.as_ref().is_some_and(|failover| failover.is_due(&outcome))
                }
                // Whatever one trunk says of a call for help, another may bring it to somebody.
                Destination::Emergency { .. } => true,
                Destination::Phone(_) | Destination::Platform(_) => false,
            };
            let directory = self.core.exchanges.directory();
            if !is_due || !self.attempts.leave_another(&directory, &self.dial.destination) {
                return Err(outcome);
            }
            let targets = find_targets(&self.core, self.leg, &self.dial, &mut self.attempts).await;
            let Ok(targets) = targets else {
                let is_for_help = matches!(self.dial.destination, Destination::Emergency { .. });
                if !is_for_help || self.finished.is_empty() {
                    return Err(outcome);
                }
                // Nobody else is there: whoever has not answered yet may still do so.
                self.gateway = Some(tried);
                (self.silent_until, self.ring_here_until) = (None, None);
                return Ok(());
            };
            self.give_up();
            self.finished = FuturesUnordered::new();
            warn!(leg.id = %self.leg, trunk.name = %tried, "gateway {tried} has not taken a call: the next one is asked");
            self.refusal = None;
            self.told = Told::default();
            match self.invite(targets).await {
                Ok(()) => return Ok(()),
                Err(failed) => outcome = failed,
            }
        }
    }

    /// What a callee asks before it answers. RFC 3311 §5.2: another offer only when both know of the first
    /// answer.
    fn on_request(&mut self, mut transaction: Transaction) {
        let is_update = transaction.original.method == Method::Update;
        if !is_update || transaction.original.body.is_empty() || !self.told.agreed {
            return self.core.spawn_aside(reply_early(transaction));
        }
        match self.session.answer(&transaction.original.body) {
            Ok((text, _)) => {
                self.told.changed = true;
                self.core.spawn_aside(async move {
                    let headers = vec![session_description(), allow(), supported()];
                    let answered = transaction.reply_with(StatusCode::OK, headers, Some(text.into_bytes()));
                    if let Err(error) = answered.await {
                        debug!(%error, "an UPDATE could not be answered");
                    }
                });
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "an UPDATE is refused: cannot {error}");
                self.core.spawn_aside(async move {
                    let _ = transaction.reply(StatusCode::NotAcceptableHere).await;
                });
            }
        }
    }

    /// RFC 6442 §4.3: a trunk that makes nothing of a place is asked for help without it.
    fn ask_without_location(&mut self, dialog: &InviteDialog, response: &Response) -> bool {
        let refused = dialog.id();
        if !matches!(response.status_code.code(), 400 | 415 | 424 | 488 | 606) {
            return false;
        }
        let Some(place) = self.branches.iter().position(|branch| {
            branch.tells_location() && branch.dialog().id().local_tag == refused.local_tag
        }) else {
            return false;
        };
        warn!(leg.id = %self.leg, "a trunk refuses a place with {}: once more without it", response.status_code);
        let (mut target, offer) = self.branches.swap_remove(place).into_target();
        target.location = None;
        self.ask_again(target, &offer, 0, None)
    }

    /// RFC 4028 §7.3: once more, with the interval that the far end insists on.
    fn ask_for_longer(&mut self, dialog: &InviteDialog, response: &Response) -> bool {
        if response.status_code != StatusCode::SessionIntervalTooSmall {
            return false;
        }
        let Some(least_s) = least_interval(response.headers()) else { return false };
        let refused = dialog.id();
        let Some(place) =
            self.branches.iter().position(|branch| branch.dialog().id().local_tag == refused.local_tag)
        else {
            return false;
        };
        let branch = self.branches.swap_remove(place);
        if least_s <= branch.least_s() {
            return false;
        }
        let (target, offer) = branch.into_target();
        self.ask_again(target, &offer, least_s, Some(refused.call_id))
    }

    /// A far end that takes no encrypted sound is asked for plain sound, where that will do.
    fn ask_in_plain(&mut self, dialog: &InviteDialog, response: &Response) -> bool {
        let refused = dialog.id();
        if !matches!(response.status_code.code(), 415 | 488 | 606) {
            return false;
        }
        let Some(place) = self.branches.iter().position(|branch| {
            branch.encryption() == MediaEncryption::Preferred
                && branch.dialog().id().local_tag == refused.local_tag
        }) else {
            return false;
        };
        debug!(leg.id = %self.leg, "encrypted sound is not taken: once more in plain");
        let least_s = self.branches[place].least_s();
        let (mut target, _) = self.branches.swap_remove(place).into_target();
        target.encryption = MediaEncryption::None;
        let offer = self.session.offer_toward(target.encryption);
        self.ask_again(target, &offer, least_s, None)
    }

    fn ask_again(&mut self, target: Target, offer: &str, least_s: u32, call_id: Option<String>) -> bool {
        let states = self.state_sender.clone();
        match Branch::start(&self.core, self.leg, target, offer, least_s, call_id, states) {
            Ok(started) => {
                self.follow(started);
                true
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "an INVITE could not be made");
                false
            }
        }
    }

    /// The way that an INVITE went.
    fn flow_of(&self, dialog: &InviteDialog) -> Flow {
        let local_tag = dialog.id().local_tag;
        let branch = self.branches.iter().find(|branch| branch.dialog().id().local_tag == local_tag);
        branch.and_then(Branch::flow).unwrap_or(NOWHERE)
    }

    fn on_answer(&mut self, dialog: InviteDialog, response: &Response) -> Result<InviteDialog, LegOutcome> {
        self.expect_sound_of(&dialog.id().local_tag);
        let is_told = response.body.is_empty() && self.told.early_media;
        let agreed = if is_told || self.told.changed {
            // The answer came with the early sound already.
            Ok(None)
        } else {
            self.session.accept(&response.body)
        };
        match agreed {
            Ok(change) => {
                self.core.legs.add_dialog(self.leg, dialog.id());
                self.core.legs.settle(self.leg);
                self.core.report(self.leg, LegReport::Answered);
                if let Some(change) = change {
                    self.core.report(self.leg, change);
                }
                Ok(dialog)
            }
            Err(error) => {
                warn!(leg.id = %self.leg, %error, "leg {} ends: cannot {error}", self.leg);
                let far_end = FarEnd::new(Arc::clone(&self.core), dialog.clone(), self.flow_of(&dialog));
                self.core.spawn(async move { far_end.bye().await });
                Err(LegOutcome::local(EndCause::NotAcceptable))
            }
        }
    }

    /// RFC 3261 §15: it has hung up as soon as it had our ACK, before we had made out its answer.
    fn has_left(&mut self, dialog: &InviteDialog) -> Option<LegOutcome> {
        let id = dialog.id();
        let (_, q850) = self.left.take().filter(|(local_tag, _)| *local_tag == id.local_tag)?;
        self.branches.retain(|branch| branch.dialog().id().local_tag != id.local_tag);
        self.core.dialogs.remove_dialog(&id);
        Some(LegOutcome { q850, ..LegOutcome::local(EndCause::HungUp) })
    }

    /// Ends all branches that are left, also one that is answered in this moment.
    fn give_up(&mut self) {
        for branch in self.branches.drain(..) {
            self.core.spawn(branch.cancel(Arc::clone(&self.core)));
        }
    }
}

/// A final response that the library made because nothing came from the wire: it has no tag of a peer.
fn is_our_own(response: &Response) -> bool {
    response.to_header().ok().and_then(|to| to.tag().ok().flatten()).is_none()
}

/// Which refusal says most to a caller; less is better.
fn rank(outcome: &LegOutcome) -> u8 {
    match outcome.cause {
        EndCause::Declined => 0,
        EndCause::Busy => 1,
        EndCause::NoAnswer => 2,
        EndCause::Unavailable | EndCause::HungUp | EndCause::Canceled => 3,
        EndCause::NotAcceptable => 4,
        EndCause::Forbidden => 5,
        EndCause::NotFound => 6,
        EndCause::Overloaded | EndCause::MediaLost => 7,
        EndCause::Unreachable => 8,
    }
}

/// Under whose limits an outbound call is counted.
fn owner(destination: &Destination) -> Owner {
    match destination {
        Destination::Trunk { trunk, .. } => Owner::Trunk(trunk.clone()),
        Destination::Gateways(hops) => {
            hops.first().map_or(Owner::Platform, |hop| Owner::Trunk(hop.trunk.clone()))
        }
        Destination::Emergency { .. } => Owner::Help,
        Destination::Phone(_) | Destination::Platform(_) => Owner::Platform,
    }
}
