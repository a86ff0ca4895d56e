//! The calls in which somebody talks: what must be known to close their record if this process dies first.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::together::portions;
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
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, calls: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(calls) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO ongoing_call (id, correlation, resource, started_by, is_two_party, started_us) ",
            );
            query.push_values(portion, |mut row, call| {
                row.push_bind(&call.id)
                    .push_bind(&call.correlation)
                    .push_bind(&call.resource)
                    .push_bind(&call.started_by)
                    .push_bind(i64::from(call.is_two_party))
                    .push_bind(call.started_us);
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().execute(&mut **tx).await?;
        }
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
