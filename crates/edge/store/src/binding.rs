//! Where registered phones are (RFC 3261 §10), kept so that a restart does not make them unreachable.

use sqlx::Row;

use crate::store::{Store, StoreError};
use crate::write::{Tx, Write};

/// One contact of one address of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose; for example `demo-1`.
    pub address_of_record: String,
    /// Where; a SIP URI.
    pub contact: String,
    /// What else the registrar wants to know about it, as JSON.
    pub details: String,
    /// Not valid after this time.
    pub expires_us: i64,
}

impl Store {
    /// Bindings that are valid at `now_us`, by address of record, at most `limit`.
    pub async fn bindings(&self, now_us: i64, limit: usize) -> Result<Vec<Binding>, StoreError> {
        let rows = sqlx::query(
            "SELECT address_of_record, contact, details, expires_us FROM binding
             WHERE expires_us > $1 ORDER BY address_of_record, contact LIMIT $2",
        )
        .bind(now_us)
        .bind(limit as i64)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Binding {
                    address_of_record: row.try_get("address_of_record")?,
                    contact: row.try_get("contact")?,
                    details: row.try_get("details")?,
                    expires_us: row.try_get("expires_us")?,
                })
            })
            .collect()
    }

    /// Adds or refreshes a binding.
    pub async fn put_binding(&self, binding: Binding) -> Result<(), StoreError> {
        self.write(vec![Write::PutBinding(binding)]).await
    }

    /// Removes a binding.
    pub async fn remove_binding(&self, address_of_record: &str, contact: &str) -> Result<(), StoreError> {
        let (address_of_record, contact) = (address_of_record.to_owned(), contact.to_owned());
        self.write(vec![Write::RemoveBinding { address_of_record, contact }]).await
    }
}

impl Binding {
    pub(crate) async fn put(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO binding (address_of_record, contact, details, expires_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (address_of_record, contact)
             DO UPDATE SET details = excluded.details, expires_us = excluded.expires_us",
        )
        .bind(&self.address_of_record)
        .bind(&self.contact)
        .bind(&self.details)
        .bind(self.expires_us)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

pub(crate) async fn remove(
    tx: &mut Tx<'_>,
    address_of_record: &str,
    contact: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM binding WHERE address_of_record = $1 AND contact = $2")
        .bind(address_of_record)
        .bind(contact)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
