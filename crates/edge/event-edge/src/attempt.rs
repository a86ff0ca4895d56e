//! One attempt to bring an event to its receiver.

use std::sync::Arc;
use std::time::Duration;

use acs::grid::GridSchema;
use event_delivery::{AttemptOutcome, SendFailure};
use identifier::{DeliveryId, SubscriptionId};
use outbound_http::{OutboundError, OutboundRequest};
use store::{Arrival, Delivery, DeliveryKind};

use crate::core::Core;
use crate::event_type::INCOMING_CALL;
use crate::registry::Subscriber;

/// How much of an answer is kept for whoever looks for a lost callback.
const BODY_HEAD: usize = 512;

/// How an attempt ended.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) delivery: DeliveryId,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) error: Option<String>,
    pub(crate) body_head: Option<String>,
    pub(crate) at_us: i64,
    pub(crate) took: Duration,
}

impl Sent {
    /// The attempt as it is kept with a delivery that has arrived.
    pub(crate) fn arrival(self) -> Option<Arrival> {
        let AttemptOutcome::Status(status) = self.outcome else { return None };
        Some(Arrival {
            at_us: self.at_us,
            took_us: self.took.as_micros() as i64,
            status: status.into(),
            body_head: self.body_head,
        })
    }
}

/// Sends it. `number` counts all attempts of this delivery, from 1.
pub(crate) async fn send(core: &Core, id: DeliveryId, row: Arc<Delivery>, number: i64) -> Sent {
    let began = core.now();
    let _in_flight = meter::WEBHOOKS_IN_FLIGHT.hold([]);
    if number == 1 && row.event_type == INCOMING_CALL {
        let waited = began.unix_us().saturating_sub(row.created_us).max(0);
        meter::INCOMING_CALL.took([], Duration::from_micros(waited as u64));
    }
    let timeout = timeout(core, &row);
    let result = match request(core, &row, number, timeout) {
        Ok(request) => core.around.http.send(request).await.map_err(Failure::Outbound),
        Err(failure) => Err(failure),
    };
    let took = core.now().since(began);
    let (outcome, error, body_head) = match result {
        Ok(response) => {
            let head = String::from_utf8_lossy(&response.body).into_owned();
            let head = (!head.is_empty()).then_some(head);
            (AttemptOutcome::Status(response.status.as_u16()), None, head)
        }
        Err(Failure::Withdrawn) => (
            AttemptOutcome::Failed(SendFailure::Withdrawn),
            Some("the subscription was deleted".to_owned()),
            None,
        ),
        Err(Failure::Outbound(error)) => {
            (AttemptOutcome::Failed(failure(&error, took, timeout)), Some(format!("cannot {error}")), None)
        }
    };
    meter::EVENT_ATTEMPTS.count([metered_kind(row.kind), metered(outcome)]);
    meter::EVENT_ATTEMPT.took([metered_kind(row.kind)], took);
    Sent { delivery: id, outcome, error, body_head, at_us: began.unix_us(), took }
}

/// What is delivered, in a word for the operator's statistics.
pub(crate) fn metered_kind(kind: DeliveryKind) -> &'static str {
    match kind {
        DeliveryKind::Callback => "callback",
        DeliveryKind::EventGrid | DeliveryKind::CloudEvent => "event-grid",
        DeliveryKind::GraphNotification => "graph",
    }
}

/// How an attempt ended, in a word for the operator's statistics.
fn metered(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Status(status) => match status / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        },
        AttemptOutcome::Failed(SendFailure::TimedOut) => "timeout",
        AttemptOutcome::Failed(SendFailure::Unreachable) => "unreachable",
        AttemptOutcome::Failed(SendFailure::NotAllowed) => "not-allowed",
        AttemptOutcome::Failed(SendFailure::Withdrawn) => "withdrawn",
    }
}

enum Failure {
    Withdrawn,
    Outbound(OutboundError),
}

fn timeout(core: &Core, row: &Delivery) -> Duration {
    match row.kind {
        DeliveryKind::Callback => core.settings.callback_timeout,
        DeliveryKind::EventGrid | DeliveryKind::CloudEvent if row.expires_us.is_some() => {
            core.settings.ringing_timeout
        }
        DeliveryKind::EventGrid | DeliveryKind::CloudEvent => core.settings.grid_timeout,
        DeliveryKind::GraphNotification => core.settings.graph_timeout,
    }
}

fn request(core: &Core, row: &Delivery, number: i64, timeout: Duration) -> Result<OutboundRequest, Failure> {
    let request = OutboundRequest::post(row.destination.clone(), row.body.clone(), timeout, BODY_HEAD);
    let built = match row.kind {
        DeliveryKind::Callback => {
            let token = core.key.token(&row.resource, core.now());
            request
                .header("content-type", "application/json")
                .and_then(|request| request.header("authorization", &format!("Bearer {}", token.expose())))
        }
        DeliveryKind::EventGrid => {
            let subscriber = subscriber(core, row).ok_or(Failure::Withdrawn)?;
            request
                .header("content-type", GridSchema::EventGrid.content_type())
                .and_then(|request| request.header("aeg-event-type", "Notification"))
                .and_then(|request| request.header("aeg-subscription-name", &shown_name(&subscriber)))
                .and_then(|request| request.header("aeg-delivery-count", &(number - 1).to_string()))
                .and_then(|request| request.header("aeg-data-version", "1.0"))
                .and_then(|request| request.header("aeg-metadata-version", "1"))
        }
        DeliveryKind::CloudEvent => {
            let subscriber = subscriber(core, row).ok_or(Failure::Withdrawn)?;
            request
                .header("content-type", GridSchema::CloudEvents.content_type())
                .and_then(|request| request.header("aeg-event-type", "Notification"))
                .and_then(|request| request.header("aeg-subscription-name", &shown_name(&subscriber)))
                .and_then(|request| request.header("aeg-delivery-count", &(number - 1).to_string()))
                .and_then(|request| request.header("origin", &core.webhook_origin()))
        }
        DeliveryKind::GraphNotification => {
            if !core.owner.get().is_none_or(|owner| owner.is_wanted(row)) {
                return Err(Failure::Withdrawn);
            }
            request.header("content-type", "application/json; charset=utf-8")
        }
    };
    built.map_err(Failure::Outbound)
}

/// Event Grid shows names in capitals.
pub(crate) fn shown_name(subscriber: &Subscriber) -> String {
    subscriber.spec.name.to_ascii_uppercase()
}

fn subscriber(core: &Core, row: &Delivery) -> Option<Arc<Subscriber>> {
    let id: SubscriptionId = row.subscription.as_deref()?.parse().ok()?;
    core.registry.get(id)
}

fn failure(error: &OutboundError, took: Duration, timeout: Duration) -> SendFailure {
    match error {
        OutboundError::InvalidUrl
        | OutboundError::Scheme
        | OutboundError::UserInfo
        | OutboundError::InvalidHeader(_)
        | OutboundError::PrivateAddress { .. } => SendFailure::NotAllowed,
        // A connection that does not come about is given up earlier: then nobody has seen the event.
        OutboundError::TimedOut { .. } if took * 10 >= timeout * 9 => SendFailure::TimedOut,
        OutboundError::TimedOut { .. }
        | OutboundError::UnknownHost { .. }
        | OutboundError::Unreachable { .. }
        | OutboundError::Tls { .. }
        | OutboundError::TooManyRedirects { .. }
        | OutboundError::BadRedirect { .. }
        | OutboundError::TooLarge { .. }
        | OutboundError::Broken { .. } => SendFailure::Unreachable,
    }
}
