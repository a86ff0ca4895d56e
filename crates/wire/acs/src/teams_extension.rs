//! Request and response bodies of the assignments of Teams Phone extensibility (contract: Teams Phone §1.6, §8.1).

use serde::{Deserialize, Serialize};

use crate::spelling::spelled;

spelled! {
    /// Who may use a communication resource from a Teams tenant.
    pub enum PrincipalType {
        /// A person, through some applications.
        User = "user",
        /// A resource account, whose calls reach the resource.
        TeamsResourceAccount = "teamsResourceAccount",
    }
}

/// `PUT …/assignments/{objectId}`: the whole of it; `PATCH`: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentRequest {
    /// Who it is.
    pub principal_type: Option<PrincipalType>,
    /// Through which applications; of a person only.
    pub client_ids: Option<Vec<String>>,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Whom: an object of the tenant.
    pub object_id: String,
    /// The tenant.
    pub tenant_id: String,
    /// Who it is.
    pub principal_type: PrincipalType,
    /// Through which applications; of a person only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ids: Option<Vec<String>>,
}
