//! What is kept for a resource until a certain time: searches, reservations, and how operations went.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// Something that is forgotten by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptForAWhile {
    /// Names it, among all resources.
    pub id: String,
    /// The communication resource that it is kept for.
    pub resource: String,
    /// What it is, as the edge that wrote it spells that.
    pub kind: String,
    /// As JSON.
    pub document: String,
    /// Forgotten after this time.
    pub expires_us: i64,
}

const COLUMNS: &str = "SELECT id, resource, kind, document, expires_us FROM kept_for_a_while";

impl Store {
    /// What is kept of a kind for a resource and not forgotten yet, what expires first before: at most `limit`, after
    /// the first `skip`.
    pub async fn kept_of_kind(
        &self,
        resource: &str,
        kind: &str,
        now_us: i64,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<KeptForAWhile>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE resource = ").push_bind(resource.to_owned());
        query.push(" AND kind = ").push_bind(kind.to_owned());
        query.push(" AND expires_us > ").push_bind(now_us).push(" ORDER BY expires_us, id LIMIT ");
        query.push_bind(limit as i64).push(" OFFSET ").push_bind(skip as i64);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(KeptForAWhile::from_row).collect()
    }

    /// One thing, unless it is forgotten.
    pub async fn kept(&self, id: &str, now_us: i64) -> Result<Option<KeptForAWhile>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE id = ").push_bind(id.to_owned()).push(" AND expires_us > ").push_bind(now_us);
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(KeptForAWhile::from_row).transpose()
    }
}

impl KeptForAWhile {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO kept_for_a_while (id, resource, kind, document, expires_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET document = excluded.document, expires_us = excluded.expires_us
             WHERE kept_for_a_while.resource = excluded.resource",
        )
        .bind(&self.id)
        .bind(&self.resource)
        .bind(&self.kind)
        .bind(&self.document)
        .bind(self.expires_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            resource: row.try_get("resource")?,
            kind: row.try_get("kind")?,
            document: row.try_get("document")?,
            expires_us: row.try_get("expires_us")?,
        })
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kept_for_a_while WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
