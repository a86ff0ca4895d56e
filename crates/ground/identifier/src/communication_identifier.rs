//! Whom a call can reach, as ACS names them (contract: Call Automation §15).

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::phone_number::PhoneNumber;

/// The Microsoft cloud that a Teams identity belongs to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum Cloud {
    /// The world-wide cloud.
    #[default]
    Public,
    /// The United States Department of Defense.
    Dod,
    /// The United States government community, high.
    Gcch,
}

/// Someone or something that can be in a call.
///
/// Two identifiers are the same exactly when their [raw ids](Self::raw_id) are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum CommunicationIdentifier {
    /// An ACS user; the whole raw id, `8:acs:{resource}_{user}`.
    CommunicationUser(Box<str>),
    /// A number in the public network, or a caller who withheld it (`None`).
    PhoneNumber {
        /// The number; absent for `4:anonymous`.
        number: Option<PhoneNumber>,
        /// The suffix that tells two appearances of one number apart.
        asserted_id: Option<Box<str>>,
    },
    /// A Teams user by directory object id.
    MicrosoftTeamsUser {
        /// The directory object id, or the visitor id.
        user_id: Box<str>,
        /// A visitor without an account.
        anonymous: bool,
        /// The cloud of the account.
        cloud: Cloud,
    },
    /// A Teams application or resource account.
    MicrosoftTeamsApp {
        /// The application's object id.
        app_id: Box<str>,
        /// The cloud of the account.
        cloud: Cloud,
    },
    /// A Teams user who works in an ACS application.
    TeamsExtensionUser {
        /// The ACS resource.
        resource_id: Box<str>,
        /// The Teams tenant.
        tenant_id: Box<str>,
        /// The directory object id.
        user_id: Box<str>,
        /// The cloud of the account.
        cloud: Cloud,
    },
    /// A raw id of a grammar that is not known here.
    Unknown(Box<str>),
}

impl CommunicationIdentifier {
    /// The identifier of a number in the public network.
    pub fn phone(number: PhoneNumber) -> Self {
        Self::PhoneNumber { number: Some(number), asserted_id: None }
    }

    /// The identifier of a caller who withheld the number.
    pub fn anonymous_phone() -> Self {
        Self::PhoneNumber { number: None, asserted_id: None }
    }

    /// Reads a raw id; every text is some identifier.
    pub fn from_raw_id(raw: &str) -> Self {
        Self::known(raw).unwrap_or_else(|| Self::Unknown(raw.into()))
    }

    fn known(raw: &str) -> Option<Self> {
        if let Some(number) = raw.strip_prefix("4:") {
            return Self::from_phone_part(number);
        }
        for (prefix, cloud) in [("8:orgid:", Cloud::Public), ("8:dod:", Cloud::Dod), ("8:gcch:", Cloud::Gcch)]
        {
            if let Some(user) = raw.strip_prefix(prefix) {
                return Some(Self::MicrosoftTeamsUser { user_id: user.into(), anonymous: false, cloud });
            }
        }
        if let Some(visitor) = raw.strip_prefix("8:teamsvisitor:") {
            return Some(Self::MicrosoftTeamsUser {
                user_id: visitor.into(),
                anonymous: true,
                cloud: Cloud::Public,
            });
        }
        for (prefix, cloud) in
            [("28:orgid:", Cloud::Public), ("28:dod:", Cloud::Dod), ("28:gcch:", Cloud::Gcch)]
        {
            if let Some(app) = raw.strip_prefix(prefix) {
                return Some(Self::MicrosoftTeamsApp { app_id: app.into(), cloud });
            }
        }
        for (prefix, cloud) in [
            ("8:acs:", Cloud::Public),
            ("8:spool:", Cloud::Public),
            ("8:dod-acs:", Cloud::Dod),
            ("8:gcch-acs:", Cloud::Gcch),
        ] {
            if let Some(rest) = raw.strip_prefix(prefix) {
                return Some(Self::from_acs_part(raw, rest, cloud));
            }
        }
        None
    }

    fn from_phone_part(text: &str) -> Option<Self> {
        let (number, asserted_id) = match text.split_once('_') {
            Some((number, suffix)) => (number, Some(suffix.into())),
            None => (text, None),
        };
        let number = if number == "anonymous" { None } else { Some(number.parse().ok()?) };
        Some(Self::PhoneNumber { number, asserted_id })
    }

    fn from_acs_part(raw: &str, rest: &str, cloud: Cloud) -> Self {
        let segments: Vec<&str> = rest.split('_').collect();
        match segments[..] {
            [resource, tenant, user] => Self::TeamsExtensionUser {
                resource_id: resource.into(),
                tenant_id: tenant.into(),
                user_id: user.into(),
                cloud,
            },
            _ => Self::CommunicationUser(raw.into()),
        }
    }

    /// The text that names this identifier everywhere on the wire.
    pub fn raw_id(&self) -> String {
        match self {
            Self::CommunicationUser(raw) | Self::Unknown(raw) => raw.to_string(),
            Self::PhoneNumber { number, asserted_id } => {
                let number = number.as_ref().map_or("anonymous", PhoneNumber::as_str);
                match asserted_id {
                    Some(suffix) => format!("4:{number}_{suffix}"),
                    None => format!("4:{number}"),
                }
            }
            Self::MicrosoftTeamsUser { user_id, anonymous: true, .. } => format!("8:teamsvisitor:{user_id}"),
            Self::MicrosoftTeamsUser { user_id, cloud, .. } => format!("8:{}:{user_id}", teams_word(*cloud)),
            Self::MicrosoftTeamsApp { app_id, cloud } => format!("28:{}:{app_id}", teams_word(*cloud)),
            Self::TeamsExtensionUser { resource_id, tenant_id, user_id, cloud } => {
                format!("8:{}:{resource_id}_{tenant_id}_{user_id}", acs_word(*cloud))
            }
        }
    }

    /// The phone number, when this is one that was not withheld.
    pub fn phone_number(&self) -> Option<&PhoneNumber> {
        match self {
            Self::PhoneNumber { number, .. } => number.as_ref(),
            Self::CommunicationUser(_)
            | Self::MicrosoftTeamsUser { .. }
            | Self::MicrosoftTeamsApp { .. }
            | Self::TeamsExtensionUser { .. }
            | Self::Unknown(_) => None,
        }
    }
}

impl fmt::Display for CommunicationIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw_id())
    }
}

fn teams_word(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "orgid",
        Cloud::Dod => "dod",
        Cloud::Gcch => "gcch",
    }
}

fn acs_word(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "acs",
        Cloud::Dod => "dod-acs",
        Cloud::Gcch => "gcch-acs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, kind: &str) {
        let identifier = CommunicationIdentifier::from_raw_id(raw);
        assert_eq!(identifier.raw_id(), raw);
        assert!(format!("{identifier:?}").starts_with(kind), "{raw} is {identifier:?}");
    }

    #[test]
    fn every_raw_id_reads_back() {
        check("8:acs:r_u", "CommunicationUser");
        check("8:spool:r_u", "CommunicationUser");
        check("8:gcch-acs:r_u", "CommunicationUser");
        check("8:acs:r_t_u", "TeamsExtensionUser");
        check("8:dod-acs:r_t_u", "TeamsExtensionUser");
        check("4:+14255550100", "PhoneNumber");
        check("4:+14255550100_2", "PhoneNumber");
        check("4:anonymous", "PhoneNumber");
        check("8:orgid:11111111-2222-3333-4444-555555555555", "MicrosoftTeamsUser");
        check("8:gcch:1", "MicrosoftTeamsUser");
        check("8:teamsvisitor:1", "MicrosoftTeamsUser");
        check("28:orgid:1", "MicrosoftTeamsApp");
        check("28:dod:1", "MicrosoftTeamsApp");
        check("99:weird", "Unknown");
        check("4:not a number", "Unknown");
        check("", "Unknown");
    }
}
