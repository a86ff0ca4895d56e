//! The connections that are open: what must be known to close them if this process dies first.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::list;
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::write::Tx;

/// One application's hold on a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// ACS `callConnectionId`.
    pub id: String,
    /// The call.
    pub call: String,
    /// The chain of calls.
    pub correlation: String,
    /// The communication resource.
    pub resource: String,
    /// Where its events go, as the edge that wrote it spells that.
    pub callback: String,
    /// It gates the events.
    pub api_version: String,
    /// Echoed in CallDisconnected.
    pub operation_context: Option<String>,
    /// The caller's raw id.
    pub source: Option<String>,
    /// Raw ids of whom the call is to.
    pub targets: Vec<String>,
    /// The service number that was dialled.
    pub answered_for: Option<String>,
    /// The application was told that it is connected.
    pub established: bool,
    /// When it was made.
    pub opened_us: i64,
}

/// Which connections are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Of this resource.
    pub resource: Option<String>,
    /// Of this call.
    pub call: Option<String>,
}

const COLUMNS: &str = "id, call_id, correlation, resource, callback, api_version, operation_context, source, targets, answered_for, established, opened_us";

impl Store {
    /// The open connections, newest first.
    pub async fn connections(
        &self,
        filter: &ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<Connection>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM connection WHERE opened_us >= 0");
        if let Some(resource) = &filter.resource {
            query.push(" AND resource = ").push_bind(resource);
        }
        if let Some(call) = &filter.call {
            query.push(" AND call_id = ").push_bind(call);
        }
        page.limit(&mut query, "opened_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(Connection::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |connection: &Connection| Cursor {
            order: connection.opened_us,
            id: connection.id.clone(),
        }))
    }
}

impl Connection {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO connection (id, call_id, correlation, resource, callback, api_version, operation_context,
                source, targets, answered_for, established, opened_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&self.id)
        .bind(&self.call)
        .bind(&self.correlation)
        .bind(&self.resource)
        .bind(&self.callback)
        .bind(&self.api_version)
        .bind(&self.operation_context)
        .bind(&self.source)
        .bind(list::write(&self.targets))
        .bind(&self.answered_for)
        .bind(i64::from(self.established))
        .bind(self.opened_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        let targets: String = row.try_get("targets")?;
        Ok(Self {
            id: row.try_get("id")?,
            call: row.try_get("call_id")?,
            correlation: row.try_get("correlation")?,
            resource: row.try_get("resource")?,
            callback: row.try_get("callback")?,
            api_version: row.try_get("api_version")?,
            operation_context: row.try_get("operation_context")?,
            source: row.try_get("source")?,
            targets: list::read("list of targets", &targets)?,
            answered_for: row.try_get("answered_for")?,
            established: row.try_get::<i64, _>("established")? != 0,
            opened_us: row.try_get("opened_us")?,
        })
    }
}

pub(crate) async fn establish(
    tx: &mut Tx<'_>,
    id: &str,
    operation_context: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE connection SET established = 1, operation_context = $2 WHERE id = $1")
        .bind(id)
        .bind(operation_context)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM connection WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
