//! All calls that go on, whether an application holds them or not.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::connection::{COLUMNS, Connection, ConnectionFilter};
use crate::ongoing_call::OngoingCall;
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};

/// A call that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenCall {
    /// An application holds it; a call that two hold is listed twice.
    Held(Connection),
    /// Phones talk with each other, and nobody holds it.
    Unheld(OngoingCall),
}

/// Both kinds as rows of one shape; a call that is not held has no `api_version`.
const ALL: &str =
    "(SELECT id, call_id, correlation, resource, callback, api_version, operation_context, source,
        targets, answered_for, joined, established, opened_us, 0 AS is_two_party FROM connection
    UNION ALL
    SELECT id, id, correlation, resource, '', '', NULL, started_by, '[]', NULL, 0, 1, started_us, is_two_party
        FROM ongoing_call WHERE id NOT IN (SELECT call_id FROM connection))";

impl Store {
    /// The calls that go on, newest first.
    pub async fn open_calls(
        &self,
        filter: &ConnectionFilter,
        page: &PageRequest,
    ) -> Result<Page<OpenCall>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(", is_two_party FROM ").push(ALL).push(" AS open_call WHERE opened_us >= 0");
        if let Some(resource) = &filter.resource {
            query.push(" AND resource = ").push_bind(resource);
        }
        if let Some(call) = &filter.call {
            query.push(" AND call_id = ").push_bind(call);
        }
        page.limit(&mut query, "opened_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(OpenCall::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, OpenCall::place))
    }
}

impl OpenCall {
    fn place(&self) -> Cursor {
        match self {
            Self::Held(connection) => Cursor { order: connection.opened_us, id: connection.id.clone() },
            Self::Unheld(call) => Cursor { order: call.started_us, id: call.id.clone() },
        }
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        if !row.try_get::<String, _>("api_version")?.is_empty() {
            return Connection::from_row(row).map(Self::Held);
        }
        Ok(Self::Unheld(OngoingCall {
            id: row.try_get("id")?,
            correlation: row.try_get("correlation")?,
            resource: row.try_get("resource")?,
            started_by: row.try_get("source")?,
            is_two_party: row.try_get::<i64, _>("is_two_party")? != 0,
            started_us: row.try_get("opened_us")?,
        }))
    }
}
