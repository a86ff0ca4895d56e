//! HMAC-SHA256 request signatures (contract: Call Automation §2.2, §14).
//!
//! The string that is signed is the method, the request target as it was on
//! the wire, and the values of the signed headers in the order in which the
//! client lists them. Clients differ in which host name they sign, so a few
//! alternatives are tried.

use std::time::{Duration, SystemTime};

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clock::Now;
use tenant::AccessKey;

const SCHEME: &str = "HMAC-SHA256";
const CONTENT_HASH: &str = "x-ms-content-sha256";
const HOST: &str = "host";
const DATES: [&str; 2] = ["x-ms-date", "date"];
/// Clients sign three headers; a list much longer is an attack on our time.
const MOST_SIGNED_HEADERS: usize = 16;

/// The head of a request as it was on the wire.
#[derive(Clone, Copy, Debug)]
pub struct SignedHead<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// Path and query, percent-encoded as received.
    pub target: &'a str,
    /// Names (in any case) and values, as received.
    pub headers: &'a [(&'a str, &'a str)],
}

/// A request whose head is signed. The signature covers a hash of the body,
/// so the body need not be read before; [`check_body`](Self::check_body) must follow.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifiedHead {
    signed_by: SignedBy,
    content_hash: Vec<u8>,
}

/// How tolerant the check is.
#[derive(Clone, Debug)]
pub struct SignatureRules {
    /// How far the client's clock may be off.
    pub clock_window: Duration,
    /// `host:port` of the endpoint in the connection string, which some
    /// requests sign instead of the name they are sent to.
    pub endpoints: Vec<String>,
    /// Accepts a signature over the path without its query, as one client makes
    /// for recordings. The query must then be meaningless to the handler.
    pub unsigned_query: bool,
}

impl Default for SignatureRules {
    fn default() -> Self {
        Self { clock_window: Duration::from_secs(15 * 60), endpoints: Vec::new(), unsigned_query: false }
    }
}

/// Which host name the client signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The `Host` header.
    Host,
    /// The `Host` header followed by a slash, which one client takes from its endpoint.
    HostWithSlash,
    /// The configured endpoint.
    Endpoint,
    /// The `x-ms-host` header.
    MsHost,
}

/// Why a signature was not accepted. The texts are safe to show: they name
/// what a developer can check, and nothing that helps to forge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no `Authorization` header.
    #[error("the request has no Authorization header; sign it with an access key of the connection string")]
    Missing,
    /// The scheme is not HMAC-SHA256.
    #[error("the Authorization scheme is not {SCHEME}; use a connection string or an access key")]
    OtherScheme,
    /// The header does not read.
    #[error("the Authorization header does not have the form 'HMAC-SHA256 SignedHeaders=…&Signature=…'")]
    Malformed,
    /// A header that must be signed is not, is missing, or appears twice.
    #[error("the header {0} must be present once and be listed in SignedHeaders")]
    Header(String),
    /// The body is another than was signed.
    #[error("x-ms-content-sha256 is not the base64 SHA-256 of the request body")]
    ContentHash,
    /// The client's clock is off, or the request is old.
    #[error("the signed date is more than {} minutes away from the server's clock; check the clock", .0.as_secs() / 60)]
    Clock(Duration),
    /// No key fits.
    #[error(
        "the signature does not match; check the access key, and that the signed host, path and query are those of the request"
    )]
    Mismatch,
}

impl SignatureRules {
    /// Checks the head of a request against the keys of a resource.
    pub fn verify(
        &self,
        request: &SignedHead<'_>,
        keys: &[AccessKey],
        now: Now,
    ) -> Result<VerifiedHead, SignatureError> {
        let authorization = Authorization::parse(request.header("authorization")?)?;
        let values = authorization.signed_values(request)?;
        let content_hash =
            STANDARD.decode(request.header(CONTENT_HASH)?).map_err(|_| SignatureError::ContentHash)?;
        self.check_clock(&authorization, request, now)?;
        let keys: Vec<hmac::Key> =
            keys.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.expose())).collect();
        let fits = |text: &str| {
            keys.iter().any(|key| hmac::verify(key, text.as_bytes(), &authorization.signature).is_ok())
        };
        for (signed_by, host) in self.hosts(request)? {
            for target in self.targets(request.target) {
                if fits(&string_to_sign(request.method, target, &values, &host)) {
                    return Ok(VerifiedHead { signed_by, content_hash });
                }
            }
        }
        Err(SignatureError::Mismatch)
    }

    fn check_clock(
        &self,
        authorization: &Authorization<'_>,
        request: &SignedHead<'_>,
        now: Now,
    ) -> Result<(), SignatureError> {
        let name = DATES.into_iter().find(|name| authorization.signs(name));
        let name = name.ok_or_else(|| SignatureError::Header(DATES[0].to_owned()))?;
        let date = httpdate::parse_http_date(request.header(name)?)
            .map_err(|_| SignatureError::Header(name.to_owned()))?;
        let since_epoch = date.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let skew_us = now.unix_us().abs_diff(since_epoch.as_micros() as i64);
        if Duration::from_micros(skew_us) > self.clock_window {
            return Err(SignatureError::Clock(self.clock_window));
        }
        Ok(())
    }

    fn hosts(&self, request: &SignedHead<'_>) -> Result<Vec<(SignedBy, String)>, SignatureError> {
        let host = request.header(HOST)?;
        let mut hosts =
            vec![(SignedBy::Host, host.to_owned()), (SignedBy::HostWithSlash, format!("{host}/"))];
        if let Ok(host) = request.header("x-ms-host") {
            hosts.push((SignedBy::MsHost, host.to_owned()));
        }
        hosts.extend(self.endpoints.iter().map(|host| (SignedBy::Endpoint, host.clone())));
        Ok(hosts)
    }

    fn targets<'a>(&self, target: &'a str) -> impl Iterator<Item = &'a str> {
        let path = target.split_once('?').map(|(path, _)| path).filter(|_| self.unsigned_query);
        std::iter::once(target).chain(path)
    }
}

impl VerifiedHead {
    /// Checks that the body is the one that was signed.
    pub fn check_body(self, body: &[u8]) -> Result<SignedBy, SignatureError> {
        let actual = digest::digest(&digest::SHA256, body);
        let same = subtle::ConstantTimeEq::ct_eq(self.content_hash.as_slice(), actual.as_ref());
        if bool::from(same) { Ok(self.signed_by) } else { Err(SignatureError::ContentHash) }
    }
}

impl<'a> SignedHead<'a> {
    /// The value of a header that is there exactly once.
    fn header(&self, name: &str) -> Result<&'a str, SignatureError> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Ok(value),
            (None, _) if name == "authorization" => Err(SignatureError::Missing),
            _ => Err(SignatureError::Header(name.to_owned())),
        }
    }
}

struct Authorization<'a> {
    signed_headers: Vec<&'a str>,
    signature: Vec<u8>,
}

impl<'a> Authorization<'a> {
    fn parse(value: &'a str) -> Result<Self, SignatureError> {
        let (scheme, parameters) = value.trim().split_once(' ').ok_or(SignatureError::OtherScheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) {
            return Err(SignatureError::OtherScheme);
        }
        let parameter = |name: &str| {
            let mut pairs = parameters.trim().split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let signed_headers: Vec<&str> =
            parameter("SignedHeaders").ok_or(SignatureError::Malformed)?.split(';').collect();
        if signed_headers.len() > MOST_SIGNED_HEADERS {
            return Err(SignatureError::Malformed);
        }
        let signature = parameter("Signature").ok_or(SignatureError::Malformed)?;
        let signature = STANDARD.decode(signature).map_err(|_| SignatureError::Malformed)?;
        Ok(Self { signed_headers, signature })
    }

    fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name))
    }

    /// The values to be signed in the client's order; `None` where the host stands.
    fn signed_values(&self, request: &SignedHead<'a>) -> Result<Vec<Option<&'a str>>, SignatureError> {
        for required in [HOST, CONTENT_HASH] {
            if !self.signs(required) {
                return Err(SignatureError::Header(required.to_owned()));
            }
        }
        let value = |name: &&str| {
            if name.eq_ignore_ascii_case(HOST) { Ok(None) } else { request.header(name).map(Some) }
        };
        self.signed_headers.iter().map(value).collect()
    }
}

fn string_to_sign(method: &str, target: &str, values: &[Option<&str>], host: &str) -> String {
    let values: Vec<&str> = values.iter().map(|value| value.unwrap_or(host)).collect();
    format!("{method}\n{target}\n{}", values.join(";"))
}
