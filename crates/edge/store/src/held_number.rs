//! Phone numbers that resources have purchased.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::{Tx, Write};

/// A number that a resource holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldNumber {
    /// In E.164; a number is held once.
    pub number: String,
    /// The communication resource whose it is.
    pub resource: String,
    /// What else is known of it, as JSON.
    pub details: String,
    /// Since when.
    pub purchased_us: i64,
}

const COLUMNS: &str = "SELECT number, resource, details, purchased_us FROM held_number";

impl Store {
    /// All of them, in order.
    pub async fn held_numbers(&self) -> Result<Vec<HeldNumber>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        let rows = query.push(" ORDER BY number").build().fetch_all(&self.readers).await?;
        rows.iter().map(HeldNumber::from_row).collect()
    }

    /// Those of a resource, in order: at most `limit`, after the first `skip`.
    pub async fn held_numbers_of(
        &self,
        resource: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<HeldNumber>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE resource = ").push_bind(resource.to_owned());
        query.push(" ORDER BY number LIMIT ").push_bind(limit as i64);
        query.push(" OFFSET ").push_bind(skip as i64);
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(HeldNumber::from_row).collect()
    }

    /// Which of these numbers somebody holds.
    pub async fn held_among(&self, numbers: &[String]) -> Result<HashSet<String>, StoreError> {
        let mut held = HashSet::new();
        for portion in portions(numbers) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT number FROM held_number WHERE number IN (");
            let mut list = query.separated(", ");
            for number in portion {
                list.push_bind(number.clone());
            }
            query.push(")");
            held.extend(query.build_query_scalar::<String>().fetch_all(&self.readers).await?);
        }
        Ok(held)
    }

    /// One of them, if somebody holds it.
    pub async fn held_number(&self, number: &str) -> Result<Option<HeldNumber>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(COLUMNS);
        query.push(" WHERE number = ").push_bind(number.to_owned());
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(HeldNumber::from_row).transpose()
    }

    /// Changes what is known of a number.
    pub async fn put_held_number(&self, number: HeldNumber) -> Result<(), StoreError> {
        self.write(vec![Write::PutHeldNumber(number)]).await
    }
}

impl HeldNumber {
    /// A number that another resource holds stays with that one.
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO held_number (number, resource, details, purchased_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (number) DO UPDATE SET details = excluded.details
             WHERE held_number.resource = excluded.resource",
        )
        .bind(&self.number)
        .bind(&self.resource)
        .bind(&self.details)
        .bind(self.purchased_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    fn from_row(row: &SqliteRow) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.try_get("number")?,
            resource: row.try_get("resource")?,
            details: row.try_get("details")?,
            purchased_us: row.try_get("purchased_us")?,
        })
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, number: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM held_number WHERE number = $1").bind(number).execute(&mut **tx).await?;
    Ok(())
}
