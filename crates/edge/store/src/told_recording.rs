//! Recordings of whose state applications were told: what must be known to tell them the end if this process
//! dies first.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// A recording that goes on, and who is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldRecording {
    /// The recording.
    pub recording: String,
    /// The call.
    pub call: String,
    /// The chain of calls.
    pub correlation: String,
    /// The communication resource.
    pub resource: String,
    /// Where its events go.
    pub callback: String,
    /// It gates the events.
    pub api_version: String,
    /// The connection that asked for it, when one did.
    pub connection: Option<String>,
    /// When it began.
    pub since_us: Option<i64>,
}

impl Store {
    /// Recordings whose end nobody was told, at most so many.
    pub async fn told_recordings(&self, most: usize) -> Result<Vec<ToldRecording>, StoreError> {
        let rows = sqlx::query::<Sqlite>(
            "SELECT recording, call_id, correlation, resource, callback, api_version, connection, since_us
                FROM told_recording ORDER BY recording LIMIT $1",
        )
        .bind(most as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(ToldRecording::from_row).collect()
    }
}

impl ToldRecording {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO told_recording
                (recording, call_id, correlation, resource, callback, api_version, connection, since_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (recording) DO NOTHING",
        )
        .bind(&self.recording)
        .bind(&self.call)
        .bind(&self.correlation)
        .bind(&self.resource)
        .bind(&self.callback)
        .bind(&self.api_version)
        .bind(&self.connection)
        .bind(self.since_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            recording: row.try_get("recording")?,
            call: row.try_get("call_id")?,
            correlation: row.try_get("correlation")?,
            resource: row.try_get("resource")?,
            callback: row.try_get("callback")?,
            api_version: row.try_get("api_version")?,
            connection: row.try_get("connection")?,
            since_us: row.try_get("since_us")?,
        })
    }
}

/// The end was told.
pub(crate) async fn remove(tx: &mut Tx<'_>, recording: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM told_recording WHERE recording = $1").bind(recording).execute(&mut **tx).await?;
    Ok(())
}
