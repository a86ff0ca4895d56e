//! What must last.

use crate::instrument::{Counter, Described, Gauge, Histogram};
use crate::label::Label;

/// How long a transaction took.
pub static STORE_COMMIT: Histogram<0> = Histogram::new(
    "ringdown_store_commit_seconds",
    &[],
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0],
    "time of a transaction, the disk included",
);

/// Facts in one transaction.
pub static STORE_BATCH: Histogram<0> = Histogram::new(
    "ringdown_store_batch_facts",
    &[],
    &[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 4096.0],
    "facts that were written in one transaction",
);

/// Batches that could not be written.
pub static STORE_FAILURES: Counter<1> = Counter::new(
    "ringdown_store_failures_total",
    &[Label::of("reason", &["full", "overloaded", "other"])],
    "batches that could not be stored: no room on the disk, too much waits, anything else",
);

/// Whether the last write succeeded.
pub static STORE_WRITABLE: Gauge<0> = Gauge::new(
    "ringdown_store_writable",
    &[],
    "1: the last write was stored; 0: it was not, and the server is not ready",
);

/// Size on disk.
pub static STORE_SIZE: Gauge<1> = Gauge::new(
    "ringdown_store_size_bytes",
    &[Label::of("file", &["database", "log"])],
    "size of the database and of its write-ahead log",
);

pub(crate) const ALL: &[Described] = &[
    STORE_COMMIT.described(),
    STORE_BATCH.described(),
    STORE_FAILURES.described(),
    STORE_WRITABLE.described(),
    STORE_SIZE.described(),
];
