//! Digest authentication (RFC 8760, RFC 7616) without state: a nonce carries its own time and seal.

use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{digest, hmac};
use entropy::Entropy;
use md5::Digest as _;
use rsipstack::sip::{Header, WwwAuthenticate};

use crate::config::DigestOffer;

/// A nonce is good for this long.
const LIFETIME_S: i64 = 300;

/// Challenges and verifies.
pub(crate) struct Authenticator {
    realm: String,
    offer: DigestOffer,
    key: hmac::Key,
}

/// What a request says about who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// Whose password it claims to know.
    pub username: String,
    realm: String,
    nonce: String,
    uri: String,
    response: String,
    algorithm: Algorithm,
    quality: Option<Quality>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Quality {
    count: String,
    client_nonce: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
}

/// Whether the sender knows the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Yes.
    Accepted,
    /// The challenge it answers is too old or not ours: it may try again.
    Stale,
    /// No.
    Rejected,
}

impl Authenticator {
    pub fn new(realm: &str, offer: DigestOffer, entropy: &mut Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        // A quotation mark would end the realm early.
        let realm =
            realm.chars().filter(|character| !matches!(character, '"' | '\\' | '\r' | '\n')).collect();
        Self { realm, offer, key: hmac::Key::new(hmac::HMAC_SHA256, &key) }
    }

    /// The challenges that a phone may choose from, the preferred one first.
    pub fn challenges(&self, source: IpAddr, now_us: i64, stale: bool) -> Vec<Header> {
        let nonce = self.nonce(source, now_us / 1_000_000);
        let stale = if stale { ", stale=true" } else { "" };
        let algorithms: &[&str] = match self.offer {
            DigestOffer::Md5 => &["MD5"],
            DigestOffer::Sha256OrMd5 => &["SHA-256", "MD5"],
        };
        algorithms
            .iter()
            .map(|algorithm| {
                let realm = &self.realm;
                let value = format!(
                    "Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}"
                );
                Header::WwwAuthenticate(WwwAuthenticate::new(value))
            })
            .collect()
    }

    /// Judges credentials that came with a request.
    pub fn verify(
        &self,
        credentials: &Credentials,
        method: &str,
        password: &str,
        source: IpAddr,
        now_us: i64,
    ) -> Verdict {
        if !self.is_fresh(&credentials.nonce, source, now_us / 1_000_000) {
            return Verdict::Stale;
        }
        let expected = credentials.expected_response(method, password);
        let given = credentials.response.to_ascii_lowercase();
        let same = credentials.realm == self.realm
            && verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok();
        if same { Verdict::Accepted } else { Verdict::Rejected }
    }

    fn nonce(&self, source: IpAddr, now_s: i64) -> String {
        let seal = hmac::sign(&self.key, format!("{now_s} {source}").as_bytes());
        format!("{now_s:x}-{}", hex(&seal.as_ref()[..16]))
    }

    fn is_fresh(&self, nonce: &str, source: IpAddr, now_s: i64) -> bool {
        let Some((time, _)) = nonce.split_once('-') else { return false };
        let Ok(made_s) = i64::from_str_radix(time, 16) else { return false };
        let age_s = now_s.saturating_sub(made_s);
        let expected = self.nonce(source, made_s);
        (-1..=LIFETIME_S).contains(&age_s)
            && verify_slices_are_equal(expected.as_bytes(), nonce.as_bytes()).is_ok()
    }
}

impl Credentials {
    /// Reads the value of an Authorization header; `None` when it is no digest that we take.
    pub fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Digest") || value.len() > 2048 {
            return None;
        }
        let parameters = parameters(rest);
        let get = |name: &str| {
            parameters
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.clone())
        };
        let algorithm = match get("algorithm").as_deref() {
            None => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("MD5") => Algorithm::Md5,
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Algorithm::Sha256,
            Some(_) => return None,
        };
        let quality = match get("qop").as_deref() {
            None => None,
            Some("auth") => Some(Quality { count: get("nc")?, client_nonce: get("cnonce")? }),
            Some(_) => return None,
        };
        Some(Self {
            username: get("username")?,
            realm: get("realm")?,
            nonce: get("nonce")?,
            uri: get("uri")?,
            response: get("response")?,
            algorithm,
            quality,
        })
    }

    /// RFC 7616 §3.4.1.
    fn expected_response(&self, method: &str, password: &str) -> String {
        let hash = |text: String| self.algorithm.hash(text.as_bytes());
        let secret = hash(format!("{}:{}:{password}", self.username, self.realm));
        let request = hash(format!("{method}:{}", self.uri));
        hash(match &self.quality {
            Some(Quality { count, client_nonce }) => {
                format!("{secret}:{}:{count}:{client_nonce}:auth:{request}", self.nonce)
            }
            None => format!("{secret}:{}:{request}", self.nonce),
        })
    }
}

impl Algorithm {
    fn hash(self, bytes: &[u8]) -> String {
        match self {
            Self::Md5 => hex(&md5::Md5::digest(bytes)),
            Self::Sha256 => hex(digest::digest(&digest::SHA256, bytes).as_ref()),
        }
    }
}

/// `name=value, name="value"`, in order; stops at what it cannot read.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((value, after)) => (value, after),
                None => break,
            },
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim(), &after[end..])
            }
        };
        found.push((name.trim().to_owned(), value.to_owned()));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    found
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const NOW_US: i64 = 1_800_000_000_000_000;

    fn authenticator() -> Authenticator {
        Authenticator::new("ringdown", DigestOffer::Md5, &mut Entropy::from_number(1))
    }

    fn credentials(authenticator: &Authenticator, algorithm: &str, password: &str) -> Credentials {
        let nonce = authenticator.nonce(SOURCE, NOW_US / 1_000_000);
        let mut credentials = Credentials::parse(&format!(
            "Digest username=\"demo-1\", realm=\"ringdown\",nonce=\"{nonce}\", uri=\"sip:ringdown\", response=\"\", algorithm={algorithm}, qop=auth, nc=00000001, cnonce=\"abc\""
        ))
        .unwrap();
        credentials.response = credentials.expected_response("REGISTER", password);
        credentials
    }

    #[test]
    fn the_right_password_is_accepted_for_five_minutes() {
        let authenticator = authenticator();
        for algorithm in ["MD5", "SHA-256"] {
            let right = credentials(&authenticator, algorithm, "secret");
            let wrong = credentials(&authenticator, algorithm, "guess");
            let judge = |credentials: &Credentials, at| {
                authenticator.verify(credentials, "REGISTER", "secret", SOURCE, at)
            };
            assert_eq!(judge(&right, NOW_US), Verdict::Accepted);
            assert_eq!(judge(&wrong, NOW_US), Verdict::Rejected);
            assert_eq!(judge(&right, NOW_US + 299_000_000), Verdict::Accepted);
            assert_eq!(judge(&right, NOW_US + 301_000_000), Verdict::Stale);
        }
    }

    #[test]
    fn a_nonce_of_somebody_else_is_stale() {
        let authenticator = authenticator();
        let mut credentials = credentials(&authenticator, "MD5", "secret");
        let elsewhere: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(
            authenticator.verify(&credentials, "REGISTER", "secret", elsewhere, NOW_US),
            Verdict::Stale
        );
        credentials.nonce = "1-2".to_owned();
        assert_eq!(authenticator.verify(&credentials, "REGISTER", "secret", SOURCE, NOW_US), Verdict::Stale);
    }

    /// RFC 7616 §3.9.1.
    #[test]
    fn the_examples_of_the_standard_hold() {
        let check = |algorithm: &str, expected: &str| {
            let credentials = Credentials::parse(&format!(
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"x\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ))
            .unwrap();
            assert_eq!(credentials.expected_response("GET", "Circle of Life"), expected);
        };
        check("MD5", "8ca523f5e9506fed4657c9700eebdbec");
        check("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    #[test]
    fn other_schemes_are_not_read() {
        assert_eq!(Credentials::parse("Basic abc"), None);
        assert_eq!(Credentials::parse("Digest username=\"a"), None);
        assert_eq!(Credentials::parse(""), None);
    }
}
