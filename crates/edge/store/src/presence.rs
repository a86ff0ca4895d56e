//! What is said about somebody's presence, kept so that a restart does not make people unreachable.

use sqlx::Row;

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// What is said about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPresence {
    /// The person's object id.
    pub person: String,
    /// Sessions, wishes and words, as JSON.
    pub state: String,
}

impl Store {
    /// What is said about people, by object id, after this one.
    pub async fn presences(&self, after: &str, limit: usize) -> Result<Vec<KeptPresence>, StoreError> {
        let rows =
            sqlx::query("SELECT person, state FROM presence WHERE person > $1 ORDER BY person LIMIT $2")
                .bind(after)
                .bind(limit as i64)
                .fetch_all(&self.readers)
                .await?;
        rows.iter()
            .map(|row| Ok(KeptPresence { person: row.try_get("person")?, state: row.try_get("state")? }))
            .collect()
    }
}

impl KeptPresence {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO presence (person, state) VALUES ($1, $2)
             ON CONFLICT (person) DO UPDATE SET state = excluded.state",
        )
        .bind(&self.person)
        .bind(&self.state)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, person: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM presence WHERE person = $1").bind(person).execute(&mut **tx).await?;
    Ok(())
}
