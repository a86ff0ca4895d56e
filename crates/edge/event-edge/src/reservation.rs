//! Numbers that help calls back, as they outlive the process: who called for help is called back after a restart, too.

use store::{KeptForAWhile, Store, StoreError};
use switchboard::Reservation;
use tracing::warn;

const KIND: &str = "emergency-callback";
/// So many are read at a time.
const PAGE: usize = 4_096;

/// What is kept of a reservation. It belongs to no communication resource.
pub(crate) fn row(reserved: &Reservation) -> KeptForAWhile {
    KeptForAWhile {
        id: format!("{KIND}:{}:{}", reserved.tenant, reserved.number),
        resource: KIND.to_owned(),
        kind: KIND.to_owned(),
        document: format!("\"{}\"", reserved.user),
        expires_us: reserved.until_us,
    }
}

/// The numbers that a former process reserved for those who called for help, as far as their time is not over.
pub async fn reservations(store: &Store, now_us: i64) -> Result<Vec<Reservation>, StoreError> {
    let mut found = Vec::new();
    for page in 0.. {
        let kept = store.kept_of_kind(KIND, KIND, now_us, page * PAGE, PAGE).await?;
        for kept in &kept {
            match read(kept) {
                Some(reservation) => found.push(reservation),
                None => warn!("what is kept as {} is no reserved number", kept.id),
            }
        }
        if kept.len() < PAGE {
            break;
        }
    }
    Ok(found)
}

fn read(kept: &KeptForAWhile) -> Option<Reservation> {
    let (tenant, number) = kept.id.strip_prefix(KIND)?.strip_prefix(':')?.split_once(':')?;
    let user = kept.document.trim_matches('"').parse().ok()?;
    let (tenant, number) = (tenant.parse().ok()?, number.parse().ok()?);
    Some(Reservation { tenant, number, user, until_us: kept.expires_us })
}
