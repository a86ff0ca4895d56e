//! The handle through which everything is read and written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::oneshot;

use crate::migration::{self, MigrationError};
use crate::write::Write;
use crate::writer::Writer;

const FILE_NAME: &str = "ringdown.sqlite";
const LOCK_NAME: &str = "ringdown.lock";
const READERS: u32 = 4;

// 4,000 pages of 4 KiB. Larger than SQLite's own 1,000, because checkpoints are what makes a commit slow.
const CHECKPOINT_PAGES: &str = "4000";

// 32 MiB for the one connection that writes, so that it need not read back what it wrote.
const WRITER_CACHE: &str = "-32768";

/// What must last. Cheap to clone; the file closes with the last clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) readers: SqlitePool,
    pub(crate) writer: Writer,
    pub(crate) path: Arc<Path>,
    // Held for as long as the store is open: two processes on one file would deliver every event twice.
    _lock: Arc<File>,
}

/// Why the store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or a file in it.
    #[error("use {path}: {source}; choose a data directory that this user may write")]
    File {
        /// What was touched.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process is there.
    #[error("use {0}: another ringdown process runs on this data directory; stop it or choose another one")]
    InUse(PathBuf),
    /// Not a database, or damaged.
    #[error("open the database {path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error(transparent)]
    Migration(#[from] MigrationError),
}

/// Why something was not stored or not found out. Many callers may share one failed transaction.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused: disk full, input/output error, damaged file.
    #[error("use the database: {0}")]
    Database(Arc<sqlx::Error>),
    /// More waits to be written than the store is willing to hold in memory.
    #[error("take more writes: {0} already wait for the disk")]
    Overloaded(usize),
    /// The store is being closed.
    #[error("write: the store is closed")]
    Closed,
    /// Somebody else was faster: what was to be changed is not what it was.
    #[error("change {what}: somebody else has changed it meanwhile")]
    Changed {
        /// What.
        what: &'static str,
    },
    /// A row that this version cannot read.
    #[error("read a stored {what}: {value} is unknown to this version")]
    Unreadable {
        /// The column.
        what: &'static str,
        /// What it held.
        value: String,
    },
}

impl StoreError {
    /// Whether there is no room for what was to be written: the disk, a quota, or the largest file size.
    pub fn is_full(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(|error| error.code());
        // SQLITE_FULL, and SQLITE_IOERR_WRITE: so it calls a quota (EDQUOT) and the largest file size (EFBIG).
        matches!(code.as_deref(), Some("13" | "778"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl Store {
    /// Opens (or makes) the store in `directory`, and brings its schema up to date.
    ///
    /// Only the current user can read the files: they hold keys and what people said.
    pub async fn open(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(FILE_NAME);
        let lock = claim(directory)?;
        private_file(&path).map_err(|source| OpenError::File { path: path.clone(), source })?;

        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
        let database = |source| OpenError::Database { path: path.clone(), source };
        let writing = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
            .await
            .map_err(database)?;
        migration::run(&writing).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options)
            .await
            .map_err(database)?;

        Ok(Self { readers, writer: Writer::start(writing), path: path.into(), _lock: Arc::new(lock) })
    }

    /// Hands facts to the writer: all of them or none become durable, after everything that was
    /// handed over before. Never blocks; the receiver resolves when they are durable.
    pub fn enqueue(&self, writes: Vec<Write>) -> oneshot::Receiver<Result<(), StoreError>> {
        self.writer.enqueue(writes)
    }

    /// Writes facts, all or none, and returns when they are durable.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.enqueue(writes).await.map_err(|_| StoreError::Closed)?
    }
}

fn claim(directory: &Path) -> Result<File, OpenError> {
    let failed = |path: &Path, source| OpenError::File { path: path.to_owned(), source };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| failed(directory, source))?;
    let path = directory.join(LOCK_NAME);
    let lock = private_file(&path).map_err(|source| failed(&path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

// SQLite gives its -wal and -shm files the permissions of the main file.
fn private_file(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file)
}
