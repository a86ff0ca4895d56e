//! Sending a request, and reading no more of the answer than was asked for.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use internet::{AllowedNetwork, may_reach};
use reqwest::redirect;
use url::{Host, Url};

use crate::error::{OutboundError, from_reqwest};
use crate::policy::{OutboundPolicy, PolicyError};
use crate::resolver::GuardedResolver;
use crate::room::{Room, Share};
use crate::stream::OutboundStream;

/// The most redirects that are ever followed.
const MOST_REDIRECTS: u8 = 3;
/// Idle connections are closed after this time.
const IDLE: Duration = Duration::from_secs(30);

/// The gate. Cheap to clone; connections are shared.
#[derive(Clone, Debug)]
pub struct OutboundHttp {
    client: reqwest::Client,
    /// The same for connections that become something else: HTTP/1.1, and nothing is shared.
    pub(crate) upgrading: reqwest::Client,
    allowed: Arc<[AllowedNetwork]>,
    room: Room,
}

/// One request.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// The address, as somebody wrote it.
    pub url: String,
    /// Headers beside those that HTTP itself needs.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Bytes,
    /// For everything: names, connection, redirects, the whole answer.
    pub timeout: Duration,
    /// The most bytes that are taken of an answer.
    pub max_body: usize,
    /// What happens with an answer that is longer.
    pub overlong: Overlong,
    /// Redirects that are followed, at most 3; 0 hands a 3xx back as the answer. Only GET is followed.
    pub redirects: u8,
}

/// What happens with an answer that is longer than was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlong {
    /// It is refused with [`OutboundError::TooLarge`].
    #[default]
    Refuse,
    /// Its beginning is enough; the rest is not read.
    Cut,
}

/// What came back, whatever its status.
#[derive(Clone, Debug)]
pub struct OutboundResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Counts against [`OutboundPolicy::answers`] for as long as the answer is held.
    _share: Share,
}

impl OutboundRequest {
    /// Fetches a file: up to three redirects, an overlong answer is refused.
    pub fn get(url: impl Into<String>, timeout: Duration, max_body: usize) -> Self {
        Self {
            method: Method::GET,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout,
            max_body,
            overlong: Overlong::Refuse,
            redirects: MOST_REDIRECTS,
        }
    }

    /// Calls a webhook: no redirects, and only the beginning of the answer matters.
    pub fn post(url: impl Into<String>, body: impl Into<Bytes>, timeout: Duration, max_body: usize) -> Self {
        Self {
            method: Method::POST,
            body: body.into(),
            overlong: Overlong::Cut,
            redirects: 0,
            ..Self::get(url, timeout, max_body)
        }
    }

    /// Adds or replaces a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, OutboundError> {
        let invalid = || OutboundError::InvalidHeader(name.to_owned());
        let name = header::HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
        let mut value = header::HeaderValue::from_str(value).map_err(|_| invalid())?;
        value.set_sensitive(name == header::AUTHORIZATION);
        self.headers.insert(name, value);
        Ok(self)
    }
}

impl OutboundHttp {
    /// Builds the gate for a policy.
    pub fn new(policy: OutboundPolicy) -> Result<Self, PolicyError> {
        let allowed: Arc<[AllowedNetwork]> = policy.allow_private.clone().into();
        let user_agent = header::HeaderValue::from_str(&policy.user_agent)
            .map_err(|_| PolicyError::UserAgent(policy.user_agent.clone()))?;
        let authorities = match &policy.extra_ca {
            Some(path) => read_authorities(path)?,
            None => Vec::new(),
        };
        let prepare = || {
            reqwest::Client::builder()
                .user_agent(user_agent.clone())
                .redirect(redirect::Policy::none())
                .no_proxy()
                .referer(false)
                // Whoever sends decides about trying again; an event is delivered at least once, not more
                // often than needed.
                .retry(reqwest::retry::never())
                .connect_timeout(policy.connect_timeout)
                .pool_max_idle_per_host(policy.idle_per_host)
                .pool_idle_timeout(IDLE)
                .dns_resolver(GuardedResolver { allowed: allowed.clone() })
        };
        let upgrade = || prepare().http1_only().pool_max_idle_per_host(0);
        let merged = |builder: reqwest::ClientBuilder| builder.tls_certs_merge(authorities.clone()).build();
        let only = |builder: reqwest::ClientBuilder| builder.tls_certs_only(authorities.clone()).build();
        let (client, upgrading) = match (merged(prepare()), merged(upgrade())) {
            (Ok(client), Ok(upgrading)) => (client, upgrading),
            // A machine without certificate authorities can still use plain HTTP and those of its operator.
            _ => {
                tracing::warn!(
                    "this system has no certificate authorities; HTTPS reaches only hosts vouched for by \
                     outgoing.extra-ca until the package ca-certificates is installed"
                );
                (only(prepare()).map_err(PolicyError::Tls)?, only(upgrade()).map_err(PolicyError::Tls)?)
            }
        };
        Ok(Self { client, upgrading, allowed, room: Room::new(policy.answers) })
    }

    /// Whether a request to this URL could be sent, as far as the text alone tells: scheme, user
    /// information, a literal address. Names are judged when they are connected to.
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        self.admit(url).map(|_| ())
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let sent = self.send_in_time(request).await;
        if let Some(reason) = sent.as_ref().err().and_then(OutboundError::refusal) {
            meter::OUTBOUND_REFUSED.count([reason]);
        }
        sent
    }

    /// Sends a request, and gives the answer out while it comes. `timeout` is for its beginning; no redirect is
    /// followed, and more than `max_body` is refused.
    pub async fn stream(&self, request: OutboundRequest) -> Result<OutboundStream, OutboundError> {
        let begun = self.begin(&request).await;
        if let Some(reason) = begun.as_ref().err().and_then(OutboundError::refusal) {
            meter::OUTBOUND_REFUSED.count([reason]);
        }
        begun
    }

    async fn begin(&self, request: &OutboundRequest) -> Result<OutboundStream, OutboundError> {
        let url = self.admit(&request.url)?;
        let host = host_of(&url);
        let sending = self.send_once(request, &url, &host);
        let sent = tokio::time::timeout(request.timeout, sending).await;
        let response = sent.map_err(|_| OutboundError::TimedOut { host: host.clone() })??;
        Ok(OutboundStream::new(response, host, request.max_body, self.room.clone()))
    }

    async fn send_in_time(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let url = self.admit(&request.url)?;
        let host = host_of(&url);
        let timeout = request.timeout;
        tokio::time::timeout(timeout, self.send_and_follow(request, url))
            .await
            .unwrap_or(Err(OutboundError::TimedOut { host }))
    }

    async fn send_and_follow(
        &self,
        mut request: OutboundRequest,
        mut url: Url,
    ) -> Result<OutboundResponse, OutboundError> {
        let limit = if request.method == Method::GET { request.redirects.min(MOST_REDIRECTS) } else { 0 };
        let mut left = limit;
        loop {
            let host = host_of(&url);
            let response = self.send_once(&request, &url, &host).await?;
            if limit == 0 || !is_redirect(response.status()) {
                return read(response, &request, host, &self.room).await;
            }
            left = left.checked_sub(1).ok_or(OutboundError::TooManyRedirects { limit })?;
            let next = self.admit(&location(&response, &url).ok_or(OutboundError::BadRedirect { host })?)?;
            if next.origin() != url.origin() {
                // Credentials were meant for the first host alone.
                request.headers.remove(header::AUTHORIZATION);
                request.headers.remove(header::COOKIE);
            }
            url = next;
        }
    }

    async fn send_once(
        &self,
        request: &OutboundRequest,
        url: &Url,
        host: &str,
    ) -> Result<reqwest::Response, OutboundError> {
        self.client
            .request(request.method.clone(), url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await
            .map_err(|error| from_reqwest(&error, host))
    }

    /// Reads a URL and refuses what needs no connection to be refused. Literal addresses are judged
    /// here because they never pass the resolver.
    pub(crate) fn admit(&self, text: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(text).map_err(|_| OutboundError::InvalidUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OutboundError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::UserInfo);
        }
        let literal = match url.host().ok_or(OutboundError::InvalidUrl)? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        match literal {
            Some(address) if !may_reach(&self.allowed, address) => {
                Err(OutboundError::PrivateAddress { host: host_of(&url) })
            }
            Some(_) | None => Ok(url),
        }
    }
}

pub(crate) fn host_of(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn location(response: &reqwest::Response, base: &Url) -> Option<String> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    base.join(location).ok().map(String::from)
}

async fn read(
    mut response: reqwest::Response,
    request: &OutboundRequest,
    host: String,
    room: &Room,
) -> Result<OutboundResponse, OutboundError> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let limit = request.max_body;
    let mut body = BytesMut::new();
    let mut share = Share::default();
    while let Some(chunk) = response.chunk().await.map_err(|error| from_reqwest(&error, &host))? {
        let left = limit - body.len();
        if chunk.len() > left {
            match request.overlong {
                Overlong::Refuse => return Err(OutboundError::TooLarge { host, limit }),
                Overlong::Cut => body.extend_from_slice(&chunk[..left]),
            }
            break;
        }
        share = room.extend(share, body.len() + chunk.len()).await;
        body.extend_from_slice(&chunk);
    }
    Ok(OutboundResponse { status, headers, body: body.freeze(), _share: share })
}

fn read_authorities(path: &std::path::Path) -> Result<Vec<reqwest::Certificate>, PolicyError> {
    let failed = |reason: Box<dyn std::error::Error + Send + Sync>| PolicyError::ExtraCa {
        path: path.to_owned(),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| failed(error.into()))?;
    let authorities = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.into()))?;
    if authorities.is_empty() {
        return Err(failed("the file holds no certificate".into()));
    }
    Ok(authorities)
}
