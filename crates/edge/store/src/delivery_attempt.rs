//! What happened each time a receiver was tried: the answer to "where is my callback?".

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::Tx;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// The delivery.
    pub delivery: String,
    /// From 1.
    pub number: i64,
    /// When it began.
    pub at_us: i64,
    /// How long until the answer, or until it was given up.
    pub took_us: i64,
    /// The HTTP status, if there was an answer.
    pub status: Option<i64>,
    /// What went wrong, if there was none.
    pub error: Option<String>,
    /// The first bytes of the answer's body.
    pub body_head: Option<String>,
    /// When it will be tried again.
    pub next_attempt_us: Option<i64>,
}

/// The attempt with which a delivery arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it began.
    pub at_us: i64,
    /// How long until the answer.
    pub took_us: i64,
    /// The HTTP status.
    pub status: i64,
    /// The first bytes of the answer's body.
    pub body_head: Option<String>,
}

impl Store {
    /// The attempts of some deliveries, in order.
    pub async fn attempts(&self, deliveries: &[&str]) -> Result<Vec<DeliveryAttempt>, StoreError> {
        if deliveries.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT delivery, number, at_us, took_us, status, error, body_head, next_attempt_us
             FROM delivery_attempt WHERE delivery IN (",
        );
        let list = |query: &mut QueryBuilder<Sqlite>| {
            let mut list = query.separated(", ");
            for delivery in deliveries {
                list.push_bind((*delivery).to_owned());
            }
        };
        list(&mut query);
        query.push(
            ") UNION ALL SELECT id, attempts, arrived_at_us, arrived_took_us, arrived_status, NULL, arrived_body_head, NULL
             FROM outbox WHERE arrived_at_us IS NOT NULL AND id IN (",
        );
        list(&mut query);
        query.push(") ORDER BY 1, 2");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(DeliveryAttempt::from_row).collect()
    }
}

impl DeliveryAttempt {
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, attempts: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(attempts) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO delivery_attempt (delivery, number, at_us, took_us, status, error, body_head,
                    next_attempt_us) ",
            );
            query.push_values(portion, |mut row, attempt| {
                row.push_bind(&attempt.delivery)
                    .push_bind(attempt.number)
                    .push_bind(attempt.at_us)
                    .push_bind(attempt.took_us)
                    .push_bind(attempt.status)
                    .push_bind(&attempt.error)
                    .push_bind(&attempt.body_head)
                    .push_bind(attempt.next_attempt_us);
            });
            query.push(
                " ON CONFLICT (delivery, number) DO UPDATE SET at_us = excluded.at_us, took_us = excluded.took_us,
                    status = excluded.status, error = excluded.error, body_head = excluded.body_head,
                    next_attempt_us = excluded.next_attempt_us",
            );
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            delivery: row.try_get("delivery")?,
            number: row.try_get("number")?,
            at_us: row.try_get("at_us")?,
            took_us: row.try_get("took_us")?,
            status: row.try_get("status")?,
            error: row.try_get("error")?,
            body_head: row.try_get("body_head")?,
            next_attempt_us: row.try_get("next_attempt_us")?,
        })
    }
}
