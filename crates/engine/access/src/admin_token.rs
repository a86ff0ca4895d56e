//! The administrator's bearer token.

use aws_lc_rs::digest;
use redact::Secret;
use subtle::ConstantTimeEq;

/// The one token that opens the administration surface.
#[derive(Clone, Debug)]
pub struct AdminToken {
    hash: Secret<[u8; 32]>,
}

/// Why a request may not administer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdminTokenError {
    /// There is no bearer token.
    #[error("the request has no 'Authorization: Bearer …' header; send the administrator's token")]
    Missing,
    /// It is another token.
    #[error("the bearer token is not the administrator's token of this server")]
    Wrong,
}

impl AdminToken {
    /// The token; only its hash is kept.
    pub fn new(token: &Secret<String>) -> Self {
        Self { hash: Secret::new(hash(token.expose())) }
    }

    /// Checks the value of an `Authorization` header.
    pub fn check(&self, authorization: Option<&str>) -> Result<(), AdminTokenError> {
        let token = authorization.and_then(bearer).ok_or(AdminTokenError::Missing)?;
        // Hashes are compared, so that the time taken tells nothing about the length either.
        let same = hash(token).ct_eq(self.hash.expose());
        if bool::from(same) { Ok(()) } else { Err(AdminTokenError::Wrong) }
    }
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

fn hash(token: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    *digest.as_ref().first_chunk().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_opens() {
        let token = AdminToken::new(&Secret::new("t0ken".to_owned()));
        assert_eq!(token.check(Some("Bearer t0ken")), Ok(()));
        assert_eq!(token.check(Some("bearer t0ken")), Ok(()));
        assert_eq!(token.check(Some("Bearer t0ke")), Err(AdminTokenError::Wrong));
        assert_eq!(token.check(Some("Bearer ")), Err(AdminTokenError::Missing));
        assert_eq!(token.check(Some("Basic t0ken")), Err(AdminTokenError::Missing));
        assert_eq!(token.check(None), Err(AdminTokenError::Missing));
    }
}
