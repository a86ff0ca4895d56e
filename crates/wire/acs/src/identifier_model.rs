//! Communication identifiers in JSON (contract §15).
//!
//! Read from any subset of `kind`, `rawId` and the typed member; written with all three.

use identifier::{Cloud, CommunicationIdentifier, PhoneNumber};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::spelling::spelled;

/// An identifier as JSON spells it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier(pub CommunicationIdentifier);

/// A phone number outside of an identifier: `{"value":"+14255550100"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumberModel(pub Option<PhoneNumber>);

/// An ACS user outside of an identifier: `{"id":"8:acs:…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommunicationUserModel {
    /// The raw id.
    pub id: String,
}

/// A Teams application outside of an identifier: `{"appId":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsAppModel {
    /// The application's object id.
    pub app_id: String,
    /// The cloud of the account; public when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud: Option<CloudModel>,
}

spelled! {
    /// Which kind of identifier it is.
    pub enum Kind {
        /// An ACS user.
        CommunicationUser = "communicationUser",
        /// A phone number.
        PhoneNumber = "phoneNumber",
        /// A Teams user.
        MicrosoftTeamsUser = "microsoftTeamsUser",
        /// A Teams application.
        MicrosoftTeamsApp = "microsoftTeamsApp",
        /// A Teams user in an ACS application.
        TeamsExtensionUser = "teamsExtensionUser",
        /// Anything else.
        Unknown = "unknown",
    }
}

spelled! {
    /// The Microsoft cloud of a Teams identity.
    pub enum CloudModel {
        /// The world-wide cloud.
        Public = "public",
        /// The United States Department of Defense.
        Dod = "dod",
        /// The United States government community, high.
        Gcch = "gcch",
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Model {
    kind: Option<Kind>,
    raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    communication_user: Option<CommunicationUserModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<PhoneMember>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_user: Option<TeamsUserMember>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_app: Option<TeamsAppModel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams_extension_user: Option<ExtensionUserMember>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhoneMember {
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_anonymous: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asserted_id: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TeamsUserMember {
    user_id: String,
    #[serde(default)]
    is_anonymous: Option<bool>,
    #[serde(default)]
    cloud: Option<CloudModel>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionUserMember {
    user_id: String,
    tenant_id: String,
    resource_id: String,
    #[serde(default)]
    cloud: Option<CloudModel>,
}

impl<'de> Deserialize<'de> for Identifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Model::deserialize(deserializer)?.understand().map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Identifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Model::of(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PhoneNumberModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match PhoneMember::deserialize(deserializer)?.understand().map_err(D::Error::custom)? {
            CommunicationIdentifier::PhoneNumber { number, .. } => Ok(Self(number)),
            _ => Err(D::Error::custom("expected a phone number")),
        }
    }
}

impl Serialize for PhoneNumberModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PhoneMember::of(self.0.as_ref(), None).serialize(serializer)
    }
}

impl Model {
    /// The typed member says the most, then the raw id. `kind` is not needed to tell.
    fn understand(self) -> Result<CommunicationIdentifier, String> {
        if let Some(phone) = self.phone_number {
            return phone.understand();
        }
        if let Some(user) = self.communication_user {
            return Ok(CommunicationIdentifier::from_raw_id(&user.id));
        }
        if let Some(user) = self.microsoft_teams_user {
            return Ok(CommunicationIdentifier::MicrosoftTeamsUser {
                user_id: user.user_id.into(),
                anonymous: user.is_anonymous.unwrap_or(false),
                cloud: CloudModel::understand(user.cloud),
            });
        }
        if let Some(app) = self.microsoft_teams_app {
            return Ok(CommunicationIdentifier::MicrosoftTeamsApp {
                app_id: app.app_id.into(),
                cloud: CloudModel::understand(app.cloud),
            });
        }
        if let Some(user) = self.teams_extension_user {
            return Ok(CommunicationIdentifier::TeamsExtensionUser {
                resource_id: user.resource_id.into(),
                tenant_id: user.tenant_id.into(),
                user_id: user.user_id.into(),
                cloud: CloudModel::understand(user.cloud),
            });
        }
        match self.raw_id {
            Some(raw) if !raw.is_empty() => Ok(CommunicationIdentifier::from_raw_id(&raw)),
            _ => Err("an identifier needs a rawId or a typed member such as phoneNumber".to_owned()),
        }
    }

    fn of(identifier: &CommunicationIdentifier) -> Self {
        let mut model = Self { raw_id: Some(identifier.raw_id()), ..Self::default() };
        let kind = match identifier {
            CommunicationIdentifier::CommunicationUser(raw) => {
                model.communication_user = Some(CommunicationUserModel { id: raw.to_string() });
                Kind::CommunicationUser
            }
            CommunicationIdentifier::PhoneNumber { number, asserted_id } => {
                model.phone_number = Some(PhoneMember::of(number.as_ref(), asserted_id.as_deref()));
                Kind::PhoneNumber
            }
            CommunicationIdentifier::MicrosoftTeamsUser { user_id, anonymous, cloud } => {
                model.microsoft_teams_user = Some(TeamsUserMember {
                    user_id: user_id.to_string(),
                    is_anonymous: Some(*anonymous),
                    cloud: Some(CloudModel::of(*cloud)),
                });
                Kind::MicrosoftTeamsUser
            }
            CommunicationIdentifier::MicrosoftTeamsApp { app_id, cloud } => {
                model.microsoft_teams_app =
                    Some(TeamsAppModel { app_id: app_id.to_string(), cloud: Some(CloudModel::of(*cloud)) });
                Kind::MicrosoftTeamsApp
            }
            CommunicationIdentifier::TeamsExtensionUser { resource_id, tenant_id, user_id, cloud } => {
                model.teams_extension_user = Some(ExtensionUserMember {
                    user_id: user_id.to_string(),
                    tenant_id: tenant_id.to_string(),
                    resource_id: resource_id.to_string(),
                    cloud: Some(CloudModel::of(*cloud)),
                });
                Kind::TeamsExtensionUser
            }
            CommunicationIdentifier::Unknown(_) => Kind::Unknown,
        };
        model.kind = Some(kind);
        model
    }
}

impl PhoneMember {
    fn understand(self) -> Result<CommunicationIdentifier, String> {
        let asserted_id = self.asserted_id.map(Into::into);
        if self.is_anonymous == Some(true) || self.value.eq_ignore_ascii_case("anonymous") {
            return Ok(CommunicationIdentifier::PhoneNumber { number: None, asserted_id });
        }
        let number = self.value.parse::<PhoneNumber>().map_err(|error| error.to_string())?;
        Ok(CommunicationIdentifier::PhoneNumber { number: Some(number), asserted_id })
    }

    fn of(number: Option<&PhoneNumber>, asserted_id: Option<&str>) -> Self {
        Self {
            value: number.map_or("anonymous", PhoneNumber::as_str).to_owned(),
            is_anonymous: number.is_none().then_some(true),
            asserted_id: asserted_id.map(str::to_owned),
        }
    }
}

impl CloudModel {
    fn understand(cloud: Option<Self>) -> Cloud {
        match cloud {
            None | Some(Self::Public) => Cloud::Public,
            Some(Self::Dod) => Cloud::Dod,
            Some(Self::Gcch) => Cloud::Gcch,
        }
    }

    fn of(cloud: Cloud) -> Self {
        match cloud {
            Cloud::Public => Self::Public,
            Cloud::Dod => Self::Dod,
            Cloud::Gcch => Self::Gcch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, output: &str) {
        let identifier: Identifier = serde_json::from_str(input).expect("the identifier is understood");
        assert_eq!(serde_json::to_string(&identifier).expect("an identifier is JSON"), output);
    }

    #[test]
    fn any_subset_is_understood_and_all_of_it_is_written() {
        let number = r#"{"kind":"phoneNumber","rawId":"4:+15550001","phoneNumber":{"value":"+15550001"}}"#;
        check(
            r#"{"kind":"phoneNumber","rawId":"4:+15550001","phoneNumber":{"value":"+15550001","isAnonymous":false}}"#,
            number,
        );
        check(r#"{"rawId":"4:+15550001","phoneNumber":{"value":"+15550001"}}"#, number);
        check(r#"{"phoneNumber":{"value":"+15550001"}}"#, number);
        check(r#"{"rawId":"4:+15550001","kind":null,"phoneNumber":null,"later":1}"#, number);

        let user =
            r#"{"kind":"communicationUser","rawId":"8:acs:r_u","communicationUser":{"id":"8:acs:r_u"}}"#;
        check(r#"{"communicationUser":{"id":"8:acs:r_u"}}"#, user);
        check(r#"{"kind":"CommunicationUser","rawId":"8:acs:r_u"}"#, user);

        check(
            r#"{"rawId":"4:anonymous"}"#,
            r#"{"kind":"phoneNumber","rawId":"4:anonymous","phoneNumber":{"value":"anonymous","isAnonymous":true}}"#,
        );
        check(
            r#"{"microsoftTeamsUser":{"userId":"u","cloud":"PUBLIC"}}"#,
            r#"{"kind":"microsoftTeamsUser","rawId":"8:orgid:u","microsoftTeamsUser":{"userId":"u","isAnonymous":false,"cloud":"public"}}"#,
        );
        check(
            r#"{"microsoftTeamsApp":{"appId":"a"}}"#,
            r#"{"kind":"microsoftTeamsApp","rawId":"28:orgid:a","microsoftTeamsApp":{"appId":"a","cloud":"public"}}"#,
        );
        check(
            r#"{"kind":"teamsExtensionUser","rawId":"8:acs:r_t_u","teamsExtensionUser":{"userId":"u","tenantId":"t","resourceId":"r","cloud":"public"}}"#,
            r#"{"kind":"teamsExtensionUser","rawId":"8:acs:r_t_u","teamsExtensionUser":{"userId":"u","tenantId":"t","resourceId":"r","cloud":"public"}}"#,
        );
        check(r#"{"kind":"unknown","rawId":"99:weird"}"#, r#"{"kind":"unknown","rawId":"99:weird"}"#);
    }

    #[test]
    fn nothing_to_go_by_is_refused() {
        assert!(serde_json::from_str::<Identifier>("{}").is_err());
        assert!(serde_json::from_str::<Identifier>(r#"{"rawId":""}"#).is_err());
        assert!(serde_json::from_str::<Identifier>(r#"{"phoneNumber":{"value":"4255550100"}}"#).is_err());
        assert!(serde_json::from_str::<Identifier>("[]").is_err());
    }
}
