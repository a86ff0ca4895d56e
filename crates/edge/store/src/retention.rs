//! How much of the past is kept.

use sqlx::{QueryBuilder, Sqlite};

use crate::aside;
use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

/// Rows that are forgotten in one transaction: nobody who writes should have to wait long behind it.
const TOGETHER: i64 = 500;

/// Bounds on what is only kept to be looked at. What is still to be done is never forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that arrived or were given up, and their attempts.
    pub settled_deliveries: i64,
    /// The same, by age.
    pub settled_for_us: i64,
    /// Dead letters.
    pub dead_letters: i64,
    /// Call records.
    pub call_records: i64,
    /// Calls of people.
    pub personal_calls: i64,
    /// The same, by age.
    pub personal_calls_for_us: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            settled_deliveries: 20_000,
            settled_for_us: 24 * 60 * 60 * 1_000_000,
            dead_letters: 20_000,
            call_records: 200_000,
            personal_calls: 400_000,
            personal_calls_for_us: 90 * 24 * 60 * 60 * 1_000_000,
        }
    }
}

// A sequence is the time at which a delivery was made, or a little more: what was settled so long ago was made
// before, and lies at the beginning of the index.
const TOO_OLD: &str =
    "SELECT id FROM outbox WHERE state <> 'pending' AND settled_us < $1 AND sequence < $1 LIMIT $2";
const BEYOND: &str =
    "SELECT sequence FROM outbox WHERE state <> 'pending' ORDER BY sequence DESC LIMIT 1 OFFSET $1";
const TOO_MANY: &str = "SELECT id FROM outbox WHERE state <> 'pending' AND sequence <= $1 LIMIT $2";
const BEYOND_LETTERS: &str = "SELECT sequence FROM dead_letter ORDER BY sequence DESC LIMIT 1 OFFSET $1";
const OLD_CALLS: &str = "SELECT id FROM personal_call WHERE ended_us < $1 LIMIT $2";
const BEYOND_CALLS: &str = "SELECT ended_us FROM personal_call ORDER BY ended_us DESC LIMIT 1 OFFSET $1";
const TOO_MANY_CALLS: &str = "SELECT id FROM personal_call WHERE ended_us <= $1 LIMIT $2";
const TOO_MANY_LETTERS: &str = "SELECT id FROM dead_letter WHERE sequence <= $1 LIMIT $2";

impl Store {
    /// Forgets what is too old or too much, a little at a time.
    pub async fn prune(&self, retention: Retention, now_us: i64) -> Result<(), StoreError> {
        let oldest_us = now_us.saturating_sub(retention.settled_for_us);
        self.forget_all(TOO_OLD, oldest_us, Write::ForgetDeliveries).await?;
        if let Some(last) = self.beyond(BEYOND, retention.settled_deliveries).await? {
            self.forget_all(TOO_MANY, last, Write::ForgetDeliveries).await?;
        }
        if let Some(last) = self.beyond(BEYOND_LETTERS, retention.dead_letters).await? {
            self.forget_all(TOO_MANY_LETTERS, last, Write::ForgetDeadLetters).await?;
        }
        let oldest_us = now_us.saturating_sub(retention.personal_calls_for_us);
        self.forget_all(OLD_CALLS, oldest_us, Write::ForgetOldPersonalCalls).await?;
        if let Some(last) = self.beyond(BEYOND_CALLS, retention.personal_calls).await? {
            self.forget_all(TOO_MANY_CALLS, last, Write::ForgetOldPersonalCalls).await?;
        }
        let expired = Write::ForgetExpired { now_us, call_records: retention.call_records };
        self.write(vec![expired]).await
    }

    /// The newest that is one too many. To find it, all that stay are passed: once, and not for each portion.
    async fn beyond(&self, statement: &'static str, stay: i64) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(statement).bind(stay).fetch_optional(&self.readers).await?)
    }

    async fn forget_all(
        &self,
        statement: &'static str,
        bound: i64,
        forget: fn(Vec<String>) -> Write,
    ) -> Result<(), StoreError> {
        loop {
            let query = sqlx::query_scalar(statement).bind(bound).bind(TOGETHER);
            let ids: Vec<String> = query.fetch_all(&self.readers).await?;
            if ids.is_empty() {
                return Ok(());
            }
            self.write(vec![forget(ids)]).await?;
        }
    }
}

/// Settled deliveries, with their attempts unless a dead letter still shows them.
pub(crate) async fn forget_deliveries(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), StoreError> {
    // One of them may have been revived since it was chosen.
    delete(tx, "DELETE FROM outbox WHERE state <> 'pending' AND id IN (", ids).await?;
    forget_attempts(tx, ids).await
}

/// Dead letters, with their attempts unless the outbox still shows them.
pub(crate) async fn forget_dead_letters(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), StoreError> {
    delete(tx, "DELETE FROM dead_letter WHERE id IN (", ids).await?;
    forget_attempts(tx, ids).await
}

/// Calls of people.
pub(crate) async fn forget_personal_calls(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), StoreError> {
    delete(tx, "DELETE FROM personal_call WHERE id IN (", ids).await
}

/// What says itself when it is over, and call records beyond their number.
pub(crate) async fn forget_expired(
    tx: &mut Tx<'_>,
    now_us: i64,
    call_records: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM call_record WHERE ended_us <= COALESCE(
            (SELECT ended_us FROM call_record ORDER BY ended_us DESC LIMIT 1 OFFSET $1), -1)",
    )
    .bind(call_records)
    .execute(&mut **tx)
    .await?;
    aside::forget_expired(tx, now_us).await?;
    for statement in [
        "DELETE FROM repeatability WHERE expires_us <= $1",
        "DELETE FROM binding WHERE expires_us <= $1",
        "DELETE FROM kept_for_a_while WHERE expires_us <= $1",
    ] {
        sqlx::query(statement).bind(now_us).execute(&mut **tx).await?;
    }
    Ok(())
}

async fn forget_attempts(tx: &mut Tx<'_>, ids: &[String]) -> Result<(), StoreError> {
    let statement = "DELETE FROM delivery_attempt
        WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = delivery)
            AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.id = delivery)
            AND delivery IN (";
    delete(tx, statement, ids).await
}

async fn delete(tx: &mut Tx<'_>, statement: &'static str, ids: &[String]) -> Result<(), StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(statement);
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(id.clone());
    }
    query.push(")");
    query.build().execute(&mut **tx).await?;
    Ok(())
}
