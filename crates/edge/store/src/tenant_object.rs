//! Objects of companies' telephone systems, and the version that rises with each change.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::Tx;

/// An object of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantObject {
    /// What it is.
    pub kind: String,
    /// Its name, as names are compared.
    pub identity: String,
    /// What is said of it, as JSON.
    pub body: String,
    /// The version of the tenant that made it so.
    pub version: i64,
}

/// All that is kept of a tenant's telephone system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantObjects {
    /// How often it was changed.
    pub version: i64,
    /// By kind and identity.
    pub objects: Vec<TenantObject>,
    /// Ids that were generated, by the name of what has them.
    pub ids: BTreeMap<String, String>,
}

/// A change of a tenant's telephone system: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantChange {
    /// Whose.
    pub tenant: String,
    /// The version that it was made upon.
    pub expected: i64,
    /// Objects that are new or other ones; of the version after `expected`.
    pub put: Vec<TenantObject>,
    /// Kinds and identities of objects that are gone.
    pub removed: Vec<(String, String)>,
    /// Ids that were generated, by the name of what has them.
    pub ids: Vec<(String, String)>,
}

impl Store {
    /// How often the telephone system of each tenant was changed, by the tenant's name; none of those where
    /// nothing was said.
    pub async fn tenant_versions(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        let versions: Vec<(String, i64)> =
            sqlx::query_as("SELECT tenant, version FROM organization").fetch_all(&self.readers).await?;
        Ok(versions.into_iter().collect())
    }

    /// How often the telephone system of one tenant was changed; 0 where nothing was said.
    pub async fn tenant_version(&self, tenant: &str) -> Result<i64, StoreError> {
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM organization WHERE tenant = $1")
            .bind(tenant)
            .fetch_optional(&self.readers)
            .await?;
        Ok(version.unwrap_or(0))
    }

    /// The telephone system of a tenant; of version 0 and empty where nothing was said.
    pub async fn tenant_objects(&self, tenant: &str) -> Result<TenantObjects, StoreError> {
        // One transaction, so that the version is that of the objects.
        let mut transaction = self.readers.begin().await?;
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM organization WHERE tenant = $1")
            .bind(tenant)
            .fetch_optional(&mut *transaction)
            .await?;
        let rows = sqlx::query(
            "SELECT kind, identity, body, version FROM tenant_object WHERE tenant = $1 ORDER BY kind, identity",
        )
        .bind(tenant)
        .fetch_all(&mut *transaction)
        .await?;
        let ids: Vec<(String, String)> =
            sqlx::query_as("SELECT name, id FROM tenant_object_id WHERE tenant = $1")
                .bind(tenant)
                .fetch_all(&mut *transaction)
                .await?;
        Ok(TenantObjects {
            version: version.unwrap_or(0),
            objects: rows.iter().map(TenantObject::from_row).collect::<Result<_, _>>()?,
            ids: ids.into_iter().collect(),
        })
    }
}

impl TenantObject {
    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.try_get("kind")?,
            identity: row.try_get("identity")?,
            body: row.try_get("body")?,
            version: row.try_get("version")?,
        })
    }
}

impl TenantChange {
    pub(crate) async fn apply(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT version FROM organization WHERE tenant = $1")
            .bind(&self.tenant)
            .fetch_optional(&mut **tx)
            .await?;
        if found.unwrap_or(0) != self.expected {
            return Err(StoreError::Changed { what: "the telephone system of the tenant" });
        }
        sqlx::query(
            "INSERT INTO organization (tenant, version) VALUES ($1, $2)
             ON CONFLICT (tenant) DO UPDATE SET version = excluded.version",
        )
        .bind(&self.tenant)
        .bind(self.expected + 1)
        .execute(&mut **tx)
        .await?;
        for (kind, identity) in &self.removed {
            sqlx::query("DELETE FROM tenant_object WHERE tenant = $1 AND kind = $2 AND identity = $3")
                .bind(&self.tenant)
                .bind(kind)
                .bind(identity)
                .execute(&mut **tx)
                .await?;
        }
        for portion in portions(&self.put) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO tenant_object (tenant, kind, identity, body, version) ",
            );
            query.push_values(portion, |mut row, object| {
                row.push_bind(&self.tenant)
                    .push_bind(&object.kind)
                    .push_bind(&object.identity)
                    .push_bind(&object.body)
                    .push_bind(self.expected + 1);
            });
            query.push(
                " ON CONFLICT (tenant, kind, identity)
                  DO UPDATE SET body = excluded.body, version = excluded.version",
            );
            query.build().execute(&mut **tx).await?;
        }
        for portion in portions(&self.ids) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO tenant_object_id (tenant, name, id) ");
            query.push_values(portion, |mut row, (name, id)| {
                row.push_bind(&self.tenant).push_bind(name).push_bind(id);
            });
            query.push(" ON CONFLICT (tenant, name) DO UPDATE SET id = excluded.id");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }
}
