//! The connections that are open: what must be known to close them if this process dies first.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::list;
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::together::{Established, portions};
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
    /// The application connected to a call that others had made.
    pub joined: bool,
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

pub(crate) const COLUMNS: &str = "id, call_id, correlation, resource, callback, api_version, operation_context, source, targets, answered_for, joined, established, opened_us";

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
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, connections: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(connections) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO connection (id, call_id, correlation, resource, callback, api_version, operation_context,
                    source, targets, answered_for, joined, established, opened_us) ",
            );
            query.push_values(portion, |mut row, connection| {
                row.push_bind(&connection.id)
                    .push_bind(&connection.call)
                    .push_bind(&connection.correlation)
                    .push_bind(&connection.resource)
                    .push_bind(&connection.callback)
                    .push_bind(&connection.api_version)
                    .push_bind(&connection.operation_context)
                    .push_bind(&connection.source)
                    .push_bind(list::write(&connection.targets))
                    .push_bind(&connection.answered_for)
                    .push_bind(i64::from(connection.joined))
                    .push_bind(i64::from(connection.established))
                    .push_bind(connection.opened_us);
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    pub(crate) fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
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
            joined: row.try_get::<i64, _>("joined")? != 0,
            established: row.try_get::<i64, _>("established")? != 0,
            opened_us: row.try_get("opened_us")?,
        })
    }
}

pub(crate) async fn establish_all(
    tx: &mut Tx<'_>,
    established: &[Established<'_>],
) -> Result<(), StoreError> {
    for portion in portions(established) {
        let mut query = QueryBuilder::<Sqlite>::new("WITH established (id, operation_context) AS (");
        query.push_values(portion, |mut row, (id, operation_context)| {
            row.push_bind(*id).push_bind(*operation_context);
        });
        query.push(
            ") UPDATE connection SET established = 1, operation_context = established.operation_context
                FROM established WHERE connection.id = established.id",
        );
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}

pub(crate) async fn remove_all(tx: &mut Tx<'_>, ids: &[&str]) -> Result<(), StoreError> {
    for portion in portions(ids) {
        let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM connection WHERE id IN (");
        let mut list = query.separated(", ");
        portion.iter().for_each(|id| {
            list.push_bind(*id);
        });
        query.push(")");
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
