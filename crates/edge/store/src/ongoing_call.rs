//! The calls in which somebody talks: what must be known to close their record if this process dies first.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// A call that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OngoingCall {
    /// The call.
    pub id: String,
    /// The chain of calls.
    pub correlation: String,
    /// The communication resource it concerns.
    pub resource: String,
    /// The caller's raw id.
    pub started_by: String,
    /// Two parties rather than a group.
    pub is_two_party: bool,
    /// When the first two parties were connected.
    pub started_us: i64,
}

impl Store {
    /// Calls that have begun and not ended, at most `limit`, oldest first.
    pub async fn ongoing_calls(&self, limit: usize) -> Result<Vec<OngoingCall>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, correlation, resource, started_by, is_two_party, started_us
             FROM ongoing_call ORDER BY started_us, id LIMIT $1",
        )
        .bind(limit as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(OngoingCall::from_row).collect()
    }
}

impl OngoingCall {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO ongoing_call (id, correlation, resource, started_by, is_two_party, started_us)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&self.id)
        .bind(&self.correlation)
        .bind(&self.resource)
        .bind(&self.started_by)
        .bind(i64::from(self.is_two_party))
        .bind(self.started_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            correlation: row.try_get("correlation")?,
            resource: row.try_get("resource")?,
            started_by: row.try_get("started_by")?,
            is_two_party: row.try_get::<i64, _>("is_two_party")? != 0,
            started_us: row.try_get("started_us")?,
        })
    }
}
