//! Who is asking: the signature is checked over the raw bytes, before anything is parsed.

use std::num::NonZeroU32;
use std::sync::Arc;

use access::{SignatureError, SignatureRules, SignedHead, VerifiedHead};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use clock::Now;
use identifier::ResourceId;
use tenant::{Directory, Resource};

use crate::api_error::ApiError;
use crate::body_limit::{BodyLimits, read_body};
use crate::pace::Pace;

/// Reads the platform's clock.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Gives the directory snapshot in force.
pub type DirectorySource = Arc<dyn Fn() -> Arc<Directory> + Send + Sync>;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The resource whose key signed the request.
    pub resource: ResourceId,
}

/// A request whose sender is known.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who asks.
    pub principal: Principal,
    /// The method.
    pub method: Method,
    /// The path as it was on the wire.
    pub path: String,
    /// The query as it was on the wire.
    pub query: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Lets signed requests in.
#[derive(Clone)]
pub struct Gatekeeper {
    directory: DirectorySource,
    clock: Clock,
    rules: Arc<SignatureRules>,
    limits: BodyLimits,
    pace: Option<Arc<Pace<ResourceId>>>,
}

impl Gatekeeper {
    /// A gatekeeper with the limits of [`BodyLimits::default`].
    pub fn new(directory: DirectorySource, clock: Clock, rules: SignatureRules) -> Self {
        Self { directory, clock, rules: Arc::new(rules), limits: BodyLimits::default(), pace: None }
    }

    /// The same, with other limits.
    pub fn with_limits(self, limits: BodyLimits) -> Self {
        Self { limits, ..self }
    }

    /// The same, taking no more than so many requests of one resource in a second.
    pub fn with_pace(self, requests_per_second: NonZeroU32) -> Self {
        Self { pace: Some(Arc::new(Pace::per_second(requests_per_second))), ..self }
    }

    /// The moment of the platform's clock.
    pub fn now(&self) -> Now {
        (self.clock)()
    }

    /// Reads the request and checks its signature.
    pub async fn admit(&self, request: Request) -> Result<Admitted, ApiError> {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        let headers = wire_headers(&parts.headers, authority);
        let head = SignedHead { method: parts.method.as_str(), target, headers: &headers };
        let (principal, verified) = self.authenticate(&head)?;
        if let Some(Err(wait)) = self.pace.as_ref().map(|pace| pace.take(&principal.resource)) {
            meter::HTTP_LIMITED.count(["resource"]);
            return Err(ApiError::too_many_requests(wait));
        }
        // Nothing of a body is read for somebody who has no key.
        let body = read_body(&parts.headers, body, self.limits).await?;
        verified.check_body(&body).map_err(refused)?;
        let path = parts.uri.path().to_owned();
        let query = parts.uri.query().map(str::to_owned);
        Ok(Admitted { principal, method: parts.method, path, query, headers: parts.headers, body })
    }

    fn authenticate(&self, head: &SignedHead<'_>) -> Result<(Principal, VerifiedHead), ApiError> {
        let directory = (self.directory)();
        let unknown = || ApiError::unauthorized("no communication resource is configured on this server");
        let resource = resource_of(&directory, head).ok_or_else(unknown)?;
        let verified = self.rules.verify(head, &resource.access_keys, self.now()).map_err(refused)?;
        Ok((Principal { resource: resource.id }, verified))
    }
}

fn refused(error: SignatureError) -> ApiError {
    meter::HTTP_AUTHENTICATION_FAILURES.count(["api"]);
    tracing::info!(%error, "request refused");
    ApiError::unauthorized(error)
}

/// The resource is chosen by host name. Requests for recordings name theirs in `x-ms-host`.
fn resource_of<'a>(directory: &'a Directory, head: &SignedHead<'_>) -> Option<&'a Resource> {
    let value = |name: &str| {
        let mut found = head.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| *value)
    };
    let host = value("x-ms-host").or_else(|| value("host")).unwrap_or_default();
    directory.resource_at_host(without_port(host))
}

fn without_port(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    host.split_once(':').map_or(host, |(name, _)| name)
}

/// Headers as text; those that are not text cannot have been signed. HTTP/2 has the host elsewhere.
fn wire_headers<'a>(headers: &'a HeaderMap, authority: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let mut wire: Vec<(&str, &str)> =
        headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    if let Some(authority) = authority.filter(|_| !headers.contains_key(header::HOST)) {
        wire.push(("host", authority));
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_without_its_port() {
        assert_eq!(without_port("localhost:8443"), "localhost");
        assert_eq!(without_port("contoso.example.org"), "contoso.example.org");
        assert_eq!(without_port("[::1]:8443"), "::1");
        assert_eq!(without_port("[::1]"), "::1");
        assert_eq!(without_port(""), "");
    }
}
