//! Mute and unmute (ACS `CallConnection_Mute`, `CallConnection_Unmute`) and the echo of the demo line: done at once.

use identifier::CommunicationIdentifier;

use crate::stage::Stage;

/// Nobody hears these participants any more.
pub(crate) fn mute(participants: &[CommunicationIdentifier], stage: &mut Stage) {
    for identifier in participants {
        if let Some(participant) = stage.participant_mut(|one| one.identifier == *identifier)
            && !participant.is_muted
        {
            participant.is_muted = true;
            stage.is_roster_changed = true;
        }
    }
}

/// These participants are heard again.
pub(crate) fn unmute(participants: &[CommunicationIdentifier], stage: &mut Stage) {
    for identifier in participants {
        if let Some(participant) = stage.participant_mut(|one| one.identifier == *identifier)
            && participant.is_muted
        {
            participant.is_muted = false;
            stage.is_roster_changed = true;
        }
    }
}

/// One participant hears themselves, and no longer the others.
pub(crate) fn echo(identifier: &CommunicationIdentifier, on: bool, stage: &mut Stage) {
    if let Some(participant) = stage.participant_mut(|one| one.identifier == *identifier) {
        participant.hears_echo = on;
    }
}
