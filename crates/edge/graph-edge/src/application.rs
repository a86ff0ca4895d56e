//! Applications that an administrator has registered in a company.

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identifier::ObjectId;
use redact::Secret;
use subtle::ConstantTimeEq;

use crate::permission::Permission;

/// Marks a secret that was hashed before it was written down.
const HASHED: &str = "sha256:";

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its client id; `appid` of its tokens.
    pub client_id: ObjectId,
    /// For people.
    pub name: Box<str>,
    /// What it proves with who it is; one of several, so that one can be replaced at a time.
    pub secrets: Vec<ClientSecret>,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// A client secret of which only the SHA-256 is known. Secrets are long and random, so nothing slower is needed.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret([u8; 32]);

impl ClientSecret {
    /// The shortest secret.
    pub const SHORTEST: usize = 16;

    /// Reads `sha256:` with base64url of the hash, or takes the text itself as the secret.
    pub fn of(text: &Secret<String>) -> Self {
        let hashed = text.expose().strip_prefix(HASHED);
        let hash = hashed.and_then(|hash| URL_SAFE_NO_PAD.decode(hash.trim_end_matches('=')).ok());
        match hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok()) {
            Some(hash) => Self(hash),
            None => Self(sha256(text.expose())),
        }
    }

    /// As it is written down.
    pub fn hashed(&self) -> String {
        format!("{HASHED}{}", URL_SAFE_NO_PAD.encode(self.0))
    }

    fn is(&self, shown: &str) -> bool {
        self.0.ct_eq(&sha256(shown)).into()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Application {
    /// Whether the secret is one of its own.
    pub(crate) fn knows(&self, shown: &str) -> bool {
        // All are tried: how long it takes tells nothing.
        self.secrets.iter().fold(false, |known, secret| secret.is(shown) | known)
    }
}

fn sha256(text: &str) -> [u8; 32] {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    hash.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash() {
        let plain = ClientSecret::of(&Secret::new("a secret of some length".into()));
        let hashed = ClientSecret::of(&Secret::new(plain.hashed()));
        assert_eq!(plain, hashed);
        assert!(hashed.is("a secret of some length") && !hashed.is("another"));
        assert!(!hashed.is(&plain.hashed()), "the hash opens nothing");
    }
}
