//! How long a test waits for something that must happen.

use std::future::Future;
use std::time::Duration;

/// Longer than anything that works takes on a busy machine of two cores.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until there is something to see.
///
/// For facts that nobody announces, such as a file that another program writes.
pub async fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    let watching = async {
        loop {
            beat.tick().await;
            if let Some(seen) = look() {
                return seen;
            }
        }
    };
    in_time(what, watching).await
}

/// Looks again and again until it is true.
pub async fn until(what: &str, mut look: impl FnMut() -> bool) {
    until_some(what, || look().then_some(())).await;
}

/// The same with a question that must itself be awaited.
pub async fn until_async<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    let watching = async {
        loop {
            beat.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    in_time(what, watching).await
}

/// Waits no longer than [`PATIENCE`].
pub async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(done) => done,
        Err(_) => panic!("waited {} s for {what}", PATIENCE.as_secs()),
    }
}
