//! The one thread that writes: whatever has gathered while the disk was busy goes into one transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use crate::health::Writable;
use crate::store::StoreError;
use crate::together::apply_all;
use crate::write::Write;

/// Batches that may wait for the disk.
const WAITING: usize = 65_536;
/// Facts in one transaction.
const GATHERED: usize = 4_096;
/// From the beginning of a transaction to the next. A transaction costs as much as the facts of several calls,
/// so those that come close behind one another share one; after a pause nobody waits.
const PACE: Duration = Duration::from_millis(2);
/// Between transactions there is a pause as long as the last one took, but no longer than this: the later it
/// is, the more of them share one, and the less each costs.
const BREATH: Duration = Duration::from_millis(5);

#[derive(Clone, Debug)]
pub(crate) struct Writer {
    batches: mpsc::Sender<Batch>,
    pub(crate) writable: Arc<Writable>,
}

struct Batch {
    writes: Vec<Write>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

impl Writer {
    pub(crate) fn start(pool: SqlitePool) -> Self {
        let (batches, waiting) = mpsc::channel(WAITING);
        let writable = Arc::new(Writable::default());
        writable.note(true);
        let work = write_all(pool, waiting, Arc::clone(&writable));
        // A thread of its own: each statement is handed to the thread that talks to SQLite and back, and
        // must not wait for its turn behind all else that the process does.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("the system has a timer to spare");
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || runtime.block_on(work))
            .expect("the system has a thread to spare when it starts");
        Self { batches, writable }
    }

    pub(crate) fn enqueue(&self, writes: Vec<Write>) -> oneshot::Receiver<Result<(), StoreError>> {
        let (done, receiver) = oneshot::channel();
        if let Err(refused) = self.batches.try_send(Batch { writes, done }) {
            let (batch, error) = match refused {
                mpsc::error::TrySendError::Full(batch) => {
                    meter::STORE_FAILURES.count(["overloaded"]);
                    (batch, StoreError::Overloaded(WAITING))
                }
                mpsc::error::TrySendError::Closed(batch) => (batch, StoreError::Closed),
            };
            let _ = batch.done.send(Err(error));
        }
        receiver
    }
}

async fn write_all(pool: SqlitePool, mut waiting: mpsc::Receiver<Batch>, writable: Arc<Writable>) {
    let mut next = tokio::time::Instant::now();
    while let Some(first) = waiting.recv().await {
        tokio::time::sleep_until(next).await;
        next = tokio::time::Instant::now() + PACE;
        let mut facts = first.writes.len();
        let mut group = vec![first];
        while facts < GATHERED {
            let Ok(batch) = waiting.try_recv() else { break };
            facts += batch.writes.len();
            group.push(batch);
        }
        let began = tokio::time::Instant::now();
        settle(&pool, group, &writable).await;
        next = next.max(tokio::time::Instant::now() + began.elapsed().min(BREATH));
    }
    pool.close().await;
}

async fn settle(pool: &SqlitePool, group: Vec<Batch>, writable: &Writable) {
    match write_together(pool, &group).await {
        Ok(()) => {
            // An empty batch only waits for those before it: it says nothing about the disk.
            if group.iter().any(|batch| !batch.writes.is_empty()) {
                writable.note(true);
            }
            group.into_iter().for_each(|batch| drop(batch.done.send(Ok(()))));
        }
        Err(error) if group.len() == 1 => {
            if !matches!(error, StoreError::Changed { .. }) {
                writable.note(false);
                failed(&error);
            }
            group.into_iter().for_each(|batch| drop(batch.done.send(Err(error.clone()))));
        }
        // One bad batch must not take the others with it.
        Err(_) => settle_one_by_one(pool, group, writable).await,
    }
}

async fn settle_one_by_one(pool: &SqlitePool, group: Vec<Batch>, writable: &Writable) {
    for batch in group {
        let alone = [batch];
        let written = write_together(pool, &alone).await;
        // Being too late says nothing about the disk.
        match &written {
            Ok(()) => writable.note(true),
            Err(StoreError::Changed { .. }) => {}
            Err(error) => {
                writable.note(false);
                failed(error);
            }
        }
        let [batch] = alone;
        let _ = batch.done.send(written);
    }
}

fn failed(error: &StoreError) {
    meter::STORE_FAILURES.count([if error.is_full() { "full" } else { "other" }]);
    warn!(error = %error, "facts could not be stored: {error}");
}

async fn write_together(pool: &SqlitePool, group: &[Batch]) -> Result<(), StoreError> {
    let began = Instant::now();
    let written = write_in_one_transaction(pool, group).await;
    meter::STORE_COMMIT.took([], began.elapsed());
    meter::STORE_BATCH.record([], group.iter().map(|batch| batch.writes.len()).sum::<usize>() as f64);
    written
}

async fn write_in_one_transaction(pool: &SqlitePool, group: &[Batch]) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    let written = transact(&mut connection, group).await;
    if written.is_err() {
        // A commit that fails may end the transaction without the library noticing; what it then
        // takes for further transactions would be parts of one that is never committed.
        let _ = connection.close().await;
    }
    written
}

async fn transact(connection: &mut SqliteConnection, group: &[Batch]) -> Result<(), StoreError> {
    let mut transaction: Transaction<'_, Sqlite> = connection.begin().await?;
    apply_all(&mut transaction, group.iter().flat_map(|batch| &batch.writes)).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use redact::Secret;
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::*;
    use crate::migration;

    /// A writer whose database may have so many pages.
    struct Small {
        writer: Writer,
        pool: SqlitePool,
        options: SqliteConnectOptions,
        _folder: tempfile::TempDir,
    }

    impl Small {
        async fn start() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let options =
                SqliteConnectOptions::new().filename(folder.path().join("db")).create_if_missing(true);
            let small = options.clone().pragma("max_page_count", "100");
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(small).await.unwrap();
            migration::run(&pool).await.unwrap();
            Self { writer: Writer::start(pool.clone()), pool, options, _folder: folder }
        }

        /// There is room from the next connection on.
        fn make_room(&self) {
            self.pool.set_connect_options(self.options.clone());
        }
    }

    fn put(name: &str, size: usize) -> Vec<Write> {
        vec![Write::PutSetting { name: name.into(), value: Secret::new("x".repeat(size)) }]
    }

    #[tokio::test]
    async fn a_full_disk_is_told_to_everybody_and_writing_goes_on_when_there_is_room() {
        let small_store = Small::start().await;
        let writer = &small_store.writer;
        // Gathered into one transaction: the small one must not fail with the large one.
        let (large, small) = (writer.enqueue(put("large", 1_000_000)), writer.enqueue(put("small", 10)));
        let refused = large.await.unwrap().unwrap_err();
        assert!(refused.is_full() && refused.to_string().contains("full"), "{refused}");
        small.await.unwrap().unwrap();
        assert!(writer.enqueue(put("large", 1_000_000)).await.unwrap().is_err());
        writer.enqueue(Vec::new()).await.unwrap().unwrap();
        assert!(!writer.writable.is_so(), "an empty batch proves nothing");
        small_store.make_room();
        assert!(writer.enqueue(put("large", 1_000_000)).await.unwrap().is_err());
        writer.enqueue(put("large", 1_000_000)).await.unwrap().unwrap();
        assert!(writer.writable.is_so());
    }

    #[tokio::test]
    async fn a_batch_is_kept_whole_or_not_at_all() {
        let Small { writer, pool, _folder, .. } = Small::start().await;
        let batch = [put("first", 10), put("second", 1_000_000)].concat();
        assert!(writer.enqueue(batch).await.unwrap().is_err());
        let kept: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM secret_setting").fetch_one(&pool).await.unwrap();
        assert_eq!(kept, 0);
    }
}
