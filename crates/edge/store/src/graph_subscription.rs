//! Subscriptions of Microsoft Graph: who wants to be told when somebody's presence changes.

use sqlx::Row;

use crate::store::{Store, StoreError};
use crate::write::Tx;

/// Somebody wants to be told, for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphSubscription {
    /// Names it.
    pub id: String,
    /// The tenant's id.
    pub tenant: String,
    /// The application's client id.
    pub application: String,
    /// What, where to and with which secret, as JSON.
    pub definition: String,
    /// Nobody is told after this time.
    pub expires_us: i64,
}

impl Store {
    /// Subscriptions, by id, after this one.
    pub async fn graph_subscriptions(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<GraphSubscription>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, tenant, application, definition, expires_us FROM graph_subscription
             WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(GraphSubscription {
                    id: row.try_get("id")?,
                    tenant: row.try_get("tenant")?,
                    application: row.try_get("application")?,
                    definition: row.try_get("definition")?,
                    expires_us: row.try_get("expires_us")?,
                })
            })
            .collect()
    }
}

impl GraphSubscription {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO graph_subscription (id, tenant, application, definition, expires_us)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, expires_us = excluded.expires_us",
        )
        .bind(&self.id)
        .bind(&self.tenant)
        .bind(&self.application)
        .bind(&self.definition)
        .bind(self.expires_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM graph_subscription WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
