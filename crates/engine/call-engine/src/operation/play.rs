//! Playing sounds to participants (ACS `CallMedia_Play`).
//!
//! Several sources are heard one after another as one operation. After
//! `PlayStarted` it ends in exactly one of `PlayCompleted` (the last frame left
//! the socket of every listener), `PlayFailed` or `PlayCanceled`.

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use clock::Now;
use identifier::{LegId, PlaybackId};
use media_plan::{MediaReport, Unplayable};

use super::{Input, Step};
use crate::event::{CallEvent, CallEventKind};
use crate::outcome::{Outcome, ResultInformation};
use crate::request::Play;
use crate::stage::{Stage, Ticket};

/// A play that is being prepared or heard.
#[derive(Debug)]
pub(crate) struct Playing {
    ticket: Ticket,
    playback: PlaybackId,
    /// Who hears it and is still in the call.
    audience: Vec<LegId>,
}

impl Playing {
    pub(crate) fn start(request: Play, ticket: Ticket, stage: &mut Stage, now: Now) -> Step<Self> {
        let audience = audience(&request, stage);
        if audience.is_empty() {
            return Break(canceled(&ticket, Outcome::ParticipantGone, stage, now));
        }
        if request.sources.is_empty() {
            let result = ResultInformation::of(Outcome::Unplayable(Unplayable::Empty));
            return Break(stage.event(&ticket, CallEventKind::PlayFailed { source: 0 }, result, now));
        }
        let playback = stage.play(audience.clone(), request.sources, request.repeat);
        Continue(Self { ticket, playback, audience })
    }

    pub(crate) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    pub(crate) fn on(mut self, input: Input<'_>, stage: &mut Stage, now: Now) -> Step<Self> {
        match input {
            Input::Media(report) => self.on_media(report, stage, now),
            Input::Left(leg) => {
                self.audience.retain(|listener| *listener != leg);
                if !self.audience.is_empty() {
                    return Continue(self);
                }
                Break(self.cancel(Outcome::ParticipantGone, stage, now))
            }
            Input::Answered(..)
            | Input::Unanswered(..)
            | Input::Ended(..)
            | Input::Referred(..)
            | Input::Timeout(_) => Continue(self),
        }
    }

    fn on_media(self, report: &MediaReport, stage: &mut Stage, now: Now) -> Step<Self> {
        match report {
            MediaReport::Started(playback) if *playback == self.playback => {
                let result = ResultInformation::of(Outcome::Completed);
                let event = stage.event(&self.ticket, CallEventKind::PlayStarted, result, now);
                stage.publish(event);
                Continue(self)
            }
            MediaReport::Finished(playback) if *playback == self.playback => {
                let result = ResultInformation::of(Outcome::Completed);
                Break(stage.event(&self.ticket, CallEventKind::PlayCompleted, result, now))
            }
            MediaReport::Failed { playback, source, why } if *playback == self.playback => {
                let result = ResultInformation::of(Outcome::Unplayable(*why));
                let kind = CallEventKind::PlayFailed { source: *source };
                Break(stage.event(&self.ticket, kind, result, now))
            }
            MediaReport::Started(_)
            | MediaReport::Finished(_)
            | MediaReport::Failed { .. }
            | MediaReport::ToneStarted(..)
            | MediaReport::ToneEnded(..)
            | MediaReport::TonesSent(_)
            | MediaReport::TonesRefused(_)
            | MediaReport::Silent(_)
            | MediaReport::Tapped(..) => Continue(self),
        }
    }

    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        stage.stop(self.playback);
        canceled(&self.ticket, outcome, stage, now)
    }
}

/// What is said of a play that was cancelled, before it began or while it was heard.
pub(crate) fn canceled(ticket: &Ticket, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
    stage.event(ticket, CallEventKind::PlayCanceled, ResultInformation::of(outcome), now)
}

/// Those who were named; without names everybody but those on hold, who have music of their own.
fn audience(request: &Play, stage: &Stage) -> Vec<LegId> {
    if !request.audience.is_empty() {
        let named = request.audience.iter().filter_map(|one| stage.participant(one));
        // Who is named twice hears it once.
        return named.map(|one| one.leg).collect::<BTreeSet<_>>().into_iter().collect();
    }
    let present: Vec<LegId> =
        stage.participants.iter().filter(|one| one.held.is_none()).map(|one| one.leg).collect();
    if present.is_empty() { stage.participants.iter().map(|one| one.leg).collect() } else { present }
}
