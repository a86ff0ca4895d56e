//! Tokens: who asks, and what they may do.
//!
//! An application proves with its secret who it is (OAuth 2.0, RFC 6749 §4.4) and is given a token that the
//! platform signs. The key also signs tokens on callbacks, which strangers are sent: what makes a token one of
//! Graph is its audience and its issuer, and both are checked.

use std::sync::Arc;

use http_kit::Clock;
use identifier::{ObjectId, TenantId};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use redact::Secret;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::company::{Companies, Company};
use crate::graph_error::GraphError;
use crate::permission::Permission;

/// For whom tokens of Graph are made.
pub const AUDIENCE: &str = "https://graph.microsoft.com";
/// Seconds for which a token is good.
pub const LIFETIME_S: i64 = 3_600;
/// Longer ones are not ours.
const LONGEST: usize = 16 * 1024;
/// Seconds by which clocks may differ.
const LEEWAY_S: i64 = 60;

/// Makes a token of claims.
pub type Sign = Arc<dyn Fn(&Value) -> Secret<String> + Send + Sync>;

/// Signs, and says with which keys.
#[derive(Clone)]
pub struct Signer {
    /// Makes a token that says just this.
    pub sign: Sign,
    /// The public keys, as a JSON Web Key Set (RFC 7517).
    pub key_set: Arc<dyn Fn() -> Value + Send + Sync>,
}

/// Makes tokens and reads them.
#[derive(Clone)]
pub struct Tokens {
    signer: Signer,
    origin: Arc<str>,
    clock: Clock,
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) company: Arc<Company>,
    pub(crate) application: ObjectId,
    /// The person in whose name the application asks; it asks in its own when absent.
    pub(crate) person: Option<ObjectId>,
    pub(crate) permissions: Vec<Permission>,
}

/// A token that this server has signed.
pub(crate) struct Shown {
    tenant: TenantId,
    application: ObjectId,
    claims: Claims,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    tid: String,
    appid: String,
    exp: i64,
    nbf: i64,
    #[serde(default)]
    roles: Vec<String>,
    scp: Option<String>,
    oid: Option<String>,
}

impl Tokens {
    /// Tokens of a server that is reached at `origin`, without a slash at its end.
    pub fn new(signer: Signer, origin: &str, clock: Clock) -> Self {
        Self { signer, origin: origin.into(), clock }
    }

    /// Who says so in tokens of a company.
    pub(crate) fn issuer(&self, tenant: TenantId) -> String {
        format!("{}/{tenant}/v2.0", self.origin)
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn key_set(&self) -> Value {
        (self.signer.key_set)()
    }

    /// Signs other things that the platform says of itself.
    pub(crate) fn sign(&self, claims: &Value) -> Secret<String> {
        (self.signer.sign)(claims)
    }

    /// A token with which an application asks in its own name for what it was granted.
    pub fn for_application(
        &self,
        tenant: TenantId,
        application: ObjectId,
        permissions: &[Permission],
    ) -> Secret<String> {
        let roles = permissions.iter().filter(|permission| permission.is_of_applications());
        let roles: Vec<&str> = roles.map(|permission| permission.as_str()).collect();
        self.issue(
            tenant,
            application,
            LIFETIME_S,
            &json!({ "idtyp": "app", "roles": roles, "sub": application.to_string() }),
        )
    }

    /// A token with which an application asks in the name of a person, good for so many seconds.
    pub fn for_person(
        &self,
        tenant: TenantId,
        application: ObjectId,
        person: ObjectId,
        permissions: &[Permission],
        lives_s: i64,
    ) -> Secret<String> {
        let scopes = permissions.iter().filter(|permission| permission.is_delegated());
        let scopes: Vec<&str> = scopes.map(|permission| permission.as_str()).collect();
        let person = person.to_string();
        self.issue(
            tenant,
            application,
            lives_s,
            &json!({ "idtyp": "user", "scp": scopes.join(" "), "oid": person, "sub": person }),
        )
    }

    fn issue(
        &self,
        tenant: TenantId,
        application: ObjectId,
        lives_s: i64,
        subject: &Value,
    ) -> Secret<String> {
        let now_s = self.now_s();
        let mut claims = json!({
            "aud": AUDIENCE,
            "iss": self.issuer(tenant),
            "iat": now_s,
            "nbf": now_s,
            "exp": now_s + lives_s,
            "appid": application.to_string(),
            "azp": application.to_string(),
            "tid": tenant.to_string(),
            "ver": "2.0",
        });
        let (claims_map, subject) = (claims.as_object_mut(), subject.as_object());
        if let (Some(claims), Some(subject)) = (claims_map, subject) {
            claims.extend(subject.clone());
        }
        (self.signer.sign)(&claims)
    }

    /// What a token of ours says that is not over.
    pub(crate) fn read(&self, token: &str) -> Result<Shown, GraphError> {
        let refused = |reason: &str| GraphError::unauthorized(reason);
        let claims = self.verify(token).ok_or_else(|| {
            refused(
                "The access token cannot be read, or it was not issued by this server for Microsoft Graph.",
            )
        })?;
        let now_s = self.now_s();
        if claims.exp + LEEWAY_S <= now_s || claims.nbf - LEEWAY_S > now_s {
            return Err(refused("Lifetime validation failed, the token is expired."));
        }
        let tenant: TenantId = claims.tid.parse().map_err(|_| unknown())?;
        let application: ObjectId = claims.appid.parse().map_err(|_| unknown())?;
        if claims.aud != AUDIENCE || claims.iss != self.issuer(tenant) {
            return Err(refused("Access token validation failure. Invalid audience or issuer."));
        }
        Ok(Shown { tenant, application, claims })
    }

    fn verify(&self, token: &str) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let keys: JwkSet = serde_json::from_value((self.signer.key_set)()).ok()?;
        let key = DecodingKey::from_jwk(keys.find(&decode_header(token).ok()?.kid?)?).ok()?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Times are held against the platform's clock, and the audience has words of its own when it is wrong.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Some(decode::<Claims>(token, &key, &validation).ok()?.claims)
    }

    fn now_s(&self) -> i64 {
        (self.clock)().unix_us() / 1_000_000
    }
}

impl Shown {
    /// Who asks with it, as companies are now.
    pub(crate) fn caller(self, companies: &dyn Companies) -> Result<Caller, GraphError> {
        let Self { tenant, application, claims } = self;
        let company = companies.company(tenant).ok_or_else(unknown)?;
        let registered = company.application(application).ok_or_else(unknown)?;
        // What was taken back since is not granted any more.
        let granted = |text: &str| {
            let known: Option<Permission> = text.parse().ok();
            known.filter(|one| registered.permissions.contains(one))
        };
        let (person, permissions) = match &claims.scp {
            Some(scopes) => {
                let person = claims.oid.as_deref().and_then(|oid| oid.parse().ok());
                let person = person.and_then(|person| company.user(person)).ok_or_else(unknown)?;
                if !person.account_enabled {
                    return Err(GraphError::unauthorized("The account of the person is disabled."));
                }
                let scopes = scopes.split(' ').filter_map(granted);
                (Some(person.id), scopes.filter(|scope| scope.is_delegated()).collect())
            }
            None => {
                let roles = claims.roles.iter().filter_map(|role| granted(role));
                (None, roles.filter(|role| role.is_of_applications()).collect())
            }
        };
        Ok(Caller { company, application, person, permissions })
    }
}

fn unknown() -> GraphError {
    GraphError::unauthorized("The access token is of an application or a company that is not registered.")
}
