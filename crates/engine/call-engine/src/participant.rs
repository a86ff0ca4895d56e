//! Somebody who is in a call.

use identifier::{CommunicationIdentifier, LegId, PlaybackId};

use crate::application::Callback;
use crate::view::ParticipantView;
use std::sync::Arc;

/// Somebody in a call, known by identifier, reached over one leg.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    pub identifier: CommunicationIdentifier,
    pub leg: LegId,
    /// Nobody hears them.
    pub is_muted: bool,
    /// The application put them on hold.
    pub held: Option<Holding>,
    /// Their own phone put us on hold.
    pub is_away: bool,
    /// They hear themselves.
    pub hears_echo: bool,
}

/// What a participant on hold hears.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub music: PlaybackId,
    pub operation_context: Option<Arc<str>>,
    pub callback: Option<Callback>,
}

impl Participant {
    pub(crate) fn new(identifier: CommunicationIdentifier, leg: LegId) -> Self {
        Self { identifier, leg, is_muted: false, held: None, is_away: false, hears_echo: false }
    }

    pub(crate) fn view(&self) -> ParticipantView {
        ParticipantView {
            identifier: self.identifier.clone(),
            is_muted: self.is_muted,
            is_on_hold: self.held.is_some(),
        }
    }
}

/// The identifier under which somebody joins, told apart from all in `taken`.
///
/// Two callers who withhold their numbers, or one number twice, get a suffix
/// (contract: Call Automation §15, asserted id).
pub(crate) fn distinct(
    identifier: CommunicationIdentifier,
    taken: &[Participant],
) -> CommunicationIdentifier {
    let is_taken = |wanted: &CommunicationIdentifier| taken.iter().any(|other| other.identifier == *wanted);
    let CommunicationIdentifier::PhoneNumber { number, .. } = &identifier else { return identifier };
    if !is_taken(&identifier) {
        return identifier;
    }
    (2..)
        .map(|appearance: u32| CommunicationIdentifier::PhoneNumber {
            number: number.clone(),
            asserted_id: Some(appearance.to_string().into()),
        })
        .find(|candidate| !is_taken(candidate))
        .expect("a call has fewer participants than there are suffixes")
}
