//! Keys for somebody who is being called: pressed when they answer, where the operator wants that.

use clock::Now;

use super::Call;
use crate::hunt::HuntId;
use crate::leg::{Leg, LegState};
use crate::media_lane::{MediaOperation, Waiting};
use crate::operation::send_tones;
use crate::outcome::Outcome;
use crate::request::SendTones;
use crate::stage::Ticket;

/// Keys that are pressed when somebody answers.
#[derive(Debug)]
pub(crate) struct EarlyTones {
    pub(crate) hunt: HuntId,
    pub(crate) ticket: Ticket,
    pub(crate) request: SendTones,
}

impl Call {
    /// Keys for somebody who has answered meanwhile are pressed; those for somebody who will not are not.
    pub(crate) fn release_early_tones(&mut self, now: Now) {
        if self.early_tones.is_empty() {
            return;
        }
        for EarlyTones { hunt, ticket, mut request } in std::mem::take(&mut self.early_tones) {
            let rang = |leg: &&Leg| leg.hunt == Some(hunt) && leg.state == LegState::Connected;
            let answered = self.stage.legs.values().find(rang).map(|leg| leg.id);
            if let Some(joined) = answered.and_then(|leg| self.stage.participant_on(leg)) {
                request.target = joined.identifier.clone();
                let request = MediaOperation::SendTones(request);
                let kind = request.kind(self.stage.is_group);
                self.lane.enqueue(Waiting { ticket, kind, request });
            } else if self.stage.hunts.contains_key(&hunt) {
                self.early_tones.push(EarlyTones { hunt, ticket, request });
            } else {
                let event = send_tones::failed(&ticket, Outcome::ParticipantGone, &mut self.stage, now);
                self.stage.publish(event);
            }
        }
        self.start_next(now);
    }

    /// Nobody will press these.
    pub(crate) fn drop_early_tones(
        &mut self,
        theirs: impl Fn(&EarlyTones) -> bool,
        outcome: Outcome,
        now: Now,
    ) {
        let (dropped, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.early_tones).into_iter().partition(|tones| theirs(tones));
        self.early_tones = kept;
        for tones in dropped {
            let event = send_tones::failed(&tones.ticket, outcome, &mut self.stage, now);
            self.stage.publish(event);
        }
    }
}
