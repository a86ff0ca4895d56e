//! Events that were given up, kept so that somebody can look at them and send them again.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::outbox::{Delivery, DeliveryFilter};
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::write::Tx;

/// A delivery that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What was to be delivered, as it stood.
    pub delivery: Delivery,
    /// Why it was given up (contract: Call Automation §11.4, `deadLetterReason`).
    pub reason: String,
    /// How the last attempt ended (`lastDeliveryOutcome`).
    pub last_outcome: String,
    /// When the last attempt was made; absent if none was.
    pub last_attempt_us: Option<i64>,
    /// When it was given up.
    pub dead_us: i64,
}

const COLUMNS: &str = "id, sequence, reason, last_outcome, last_attempt_us, dead_us, stream, event, event_type, kind, destination, subscription, resource, call_id, connection, body, attempts, created_us";

impl Store {
    /// Dead letters, newest first. The filter's state has no meaning here.
    pub async fn dead_letters(
        &self,
        filter: &DeliveryFilter,
        page: &PageRequest,
    ) -> Result<Page<DeadLetter>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM dead_letter WHERE sequence >= 0");
        DeliveryFilter { state: None, ..filter.clone() }.narrow(&mut query);
        page.limit(&mut query, "sequence");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(DeadLetter::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |letter: &DeadLetter| Cursor {
            order: letter.delivery.sequence,
            id: letter.delivery.id.clone(),
        }))
    }

    /// One dead letter.
    pub async fn dead_letter(&self, id: &str) -> Result<Option<DeadLetter>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM dead_letter WHERE id = ").push_bind(id);
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(DeadLetter::from_row).transpose()
    }
}

impl DeadLetter {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let delivery = &self.delivery;
        sqlx::query(
            "UPDATE outbox SET state = 'dead', attempts = $2, next_attempt_us = NULL, settled_us = $3 WHERE id = $1",
        )
        .bind(&delivery.id)
        .bind(delivery.attempts)
        .bind(self.dead_us)
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO dead_letter (id, sequence, reason, last_outcome, last_attempt_us, dead_us, stream, event,
                event_type, kind, destination, subscription, resource, call_id, connection, body, attempts, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&delivery.id)
        .bind(delivery.sequence)
        .bind(&self.reason)
        .bind(&self.last_outcome)
        .bind(self.last_attempt_us)
        .bind(self.dead_us)
        .bind(&delivery.stream)
        .bind(&delivery.event)
        .bind(&delivery.event_type)
        .bind(delivery.kind.as_str())
        .bind(&delivery.destination)
        .bind(&delivery.subscription)
        .bind(&delivery.resource)
        .bind(&delivery.call)
        .bind(&delivery.connection)
        .bind(&delivery.body)
        .bind(delivery.attempts)
        .bind(delivery.created_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let dead_us = row.try_get("dead_us")?;
        Ok(Self {
            delivery: Delivery::from_letter(row, Some(dead_us))?,
            reason: row.try_get("reason")?,
            last_outcome: row.try_get("last_outcome")?,
            last_attempt_us: row.try_get("last_attempt_us")?,
            dead_us,
        })
    }
}

// The outbox may have forgotten the delivery by now, so it is written again from the letter.
pub(crate) async fn revive(tx: &mut Tx<'_>, id: &str, sequence: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO outbox (id, sequence, stream, event, event_type, kind, destination, subscription, resource,
            call_id, connection, body, state, attempts, created_us, expires_us, next_attempt_us, settled_us)
         SELECT id, $2, stream, event, event_type, kind, destination, subscription, resource,
            call_id, connection, body, 'pending', attempts, created_us, NULL, NULL, NULL
         FROM dead_letter WHERE id = $1
         ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, state = 'pending',
            expires_us = NULL, next_attempt_us = NULL, settled_us = NULL",
    )
    .bind(id)
    .bind(sequence)
    .execute(&mut **tx)
    .await?;
    remove(tx, id).await
}

pub(crate) async fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM dead_letter WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
