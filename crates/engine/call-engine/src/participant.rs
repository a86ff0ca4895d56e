//! Somebody who is in a call.

use identifier::{CommunicationIdentifier, LegId, PlaybackId, UserId};

use crate::stage::Ticket;
use crate::view::ParticipantView;

/// Somebody in a call, known by identifier, reached over one leg.
#[derive(Clone, Debug)]
pub(crate) struct Participant {
    pub identifier: CommunicationIdentifier,
    pub leg: LegId,
    /// Whose phone it is, of one of ours: also of somebody who withholds their number.
    pub phone: Option<UserId>,
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
    pub ticket: Ticket,
}

impl Participant {
    pub(crate) fn new(identifier: CommunicationIdentifier, leg: LegId) -> Self {
        let phone = None;
        Self { identifier, leg, phone, is_muted: false, held: None, is_away: false, hears_echo: false }
    }

    pub(crate) fn view(&self) -> ParticipantView {
        ParticipantView {
            identifier: self.identifier.clone(),
            is_muted: self.is_muted,
            is_on_hold: self.held.is_some(),
        }
    }
}

/// The identifier under which somebody joins, told apart from all in `taken`: whoever is in a call
/// twice can still be asked for alone.
///
/// A number gets a suffix as asserted id (contract: Call Automation §15). A user gets one of another
/// kind, because an underscore would make somebody else of them.
pub(crate) fn distinct(
    identifier: CommunicationIdentifier,
    taken: &[Participant],
) -> CommunicationIdentifier {
    let is_taken = |wanted: &CommunicationIdentifier| taken.iter().any(|other| other.identifier == *wanted);
    if !is_taken(&identifier) {
        return identifier;
    }
    (2..)
        .map(|appearance: u32| numbered(&identifier, appearance))
        .find(|candidate| !is_taken(candidate))
        .expect("a call has fewer participants than there are suffixes")
}

fn numbered(identifier: &CommunicationIdentifier, appearance: u32) -> CommunicationIdentifier {
    match identifier {
        CommunicationIdentifier::PhoneNumber { number, .. } => CommunicationIdentifier::PhoneNumber {
            number: number.clone(),
            asserted_id: Some(appearance.to_string().into()),
        },
        CommunicationIdentifier::CommunicationUser(_)
        | CommunicationIdentifier::MicrosoftTeamsUser { .. }
        | CommunicationIdentifier::MicrosoftTeamsApp { .. }
        | CommunicationIdentifier::TeamsExtensionUser { .. }
        | CommunicationIdentifier::Unknown(_) => {
            CommunicationIdentifier::from_raw_id(&format!("{}.{appearance}", identifier.raw_id()))
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn nobody_is_in_a_call_twice_under_one_name() {
        let raw_ids = [
            "4:+14255550123",
            "4:anonymous",
            "8:acs:resource_user",
            "8:acs:resource_tenant_user",
            "8:orgid:user",
            "28:orgid:app",
            "1234",
        ];
        let mut table = String::new();
        for raw in raw_ids {
            let (mut taken, mut names): (Vec<Participant>, Vec<String>) = Default::default();
            let kind = |one: &CommunicationIdentifier| std::mem::discriminant(one);
            for leg in 1..=3 {
                let identifier = CommunicationIdentifier::from_raw_id(raw);
                let joined = distinct(identifier.clone(), &taken);
                assert_eq!(kind(&joined), kind(&identifier));
                // As an application would name them.
                assert_eq!(CommunicationIdentifier::from_raw_id(&joined.raw_id()), joined);
                names.push(joined.raw_id());
                taken.push(Participant::new(joined, LegId::from_u128(leg)));
            }
            table += &format!("{}\n", names.join("  "));
        }
        expect![[r#"
            4:+14255550123  4:+14255550123_2  4:+14255550123_3
            4:anonymous  4:anonymous_2  4:anonymous_3
            8:acs:resource_user  8:acs:resource_user.2  8:acs:resource_user.3
            8:acs:resource_tenant_user  8:acs:resource_tenant_user.2  8:acs:resource_tenant_user.3
            8:orgid:user  8:orgid:user.2  8:orgid:user.3
            28:orgid:app  28:orgid:app.2  28:orgid:app.3
            1234  1234.2  1234.3
        "#]]
        .assert_eq(&table);
    }
}
