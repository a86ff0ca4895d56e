//! `ringdown events`: subscriptions of the running server, and what became of their events.

mod listing;

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use url::Url;

use self::listing::Listing;
use crate::client::Client;
use crate::command_line::Server;
use crate::failure::Failure;
use crate::subscription_body::{SubscriptionBody, body_of};

/// How long the command waits for the endpoint to agree.
const HANDSHAKE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(100);

/// Options of `ringdown events`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown events subscribe --url http://127.0.0.1:7000/events")]
pub struct EventsOptions {
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Sends events of a resource to a webhook.
    #[command(after_help = "Example: ringdown events subscribe --url https://example.org/events \
         --types Microsoft.Communication.IncomingCall --filter data.to.phoneNumber.value:StringIn:+14255550100")]
    Subscribe(SubscribeOptions),
    /// Lists subscriptions.
    #[command(after_help = "Example: ringdown events list --json")]
    List(ListOptions),
    /// Deletes a subscription.
    #[command(after_help = "Example: ringdown events delete incoming-calls")]
    Delete(DeleteOptions),
    /// Lists events that could not be delivered.
    #[command(after_help = "Example: ringdown events dead-letters --type IncomingCall --json")]
    DeadLetters(FilteredOptions),
    /// Tries to deliver dead letters again.
    #[command(after_help = "Example: ringdown events redeliver --all")]
    Redeliver(RedeliverOptions),
    /// Lists deliveries with their attempts: when, status, the first bytes of the answer, when next.
    #[command(after_help = "Example: ringdown events deliveries --state pending --type PlayCompleted")]
    Deliveries(FilteredOptions),
}

#[derive(Args, Debug)]
struct SubscribeOptions {
    /// The webhook.
    #[arg(long)]
    url: String,
    /// The subscription's name; made from the address when absent.
    #[arg(long)]
    name: Option<String>,
    /// The resource's id; the default resource when absent.
    #[arg(long)]
    resource: Option<String>,
    /// Event types, separated by commas, with or without `Microsoft.Communication.`; all when absent.
    #[arg(long, value_delimiter = ',')]
    types: Vec<String>,
    /// How events are wrapped.
    #[arg(long, value_parser = ["eventgrid", "cloudevents"], default_value = "eventgrid")]
    schema: String,
    /// A filter as key:operator:value,value; may be given several times.
    #[arg(long, value_name = "FILTER")]
    filter: Vec<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
struct ListOptions {
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
struct FilteredOptions {
    /// Only events of this type, with or without `Microsoft.Communication.`
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only those to this address.
    #[arg(long, value_name = "URL")]
    to: Option<String>,
    /// Only those that are pending, delivered or dead.
    #[arg(long, value_parser = ["pending", "delivered", "dead"])]
    state: Option<String>,
    /// Only those of this call connection.
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// Only those of this subscription, by id.
    #[arg(long, value_name = "ID")]
    subscription: Option<String>,
    /// At most this many, the newest first.
    #[arg(long, default_value_t = 100)]
    most: usize,
    #[command(flatten)]
    server: Server,
}

impl FilteredOptions {
    /// The query of the administration surface.
    fn query(&self) -> String {
        let filters = [
            ("eventType", &self.event_type),
            ("destination", &self.to),
            ("state", &self.state),
            ("callConnectionId", &self.connection),
            ("subscriptionId", &self.subscription),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in filters {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

#[derive(Args, Debug)]
struct DeleteOptions {
    /// Its name or id, as the list shows it.
    subscription: String,
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
struct RedeliverOptions {
    /// The dead letters by id, as the list shows them.
    #[arg(required_unless_present = "all")]
    ids: Vec<String>,
    /// All of them.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    server: Server,
}

/// Does what was asked.
pub async fn run(options: &EventsOptions) -> Result<(), Failure> {
    match &options.action {
        Action::Subscribe(options) => subscribe(options).await,
        Action::List(options) => list(&options.server, Listing::Subscriptions, "", usize::MAX).await,
        Action::Delete(options) => delete(options).await,
        Action::DeadLetters(options) => {
            list(&options.server, Listing::DeadLetters, &options.query(), options.most).await
        }
        Action::Redeliver(options) => redeliver(options).await,
        Action::Deliveries(options) => {
            list(&options.server, Listing::Deliveries, &options.query(), options.most).await
        }
    }
}

async fn subscribe(options: &SubscribeOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => free_name(&client, &name_of(&options.url)).await?,
    };
    let body = body_of(&SubscriptionBody {
        name: &name,
        url: &options.url,
        resource: options.resource.clone(),
        types: &options.types,
        schema: &options.schema,
        filters: &options.filter,
    })
    .map_err(|error| Failure::Told(error.to_string()))?;
    client.post("/admin/v1/subscriptions", &body).await?;
    let subscription = handshake(&client, &name).await?;
    let state = subscription["state"].as_str().unwrap_or_default();
    let said = subscription["lastAnswer"].as_str().map(|said| format!(" ({said})")).unwrap_or_default();
    let next = match state {
        "awaiting-validation" => format!(
            "\nno events until it agrees: it is asked again every few minutes, or at once after \
             `ringdown events delete {name}` and this command again"
        ),
        _ => String::new(),
    };
    print(&subscription, options.server.json, &format!("subscribed as {name}: {state}{said}{next}"));
    Ok(())
}

/// The endpoint is asked whether it agrees; most answer within a moment.
async fn handshake(client: &Client, name: &str) -> Result<Value, Failure> {
    let path = format!("/admin/v1/subscriptions/{name}");
    let deadline = Instant::now() + HANDSHAKE;
    loop {
        let subscription = client.get(&path).await?;
        let settled = subscription["state"] != "awaiting-validation" || !subscription["lastAnswer"].is_null();
        if settled || Instant::now() > deadline {
            return Ok(subscription);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// `name`, or `name-2` and so on when there is one already.
async fn free_name(client: &Client, name: &str) -> Result<String, Failure> {
    let taken = items(client, Listing::Subscriptions, "", usize::MAX).await?;
    let is_free = |name: &String| taken.iter().all(|known| known["name"] != **name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    Ok(std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default())
}

async fn list(server: &Server, listing: Listing, query: &str, most: usize) -> Result<(), Failure> {
    let items = items(&Client::find(&server.data)?, listing, query, most).await?;
    let text = listing.text(&items);
    print(&Value::Array(items), server.json, &text);
    Ok(())
}

/// A list, page by page, until there are as many as asked for.
async fn items(client: &Client, listing: Listing, query: &str, most: usize) -> Result<Vec<Value>, Failure> {
    let mut items = Vec::new();
    let mut path = format!("{}?{query}", listing.path());
    loop {
        let mut page = client.get(&path).await?;
        if let Value::Array(more) = page["value"].take() {
            items.extend(more);
        }
        match page["nextLink"].as_str() {
            Some(next) if items.len() < most => path = next.to_owned(),
            Some(_) | None => break,
        }
    }
    items.truncate(most);
    Ok(items)
}

async fn delete(options: &DeleteOptions) -> Result<(), Failure> {
    let wanted = &options.subscription;
    if !wanted.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._".contains(letter)) {
        return Err(Failure::Happened(format!("there is no subscription {wanted:?}")));
    }
    let client = Client::find(&options.server.data)?;
    let answer = client.delete(&format!("/admin/v1/subscriptions/{wanted}")).await?;
    print(&answer, options.server.json, &format!("deleted {wanted}"));
    Ok(())
}

async fn redeliver(options: &RedeliverOptions) -> Result<(), Failure> {
    let body = if options.all { json!({ "all": true }) } else { json!({ "ids": options.ids }) };
    let answer = Client::find(&options.server.data)?.post("/admin/v1/dead-letters/redeliver", &body).await?;
    let count = answer["redelivered"].as_u64().unwrap_or_default();
    print(&answer, options.server.json, &format!("{count} on their way again"));
    let unknown: Vec<&str> =
        answer["unknown"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Failure::Happened(format!(
        "cannot find the dead letters {}; `ringdown events dead-letters` lists those that there are",
        unknown.join(", ")
    )))
}

fn print(answer: &Value, json: bool, text: &str) {
    if json {
        println!("{answer:#}");
    } else {
        println!("{text}");
    }
}

/// A name made from an address: the same address, the same name.
fn name_of(url: &str) -> String {
    let text = Url::parse(url).ok().and_then(|url| {
        let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
        Some(format!("{}{port}{}", url.host_str()?, url.path()))
    });
    let text = text.unwrap_or_else(|| url.to_owned());
    let name: String = text
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' })
        .collect();
    name.trim_matches('-').chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_without_a_name_is_called_after_its_address() {
        assert_eq!(name_of("http://127.0.0.1:7000/events?code=secret"), "127.0.0.1-7000-events");
        assert_eq!(name_of("https://example.org/"), "example.org");
    }
}
