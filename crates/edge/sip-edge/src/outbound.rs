//! Calls that we make: from Dial to answer.

mod branch;
mod target;

use std::sync::Arc;
use std::time::Duration;

use call_engine::{Dial, EndCause, LegOutcome, LegReport, LegRequest};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use identifier::{CallId, LegId};
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, DialogStateSender};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{HasHeaders, Response, StatusCode, StatusCodeKind};
use tokio::sync::mpsc;
use tracing::debug;

use crate::cause::outcome_of_response;
use crate::core::{Core, LegEnd};
use crate::dialog::{Conversation, Session, Terms, least_interval, reply_early};
use crate::legs::LegMessage;
use crate::outbound::branch::{Branch, Finished};
use crate::outbound::target::find_targets;

/// Starts an outbound leg, or ends it at once if there is no room.
pub(crate) fn begin(core: &Arc<Core>, call: CallId, leg: LegId, dial: Dial) {
    let messages = if core.is_stopping() { None } else { core.legs.add(leg) };
    let Some(mut messages) = messages else {
        let outcome = LegOutcome::local(EndCause::Overloaded);
        core.report(leg, LegReport::Ended(outcome));
        return;
    };
    let held = Arc::clone(core);
    core.spawn(async move {
        let mut end = LegEnd::new(Arc::clone(&held), leg);
        // To look up and to connect takes time, in which the engine may think better of it.
        let started = tokio::select! {
            started = Outbound::start(held, call, leg, &dial) => started,
            outcome = wait_for_hangup(&mut messages) => Err(outcome),
        };
        end.outcome = match started {
            Ok(outbound) => outbound.run(dial.ring_for, &mut messages).await,
            Err(outcome) => outcome,
        };
    });
}

async fn wait_for_hangup(messages: &mut mpsc::Receiver<LegMessage>) -> LegOutcome {
    loop {
        match messages.recv().await {
            Some(LegMessage::Request(_, LegRequest::Hangup)) => return LegOutcome::local(EndCause::Canceled),
            Some(_) => {}
            None => return LegOutcome::local(EndCause::Overloaded),
        }
    }
}

/// A leg whose callee has not answered yet.
struct Outbound {
    core: Arc<Core>,
    leg: LegId,
    session: Session,
    /// What all branches offer.
    offer: String,
    branches: Vec<Branch>,
    finished: FuturesUnordered<Finished>,
    states: DialogStateReceiver,
    /// Branches hold clones of it; one of our own keeps the channel open between them.
    state_sender: DialogStateSender,
    told: Told,
    /// The best of the refusals so far.
    refusal: Option<LegOutcome>,
}

/// What was reported already.
#[derive(Default)]
struct Told {
    ringing: bool,
    early_media: bool,
}

impl Outbound {
    async fn start(core: Arc<Core>, call: CallId, leg: LegId, dial: &Dial) -> Result<Self, LegOutcome> {
        let targets = find_targets(&core, dial).await.map_err(LegOutcome::local)?;
        let local = core.media.open(call, leg).map_err(|_| LegOutcome::local(EndCause::Overloaded))?;
        let mut session = core.session(leg, local.address);
        let offer = session.offer();
        let (state_sender, states) = mpsc::unbounded_channel();
        let mut branches = Vec::new();
        let finished = FuturesUnordered::new();
        for target in targets {
            match Branch::start(&core, target, &offer, 0, None, state_sender.clone()) {
                Ok((branch, end)) => {
                    branches.push(branch);
                    finished.push(end);
                }
                Err(error) => debug!(leg.id = %leg, %error, "an INVITE could not be made"),
            }
        }
        if branches.is_empty() {
            return Err(LegOutcome::local(EndCause::Unreachable));
        }
        let told = Told::default();
        Ok(Self { core, leg, session, offer, branches, finished, states, state_sender, told, refusal: None })
    }

    async fn run(mut self, ring_for: Duration, messages: &mut mpsc::Receiver<LegMessage>) -> LegOutcome {
        let (winner, terms) = match self.wait_for_answer(ring_for, messages).await {
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
        ring_for: Duration,
        messages: &mut mpsc::Receiver<LegMessage>,
    ) -> Result<(InviteDialog, Terms), LegOutcome> {
        let too_late = tokio::time::sleep(ring_for);
        tokio::pin!(too_late);
        loop {
            tokio::select! {
                () = &mut too_late => return Err(LegOutcome::local(EndCause::NoAnswer)),
                message = messages.recv() => match message {
                    Some(LegMessage::Request(_, LegRequest::Hangup)) => {
                        return Err(LegOutcome::local(EndCause::Canceled));
                    }
                    Some(LegMessage::InDialog(transaction)) => self.core.spawn_aside(reply_early(*transaction)),
                    Some(
                        LegMessage::Request(..)
                        | LegMessage::Bye { .. }
                        | LegMessage::Acknowledged(_)
                        | LegMessage::Refreshed(_),
                    ) => {}
                    None => return Err(LegOutcome::local(EndCause::Overloaded)),
                },
                Some(state) = self.states.recv() => if let DialogState::Early(_, response) = state {
                    self.on_progress(&response);
                },
                Some((dialog, response)) = self.finished.next() => {
                    if let Some(winner) = self.on_final(dialog, response)? {
                        return Ok(winner);
                    }
                }
            }
        }
    }

    /// 180 and its like: the callee is alerted, or is heard before it answers.
    fn on_progress(&mut self, response: &Response) {
        // Sound before the answer is let through only from one callee.
        if !response.body.is_empty() && self.branches.len() == 1 {
            match self.session.accept(&response.body) {
                Ok(_) => {
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
            && self.ask_for_longer(&dialog, response)
        {
            return Ok(None);
        }
        let outcome = match response {
            Some(response) if response.status_code.kind() == StatusCodeKind::Successful => {
                let terms = Terms::of_answer(&self.core, &response);
                return Ok(Some((self.on_answer(dialog, &response)?, terms)));
            }
            Some(response) if is_our_own(&response) => LegOutcome::local(EndCause::Unreachable),
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
        let (target, call_id) = (branch.into_target(), Some(refused.call_id));
        let states = self.state_sender.clone();
        match Branch::start(&self.core, target, &self.offer, least_s, call_id, states) {
            Ok((branch, end)) => {
                self.branches.push(branch);
                self.finished.push(end);
                true
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "an INVITE could not be made");
                false
            }
        }
    }

    fn on_answer(&mut self, dialog: InviteDialog, response: &Response) -> Result<InviteDialog, LegOutcome> {
        let agreed = if response.body.is_empty() && self.told.early_media {
            // The answer came with the early sound already.
            Ok(None)
        } else {
            self.session.accept(&response.body)
        };
        match agreed {
            Ok(change) => {
                self.core.legs.add_dialog(self.leg, dialog.id());
                self.core.report(self.leg, LegReport::Answered);
                if let Some(change) = change {
                    self.core.report(self.leg, change);
                }
                Ok(dialog)
            }
            Err(error) => {
                debug!(leg.id = %self.leg, %error, "cannot {error}");
                self.core.spawn(branch::end(Arc::clone(&self.core), dialog));
                Err(LegOutcome::local(EndCause::NotAcceptable))
            }
        }
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
    use rsipstack::sip::HeadersExt;
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
