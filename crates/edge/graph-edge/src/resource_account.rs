//! Resource accounts, as the administration part of Graph shows them (contract: Teams Phone §8.1 step 4).

use identifier::ObjectId;
use serde_json::{Map, Value};

use crate::query::Field;
use crate::user::{User, UserDetails};

/// An account that an application answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceAccount {
    /// Immutable.
    pub id: ObjectId,
    /// Such as `line@contoso.example`.
    pub user_principal_name: Box<str>,
    /// For people.
    pub display_name: Box<str>,
    /// The application behind it.
    pub app_id: ObjectId,
    /// Its number, as `tel:+14255550100`.
    pub phone_number: Option<Box<str>>,
    /// The communication resource that it is linked to.
    pub acs_resource_id: Option<Box<str>>,
}

/// All that can be asked for.
pub(crate) const PROPERTIES: [&str; 6] =
    ["id", "userPrincipalName", "appId", "displayName", "phoneNumber", "acsResourceId"];

impl ResourceAccount {
    /// It is somebody who cannot sign in.
    pub(crate) fn user(&self) -> User {
        User {
            id: self.id,
            user_principal_name: self.user_principal_name.clone(),
            display_name: self.display_name.clone(),
            account_enabled: false,
            details: UserDetails::default(),
            is_human: false,
        }
    }

    pub(crate) fn field(&self, property: &'static str) -> Field<'_> {
        match property {
            "id" => Field::Id(self.id),
            "appId" => Field::Id(self.app_id),
            "userPrincipalName" => Field::Text(&self.user_principal_name),
            "displayName" => Field::Text(&self.display_name),
            "phoneNumber" => self.phone_number.as_deref().map_or(Field::Absent, Field::Text),
            "acsResourceId" => self.acs_resource_id.as_deref().map_or(Field::Absent, Field::Text),
            _ => Field::Absent,
        }
    }

    pub(crate) fn shown(&self, properties: &[&'static str]) -> Map<String, Value> {
        properties.iter().map(|property| ((*property).to_owned(), self.field(property).json())).collect()
    }
}
