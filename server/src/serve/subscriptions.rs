//! The subscriptions of the configuration file.

use event_edge::Events;
use tenant::Directory;

use crate::configuration::{Configuration, ConfigurationError, SubscriptionEntry};
use crate::failure::Failure;
use crate::subscription_body::{SubscriptionBody, body_of};

/// Makes them, or brings them up to date.
pub async fn ensure(
    configuration: &Configuration,
    directory: &Directory,
    events: &Events,
) -> Result<(), Failure> {
    for entry in &configuration.subscriptions {
        let wrong = |reason: String| {
            ConfigurationError::contradiction("events.subscriptions", format!("{}: {reason}", entry.name))
        };
        let body =
            body_of(&body(entry, directory).map_err(wrong)?).map_err(|error| wrong(error.to_string()))?;
        let spec = serde_json::from_value(body).map_err(|error| wrong(error.to_string()))?;
        events.ensure_subscription(spec).await.map_err(|error| wrong(format!("cannot {error}")))?;
    }
    Ok(())
}

fn body<'a>(entry: &'a SubscriptionEntry, directory: &Directory) -> Result<SubscriptionBody<'a>, String> {
    let resource = match &entry.resource {
        Some(name) => {
            let found = directory.resources().iter().find(|resource| *resource.name == **name);
            Some(found.ok_or_else(|| format!("there is no resource {name}"))?.id.to_string())
        }
        None => None,
    };
    Ok(SubscriptionBody {
        name: &entry.name,
        url: &entry.url,
        resource,
        types: &entry.types,
        schema: &entry.schema,
        filters: &entry.filters,
    })
}
