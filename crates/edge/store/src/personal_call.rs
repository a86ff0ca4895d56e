//! The calls that somebody made, took or missed, apart for each persona.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::list;
use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::Tx;

/// A call as one person had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalCall {
    /// Names it: one for each call, person and persona.
    pub id: String,
    /// The person's object id.
    pub person: String,
    /// At the clients of which persona, as the edge that wrote it spells that.
    pub persona: String,
    /// The call.
    pub call: String,
    /// Whether the person called or was called, as the edge spells that.
    pub direction: String,
    /// Raw ids of who was called, or who called.
    pub counterparts: Vec<String>,
    /// What came of it for the person, as the edge spells that.
    pub outcome: String,
    /// How the whole call ended, as the edge spells that.
    pub end_reason: String,
    /// When the call began.
    pub began_us: i64,
    /// How long the person was in it.
    pub talked_us: i64,
    /// When the call was over.
    pub ended_us: i64,
}

const COLUMNS: &str =
    "id, person, persona, call, direction, counterparts, outcome, end_reason, began_us, talked_us, ended_us";

/// Which calls of a person are wanted; everything given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonalCallFilter {
    /// The person's object id.
    pub person: String,
    /// At the clients of this persona.
    pub persona: Option<String>,
    /// In this direction.
    pub direction: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Began at this time or later.
    pub from_us: Option<i64>,
    /// Began before this time.
    pub until_us: Option<i64>,
}

impl Store {
    /// The calls of a person, newest first.
    pub async fn personal_calls(
        &self,
        filter: &PersonalCallFilter,
        page: &PageRequest,
    ) -> Result<Page<PersonalCall>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM personal_call WHERE person = ").push_bind(&filter.person);
        let texts = [
            (" AND persona = ", &filter.persona),
            (" AND direction = ", &filter.direction),
            (" AND outcome = ", &filter.outcome),
        ];
        for (condition, value) in texts {
            if let Some(value) = value {
                query.push(condition).push_bind(value);
            }
        }
        for (condition, value) in
            [(" AND began_us >= ", filter.from_us), (" AND began_us < ", filter.until_us)]
        {
            if let Some(value) = value {
                query.push(condition).push_bind(value);
            }
        }
        page.limit(&mut query, "began_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(PersonalCall::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |call: &PersonalCall| Cursor {
            order: call.began_us,
            id: call.id.clone(),
        }))
    }
}

impl PersonalCall {
    // The first account of a call stays: a call ends once.
    pub(crate) async fn insert_all(tx: &mut Tx<'_>, calls: &[&Self]) -> Result<(), StoreError> {
        for portion in portions(calls) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO personal_call (");
            query.push(COLUMNS).push(") ");
            query.push_values(portion, |mut row, call| {
                row.push_bind(&call.id)
                    .push_bind(&call.person)
                    .push_bind(&call.persona)
                    .push_bind(&call.call)
                    .push_bind(&call.direction)
                    .push_bind(list::write(&call.counterparts))
                    .push_bind(&call.outcome)
                    .push_bind(&call.end_reason)
                    .push_bind(call.began_us)
                    .push_bind(call.talked_us)
                    .push_bind(call.ended_us);
            });
            query.push(" ON CONFLICT (id) DO NOTHING");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            person: row.try_get("person")?,
            persona: row.try_get("persona")?,
            call: row.try_get("call")?,
            direction: row.try_get("direction")?,
            counterparts: list::read("list of counterparts", &row.try_get::<String, _>("counterparts")?)?,
            outcome: row.try_get("outcome")?,
            end_reason: row.try_get("end_reason")?,
            began_us: row.try_get("began_us")?,
            talked_us: row.try_get("talked_us")?,
            ended_us: row.try_get("ended_us")?,
        })
    }
}

/// Everything about a person.
pub(crate) async fn forget(tx: &mut Tx<'_>, person: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM personal_call WHERE person = $1").bind(person).execute(&mut **tx).await?;
    Ok(())
}
