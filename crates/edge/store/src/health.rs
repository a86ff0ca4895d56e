//! How the store is: whether it takes writes, how large it is, what waits in it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use redact::Secret;

use crate::store::{Store, StoreError};
use crate::write::Write;

/// The row that is written to see whether writing works.
const PROBE: &str = "store/probe";

/// Whether what was written last is stored.
#[derive(Debug)]
pub(crate) struct Writable(AtomicBool);

impl Default for Writable {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Writable {
    pub(crate) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn note(&self, written: bool) {
        self.0.store(written, Ordering::Relaxed);
        meter::STORE_WRITABLE.set([], if written { 1.0 } else { 0.0 });
    }
}

/// What waits in the outbox, and what was given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxSize {
    /// Deliveries that are not settled.
    pub pending: i64,
    /// When the oldest of them was made: microseconds since 1970.
    pub oldest_us: Option<i64>,
    /// Dead letters.
    pub dead: i64,
}

/// Bytes on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskSize {
    /// The database.
    pub database: u64,
    /// What was written and is not in the database yet.
    pub log: u64,
}

impl Store {
    /// Whether the last write was stored; what is found out here costs nothing.
    pub fn is_writable(&self) -> bool {
        self.writer.writable.is_so()
    }

    /// Writes a row, to see whether there is room (again).
    pub async fn probe(&self) -> Result<(), StoreError> {
        // Another value each time: the database writes nothing where nothing changes.
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let value = Secret::new(moment.as_nanos().to_string());
        self.write(vec![Write::PutSetting { name: PROBE.to_owned(), value }]).await
    }

    /// What waits to be delivered.
    pub async fn outbox_size(&self) -> Result<OutboxSize, StoreError> {
        const OLDEST: &str =
            "SELECT created_us FROM outbox WHERE state = 'pending' ORDER BY sequence, id LIMIT 1";
        let pending = sqlx::query_scalar("SELECT COUNT(*) FROM outbox WHERE state = 'pending'")
            .fetch_one(&self.readers)
            .await?;
        let oldest_us = sqlx::query_scalar(OLDEST).fetch_optional(&self.readers).await?;
        let dead = sqlx::query_scalar("SELECT COUNT(*) FROM dead_letter").fetch_one(&self.readers).await?;
        Ok(OutboxSize { pending, oldest_us, dead })
    }

    /// How much of the disk it takes.
    pub fn disk_size(&self) -> DiskSize {
        let size = |path: &Path| path.metadata().map_or(0, |metadata| metadata.len());
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        DiskSize { database: size(&self.path), log: size(Path::new(&log)) }
    }
}
