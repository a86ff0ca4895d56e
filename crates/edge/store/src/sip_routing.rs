//! The direct routing of resources: a document each.

use sqlx::Row;

use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

/// What a resource has set up of trunks and routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipRouting {
    /// The communication resource whose it is.
    pub resource: String,
    /// As JSON.
    pub document: String,
}

impl Store {
    /// Of all resources, in their order.
    pub async fn sip_routings(&self) -> Result<Vec<SipRouting>, StoreError> {
        let rows = sqlx::query("SELECT resource, document FROM sip_routing ORDER BY resource")
            .fetch_all(&self.readers)
            .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(SipRouting { resource: row.try_get("resource")?, document: row.try_get("document")? })
        };
        rows.iter().map(read).collect()
    }

    /// Of one resource, if it has set up anything.
    pub async fn sip_routing(&self, resource: &str) -> Result<Option<String>, StoreError> {
        let document = sqlx::query_scalar("SELECT document FROM sip_routing WHERE resource = $1")
            .bind(resource)
            .fetch_optional(&self.readers)
            .await?;
        Ok(document)
    }

    /// Keeps what a resource has set up, in place of what was before.
    pub async fn put_sip_routing(&self, routing: SipRouting) -> Result<(), StoreError> {
        self.write(vec![Write::PutSipRouting(routing)]).await
    }
}

impl SipRouting {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sip_routing (resource, document) VALUES ($1, $2)
             ON CONFLICT (resource) DO UPDATE SET document = excluded.document",
        )
        .bind(&self.resource)
        .bind(&self.document)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
