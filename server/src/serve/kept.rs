//! What is generated once and kept: ids, access keys, passwords, tokens.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entropy::Entropy;
use redact::Secret;
use store::Store;

use crate::failure::Failure;

/// Azure's own access keys are this long.
const ACCESS_KEY_BYTES: usize = 64;

/// Short enough to be typed into a phone, long enough not to be guessed.
const PASSWORD_BYTES: usize = 12;

/// Generates what is not there yet.
pub struct Kept<'a> {
    store: &'a Store,
    entropy: Entropy,
}

impl<'a> Kept<'a> {
    /// Over this store, with this randomness.
    pub fn new(store: &'a Store, entropy: Entropy) -> Self {
        Self { store, entropy }
    }

    /// The store.
    pub fn store(&self) -> &'a Store {
        self.store
    }

    /// The id under `name`, made from 128 random bits.
    pub async fn id<T: FromStr + ToString>(
        &mut self,
        name: &str,
        make: impl FnOnce(&mut Entropy) -> T,
    ) -> Result<T, Failure> {
        let made = make(&mut self.entropy).to_string();
        let kept = self.value(name, made).await?;
        kept.expose().parse().map_err(|_| {
            Failure::Happened(format!("cannot read the id kept as {name}: the database is damaged"))
        })
    }

    /// The access key under `name`: what base64 decodes to.
    pub async fn access_key(&mut self, name: &str) -> Result<Secret<Box<[u8]>>, Failure> {
        let mut bytes = [0; ACCESS_KEY_BYTES];
        self.entropy.fill(&mut bytes);
        let kept = self.value(name, STANDARD.encode(bytes)).await?;
        let key = STANDARD.decode(kept.expose()).map_err(|_| {
            Failure::Happened(format!("cannot read the key kept as {name}: the database is damaged"))
        })?;
        Ok(Secret::new(key.into_boxed_slice()))
    }

    /// The password under `name`.
    pub async fn password(&mut self, name: &str) -> Result<Secret<String>, Failure> {
        let mut bytes = [0; PASSWORD_BYTES];
        self.entropy.fill(&mut bytes);
        self.value(name, URL_SAFE_NO_PAD.encode(bytes)).await
    }

    /// The token under `name`.
    pub async fn token(&mut self, name: &str) -> Result<Secret<String>, Failure> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        self.value(name, URL_SAFE_NO_PAD.encode(bytes)).await
    }

    /// The 32 bytes under `name`, from which keys are derived.
    pub async fn secret_bytes(&mut self, name: &str) -> Result<Secret<[u8; 32]>, Failure> {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        let kept = self.value(name, STANDARD.encode(bytes)).await?;
        let kept = STANDARD.decode(kept.expose()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        kept.map(Secret::new).ok_or_else(|| {
            Failure::Happened(format!("cannot read the secret kept as {name}: the database is damaged"))
        })
    }

    async fn value(&self, name: &str, made: String) -> Result<Secret<String>, Failure> {
        let kept = self.store.setting_or(name, || Secret::new(made)).await;
        kept.map_err(|error| Failure::Happened(format!("cannot keep {name} in the database: {error}")))
    }
}
