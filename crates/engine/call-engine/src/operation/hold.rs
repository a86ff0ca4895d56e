//! Hold and unhold (ACS `CallMedia_Hold`, `CallMedia_Unhold`).
//!
//! Done at once, so it starts no operation; only music that cannot be played is
//! told, as `HoldFailed`, and then the participant is not on hold: an
//! application that believes somebody hears music must be right.

use clock::Now;
use identifier::{CommunicationIdentifier, LegId};
use media_plan::{MediaReport, PlaySource};

use crate::event::CallEventKind;
use crate::outcome::{Outcome, ResultInformation};
use crate::participant::Holding;
use crate::request::Hold;
use crate::stage::Stage;

/// Puts the participant on this leg on hold, or changes their music.
pub(crate) fn hold(request: Hold, leg: LegId, stage: &mut Stage) {
    let previous =
        stage.participant(&request.target).and_then(|one| one.held.as_ref()).map(|held| held.music);
    if let Some(music) = previous {
        stage.stop(music);
    }
    let source = request.music.unwrap_or(PlaySource::HoldMusic);
    let music = stage.play(vec![leg], vec![source], true);
    let ticket = stage.ticket(request.operation_context, request.callback);
    let holding = Holding { music, ticket };
    if let Some(participant) = stage.participant_mut(|one| one.leg == leg) {
        participant.held = Some(holding);
    }
    stage.is_roster_changed |= previous.is_none();
}

/// Brings a participant back.
pub(crate) fn unhold(target: &CommunicationIdentifier, stage: &mut Stage) {
    if let Some(holding) =
        stage.participant_mut(|one| one.identifier == *target).and_then(|one| one.held.take())
    {
        stage.stop(holding.music);
        stage.is_roster_changed = true;
    }
}

/// Brings everybody back, because nobody is left who could, and lets them be heard.
pub(crate) fn unhold_all(stage: &mut Stage) {
    let targets: Vec<_> = stage.participants.iter().map(|one| one.identifier.clone()).collect();
    for target in targets {
        unhold(&target, stage);
    }
    while let Some(participant) = stage.participant_mut(|one| one.is_muted || one.hears_echo) {
        participant.is_muted = false;
        participant.hears_echo = false;
    }
}

/// Music that cannot be played ends the hold.
pub(crate) fn on_media(report: &MediaReport, stage: &mut Stage, now: Now) {
    let MediaReport::Failed { playback, why, .. } = report else { return };
    let holds = |held: &Option<Holding>| held.as_ref().is_some_and(|held| held.music == *playback);
    let Some(participant) = stage.participant_mut(|one| holds(&one.held)) else { return };
    let Some(holding) = participant.held.take() else { return };
    stage.is_roster_changed = true;
    let result = Some(ResultInformation::of(Outcome::Unplayable(*why)));
    let kind = CallEventKind::HoldFailed;
    // Who asked for it may have left.
    if stage.connection(holding.ticket.connection).is_some() {
        let event = stage.event(&holding.ticket, kind, result, now);
        stage.publish(event);
    }
}
