//! Tokens in a person's name, for applications that an administrator of the machine lets have one: the portal of a
//! contact center asks for resource accounts in the name of a company's administrator.

use std::time::Duration;

use identifier::ObjectId;
use redact::Secret;

use crate::graph::Graph;
use crate::permission::Permission;
use crate::token::LIFETIME_S;

/// What a token shall say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// The company, by name, domain or id.
    pub tenant: String,
    /// The client id of the application that asks.
    pub application: String,
    /// In whose name, by user principal name or id.
    pub person: String,
    /// What it may do; all that the application was granted and may be delegated, when empty.
    pub scopes: Vec<String>,
    /// For how long, from a minute to a day.
    pub lives: Duration,
}

/// A token in a person's name.
#[derive(Clone, Debug)]
pub struct Delegated {
    /// The token.
    pub token: Secret<String>,
    /// In whose name.
    pub person: ObjectId,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// Until when, in microseconds since 1970.
    pub expires_us: i64,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum DelegationError {
    #[error("find tenant {0:?}: no tenant document was applied to one of this name")]
    UnknownTenant(String),
    #[error("find application {0:?}: the tenant document names no application with this client id")]
    UnknownApplication(String),
    #[error("find {0:?}: nobody in the tenant has this name or id")]
    UnknownPerson(String),
    #[error("make a token in the name of {0:?}: the account cannot sign in")]
    CannotSignIn(String),
    #[error("grant {0:?}: it is no permission that Graph has here")]
    UnknownScope(String),
    #[error("grant {0}: applications have it in their own name only")]
    NotDelegated(Permission),
    #[error("grant {0}: the tenant document does not grant it to the application")]
    NotGranted(Permission),
    #[error("make a token without a permission: the application was granted none that may be delegated")]
    NothingToGrant,
    #[error("make a token that lives for {} s: it may live from 60 to 86400 s", .0.as_secs())]
    Lifetime(Duration),
}

impl Delegation {
    /// As long as other tokens live.
    pub const USUAL: Duration = Duration::from_secs(LIFETIME_S as u64);
    /// The shortest life.
    pub const SHORTEST: Duration = Duration::from_secs(60);
    /// The longest life.
    pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
}

impl Graph {
    /// Makes a token in a person's name. Whoever asks has shown that they administer this server.
    pub async fn delegate(&self, wanted: &Delegation) -> Result<Delegated, DelegationError> {
        let inner = &self.inner;
        if wanted.lives < Delegation::SHORTEST || wanted.lives > Delegation::LONGEST {
            return Err(DelegationError::Lifetime(wanted.lives));
        }
        inner.companies.refresh().await;
        let company = inner.companies.named(&wanted.tenant);
        let company = company.ok_or_else(|| DelegationError::UnknownTenant(wanted.tenant.clone()))?;
        let application = wanted.application.parse().ok().and_then(|id| company.application(id));
        let application =
            application.ok_or_else(|| DelegationError::UnknownApplication(wanted.application.clone()))?;
        let person = company.user_named(&wanted.person);
        let person = person.ok_or_else(|| DelegationError::UnknownPerson(wanted.person.clone()))?;
        if !person.account_enabled || !person.is_human {
            return Err(DelegationError::CannotSignIn(wanted.person.clone()));
        }
        let grant = |text: &String| {
            let scope = text.parse().map_err(|_| DelegationError::UnknownScope(text.clone()))?;
            match scope {
                scope if !Permission::is_delegated(scope) => Err(DelegationError::NotDelegated(scope)),
                scope if !application.permissions.contains(&scope) => Err(DelegationError::NotGranted(scope)),
                scope => Ok(scope),
            }
        };
        let mut scopes: Vec<Permission> = wanted.scopes.iter().map(grant).collect::<Result<_, _>>()?;
        if wanted.scopes.is_empty() {
            scopes.extend(application.permissions.iter().filter(|permission| permission.is_delegated()));
        }
        if scopes.is_empty() {
            return Err(DelegationError::NothingToGrant);
        }
        let lives_s = wanted.lives.as_secs() as i64;
        let token =
            inner.tokens.for_person(company.tenant(), application.client_id, person.id, &scopes, lives_s);
        let expires_us = (inner.clock)().unix_us().saturating_add(lives_s * 1_000_000);
        Ok(Delegated { token, person: person.id, scopes, expires_us })
    }
}
