//! People, as Graph shows them.

use std::fmt;

use identifier::ObjectId;
use serde_json::{Map, Value};

use crate::query::Field;

/// Somebody in the directory of a company.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// Immutable.
    pub id: ObjectId,
    /// Such as `alice@contoso.example`.
    pub user_principal_name: Box<str>,
    /// For people.
    pub display_name: Box<str>,
    /// Whether they may sign in; resource accounts may not.
    pub account_enabled: bool,
    /// What else is known.
    pub details: UserDetails,
    /// Whether it is somebody, and no resource account.
    pub is_human: bool,
}

/// What is known about somebody beside their name.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct UserDetails {
    pub given_name: Option<Box<str>>,
    pub surname: Option<Box<str>>,
    pub mail: Option<Box<str>>,
    pub job_title: Option<Box<str>>,
    pub department: Option<Box<str>>,
    pub office_location: Option<Box<str>>,
    pub mobile_phone: Option<Box<str>>,
    pub business_phones: Vec<Box<str>>,
    pub preferred_language: Option<Box<str>>,
    pub usage_location: Option<Box<str>>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({})", self.id)
    }
}

impl fmt::Debug for UserDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// What is shown when nobody says what shall be (Graph's own choice).
pub(crate) const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// All that can be asked for.
pub(crate) const PROPERTIES: [&str; 14] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
    "accountEnabled",
    "department",
    "usageLocation",
];

impl User {
    /// A property by the name that [`PROPERTIES`] has for it.
    pub(crate) fn field(&self, property: &'static str) -> Field<'_> {
        let details = &self.details;
        let text = match property {
            "id" => return Field::Id(self.id),
            "accountEnabled" => return Field::Flag(self.account_enabled),
            "businessPhones" => return Field::Texts(&details.business_phones),
            "displayName" => Some(&self.display_name),
            "userPrincipalName" => Some(&self.user_principal_name),
            "givenName" => details.given_name.as_ref(),
            "surname" => details.surname.as_ref(),
            "mail" => details.mail.as_ref(),
            "jobTitle" => details.job_title.as_ref(),
            "department" => details.department.as_ref(),
            "officeLocation" => details.office_location.as_ref(),
            "mobilePhone" => details.mobile_phone.as_ref(),
            "preferredLanguage" => details.preferred_language.as_ref(),
            "usageLocation" => details.usage_location.as_ref(),
            _ => None,
        };
        text.map_or(Field::Absent, |text| Field::Text(text))
    }

    /// As JSON, with these properties.
    pub(crate) fn shown(&self, properties: &[&'static str]) -> Map<String, Value> {
        properties.iter().map(|property| ((*property).to_owned(), self.field(property).json())).collect()
    }
}
