//! The subscriptions of the configuration file.

use configuration::{Configuration, ConfigurationError, SubscriptionEntry};
use event_edge::{Events, SubscriptionSpec};
use tenant::Directory;

use crate::failure::Failure;
use crate::subscription_body::{SubscriptionBody, body_of};

/// What the configuration wants to be subscribed.
pub fn wanted(
    configuration: &Configuration,
    directory: &Directory,
) -> Result<Vec<SubscriptionSpec>, ConfigurationError> {
    let specs = configuration.subscriptions.iter().map(|entry| {
        let wrong = |reason: String| wrong(&entry.name, &reason);
        let body =
            body_of(&body(entry, directory).map_err(wrong)?).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_value(body).map_err(|error| wrong(error.to_string()))
    });
    specs.collect()
}

/// Makes them, or brings them up to date.
pub async fn ensure(wanted: Vec<SubscriptionSpec>, events: &Events) -> Result<(), Failure> {
    for spec in wanted {
        let name = spec.name.clone();
        let ensured = events.ensure_subscription(spec).await;
        ensured.map_err(|error| wrong(&name, &format!("cannot {error}")))?;
    }
    Ok(())
}

fn wrong(name: &str, reason: &str) -> ConfigurationError {
    ConfigurationError::contradiction("events.subscriptions", format!("{name}: {reason}"))
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
