//! What requests were answered, so that a repeated request acts once and hears the same again.

use sqlx::Row;

use crate::list;
use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

/// The first answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// Names the request: resource and `Repeatability-Request-ID`.
    pub request: String,
    /// Tells two different requests under one name apart: method, path and a hash of the body.
    pub fingerprint: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// Forgotten after this time.
    pub expires_us: i64,
}

impl Store {
    /// The answer to an earlier request of this name, unless it is forgotten.
    pub async fn answer(&self, request: &str, now_us: i64) -> Result<Option<RecordedAnswer>, StoreError> {
        let row = sqlx::query(
            "SELECT fingerprint, status, headers, body, expires_us FROM repeatability
             WHERE request = $1 AND expires_us > $2",
        )
        .bind(request)
        .bind(now_us)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let headers: String = row.try_get("headers")?;
        Ok(Some(RecordedAnswer {
            request: request.to_owned(),
            fingerprint: row.try_get("fingerprint")?,
            status: row.try_get::<i64, _>("status")? as u16,
            headers: list::read("list of headers", &headers)?,
            body: row.try_get("body")?,
            expires_us: row.try_get("expires_us")?,
        }))
    }

    /// Keeps the first answer to a request; a second one under the same name changes nothing.
    pub async fn put_answer(&self, answer: RecordedAnswer) -> Result<(), StoreError> {
        self.write(vec![Write::PutAnswer(answer)]).await
    }
}

impl RecordedAnswer {
    pub(crate) async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO repeatability (request, fingerprint, status, headers, body, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (request) DO NOTHING",
        )
        .bind(&self.request)
        .bind(&self.fingerprint)
        .bind(i64::from(self.status))
        .bind(list::write(&self.headers))
        .bind(&self.body)
        .bind(self.expires_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}
