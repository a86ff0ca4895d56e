//! What the platform generated for itself: ids, access keys, signing and sealing keys, the admin token.

use redact::Secret;

use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

impl Store {
    /// A generated value, if it was generated before.
    pub async fn setting(&self, name: &str) -> Result<Option<Secret<String>>, StoreError> {
        let value: Option<String> = sqlx::query_scalar("SELECT value FROM secret_setting WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.readers)
            .await?;
        Ok(value.map(Secret::new))
    }

    /// Keeps a generated value under `name`, in place of an older one.
    pub async fn put_setting(&self, name: &str, value: Secret<String>) -> Result<(), StoreError> {
        self.write(vec![Write::PutSetting { name: name.to_owned(), value }]).await
    }

    /// The value under `name`; made by `generate` and kept if there is none yet.
    pub async fn setting_or(
        &self,
        name: &str,
        generate: impl FnOnce() -> Secret<String>,
    ) -> Result<Secret<String>, StoreError> {
        if let Some(value) = self.setting(name).await? {
            return Ok(value);
        }
        let value = generate();
        self.put_setting(name, value.clone()).await?;
        Ok(value)
    }
}

pub(crate) async fn put(tx: &mut Tx<'_>, name: &str, value: &Secret<String>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO secret_setting (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value.expose())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
