//! Assignments: where they are kept, and what they may say.

use acs::teams_extension::{Assignment, PrincipalType};
use http_kit::ApiError;
use identifier::OperationId;
use store::{Consent, ConsentFilter, StoreError, Write};

use crate::errand::{Errand, conflict, invalid, not_found, not_kept};

/// Applications of one person.
const MOST_CLIENTS: usize = 100;
/// Assignments of one resource.
const MOST: usize = 100_000;

/// What the path names: somebody, and the tenant unless the path leaves it out.
pub(crate) struct Named {
    pub(crate) tenant: Option<String>,
    pub(crate) object: String,
}

impl Named {
    /// Reads the path.
    pub(crate) fn of(errand: &Errand) -> Result<Self, ApiError> {
        let tenant = errand.route.value("tenant");
        let tenant = if tenant.is_empty() { None } else { Some(guid("tenantId", tenant)?) };
        Ok(Self { tenant, object: guid("objectId", errand.route.value("object"))? })
    }
}

/// The assignment that the path names, if there is one.
pub(crate) async fn find(errand: &Errand, named: &Named) -> Result<Option<Assignment>, ApiError> {
    let filter = ConsentFilter {
        resource: Some(errand.resource.to_string()),
        tenant: named.tenant.clone(),
        object: Some(named.object.clone()),
    };
    let mut found = errand.edge.store.consents(&filter).await.map_err(not_kept)?;
    if found.len() > 1 {
        return Err(conflict(
            "cannot tell which assignment is meant: several tenants have this object; name the tenant",
        ));
    }
    found.pop().map(assignment).transpose()
}

/// 404.
pub(crate) fn none() -> ApiError {
    not_found("the assignment", "this resource has made none for this object")
}

/// Keeps an assignment, and lets calls see it.
pub(crate) async fn keep(errand: &Errand, assignment: &Assignment, is_new: bool) -> Result<(), ApiError> {
    if is_new {
        let count = errand.edge.store.consent_count(&errand.resource.to_string()).await;
        if count.map_err(not_kept)? >= MOST {
            return Err(conflict(format!("cannot keep more than {MOST} assignments of one resource")));
        }
    }
    let consent = Consent {
        resource: errand.resource.to_string(),
        tenant: assignment.tenant_id.clone(),
        object: assignment.object_id.clone(),
        principal: assignment.principal_type.as_str().to_owned(),
        clients: assignment.client_ids.clone().unwrap_or_default(),
    };
    errand.commit(vec![Write::PutConsent(consent)]).await
}

/// The applications through which somebody may use a resource: some for a person, none for a resource account.
pub(crate) fn clients(
    principal: PrincipalType,
    asked: Option<Vec<String>>,
) -> Result<Option<Vec<String>>, ApiError> {
    let asked = asked.unwrap_or_default();
    match principal {
        PrincipalType::TeamsResourceAccount if asked.is_empty() => Ok(None),
        PrincipalType::TeamsResourceAccount => {
            Err(invalid("clientIds", "only a user has them; leave them out for a teamsResourceAccount"))
        }
        PrincipalType::User if !(1..=MOST_CLIENTS).contains(&asked.len()) => {
            let reason = format!(
                "a user needs from 1 to {MOST_CLIENTS}: the ids of the applications that may act for them"
            );
            Err(invalid("clientIds", reason))
        }
        PrincipalType::User => {
            let mut clients: Vec<String> = Vec::new();
            for (index, id) in asked.iter().enumerate() {
                let id = guid(&format!("clientIds[{index}]"), id)?;
                if !clients.contains(&id) {
                    clients.push(id);
                }
            }
            Ok(Some(clients))
        }
    }
}

fn assignment(consent: Consent) -> Result<Assignment, ApiError> {
    let unreadable = || {
        let what = "principal type";
        not_kept(StoreError::Unreadable { what, value: consent.principal.clone() })
    };
    let principal_type = PrincipalType::parse(&consent.principal).ok_or_else(unreadable)?;
    Ok(Assignment {
        object_id: consent.object,
        tenant_id: consent.tenant,
        principal_type,
        client_ids: (principal_type == PrincipalType::User).then_some(consent.clients),
    })
}

/// A GUID in lower case.
fn guid(property: &str, text: &str) -> Result<String, ApiError> {
    let id = text.parse::<OperationId>();
    id.map(|id| id.to_string()).map_err(|_| invalid(property, "it must be a GUID"))
}
