//! A subscription as the configuration file and the command line know it, in the words of the administration.

use configuration::filter_text::{self, FilterTextError};
use event_edge::AdvancedFilterSpec;
use serde_json::{Value, json};

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
    let types: Vec<String> = subscription.types.iter().map(|name| full_type(name)).collect();
    let mut body = json!({
        "name": subscription.name,
        "endpoint": subscription.url,
        "eventDeliverySchema": schema,
        "filter": { "includedEventTypes": types, "advancedFilters": filters },
    });
    if let Some(resource) = &subscription.resource {
        body["resource"] = json!(resource);
    }
    Ok(body)
}

/// Event types may be written without `Microsoft.Communication.`, as lists show them.
fn full_type(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("Microsoft.Communication.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_may_be_written_short() {
        let types = ["IncomingCall".to_owned(), "Microsoft.Communication.CallEnded".to_owned()];
        let body = body_of(&SubscriptionBody {
            name: "calls",
            url: "https://example.org/events",
            resource: None,
            types: &types,
            schema: "eventgrid",
            filters: &[],
        })
        .expect("it makes sense");
        let expected = json!(["Microsoft.Communication.IncomingCall", "Microsoft.Communication.CallEnded"]);
        assert_eq!(body["filter"]["includedEventTypes"], expected);
    }
}
