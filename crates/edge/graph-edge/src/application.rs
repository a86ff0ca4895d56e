//! Applications that an administrator has registered in a company.

use std::fmt;

use aws_lc_rs::digest;
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
    /// Reads `sha256:` with the hash in hexadecimal digits, or takes the text itself as the secret.
    pub fn of(text: &Secret<String>) -> Self {
        let hashed = text.expose().strip_prefix(HASHED);
        match hashed.and_then(from_hex) {
            Some(hash) => Self(hash),
            None => Self(sha256(text.expose())),
        }
    }

    /// As it is written down.
    pub fn hashed(&self) -> String {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{HASHED}{digits}")
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

/// Whether the secret is one of its own. Somebody unknown knows none, and takes as long to find out.
pub(crate) fn knows(application: Option<&Application>, shown: &str) -> bool {
    const NOBODYS: [ClientSecret; 1] = [ClientSecret([0; 32])];
    let secrets = application.map_or(&NOBODYS[..], |application| &application.secrets);
    // All are tried: how long it takes tells nothing.
    let is_one = secrets.iter().fold(false, |known, secret| secret.is(shown) | known);
    is_one & application.is_some()
}

fn from_hex(digits: &str) -> Option<[u8; 32]> {
    let is_hash = digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut hash = [0; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        let pair = is_hash.then(|| &digits[2 * index..2 * index + 2])?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(hash)
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
        assert!(ClientSecret::of(&Secret::new("sha256:123".into())).is("sha256:123"));
    }
}
