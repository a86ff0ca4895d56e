//! The sealed context of an incoming call (contract: Call Automation §11.3).
//!
//! Whoever holds it may answer, redirect or reject that one call until it
//! expires. It is encrypted and authenticated, so it can neither be made nor
//! changed without the key. That a call is taken only once is the call's own
//! rule, not the seal's.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Now;
use identifier::{CallId, ResourceId};
use redact::Secret;

const PLAIN_LEN: usize = 16 + 16 + 8;
/// Ours has 92 characters; anything much longer is not one of ours.
const MOST_CHARACTERS: usize = 128;

/// What a context grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncomingCallContext {
    /// The call that waits.
    pub call: CallId,
    /// The resource whose applications may take it.
    pub resource: ResourceId,
    /// Until when: microseconds since 1970-01-01T00:00:00Z.
    pub expires_unix_us: i64,
}

/// Why a context does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenContextError {
    /// It was not sealed here, or it was changed since.
    #[error("open the incomingCallContext: it was not issued by this platform")]
    Forged,
    /// Its time is over.
    #[error("open the incomingCallContext: it has expired")]
    Expired,
}

/// Seals and opens contexts. Made from 32 bytes that only this platform knows.
pub struct ContextKey {
    seal: LessSafeKey,
    nonce: hmac::Key,
}

impl ContextKey {
    /// The key made from a secret.
    pub fn new(secret: &Secret<[u8; 32]>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let derived = hmac::sign(&root, b"incomingCallContext seal");
        let key = UnboundKey::new(&AES_256_GCM, derived.as_ref()).expect("SHA-256 gives 32 bytes");
        let nonce =
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, b"incomingCallContext nonce").as_ref());
        Self { seal: LessSafeKey::new(key), nonce }
    }

    /// The text that an application receives. The same context gives the same
    /// text, so a repeated delivery carries what the first one carried.
    pub fn seal(&self, context: &IncomingCallContext) -> Secret<String> {
        let mut bytes = context.to_bytes().to_vec();
        // The nonce is a keyed hash of the content: it repeats only with the content.
        let nonce = nonce_from(hmac::sign(&self.nonce, &bytes).as_ref());
        let mut sealed = nonce.to_vec();
        let aad = Aad::empty();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut bytes)
            .expect("forty bytes are not too many for AES-GCM");
        sealed.extend_from_slice(&bytes);
        Secret::new(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// What a text grants at the moment `now`.
    pub fn open(&self, text: &str, now: Now) -> Result<IncomingCallContext, OpenContextError> {
        let context = self.unseal(text).ok_or(OpenContextError::Forged)?;
        if now.unix_us() >= context.expires_unix_us {
            return Err(OpenContextError::Expired);
        }
        Ok(context)
    }

    fn unseal(&self, text: &str) -> Option<IncomingCallContext> {
        if text.len() > MOST_CHARACTERS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let plain =
            self.seal.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut sealed).ok()?;
        IncomingCallContext::from_bytes(plain.first_chunk::<PLAIN_LEN>()?)
    }
}

impl IncomingCallContext {
    fn to_bytes(self) -> [u8; PLAIN_LEN] {
        let mut bytes = [0; PLAIN_LEN];
        bytes[..16].copy_from_slice(&self.call.as_u128().to_be_bytes());
        bytes[16..32].copy_from_slice(&self.resource.as_u128().to_be_bytes());
        bytes[32..].copy_from_slice(&self.expires_unix_us.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; PLAIN_LEN]) -> Option<Self> {
        let (call, rest) = bytes.split_first_chunk::<16>()?;
        let (resource, expires) = rest.split_first_chunk::<16>()?;
        Some(Self {
            call: CallId::from_u128(u128::from_be_bytes(*call)),
            resource: ResourceId::from_u128(u128::from_be_bytes(*resource)),
            expires_unix_us: i64::from_be_bytes(*expires.first_chunk::<8>()?),
        })
    }
}

fn nonce_from(hash: &[u8]) -> [u8; NONCE_LEN] {
    *hash.first_chunk().expect("a hash is longer than a nonce")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(byte: u8) -> ContextKey {
        ContextKey::new(&Secret::new([byte; 32]))
    }

    fn context() -> IncomingCallContext {
        IncomingCallContext {
            call: CallId::from_u128(1),
            resource: ResourceId::from_u128(2),
            expires_unix_us: 30_000_000,
        }
    }

    #[test]
    fn what_was_sealed_opens_until_it_expires() {
        let sealed = key(1).seal(&context());
        let start = Now::new(0, 0);
        assert_eq!(key(1).open(sealed.expose(), start), Ok(context()));
        assert_eq!(
            key(1).open(sealed.expose(), start.advanced(Duration::from_micros(29_999_999))),
            Ok(context())
        );
        let late = start.advanced(Duration::from_secs(30));
        assert_eq!(key(1).open(sealed.expose(), late), Err(OpenContextError::Expired));
    }

    #[test]
    fn it_is_url_safe_and_prints_as_a_secret() {
        let sealed = key(1).seal(&context());
        assert!(sealed.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(format!("{sealed:?}"), "<secret>");
    }

    #[test]
    fn nothing_else_opens() {
        let now = Now::new(0, 0);
        let sealed = key(1).seal(&context()).into_inner();
        assert_eq!(key(2).open(&sealed, now), Err(OpenContextError::Forged), "another platform's key");
        for position in 0..sealed.len() {
            let mut forged = sealed.clone().into_bytes();
            forged[position] = if forged[position] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(key(1).open(&forged, now), Err(OpenContextError::Forged), "character {position}");
        }
        for junk in ["", "A", "é", "a.b.c", &sealed[..40], &"A".repeat(1000)] {
            assert_eq!(key(1).open(junk, now), Err(OpenContextError::Forged), "{junk}");
        }
    }
}
