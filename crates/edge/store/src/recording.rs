//! Recordings.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::page::{Cursor, Page, PageRequest};
use crate::recording_file::RecordingFile;
use crate::store::{Store, StoreError};
use crate::write::Tx;

/// What is or was recorded of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Names it for good.
    pub id: String,
    /// The communication resource whose it is.
    pub resource: String,
    /// The call.
    pub call: String,
    /// The kind of file, as the edge that wrote it spells that.
    pub format: String,
    /// Voices apart.
    pub unmixed: bool,
    /// The container of somebody else where the files go.
    pub destination: Option<String>,
    /// When it began.
    pub started_us: i64,
    /// When it was over; absent while it goes on.
    pub ended_us: Option<i64>,
    /// Why it was over, as the edge that wrote it spells that.
    pub end_reason: Option<String>,
}

/// Which recordings are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// This one.
    pub id: Option<String>,
    /// Of this resource.
    pub resource: Option<String>,
    /// Of this call.
    pub call: Option<String>,
    /// Only those that go on (`true`), or that are over.
    pub active: Option<bool>,
    /// Only those with a file that its storage did not take (`true`), or without one.
    pub waiting: Option<bool>,
}

const COLUMNS: &str = "id, resource, call_id, format, unmixed, destination, started_us, ended_us, end_reason";

impl Store {
    /// Recordings, newest first.
    pub async fn recordings(
        &self,
        filter: &RecordingFilter,
        page: &PageRequest,
    ) -> Result<Page<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM recording WHERE started_us >= 0");
        for (column, wanted) in [
            (" AND id = ", &filter.id),
            (" AND resource = ", &filter.resource),
            (" AND call_id = ", &filter.call),
        ] {
            if let Some(wanted) = wanted {
                query.push(column).push_bind(wanted);
            }
        }
        match filter.active {
            Some(true) => drop(query.push(" AND ended_us IS NULL")),
            Some(false) => drop(query.push(" AND ended_us IS NOT NULL")),
            None => {}
        }
        if let Some(waiting) = filter.waiting {
            query.push(if waiting { " AND" } else { " AND NOT" }).push(
                " EXISTS (SELECT 1 FROM recording_file WHERE recording_file.recording = recording.id
                    AND state = 'finished' AND attempts > 0)",
            );
        }
        page.limit(&mut query, "started_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(Recording::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |recording: &Recording| Cursor {
            order: recording.started_us,
            id: recording.id.clone(),
        }))
    }

    /// One recording.
    pub async fn recording(&self, id: &str) -> Result<Option<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM recording WHERE id = ").push_bind(id);
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(Recording::from_row).transpose()
    }

    /// Recordings that nobody ended.
    pub async fn open_recordings(&self) -> Result<Vec<Recording>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM recording WHERE ended_us IS NULL");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(Recording::from_row).collect()
    }

    /// A file, and the recording of which it is a part.
    pub async fn recording_of_file(
        &self,
        document: &str,
    ) -> Result<Option<(Recording, RecordingFile)>, StoreError> {
        let Some(file) = self.recording_file(document).await? else { return Ok(None) };
        Ok(self.recording(&file.recording).await?.map(|recording| (recording, file)))
    }
}

impl Recording {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO recording (id, resource, call_id, format, unmixed, destination, started_us, ended_us, end_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&self.id)
        .bind(&self.resource)
        .bind(&self.call)
        .bind(&self.format)
        .bind(i64::from(self.unmixed))
        .bind(&self.destination)
        .bind(self.started_us)
        .bind(self.ended_us)
        .bind(&self.end_reason)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            resource: row.try_get("resource")?,
            call: row.try_get("call_id")?,
            format: row.try_get("format")?,
            unmixed: row.try_get::<i64, _>("unmixed")? != 0,
            destination: row.try_get("destination")?,
            started_us: row.try_get("started_us")?,
            ended_us: row.try_get("ended_us")?,
            end_reason: row.try_get("end_reason")?,
        })
    }
}

/// A recording ends once; what is said later is not taken.
pub(crate) async fn end(tx: &mut Tx<'_>, id: &str, ended_us: i64, reason: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE recording SET ended_us = $2, end_reason = $3 WHERE id = $1 AND ended_us IS NULL")
        .bind(id)
        .bind(ended_us)
        .bind(reason)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
