//! Who hears whom: from participants to the plan that media follows.

use std::collections::{BTreeMap, BTreeSet};

use identifier::{CommunicationIdentifier, LegId};
use media_plan::MediaPlan;

use crate::participant::Participant;
use crate::taps::Voices;

/// The plan for these participants.
///
/// Who is on hold, away or in an echo test is out of the conversation; who is
/// muted hears but is not heard.
pub(crate) fn plan(participants: &[Participant]) -> MediaPlan {
    let mut plan = MediaPlan::everyone(participants.iter().filter(|one| talks(one)).map(|one| one.leg));
    for muted in participants.iter().filter(|one| one.is_muted) {
        plan.speaking.remove(&muted.leg);
    }
    for one in participants.iter().filter(|one| one.hears_echo && one.held.is_none()) {
        plan.hears.insert(one.leg, BTreeSet::from([one.leg]));
    }
    plan
}

/// The plan for one who waits for an answer and hears the other end already; not the other way
/// round, because the callee has not agreed to listen.
pub(crate) fn early(listener: LegId, speaker: LegId) -> MediaPlan {
    let hears = BTreeMap::from([(listener, BTreeSet::from([speaker])), (speaker, BTreeSet::new())]);
    MediaPlan { hears, ..MediaPlan::default() }
}

/// Whom a listener that is no leg hears: those who are heard by somebody, all or some of them, or one leg in any case.
pub(crate) fn voices(
    scope: &Voices,
    participants: &[Participant],
) -> BTreeMap<LegId, CommunicationIdentifier> {
    let is_heard = |one: &&Participant| match scope {
        Voices::Everybody => talks(one) && !one.is_muted,
        Voices::Those(legs) => talks(one) && !one.is_muted && legs.contains(&one.leg),
        Voices::One(leg) => one.leg == *leg,
    };
    participants.iter().filter(is_heard).map(|one| (one.leg, one.identifier.clone())).collect()
}

/// Who waits for a partner whose phone put them on hold. Only in a call of
/// two: in a conference, music would drown the others' conversation.
pub(crate) fn waits_for_partner(participants: &[Participant]) -> Option<LegId> {
    match participants {
        [one, other] if one.is_away && talks(other) => Some(other.leg),
        [other, one] if one.is_away && talks(other) => Some(other.leg),
        _ => None,
    }
}

/// Whether somebody takes part in the conversation.
pub(crate) fn talks(participant: &Participant) -> bool {
    participant.held.is_none() && !participant.is_away && !participant.hears_echo
}

#[cfg(test)]
mod tests {
    use identifier::{CallConnectionId, OperationId, PlaybackId};

    use super::*;
    use crate::participant::Holding;
    use crate::stage::Ticket;

    fn three() -> Vec<Participant> {
        (1..=3)
            .map(|number| {
                let identifier = CommunicationIdentifier::from_raw_id(&format!("4:+1{number}"));
                Participant::new(identifier, LegId::from_u128(number))
            })
            .collect()
    }

    #[track_caller]
    fn check(participants: &[Participant], expected: &str) {
        let plan = plan(participants);
        let line = |listener: LegId| {
            let speakers = plan.heard_by(listener);
            let speakers: Vec<String> =
                speakers.iter().map(|speaker| speaker.as_u128().to_string()).collect();
            format!("{}<{}", listener.as_u128(), speakers.join("+"))
        };
        let text: Vec<String> = plan.legs().map(line).collect();
        assert_eq!(text.join(" "), expected);
    }

    #[test]
    fn each_hears_the_others() {
        check(&three(), "1<2+3 2<1+3 3<1+2");
    }

    #[test]
    fn the_muted_hear_and_are_not_heard() {
        let mut three = three();
        three[0].is_muted = true;
        check(&three, "1<2+3 2<3 3<2");
    }

    #[test]
    fn the_held_are_out_of_the_conversation() {
        let mut three = three();
        let music = PlaybackId::from_u128(1);
        let (id, connection) = (OperationId::from_u128(1), CallConnectionId::from_u128(1));
        let ticket = Ticket { id, connection, operation_context: None, callback: None };
        three[1].held = Some(Holding { music, ticket });
        check(&three, "1<3 3<1");
    }

    #[test]
    fn an_echo_is_private() {
        let mut three = three();
        three[2].hears_echo = true;
        check(&three, "1<2 2<1 3<3");
    }

    #[test]
    fn the_partner_of_one_who_is_away_waits_with_music() {
        let mut two = three();
        two.pop();
        two[0].is_away = true;
        check(&two, "2<");
        assert_eq!(waits_for_partner(&two), Some(LegId::from_u128(2)));
        assert_eq!(waits_for_partner(&three()), None);
    }
}
