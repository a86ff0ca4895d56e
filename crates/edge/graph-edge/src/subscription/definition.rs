//! One subscription: what was asked for, checked, and as it is kept and shown.

use std::collections::BTreeSet;
use std::time::Duration;

use identifier::{ObjectId, SubscriptionId, TenantId};
use redact::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{GraphSubscription, Write};
use url::form_urlencoded;

use crate::company::Company;
use crate::graph_error::GraphError;
use crate::presence_operations::MOST_IDS;
use crate::query::Filter;
use crate::subscription::encryption::Certificate;
use crate::when;

/// The longest life of a subscription to presence.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// By so much the clock of an application may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// The longest `clientState`.
const LONGEST_STATE: usize = 128;
/// The longest address of an endpoint.
const LONGEST_URL: usize = 2_048;

/// The body of `POST /subscriptions`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewSubscription {
    change_type: String,
    notification_url: String,
    lifecycle_notification_url: Option<String>,
    resource: String,
    expiration_date_time: String,
    client_state: Option<String>,
    include_resource_data: Option<bool>,
    encryption_certificate: Option<String>,
    encryption_certificate_id: Option<String>,
}

/// The body of `PATCH /subscriptions/{id}`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Renewal {
    expiration_date_time: String,
}

/// What was asked for; all of it is kept as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Definition {
    pub(crate) resource: String,
    pub(crate) people: BTreeSet<String>,
    pub(crate) notification_url: String,
    pub(crate) lifecycle_notification_url: Option<String>,
    pub(crate) client_state: Option<ClientState>,
    pub(crate) encryption_certificate: Option<String>,
    pub(crate) encryption_certificate_id: Option<String>,
    /// The person in whose name it was made.
    pub(crate) creator: Option<String>,
}

/// What the application recognizes notifications by.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ClientState(pub(crate) String);

impl std::fmt::Debug for ClientState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

/// A subscription that holds.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) id: SubscriptionId,
    pub(crate) tenant: TenantId,
    pub(crate) application: ObjectId,
    pub(crate) definition: Definition,
    pub(crate) people: BTreeSet<ObjectId>,
    /// With which what is told is encrypted, when it is told at all.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) expires_us: i64,
    /// The application was asked to renew it.
    pub(crate) is_aging: bool,
}

impl NewSubscription {
    /// What is asked for, and until when.
    pub(crate) fn check(
        self,
        company: &Company,
        creator: Option<ObjectId>,
        now_us: i64,
    ) -> Result<(Definition, i64), GraphError> {
        if self.change_type != "updated" {
            return Err(GraphError::property("changeType", "presence has one kind of change: updated."));
        }
        let people = people(&self.resource)?;
        if let Some(stranger) = people.iter().find(|id| !company.user(**id).is_some_and(|user| user.is_human))
        {
            return Err(GraphError::property(
                "resource",
                format!("there is no user {stranger} in this tenant."),
            ));
        }
        for url in
            [Some(&self.notification_url), self.lifecycle_notification_url.as_ref()].into_iter().flatten()
        {
            if url.len() > LONGEST_URL {
                return Err(GraphError::property(
                    "notificationUrl",
                    format!("it is longer than {LONGEST_URL} bytes."),
                ));
            }
        }
        if self.client_state.as_ref().is_some_and(|state| state.chars().count() > LONGEST_STATE) {
            return Err(GraphError::property(
                "clientState",
                format!("it has more than {LONGEST_STATE} characters."),
            ));
        }
        let expires_us = expiry(&self.expiration_date_time, now_us)?;
        let (certificate, certificate_id) = match self.include_resource_data {
            Some(true) => {
                let (Some(certificate), Some(id)) =
                    (self.encryption_certificate, self.encryption_certificate_id)
                else {
                    let reason =
                        "it and encryptionCertificateId are required when includeResourceData is true.";
                    return Err(GraphError::property("encryptionCertificate", reason));
                };
                Certificate::read(&certificate)
                    .map_err(|reason| GraphError::property("encryptionCertificate", reason))?;
                (Some(certificate), Some(id.chars().take(128).collect()))
            }
            Some(false) | None => (None, None),
        };
        let definition = Definition {
            resource: self.resource,
            people: people.iter().map(ToString::to_string).collect(),
            notification_url: self.notification_url,
            lifecycle_notification_url: self.lifecycle_notification_url,
            client_state: self.client_state.map(ClientState),
            encryption_certificate: certificate,
            encryption_certificate_id: certificate_id,
            creator: creator.map(|creator| creator.to_string()),
        };
        Ok((definition, expires_us))
    }
}

impl Renewal {
    /// Until when it shall live.
    pub(crate) fn check(&self, now_us: i64) -> Result<i64, GraphError> {
        expiry(&self.expiration_date_time, now_us)
    }
}

/// The latest end that a subscription may have.
pub(crate) const fn latest_expiry(now_us: i64) -> i64 {
    now_us + LONGEST.as_micros() as i64
}

fn expiry(text: &str, now_us: i64) -> Result<i64, GraphError> {
    let wrong = |reason: &str| GraphError::property("expirationDateTime", reason);
    let expires_us = when::read_moment(text)
        .ok_or_else(|| wrong("it must be a moment such as 2026-11-21T20:00:00Z (RFC 3339)."))?;
    if expires_us <= now_us {
        return Err(wrong("it has passed."));
    }
    if expires_us > latest_expiry(now_us) + AHEAD.as_micros() as i64 {
        return Err(wrong("Subscription expiration can only be 60 minutes in the future."));
    }
    Ok(expires_us.min(latest_expiry(now_us)))
}

/// `/communications/presences/{id}`, or `/communications/presences?$filter=id in ('…','…')`.
fn people(resource: &str) -> Result<BTreeSet<ObjectId>, GraphError> {
    let wrong = |reason: &str| GraphError::property("resource", reason);
    let form = || {
        wrong("it must be /communications/presences/{id}, or /communications/presences?$filter=id in ('…').")
    };
    let path = resource.trim_start_matches('/');
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let mut parts = path.trim_end_matches('/').split('/');
    let begins = parts.next().is_some_and(|part| part.eq_ignore_ascii_case("communications"))
        && parts.next().is_some_and(|part| part.eq_ignore_ascii_case("presences"));
    if !begins {
        return Err(form());
    }
    let texts: Vec<String> = match (parts.next(), query) {
        (Some(id), None) if parts.next().is_none() => vec![id.to_owned()],
        (None, Some(query)) => {
            let filter = form_urlencoded::parse(query.as_bytes());
            let mut filter = filter.filter(|(name, _)| name.trim_start_matches('$') == "filter");
            let (_, filter) = filter.next().ok_or_else(form)?;
            match Filter::parse(&filter, &["id"]) {
                Ok(Filter::In(_, texts)) => texts.into_iter().collect(),
                Ok(_) | Err(_) => return Err(form()),
            }
        }
        _ => return Err(form()),
    };
    if texts.len() > MOST_IDS {
        return Err(wrong(&format!("it names more than {MOST_IDS} users.")));
    }
    let id = |text: String| text.parse().map_err(|_| wrong("users are named by their id, a GUID."));
    texts.into_iter().map(id).collect()
}

impl Subscription {
    /// One that holds. `None`: what was kept cannot be read by this version.
    pub(crate) fn new(
        id: SubscriptionId,
        tenant: TenantId,
        application: ObjectId,
        definition: Definition,
        expires_us: i64,
    ) -> Option<Self> {
        let people = definition.people.iter().map(|id| id.parse().ok()).collect::<Option<_>>()?;
        let certificate = match &definition.encryption_certificate {
            Some(text) => Some(Certificate::read(text).ok()?),
            None => None,
        };
        Some(Self { id, tenant, application, definition, people, certificate, expires_us, is_aging: false })
    }

    /// In whose name it was made.
    pub(crate) fn creator(&self) -> Option<ObjectId> {
        self.definition.creator.as_ref()?.parse().ok()
    }

    /// The same, which lives longer, or less long.
    pub(crate) fn renewed(self, expires_us: i64) -> Self {
        Self { expires_us, is_aging: false, ..self }
    }

    /// As a row says it.
    pub(crate) fn from_row(row: &GraphSubscription) -> Option<Self> {
        let definition = serde_json::from_str(&row.definition).ok()?;
        let (id, tenant) = (row.id.parse().ok()?, row.tenant.parse().ok()?);
        Self::new(id, tenant, row.application.parse().ok()?, definition, row.expires_us)
    }

    /// The write that keeps it.
    pub(crate) fn write(&self) -> Write {
        Write::PutGraphSubscription(GraphSubscription {
            id: self.id.to_string(),
            tenant: self.tenant.to_string(),
            application: self.application.to_string(),
            definition: serde_json::to_string(&self.definition).expect("it is plain JSON"),
            expires_us: self.expires_us,
        })
    }

    /// What the application recognizes notifications by.
    pub(crate) fn client_state(&self) -> Option<Secret<&str>> {
        self.definition.client_state.as_ref().map(|state| Secret::new(state.0.as_str()))
    }

    /// As the application that made it sees it.
    pub(crate) fn shown(&self) -> Value {
        let definition = &self.definition;
        json!({
            "id": self.id.to_string(),
            "resource": definition.resource,
            "applicationId": self.application.to_string(),
            "changeType": "updated",
            "clientState": self.client_state().map(Secret::into_inner),
            "notificationUrl": definition.notification_url,
            "lifecycleNotificationUrl": definition.lifecycle_notification_url,
            "expirationDateTime": when::moment(self.expires_us),
            "creatorId": definition.creator.clone().unwrap_or_else(|| self.application.to_string()),
            "includeResourceData": self.certificate.is_some(),
            "encryptionCertificate": null,
            "encryptionCertificateId": definition.encryption_certificate_id,
            "latestSupportedTlsVersion": "v1_2",
            "notificationQueryOptions": null,
            "notificationUrlAppId": null,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADELE: &str = "00000000-0000-0000-0000-000000000007";
    const ALEX: &str = "00000000-0000-0000-0000-000000000008";

    #[test]
    fn one_person_or_a_list_is_named() {
        let named =
            |resource: &str| people(resource).map(|people| people.len()).map_err(|error| error.message);
        assert_eq!(named(&format!("/communications/presences/{ADELE}")), Ok(1));
        assert_eq!(named(&format!("communications/presences/{ADELE}")), Ok(1));
        let list = format!("/communications/presences?$filter=id in ('{ADELE}','{ALEX}')");
        assert_eq!(named(&list), Ok(2));
        let list = format!("/communications/presences?$filter=id%20in%20('{ADELE}')");
        assert_eq!(named(&list), Ok(1));
        for wrong in [
            "",
            "/communications/presences",
            "/communications/presences/adele",
            "/communications/presences/x/y",
            "/communications/presences?$filter=id eq 'x'",
            "/communications/presences?$top=5",
            "/users/x/presence",
        ] {
            assert!(named(wrong).is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..651).map(|id| format!("'{}'", ObjectId::from_u128(id))).collect();
        let many = format!("/communications/presences?$filter=id in ({})", many.join(","));
        assert!(named(&many).is_err_and(|message| message.contains("650")));
    }

    #[test]
    fn a_subscription_lives_for_an_hour_at_most() {
        let now_us = 1_800_000_000_000_000;
        let until = |minutes: i64| expiry(&when::moment(now_us + minutes * 60_000_000), now_us);
        assert_eq!(until(30), Ok(now_us + 30 * 60_000_000));
        assert_eq!(until(62), Ok(latest_expiry(now_us)), "the clock of the application is ahead");
        assert!(until(90).is_err_and(|error| error.message.contains("60 minutes")));
        assert!(until(0).is_err());
        assert!(expiry("soon", now_us).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_resource_is_too_strange(text in ".*") {
            let _ = people(&text);
            let _ = people(&format!("/communications/presences?$filter={text}"));
        }
    }
}
