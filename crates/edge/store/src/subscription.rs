//! Event Grid subscriptions.

use std::str::FromStr;

use redact::Secret;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::page::{Cursor, Page, PageRequest};
use crate::store::{Store, StoreError};
use crate::write::Tx;

/// Somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Names it for good.
    pub id: String,
    /// Names it for people; one of a kind.
    pub name: String,
    /// Of this communication resource.
    pub resource: String,
    /// Endpoint, schema, filters and retry policy, as JSON.
    pub definition: String,
    /// Whether the endpoint has agreed.
    pub state: SubscriptionState,
    /// What the endpoint must repeat to agree.
    pub validation_code: Secret<String>,
    /// When it was last asked.
    pub validation_sent_us: Option<i64>,
    /// When it was made.
    pub created_us: i64,
}

/// Whether the endpoint of a subscription has agreed to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubscriptionState {
    /// Not asked yet, or no answer yet.
    AwaitingValidation,
    /// It has.
    Active,
    /// It was asked and has not.
    Failed,
}

impl SubscriptionState {
    /// As it is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingValidation => "awaiting-validation",
            Self::Active => "active",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for SubscriptionState {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text {
            "awaiting-validation" => Ok(Self::AwaitingValidation),
            "active" => Ok(Self::Active),
            "failed" => Ok(Self::Failed),
            other => Err(StoreError::Unreadable { what: "state of a subscription", value: other.to_owned() }),
        }
    }
}

const COLUMNS: &str =
    "id, name, resource, definition, state, validation_code, validation_sent_us, created_us";

impl Store {
    /// Subscriptions, newest first.
    pub async fn subscriptions(&self, page: &PageRequest) -> Result<Page<Subscription>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM subscription WHERE created_us >= 0");
        page.limit(&mut query, "created_us");
        let rows = query.build().fetch_all(&self.readers).await?;
        let items = rows.iter().map(Subscription::from_row).collect::<Result<_, _>>()?;
        Ok(Page::cut(items, page.size, |subscription: &Subscription| Cursor {
            order: subscription.created_us,
            id: subscription.id.clone(),
        }))
    }
}

impl Subscription {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO subscription (id, name, resource, definition, state, validation_code, validation_sent_us, created_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, definition = excluded.definition,
                state = excluded.state, validation_code = excluded.validation_code,
                validation_sent_us = excluded.validation_sent_us",
        )
        .bind(&self.id)
        .bind(&self.name)
        .bind(&self.resource)
        .bind(&self.definition)
        .bind(self.state.as_str())
        .bind(self.validation_code.expose())
        .bind(self.validation_sent_us)
        .bind(self.created_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            resource: row.try_get("resource")?,
            definition: row.try_get("definition")?,
            state: row.try_get::<String, _>("state")?.parse()?,
            validation_code: Secret::new(row.try_get("validation_code")?),
            validation_sent_us: row.try_get("validation_sent_us")?,
            created_us: row.try_get("created_us")?,
        })
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM subscription WHERE id = $1").bind(id).execute(&mut **tx).await?;
    Ok(())
}
