//! The files of recordings.

use std::str::FromStr;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// A part of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFile {
    /// Names it for whoever downloads it.
    pub document: String,
    /// Of which recording.
    pub recording: String,
    /// Which part, from 0.
    pub position: i64,
    /// How far it is.
    pub state: RecordingFileState,
    /// Its name in the folder of recordings.
    pub file: String,
    /// Channels of sound.
    pub channels: i64,
    /// When its first frame was heard.
    pub started_us: i64,
    /// How long it sounds.
    pub lasted_ms: i64,
    /// How large it is.
    pub bytes: i64,
    /// Who is heard, and when nobody was, as JSON.
    pub details: String,
    /// Why it ends, as the edge that wrote it spells that.
    pub end_reason: Option<String>,
    /// Where it is when it is not in the folder: its name in its storage.
    pub location: Option<String>,
    /// Subscribers were told.
    pub announced: bool,
    /// How often storing it has failed.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_us: Option<i64>,
    /// Why it failed last.
    pub problem: Option<String>,
    /// When it is deleted.
    pub expires_us: Option<i64>,
}

/// How far a file of a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordingFileState {
    /// Frames are added.
    Writing,
    /// It is whole, and has yet to go to its storage.
    Finished,
    /// It is where it shall be.
    Stored,
}

impl RecordingFileState {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Finished => "finished",
            Self::Stored => "stored",
        }
    }
}

impl FromStr for RecordingFileState {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text {
            "writing" => Ok(Self::Writing),
            "finished" => Ok(Self::Finished),
            "stored" => Ok(Self::Stored),
            other => Err(StoreError::Unreadable { what: "state of a file", value: other.to_owned() }),
        }
    }
}

/// Which files are looked for that shall be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilesToStore {
    /// Those whose time has come by then.
    pub now_us: i64,
    /// So many of each resource at most.
    pub most_each: i64,
    /// So many altogether.
    pub most: i64,
    /// Files that need not go anywhere else leave as well.
    pub everything_leaves: bool,
    /// Whether there is room for files that leave.
    pub may_leave: bool,
    /// Not these, by document.
    pub passed_over: Vec<String>,
    /// None that leave of these resources.
    pub full: Vec<String>,
}

const COLUMNS: &str = "document, recording, position, state, file, channels, started_us, lasted_ms, bytes, details, end_reason, location, announced, attempts, next_attempt_us, problem, expires_us";

impl Store {
    /// One file.
    pub async fn recording_file(&self, document: &str) -> Result<Option<RecordingFile>, StoreError> {
        let mut files = self.files_where(" WHERE document = ", document, 1).await?;
        Ok(files.pop())
    }

    /// The files of recordings, in their order.
    pub async fn recording_files(&self, recordings: &[&str]) -> Result<Vec<RecordingFile>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM recording_file WHERE recording IN (");
        let mut list = query.separated(", ");
        recordings.iter().for_each(|id| {
            list.push_bind(*id);
        });
        query.push(") ORDER BY recording, position");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(RecordingFile::from_row).collect()
    }

    /// Files in the making: of this process, or of one that died.
    pub async fn unfinished_recording_files(&self) -> Result<Vec<RecordingFile>, StoreError> {
        self.files_where(" WHERE state = ", RecordingFileState::Writing.as_str(), i64::MAX).await
    }

    /// Files that shall be stored now. First come those that go nowhere else, and the first of each resource.
    pub async fn recording_files_to_store(
        &self,
        wanted: &FilesToStore,
    ) -> Result<Vec<RecordingFile>, StoreError> {
        let list = |names: &[String]| serde_json::to_string(names).expect("texts are JSON");
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(
            " FROM (SELECT recording_file.*, recording.destination IS NOT NULL AS leaves, ROW_NUMBER() OVER (
                    PARTITION BY recording.resource, recording.destination IS NOT NULL
                    ORDER BY recording_file.started_us, document) AS place
                FROM recording_file LEFT JOIN recording ON recording.id = recording_file.recording
                WHERE state = 'finished' AND next_attempt_us IS NOT NULL AND next_attempt_us <= ",
        );
        query.push_bind(wanted.now_us).push(" AND document NOT IN (SELECT value FROM json_each(");
        query.push_bind(list(&wanted.passed_over)).push(")) AND (recording.destination IS NULL AND NOT ");
        query.push_bind(wanted.everything_leaves).push(" OR ").push_bind(wanted.may_leave);
        query.push(" AND COALESCE(recording.resource, '') NOT IN (SELECT value FROM json_each(");
        query.push_bind(list(&wanted.full)).push(")))) AS waiting WHERE place <= ");
        query.push_bind(wanted.most_each).push(" ORDER BY leaves, place, started_us, document LIMIT ");
        let rows = query.push_bind(wanted.most).build().fetch_all(&self.readers).await?;
        rows.iter().map(RecordingFile::from_row).collect()
    }

    /// Files that have been kept for long enough, at most so many.
    pub async fn expired_recording_files(
        &self,
        now_us: i64,
        most: i64,
    ) -> Result<Vec<RecordingFile>, StoreError> {
        self.files_where(" WHERE expires_us IS NOT NULL AND expires_us <= ", now_us, most).await
    }

    /// Of files that could not be stored: how many, and how many bytes.
    pub async fn waiting_recording_files(&self) -> Result<(i64, i64), StoreError> {
        let statement = "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM recording_file WHERE state = 'finished' AND attempts > 0";
        Ok(sqlx::query_as(statement).fetch_one(&self.readers).await?)
    }

    /// The bytes of all files that are kept for a resource, except those in the making.
    pub async fn recorded_bytes(&self, resource: &str) -> Result<i64, StoreError> {
        let statement = "SELECT COALESCE(SUM(bytes), 0) FROM recording_file
            JOIN recording ON recording.id = recording WHERE resource = $1";
        Ok(sqlx::query_scalar(statement).bind(resource).fetch_one(&self.readers).await?)
    }

    async fn files_where<'v, V>(
        &self,
        condition: &'static str,
        value: V,
        most: i64,
    ) -> Result<Vec<RecordingFile>, StoreError>
    where
        V: sqlx::Encode<'v, Sqlite> + sqlx::Type<Sqlite> + 'v,
    {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM recording_file").push(condition).push_bind(value);
        query.push(" ORDER BY started_us, document LIMIT ").push_bind(most);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(RecordingFile::from_row).collect()
    }
}

impl RecordingFile {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO recording_file (");
        query.push(COLUMNS).push(") ");
        query.push_values([self], |mut row, file| {
            row.push_bind(&file.document)
                .push_bind(&file.recording)
                .push_bind(file.position)
                .push_bind(file.state.as_str())
                .push_bind(&file.file)
                .push_bind(file.channels)
                .push_bind(file.started_us)
                .push_bind(file.lasted_ms)
                .push_bind(file.bytes)
                .push_bind(&file.details)
                .push_bind(&file.end_reason)
                .push_bind(&file.location)
                .push_bind(i64::from(file.announced))
                .push_bind(file.attempts)
                .push_bind(file.next_attempt_us)
                .push_bind(&file.problem)
                .push_bind(file.expires_us);
        });
        query.push(" ON CONFLICT (document) DO NOTHING");
        query.build().execute(&mut **tx).await?;
        Ok(())
    }

    /// What changes of a file; one that was deleted stays deleted.
    pub(crate) async fn change(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE recording_file SET state = $2, file = $3, channels = $4, started_us = $5, lasted_ms = $6,
                bytes = $7, details = $8, end_reason = $9, location = $10, announced = $11, attempts = $12,
                next_attempt_us = $13, problem = $14, expires_us = $15
             WHERE document = $1",
        )
        .bind(&self.document)
        .bind(self.state.as_str())
        .bind(&self.file)
        .bind(self.channels)
        .bind(self.started_us)
        .bind(self.lasted_ms)
        .bind(self.bytes)
        .bind(&self.details)
        .bind(&self.end_reason)
        .bind(&self.location)
        .bind(i64::from(self.announced))
        .bind(self.attempts)
        .bind(self.next_attempt_us)
        .bind(&self.problem)
        .bind(self.expires_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            document: row.try_get("document")?,
            recording: row.try_get("recording")?,
            position: row.try_get("position")?,
            state: row.try_get::<String, _>("state")?.parse()?,
            file: row.try_get("file")?,
            channels: row.try_get("channels")?,
            started_us: row.try_get("started_us")?,
            lasted_ms: row.try_get("lasted_ms")?,
            bytes: row.try_get("bytes")?,
            details: row.try_get("details")?,
            end_reason: row.try_get("end_reason")?,
            location: row.try_get("location")?,
            announced: row.try_get::<i64, _>("announced")? != 0,
            attempts: row.try_get("attempts")?,
            next_attempt_us: row.try_get("next_attempt_us")?,
            problem: row.try_get("problem")?,
            expires_us: row.try_get("expires_us")?,
        })
    }
}

/// A file is gone, and with its last file a recording that is over.
pub(crate) async fn remove(tx: &mut Tx<'_>, document: &str) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM recording WHERE ended_us IS NOT NULL
            AND id = (SELECT recording FROM recording_file WHERE document = $1)
            AND NOT EXISTS (SELECT 1 FROM recording_file WHERE recording = id AND document <> $1)",
    )
    .bind(document)
    .execute(&mut **tx)
    .await?;
    sqlx::query("DELETE FROM recording_file WHERE document = $1").bind(document).execute(&mut **tx).await?;
    Ok(())
}
