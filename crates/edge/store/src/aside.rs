//! Numbers that are kept aside for a while, each for one paper: a search or a reservation.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite};

use crate::store::{Store, StoreError};
use crate::together::portions;
use crate::write::Tx;

/// What a paper keeps aside, in place of what it kept before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aside {
    /// Names the paper, among all resources.
    pub paper: String,
    /// The communication resource whose it is.
    pub resource: String,
    /// Until when; microseconds since 1970.
    pub until_us: i64,
    /// In E.164.
    pub numbers: Vec<String>,
}

impl Store {
    /// Which of these numbers are kept aside, and for which paper.
    pub async fn aside_among(
        &self,
        numbers: &[String],
        now_us: i64,
    ) -> Result<HashMap<String, String>, StoreError> {
        let mut aside = HashMap::new();
        for portion in portions(numbers) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT number, paper FROM number_aside JOIN paper_aside USING (paper) WHERE until_us > ",
            );
            query.push_bind(now_us).push(" AND number IN (");
            let mut list = query.separated(", ");
            for number in portion {
                list.push_bind(number.clone());
            }
            query.push(")");
            aside.extend(query.build_query_as::<(String, String)>().fetch_all(&self.readers).await?);
        }
        Ok(aside)
    }

    /// How many papers of a resource keep something aside.
    pub async fn papers_aside(&self, resource: &str, now_us: i64) -> Result<usize, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM paper_aside WHERE resource = $1 AND until_us > $2")
                .bind(resource)
                .bind(now_us)
                .fetch_one(&self.readers)
                .await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

impl Aside {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        remove(tx, &self.paper).await?;
        sqlx::query("INSERT INTO paper_aside (paper, resource, until_us) VALUES ($1, $2, $3)")
            .bind(&self.paper)
            .bind(&self.resource)
            .bind(self.until_us)
            .execute(&mut **tx)
            .await?;
        for portion in portions(&self.numbers) {
            let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO number_aside (number, paper) ");
            query.push_values(portion, |mut row, number| {
                row.push_bind(number).push_bind(&self.paper);
            });
            // What an expired paper kept is for whoever comes next.
            query.push(" ON CONFLICT (number) DO UPDATE SET paper = excluded.paper");
            query.build().execute(&mut **tx).await?;
        }
        Ok(())
    }
}

pub(crate) async fn remove(tx: &mut Tx<'_>, paper: &str) -> Result<(), StoreError> {
    for statement in ["DELETE FROM number_aside WHERE paper = $1", "DELETE FROM paper_aside WHERE paper = $1"]
    {
        sqlx::query(statement).bind(paper).execute(&mut **tx).await?;
    }
    Ok(())
}

pub(crate) async fn forget_expired(tx: &mut Tx<'_>, now_us: i64) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM number_aside WHERE paper IN (SELECT paper FROM paper_aside WHERE until_us <= $1)",
        "DELETE FROM paper_aside WHERE until_us <= $1",
    ] {
        sqlx::query(statement).bind(now_us).execute(&mut **tx).await?;
    }
    Ok(())
}
