//! What is sent to the endpoints of subscriptions.

use event_edge::Webhook;
use identifier::ObjectId;
use presence::Presence;
use redact::Secret;
use serde_json::{Value, json};

use crate::subscription::definition::Subscription;
use crate::when;

/// How operators see a change of presence in the list of deliveries.
pub(crate) const CHANGE: &str = "Microsoft.Graph.PresenceUpdated";
/// The same for what is told about a subscription itself.
pub(crate) const LIFECYCLE: &str = "Microsoft.Graph.SubscriptionLifecycle";
/// The id of Graph's change tracking, which applications look for in tokens.
pub(crate) const CHANGE_TRACKING: &str = "0bf30f3b-4a52-48df-9a82-234910c4a086";
/// What could not be told while a subscription held may still be told for so long; then nobody wants it.
const GRACE_US: i64 = 60_000_000;

/// What is told about a subscription itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifecycle {
    /// It ends soon.
    ReauthorizationRequired,
    /// It has ended before its time.
    SubscriptionRemoved,
    /// Something could not be told.
    Missed,
}

impl Lifecycle {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ReauthorizationRequired => "reauthorizationRequired",
            Self::SubscriptionRemoved => "subscriptionRemoved",
            Self::Missed => "missed",
        }
    }
}

/// Somebody's presence has changed. `token` shows that it is we who say so; it goes with what is encrypted.
pub(crate) fn change(
    subscription: &Subscription,
    person: ObjectId,
    presence: &Presence,
    token: Option<Secret<String>>,
) -> Webhook {
    let mut data = json!({
        "@odata.id": format!("users/{person}/presence"),
        "@odata.type": "#microsoft.graph.presence",
        "id": person.to_string(),
    });
    let mut notification = common(subscription);
    notification["changeType"] = "updated".into();
    notification["resource"] = format!("communications/presences/{person}").into();
    notification["resourceData"] = data.clone();
    let mut body = json!({});
    if let Some(certificate) = &subscription.certificate {
        data["availability"] = presence.availability.as_str().into();
        data["activity"] = presence.activity.as_str().into();
        let id = subscription.definition.encryption_certificate_id.as_deref().unwrap_or_default();
        if let Some(sealed) = certificate.encrypt(&data, id) {
            notification["encryptedContent"] = sealed;
        }
        body["validationTokens"] = json!([token.map(Secret::into_inner)]);
    }
    body["value"] = json!([notification]);
    webhook(subscription, CHANGE, &subscription.definition.notification_url, &body)
}

/// Something is to be said about the subscription itself, if its application wants to hear of it.
pub(crate) fn lifecycle(subscription: &Subscription, event: Lifecycle) -> Option<Webhook> {
    let url = subscription.definition.lifecycle_notification_url.as_ref()?;
    let mut notification = common(subscription);
    notification["lifecycleEvent"] = event.as_str().into();
    Some(webhook(subscription, LIFECYCLE, url, &json!({ "value": [notification] })))
}

fn common(subscription: &Subscription) -> Value {
    json!({
        "subscriptionId": subscription.id.to_string(),
        "clientState": subscription.client_state().map(Secret::into_inner),
        "tenantId": subscription.tenant.to_string(),
        "organizationId": subscription.tenant.to_string(),
        "subscriptionExpirationDateTime": when::moment(subscription.expires_us),
    })
}

fn webhook(subscription: &Subscription, event_type: &str, url: &str, body: &Value) -> Webhook {
    Webhook {
        subscription: subscription.id.to_string(),
        tenant: subscription.tenant.to_string(),
        event_type: event_type.to_owned(),
        url: url.to_owned(),
        body: body.to_string(),
        expires_us: subscription.expires_us.saturating_add(GRACE_US),
    }
}
