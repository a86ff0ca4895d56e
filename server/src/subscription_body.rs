//! A subscription as the configuration file and the command line know it, in the words of the administration.

use event_edge::AdvancedFilterSpec;
use serde_json::{Value, json};

use crate::filter_text::{self, FilterTextError};

/// What people write.
pub struct SubscriptionBody<'a> {
    /// One of a kind.
    pub name: &'a str,
    /// The webhook.
    pub url: &'a str,
    /// The resource's id.
    pub resource: Option<String>,
    /// Event types.
    pub types: &'a [String],
    /// `eventgrid` or `cloudevents`.
    pub schema: &'a str,
    /// `key:operator:value,value`.
    pub filters: &'a [String],
}

/// Why it makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionBodyError {
    /// A filter.
    #[error("cannot {0}")]
    Filter(#[from] FilterTextError),
    /// The schema.
    #[error("schema is {0:?}; write eventgrid or cloudevents")]
    Schema(String),
}

/// The JSON body of `POST /admin/v1/subscriptions`.
pub fn body_of(subscription: &SubscriptionBody<'_>) -> Result<Value, SubscriptionBodyError> {
    let schema = match subscription.schema {
        "eventgrid" => "EventGridSchema",
        "cloudevents" => "CloudEventSchemaV1_0",
        other => return Err(SubscriptionBodyError::Schema(other.to_owned())),
    };
    let filters: Vec<AdvancedFilterSpec> =
        subscription.filters.iter().map(|text| filter_text::parse(text)).collect::<Result<_, _>>()?;
    let mut body = json!({
        "name": subscription.name,
        "endpoint": subscription.url,
        "eventDeliverySchema": schema,
        "filter": { "includedEventTypes": subscription.types, "advancedFilters": filters },
    });
    if let Some(resource) = &subscription.resource {
        body["resource"] = json!(resource);
    }
    Ok(body)
}
