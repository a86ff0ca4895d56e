//! The key with which callbacks are signed (contract: Call Automation §10).
//!
//! It is made once and kept in the store, so that applications may cache the published keys.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clock::{Deadline, Now};
use redact::Secret;
use serde_json::{Value, json};
use store::Store;

use crate::events::StartError;

const SETTING: &str = "callback-signing-key";
/// How long an application may take the token of a WebSocket for good; each connection has its own.
const SOCKET_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long an application may take a token for good.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
// A signature costs as much as a hundred events, so events of a few seconds share one.
const SHARED_FOR: Duration = Duration::from_secs(10);
/// Audiences whose token is remembered.
const REMEMBERED: usize = 1_024;

pub(crate) struct SigningKey {
    pair: KeyPair,
    id: String,
    issuer: String,
    tokens: Mutex<HashMap<String, (Deadline, Secret<String>)>>,
}

impl SigningKey {
    /// The key of this platform; made on the first start.
    pub(crate) async fn of(store: &Store, issuer: &str) -> Result<Self, StartError> {
        let stored = store.setting(SETTING).await?;
        let pkcs8 = match stored {
            Some(text) => text,
            None => {
                let made = generate().await?;
                store.put_setting(SETTING, made.clone()).await?;
                made
            }
        };
        let der = STANDARD
            .decode(pkcs8.expose())
            .map_err(|_| StartError::SigningKey("the stored key is not base64".into()))?;
        Self::from_pkcs8(&der, issuer)
    }

    fn from_pkcs8(der: &[u8], issuer: &str) -> Result<Self, StartError> {
        let pair = KeyPair::from_pkcs8(der)
            .map_err(|error| StartError::SigningKey(format!("the stored key is unreadable: {error}")))?;
        let id = key_id(&pair);
        Ok(Self { pair, id, issuer: issuer.to_owned(), tokens: Mutex::default() })
    }

    /// A token for the applications of the resource `audience`.
    pub(crate) fn token(&self, audience: &str, now: Now) -> Secret<String> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, token)) = tokens.get(audience)
            && !until.is_due(now)
        {
            return token.clone();
        }
        let token = self.sign(audience, now, LIFETIME);
        if tokens.len() >= REMEMBERED {
            tokens.clear();
        }
        tokens.insert(audience.to_owned(), (now.after(SHARED_FOR), token.clone()));
        token
    }

    /// A token for a WebSocket to the applications of the resource `audience`.
    pub(crate) fn socket_token(&self, audience: &str, now: Now) -> Secret<String> {
        self.sign(audience, now, SOCKET_LIFETIME)
    }

    fn sign(&self, audience: &str, now: Now, lifetime: Duration) -> Secret<String> {
        let seconds = now.unix_us() / 1_000_000;
        self.sign_claims(&json!({
            "iss": self.issuer,
            "aud": audience,
            "iat": seconds,
            "nbf": seconds,
            "exp": seconds + lifetime.as_secs() as i64,
        }))
    }

    /// A token that says just this.
    pub(crate) fn sign_claims(&self, claims: &Value) -> Secret<String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("a key of 2048 bits signs a SHA-256 hash");
        Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public half, as a JSON Web Key Set (RFC 7517).
    pub(crate) fn key_set(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        }] })
    }

    /// The document that leads applications to the keys.
    pub(crate) fn openid_configuration(&self, origin: &str) -> Value {
        json!({
            "issuer": self.issuer,
            "jwks_uri": format!("{origin}/calling/keys"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        })
    }
}

async fn generate() -> Result<Secret<String>, StartError> {
    let made = tokio::task::spawn_blocking(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        let der: Pkcs8V1Der<'static> = pair.as_der().ok()?;
        Some(Secret::new(STANDARD.encode(der.as_ref())))
    });
    let made = made.await.ok().flatten();
    made.ok_or_else(|| StartError::SigningKey("it could not be generated".into()))
}

// RFC 7638: the thumbprint names the key by what it is.
fn key_id(pair: &KeyPair) -> String {
    let public = pair.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let canonical = format!(
        r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
        number(public.exponent().big_endian_without_leading_zero()),
        number(public.modulus().big_endian_without_leading_zero()),
    );
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}
