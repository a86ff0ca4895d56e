//! The outbox: every event that must reach somebody outside, until some time after it did.

use std::str::FromStr;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::together::{Settled, portions};
use crate::write::Tx;

/// One event on its way to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names this delivery; an event for three subscribers has three.
    pub id: String,
    /// The order in which deliveries were made durable.
    pub sequence: i64,
    /// Deliveries of one stream arrive one after another.
    pub stream: String,
    /// The event's id, the same for all receivers and attempts.
    pub event: String,
    /// The event's type.
    pub event_type: String,
    /// How it is sent.
    pub kind: DeliveryKind,
    /// Where it is sent, verbatim.
    pub destination: String,
    /// For the sake of this subscription.
    pub subscription: Option<String>,
    /// The communication resource.
    pub resource: String,
    /// The call it is about.
    pub call: String,
    /// The connection it is about.
    pub connection: Option<String>,
    /// What is sent.
    pub body: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: i64,
    /// When the event happened.
    pub created_us: i64,
    /// Of no use to anybody after this time.
    pub expires_us: Option<i64>,
    /// When it will be tried again.
    pub next_attempt_us: Option<i64>,
    /// When it arrived or was given up.
    pub settled_us: Option<i64>,
}

/// How an event is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryKind {
    /// A Call Automation callback.
    Callback,
    /// Event Grid, in its own schema.
    EventGrid,
    /// Event Grid, in the CloudEvents schema.
    CloudEvent,
    /// A change notification of Microsoft Graph.
    GraphNotification,
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Not yet taken by the receiver.
    Pending,
    /// Taken by the receiver.
    Delivered,
    /// Given up, and kept as a dead letter.
    Dead,
}

/// Which deliveries are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// The destination begins with this.
    pub destination: Option<String>,
    /// Of this type, with or without the `Microsoft.Communication.` in front.
    pub event_type: Option<String>,
    /// About this connection.
    pub connection: Option<String>,
    /// About this call.
    pub call: Option<String>,
    /// For this subscription.
    pub subscription: Option<String>,
    /// Of this event.
    pub event: Option<String>,
    /// This far.
    pub state: Option<DeliveryState>,
}

macro_rules! spelled {
    ($name:ident, $what:literal, $($variant:ident = $text:literal),+) => {
        impl $name {
            /// As it is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = StoreError;

            fn from_str(text: &str) -> Result<Self, StoreError> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err(StoreError::Unreadable { what: $what, value: other.to_owned() }),
                }
            }
        }
    };
}

spelled!(
    DeliveryKind,
    "kind of delivery",
    Callback = "callback",
    EventGrid = "event-grid",
    CloudEvent = "cloud-event",
    GraphNotification = "graph-notification"
);
spelled!(DeliveryState, "state of a delivery", Pending = "pending", Delivered = "delivered", Dead = "dead");

const COLUMNS: &str = "id, sequence, stream, event, event_type, kind, destination, subscription, resource, call_id, connection, body, state, attempts, created_us, expires_us, next_attempt_us, settled_us";

impl Store {
    /// Deliveries, newest first.
    pub async fn deliveries(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<Delivery>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM outbox WHERE sequence >= 0");
        filter.narrow(&mut query);
        page.limit(&mut query, "sequence");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(Delivery::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |delivery: &Delivery| Cursor {
            order: delivery.sequence,
            id: delivery.id.clone(),
        }))
    }

    /// One delivery.
    pub async fn delivery(&self, id: &str) -> Result<Option<Delivery>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM outbox WHERE id = ").push_bind(id);
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(Delivery::from_row).transpose()
    }

    /// Deliveries that are still to be made, behind `after`, oldest first.
    pub async fn pending_deliveries(&self, after: i64, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM outbox WHERE state = 'pending' AND sequence > ").push_bind(after);
        query.push(" ORDER BY sequence, id LIMIT ").push_bind(limit as i64);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(Delivery::from_row).collect()
    }

    /// The highest place in the order that was ever given out and is still remembered.
    pub async fn last_sequence(&self) -> Result<i64, StoreError> {
        let last: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(sequence), 0) FROM outbox")
            .fetch_one(&self.readers)
            .await?;
        Ok(last)
    }
}

impl DeliveryFilter {
    // The outbox and the dead letters name these columns alike.
    pub(crate) fn narrow(&self, query: &mut QueryBuilder<Sqlite>) {
        for (column, value) in [
            ("connection", &self.connection),
            ("call_id", &self.call),
            ("subscription", &self.subscription),
            ("event", &self.event),
        ] {
            if let Some(value) = value {
                query.push(" AND ").push(column).push(" = ").push_bind(value.clone());
            }
        }
        if let Some(event_type) = &self.event_type {
            let long = format!("Microsoft.Communication.{event_type}");
            query.push(" AND event_type IN (").push_bind(event_type.clone());
            query.push(", ").push_bind(long).push(")");
        }
        if let Some(destination) = &self.destination {
            query.push(" AND SUBSTR(destination, 1, ").push_bind(destination.chars().count() as i64);
            query.push(") = ").push_bind(destination.clone());
        }
        if let Some(state) = self.state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
    }
}

impl Delivery {
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, deliveries: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(deliveries) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO outbox (id, sequence, stream, event, event_type, kind, destination, subscription, resource,
                    call_id, connection, body, state, attempts, created_us, expires_us, next_attempt_us, settled_us) ",
            );
            query.push_values(portion, |mut row, delivery| {
                row.push_bind(&delivery.id)
                    .push_bind(delivery.sequence)
                    .push_bind(&delivery.stream)
                    .push_bind(&delivery.event)
                    .push_bind(&delivery.event_type)
                    .push_bind(delivery.kind.as_str())
                    .push_bind(&delivery.destination)
                    .push_bind(&delivery.subscription)
                    .push_bind(&delivery.resource)
                    .push_bind(&delivery.call)
                    .push_bind(&delivery.connection)
                    .push_bind(&delivery.body)
                    .push_bind(delivery.state.as_str())
                    .push_bind(delivery.attempts)
                    .push_bind(delivery.created_us)
                    .push_bind(delivery.expires_us)
                    .push_bind(delivery.next_attempt_us)
                    .push_bind(delivery.settled_us);
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            state: row.try_get::<String, _>("state")?.parse()?,
            expires_us: row.try_get("expires_us")?,
            next_attempt_us: row.try_get("next_attempt_us")?,
            settled_us: row.try_get("settled_us")?,
            ..Self::from_letter(row, None)?
        })
    }

    /// What the outbox and the dead letters keep alike; dead since `dead_us`.
    pub(crate) fn from_letter(row: &SqliteRow, dead_us: Option<i64>) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            sequence: row.try_get("sequence")?,
            stream: row.try_get("stream")?,
            event: row.try_get("event")?,
            event_type: row.try_get("event_type")?,
            kind: row.try_get::<String, _>("kind")?.parse()?,
            destination: row.try_get("destination")?,
            subscription: row.try_get("subscription")?,
            resource: row.try_get("resource")?,
            call: row.try_get("call_id")?,
            connection: row.try_get("connection")?,
            body: row.try_get("body")?,
            state: DeliveryState::Dead,
            attempts: row.try_get("attempts")?,
            created_us: row.try_get("created_us")?,
            expires_us: None,
            next_attempt_us: None,
            settled_us: dead_us,
        })
    }
}

pub(crate) async fn postpone(
    tx: &mut Tx<'_>,
    id: &str,
    attempts: i64,
    next_attempt_us: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET attempts = $2, next_attempt_us = $3 WHERE id = $1")
        .bind(id)
        .bind(attempts)
        .bind(next_attempt_us)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn settle_all(tx: &mut Tx<'_>, settled: &[Settled<'_>]) -> Result<(), StoreError> {
    for portion in portions(settled) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "WITH settled (id, attempts, at_us, arrived_at_us, arrived_took_us, arrived_status, arrived_body_head) AS (",
        );
        query.push_values(portion, |mut row, (id, attempts, at_us, attempt)| {
            row.push_bind(*id)
                .push_bind(*attempts)
                .push_bind(*at_us)
                .push_bind(attempt.map(|attempt| attempt.at_us))
                .push_bind(attempt.map(|attempt| attempt.took_us))
                .push_bind(attempt.map(|attempt| attempt.status))
                .push_bind(attempt.and_then(|attempt| attempt.body_head.as_deref()));
        });
        query.push(
            ") UPDATE outbox SET state = 'delivered', attempts = settled.attempts, next_attempt_us = NULL,
                settled_us = settled.at_us, arrived_at_us = settled.arrived_at_us,
                arrived_took_us = settled.arrived_took_us, arrived_status = settled.arrived_status,
                arrived_body_head = settled.arrived_body_head
            FROM settled WHERE outbox.id = settled.id",
        );
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
