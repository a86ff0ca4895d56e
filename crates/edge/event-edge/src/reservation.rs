//! Numbers that help calls back, as they outlive the process: who called for help is called back after a restart, too.

use store::{KeptForAWhile, Store, StoreError};
use switchboard::Reservation;
use tracing::warn;

const KIND: &str = "emergency-callback";
/// So many are read: as many as are kept at the same time.
const MOST: usize = 1_024;

/// What is kept of a reservation. It belongs to no communication resource.
pub(crate) fn row(reserved: &Reservation) -> KeptForAWhile {
    KeptForAWhile {
        id: format!("{KIND}:{}", reserved.number),
        resource: KIND.to_owned(),
        kind: KIND.to_owned(),
        document: format!("\"{}\"", reserved.user),
        expires_us: reserved.until_us,
    }
}

/// The numbers that a former process reserved for those who called for help, as far as their time is not over.
pub async fn reservations(store: &Store, now_us: i64) -> Result<Vec<Reservation>, StoreError> {
    let kept = store.kept_of_kind(KIND, KIND, now_us, 0, MOST).await?;
    let read = |kept: &KeptForAWhile| {
        let number = kept.id.strip_prefix(KIND)?.strip_prefix(':')?.parse().ok()?;
        let user = kept.document.trim_matches('"').parse().ok()?;
        Some(Reservation { number, user, until_us: kept.expires_us })
    };
    let found = kept.iter().filter_map(|kept| {
        let reservation = read(kept);
        if reservation.is_none() {
            warn!("what is kept as {} is no reserved number", kept.id);
        }
        reservation
    });
    Ok(found.collect())
}
