//! Consents of resources: who of a company's telephone system may be reached and heard through them.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::list;
use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

/// A resource's consent to one person or resource account of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The communication resource that consents.
    pub resource: String,
    /// The tenant.
    pub tenant: String,
    /// The person or resource account.
    pub object: String,
    /// What it is, as the edge that wrote it spells that.
    pub principal: String,
    /// Through which applications; none where that does not matter.
    pub clients: Vec<String>,
}

/// Which consents are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentFilter {
    /// Of this resource.
    pub resource: Option<String>,
    /// To somebody of this tenant.
    pub tenant: Option<String>,
    /// To this person or resource account.
    pub object: Option<String>,
}

impl Store {
    /// Consents, in the order of their resources.
    pub async fn consents(&self, filter: &ConsentFilter) -> Result<Vec<Consent>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT resource, tenant, object, principal, clients FROM consent WHERE resource <> ''",
        );
        for (column, wanted) in [
            (" AND resource = ", &filter.resource),
            (" AND tenant = ", &filter.tenant),
            (" AND object = ", &filter.object),
        ] {
            if let Some(wanted) = wanted {
                query.push(column).push_bind(wanted.clone());
            }
        }
        query.push(" ORDER BY resource, tenant, object");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(Consent::from_row).collect()
    }

    /// How many consents of a resource there are.
    pub async fn consent_count(&self, resource: &str) -> Result<usize, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM consent WHERE resource = $1")
            .bind(resource)
            .fetch_one(&self.readers)
            .await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Consents, in place of an earlier consent to the same.
    pub async fn put_consent(&self, consent: Consent) -> Result<(), StoreError> {
        self.write(vec![Write::PutConsent(consent)]).await
    }

    /// Takes a consent back.
    pub async fn remove_consent(&self, resource: &str, tenant: &str, object: &str) -> Result<(), StoreError> {
        let (resource, tenant, object) = (resource.to_owned(), tenant.to_owned(), object.to_owned());
        self.write(vec![Write::RemoveConsent { resource, tenant, object }]).await
    }
}

impl Consent {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO consent (resource, tenant, object, principal, clients) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (resource, tenant, object)
             DO UPDATE SET principal = excluded.principal, clients = excluded.clients",
        )
        .bind(&self.resource)
        .bind(&self.tenant)
        .bind(&self.object)
        .bind(&self.principal)
        .bind(list::write(&self.clients))
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let clients: String = row.try_get("clients")?;
        Ok(Self {
            resource: row.try_get("resource")?,
            tenant: row.try_get("tenant")?,
            object: row.try_get("object")?,
            principal: row.try_get("principal")?,
            clients: list::read("list of applications", &clients)?,
        })
    }
}

pub(crate) async fn remove(
    tx: &mut Tx<'_>,
    resource: &str,
    tenant: &str,
    object: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM consent WHERE resource = $1 AND tenant = $2 AND object = $3")
        .bind(resource)
        .bind(tenant)
        .bind(object)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
