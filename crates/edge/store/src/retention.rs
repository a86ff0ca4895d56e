//! How much of the past is kept.

use crate::store::StoreError;
use crate::write::Tx;

/// Bounds on what is only kept to be looked at. What is still to be done is never forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Deliveries that arrived or were given up, and their attempts.
    pub settled_deliveries: i64,
    /// The same, by age.
    pub settled_for_us: i64,
    /// Dead letters.
    pub dead_letters: i64,
    /// Call records.
    pub call_records: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            settled_deliveries: 20_000,
            settled_for_us: 24 * 60 * 60 * 1_000_000,
            dead_letters: 20_000,
            call_records: 200_000,
        }
    }
}

impl Retention {
    pub(crate) async fn prune(&self, tx: &mut Tx<'_>, now_us: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM outbox WHERE state <> 'pending' AND settled_us < $1")
            .bind(now_us.saturating_sub(self.settled_for_us))
            .execute(&mut **tx)
            .await?;
        for (statement, keep) in [
            (
                "DELETE FROM outbox WHERE state <> 'pending' AND sequence <= COALESCE((SELECT sequence FROM outbox
                    WHERE state <> 'pending' ORDER BY sequence DESC LIMIT 1 OFFSET $1), -1)",
                self.settled_deliveries,
            ),
            (
                "DELETE FROM dead_letter WHERE sequence <= COALESCE((SELECT sequence FROM dead_letter
                    ORDER BY sequence DESC LIMIT 1 OFFSET $1), -1)",
                self.dead_letters,
            ),
            (
                "DELETE FROM call_record WHERE ended_us <= COALESCE((SELECT ended_us FROM call_record
                    ORDER BY ended_us DESC LIMIT 1 OFFSET $1), -1)",
                self.call_records,
            ),
        ] {
            sqlx::query(statement).bind(keep).execute(&mut **tx).await?;
        }
        sqlx::query(
            "DELETE FROM delivery_attempt WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = delivery)
                AND NOT EXISTS (SELECT 1 FROM dead_letter WHERE dead_letter.id = delivery)",
        )
        .execute(&mut **tx)
        .await?;
        for statement in
            ["DELETE FROM repeatability WHERE expires_us <= $1", "DELETE FROM binding WHERE expires_us <= $1"]
        {
            sqlx::query(statement).bind(now_us).execute(&mut **tx).await?;
        }
        Ok(())
    }
}
