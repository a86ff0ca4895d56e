//! Asking endpoints whether they want to be sent events (contract: Call Automation §11.2).

use std::sync::Arc;
use std::time::Duration;

use acs::grid::{GridData, GridEvent, GridSchema, SubscriptionValidation, ValidationAnswer};
use event_delivery::{HandshakeAnswer, judge_cloud_events, judge_event_grid};
use http::Method;
use identifier::{EventId, SubscriptionId};
use outbound_http::{OutboundError, OutboundRequest, OutboundResponse};
use store::{StoreError, SubscriptionState, Write};
use subtle::ConstantTimeEq;
use tracing::{info, warn};

use crate::attempt::shown_name;
use crate::core::Core;
use crate::grid_body::topic;
use crate::registry::Subscriber;

const TIMEOUT: Duration = Duration::from_secs(30);
const LONGEST_ANSWER: usize = 16 * 1024;
/// How long a validation URL can be fetched.
const CONFIRM_WITHIN_US: i64 = 5 * 60 * 1_000_000;

/// Asks until there is an answer, as long as the subscription stays what it is.
pub(crate) fn ask_in_background(core: &Arc<Core>, id: SubscriptionId) {
    let core = Arc::clone(core);
    tokio::spawn(async move {
        let Some(first) = core.registry.get(id) else { return };
        for asked in 1.. {
            let Some(current) = core.registry.get(id) else { return };
            if current.state == SubscriptionState::Active || current.code != first.code {
                return;
            }
            let answer = match ask(&core, &current).await {
                Ok(answer) => answer,
                Err(error) => {
                    warn!(subscription.id = %id, error = %error, "the state of subscription {id} could not be stored: {error}");
                    HandshakeAnswer::NoAnswer
                }
            };
            match core.settings.ask_schedule.after(asked, answer) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return,
            }
        }
    });
}

/// Asks once and keeps what came of it. An endpoint that has agreed before is told of events until it refuses.
pub(crate) async fn ask(core: &Core, subscriber: &Subscriber) -> Result<HandshakeAnswer, StoreError> {
    let before = match subscriber.state {
        SubscriptionState::Active => SubscriptionState::Active,
        SubscriptionState::AwaitingValidation | SubscriptionState::Failed => {
            SubscriptionState::AwaitingValidation
        }
    };
    // The code must be known before the endpoint can come back with it.
    let asking = Subscriber { state: before, asked_us: Some(core.now().unix_us()), ..subscriber.clone() };
    keep_if_current(core, asking.clone()).await?;
    let (answer, words) = match core.around.http.send(question(core, subscriber)).await {
        Ok(response) => judge(core, subscriber, &response),
        Err(error) => judge_failure(&error),
    };
    // Somebody may have fetched the validation URL while the endpoint thought.
    let current = core.registry.get(subscriber.id).map(|current| current.state);
    if before != SubscriptionState::Active && current == Some(SubscriptionState::Active) {
        return Ok(HandshakeAnswer::Agreed);
    }
    let state = match answer {
        HandshakeAnswer::Agreed => SubscriptionState::Active,
        HandshakeAnswer::Undecided | HandshakeAnswer::NoAnswer => before,
        HandshakeAnswer::Refused => SubscriptionState::Failed,
    };
    let name = &subscriber.spec.name;
    info!(subscription.id = %subscriber.id, "subscription {name} is {}: {words}", state.as_str());
    keep_if_current(core, Subscriber { state, last_answer: Some(words), ..asking }).await?;
    Ok(answer)
}

/// Somebody fetched the validation URL.
pub(crate) async fn confirm(core: &Core, id: SubscriptionId, code: &str) -> Result<bool, StoreError> {
    let Some(subscriber) = core.registry.get(id) else { return Ok(false) };
    let same = bool::from(subscriber.code.expose().as_bytes().ct_eq(code.as_bytes()));
    let now_us = core.now().unix_us();
    let in_time = subscriber.asked_us.is_some_and(|asked| now_us.saturating_sub(asked) <= CONFIRM_WITHIN_US);
    if !same || !in_time || subscriber.state == SubscriptionState::Failed {
        return Ok(false);
    }
    let words = Some("the validation URL was fetched".to_owned());
    let confirmed =
        Subscriber { state: SubscriptionState::Active, last_answer: words, ..Subscriber::clone(&subscriber) };
    keep_if_current(core, confirmed).await?;
    Ok(true)
}

/// The URL that confirms a subscription when it is fetched.
pub(crate) fn validation_url(core: &Core, subscriber: &Subscriber) -> String {
    let (origin, id, code) = (&core.settings.origin, subscriber.id, subscriber.code.expose());
    format!("{origin}/eventgrid/subscriptions/{id}/validate?code={code}")
}

async fn keep_if_current(core: &Core, subscriber: Subscriber) -> Result<(), StoreError> {
    let is_current = core.registry.get(subscriber.id).is_some_and(|known| known.code == subscriber.code);
    if !is_current {
        return Ok(());
    }
    core.around.store.write(vec![Write::PutSubscription(subscriber.to_row())]).await?;
    core.registry.put(subscriber);
    Ok(())
}

fn question(core: &Core, subscriber: &Subscriber) -> OutboundRequest {
    let endpoint = subscriber.spec.endpoint.clone();
    let (name, url) = (shown_name(subscriber), validation_url(core, subscriber));
    let asked = match subscriber.spec.event_delivery_schema {
        GridSchema::EventGrid => {
            let event = GridEvent {
                id: core.draw(EventId::random),
                unix_us: core.now().unix_us(),
                topic: topic(&(core.around.directory)(), subscriber.resource),
                data: GridData::SubscriptionValidation(SubscriptionValidation {
                    validation_code: subscriber.code.expose().clone(),
                    validation_url: url,
                }),
            };
            OutboundRequest::post(endpoint, event.body(GridSchema::EventGrid), TIMEOUT, LONGEST_ANSWER)
                .header("content-type", GridSchema::EventGrid.content_type())
                .and_then(|request| request.header("aeg-event-type", "SubscriptionValidation"))
                .and_then(|request| request.header("aeg-subscription-name", &name))
        }
        GridSchema::CloudEvents => {
            let post = OutboundRequest::post(endpoint, "", TIMEOUT, LONGEST_ANSWER);
            OutboundRequest { method: Method::OPTIONS, ..post }
                .header("webhook-request-origin", &core.webhook_origin())
                .and_then(|request| request.header("webhook-request-callback", &url))
                .and_then(|request| request.header("webhook-request-rate", "120"))
        }
    };
    asked.expect("names and origins of subscriptions are plain text")
}

fn judge(core: &Core, subscriber: &Subscriber, response: &OutboundResponse) -> (HandshakeAnswer, String) {
    let status = response.status.as_u16();
    let answer = match subscriber.spec.event_delivery_schema {
        GridSchema::EventGrid => {
            let answered: Option<ValidationAnswer> = serde_json::from_slice(&response.body).ok();
            let code = answered.as_ref().map(|answer| answer.validation_response.as_str());
            judge_event_grid(status, code, subscriber.code.expose())
        }
        GridSchema::CloudEvents => {
            let allowed = response.headers.get("webhook-allowed-origin");
            let allowed = allowed.and_then(|value| value.to_str().ok());
            judge_cloud_events(status, allowed, &core.webhook_origin())
        }
    };
    let words = match answer {
        HandshakeAnswer::Agreed => "the endpoint agreed".to_owned(),
        HandshakeAnswer::Undecided => {
            format!("the endpoint answered {status} without the code; somebody must fetch the validation URL")
        }
        HandshakeAnswer::Refused => format!("the endpoint answered {status} and did not agree"),
        HandshakeAnswer::NoAnswer => format!("the endpoint answered {status}; it is asked again"),
    };
    (answer, words)
}

fn judge_failure(error: &OutboundError) -> (HandshakeAnswer, String) {
    let words = format!("cannot {error}");
    match error {
        OutboundError::InvalidUrl
        | OutboundError::Scheme
        | OutboundError::UserInfo
        | OutboundError::InvalidHeader(_)
        | OutboundError::PrivateAddress { .. } => (HandshakeAnswer::Refused, words),
        OutboundError::UnknownHost { .. }
        | OutboundError::Unreachable { .. }
        | OutboundError::Tls { .. }
        | OutboundError::TimedOut { .. }
        | OutboundError::TooManyRedirects { .. }
        | OutboundError::BadRedirect { .. }
        | OutboundError::TooLarge { .. }
        | OutboundError::Broken { .. } => (HandshakeAnswer::NoAnswer, words),
    }
}
