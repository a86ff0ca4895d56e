//! The account of a call after it ended.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::list;
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::Tx;

/// A call that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The call.
    pub id: String,
    /// The chain of calls.
    pub correlation: String,
    /// The communication resource it concerned; absent for a call that was refused before that was known.
    pub resource: Option<String>,
    /// The hold that an application had on it.
    pub connection: Option<String>,
    /// The caller's raw id.
    pub started_by: String,
    /// Raw ids of who was called.
    pub called: Vec<String>,
    /// Raw ids of everybody who was ever connected.
    pub participants: Vec<String>,
    /// Raw id of who ended it; the platform itself when absent.
    pub ended_by: Option<String>,
    /// Why, as the edge that wrote it spells that.
    pub end_reason: String,
    /// Two parties rather than a group.
    pub is_two_party: bool,
    /// When the first leg appeared.
    pub began_us: i64,
    /// When the first two parties were connected; absent for a call that never was.
    pub connected_us: Option<i64>,
    /// When it was over.
    pub ended_us: i64,
    /// From the first connection to the end.
    pub lasted_us: i64,
}

const COLUMNS: &str = "id, correlation, resource, connection, started_by, called, participants, ended_by, end_reason, is_two_party, began_us, connected_us, ended_us, lasted_us";

/// Which records are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRecordFilter {
    /// Of this resource.
    pub resource: Option<String>,
    /// Of this call.
    pub call: Option<String>,
    /// Ended at this time or later.
    pub ended_from_us: Option<i64>,
}

impl Store {
    /// Calls that are over, newest first.
    pub async fn call_records(
        &self,
        filter: &CallRecordFilter,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM call_record WHERE ended_us >= 0");
        if let Some(resource) = &filter.resource {
            query.push(" AND resource = ").push_bind(resource);
        }
        if let Some(call) = &filter.call {
            query.push(" AND id = ").push_bind(call);
        }
        if let Some(from) = filter.ended_from_us {
            query.push(" AND ended_us >= ").push_bind(from);
        }
        page.limit(&mut query, "ended_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(CallRecord::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |record: &CallRecord| Cursor {
            order: record.ended_us,
            id: record.id.clone(),
        }))
    }
}

impl CallRecord {
    // The first account of a call stays: a call ends once.
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, records: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(records) {
            let mut query = QueryBuilder::<Sqlite>::new("DELETE FROM ongoing_call WHERE id IN (");
            let mut list = query.separated(", ");
            portion.iter().for_each(|record| {
                list.push_bind(&record.id);
            });
            query.push(")");
            query.build().execute(&mut **tx).await?;
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO call_record (id, correlation, resource, connection, started_by, called, participants,
                    ended_by, end_reason, is_two_party, began_us, connected_us, ended_us, lasted_us) ",
            );
            query.push_values(portion, |mut row, record| {
                row.push_bind(&record.id)
                    .push_bind(&record.correlation)
                    .push_bind(&record.resource)
                    .push_bind(&record.connection)
                    .push_bind(&record.started_by)
                    .push_bind(list::write(&record.called))
                    .push_bind(list::write(&record.participants))
                    .push_bind(&record.ended_by)
                    .push_bind(&record.end_reason)
                    .push_bind(i64::from(record.is_two_party))
                    .push_bind(record.began_us)
                    .push_bind(record.connected_us)
                    .push_bind(record.ended_us)
                    .push_bind(record.lasted_us);
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            correlation: row.try_get("correlation")?,
            resource: row.try_get("resource")?,
            connection: row.try_get("connection")?,
            started_by: row.try_get("started_by")?,
            called: list::read("list of participants", &row.try_get::<String, _>("called")?)?,
            participants: list::read("list of participants", &row.try_get::<String, _>("participants")?)?,
            ended_by: row.try_get("ended_by")?,
            end_reason: row.try_get("end_reason")?,
            is_two_party: row.try_get::<i64, _>("is_two_party")? != 0,
            began_us: row.try_get("began_us")?,
            connected_us: row.try_get("connected_us")?,
            ended_us: row.try_get("ended_us")?,
            lasted_us: row.try_get("lasted_us")?,
        })
    }
}
