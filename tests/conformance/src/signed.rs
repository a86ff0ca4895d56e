//! Requests signed by hand, for what no SDK would send.

use std::net::IpAddr;

use aws_lc_rs::{digest, hmac};
use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::platform::Ready;

/// The newest stable api-version.
pub const API_VERSION: &str = "2026-03-12";

/// A client that signs as contract §2.2 tells, or wrongly on purpose.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: String,
    key: Vec<u8>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    client: &'a Client,
    method: Method,
    target: String,
    body: Vec<u8>,
    headers: HeaderMap,
    signature: Signature,
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// As the SDKs do.
    Right,
    /// Not at all.
    Missing,
    /// With another key.
    OfAnotherKey,
    /// For another path.
    OfAnotherPath,
    /// An hour ago.
    Old,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when there was none or it is no JSON.
    pub body: Value,
}

impl Client {
    /// For a server's HTTPS endpoint.
    pub fn new(ready: &Ready) -> Self {
        Self::from_place(ready, None)
    }

    /// The same, asking from a local address.
    pub fn from_address(ready: &Ready, address: IpAddr) -> Self {
        Self::from_place(ready, Some(address))
    }

    fn from_place(ready: &Ready, address: Option<IpAddr>) -> Self {
        let certificate = std::fs::read(&ready.ca_certificate).expect("ready.json names the authority");
        let authority = reqwest::Certificate::from_pem(&certificate).expect("the authority is PEM");
        let http = reqwest::Client::builder()
            .tls_certs_only([authority])
            .local_address(address)
            .build()
            .expect("a client can be built");
        let key =
            ready.connection_string.split("accesskey=").nth(1).expect("the connection string has a key");
        Self {
            http,
            endpoint: ready.endpoint.trim_end_matches('/').to_owned(),
            key: BASE64_STANDARD.decode(key.trim_end_matches(';')).expect("the key is base64"),
        }
    }

    /// The same for another endpoint of the same server, for example plain HTTP.
    pub fn at(&self, endpoint: &str) -> Self {
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), ..self.clone() }
    }

    /// A GET with the newest api-version.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// A DELETE with the newest api-version.
    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    /// A POST with the newest api-version.
    pub fn post(&self, path: &str, body: &Value) -> Request<'_> {
        self.request(Method::POST, path).bytes(body.to_string())
    }

    /// Any method.
    pub fn request(&self, method: Method, path: &str) -> Request<'_> {
        Request {
            client: self,
            method,
            target: format!("{path}?api-version={API_VERSION}"),
            body: Vec::new(),
            headers: HeaderMap::new(),
            signature: Signature::Right,
        }
    }
}

impl Request<'_> {
    /// Another api-version.
    pub fn version(mut self, version: &str) -> Self {
        let path = self.target.split('?').next().unwrap_or_default();
        self.target = format!("{path}?api-version={version}");
        self
    }

    /// No query at all.
    pub fn without_version(mut self) -> Self {
        self.target = self.target.split('?').next().unwrap_or_default().to_owned();
        self
    }

    /// A body that need not be JSON.
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// A further header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a header value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Another signature.
    pub fn signed(mut self, signature: Signature) -> Self {
        self.signature = signature;
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let url = format!("{}{}", self.client.endpoint, self.target);
        let mut request = self.client.http.request(self.method.clone(), &url).headers(self.headers.clone());
        if !self.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in self.signature_headers() {
            request = request.header(name, value);
        }
        let response = request.body(self.body).send().await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.unwrap_or_default();
        Answer::new(status, headers, &body)
    }

    fn signature_headers(&self) -> Vec<(&'static str, String)> {
        if self.signature == Signature::Missing {
            return Vec::new();
        }
        let now = std::time::SystemTime::now();
        let age = if self.signature == Signature::Old { 3600 } else { 0 };
        let date = httpdate::fmt_http_date(now - std::time::Duration::from_secs(age));
        let content = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, &self.body));
        let host = self.client.endpoint.split("//").nth(1).expect("an endpoint has a host");
        let target = match self.signature {
            Signature::OfAnotherPath => "/calling/elsewhere",
            _ => &self.target,
        };
        let text = format!("{}\n{target}\n{date};{host};{content}", self.method);
        let key: &[u8] = match self.signature {
            Signature::OfAnotherKey => b"another key of thirty-two bytes!",
            _ => &self.client.key,
        };
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        let signature = BASE64_STANDARD.encode(tag);
        vec![
            ("x-ms-date", date),
            ("x-ms-content-sha256", content),
            (
                "authorization",
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"),
            ),
        ]
    }
}

impl Answer {
    fn new(status: StatusCode, headers: HeaderMap, body: &[u8]) -> Self {
        Self { status: status.as_u16(), headers, body: serde_json::from_slice(body).unwrap_or(Value::Null) }
    }

    /// The status, and the code and message of the error envelope, which must be complete.
    #[track_caller]
    pub fn refusal(&self) -> (u16, String, String) {
        let error = &self.body["error"];
        let (code, message) = (error["code"].as_str(), error["message"].as_str());
        let (Some(code), Some(message)) = (code, message) else {
            panic!("{} has no error envelope: {}", self.status, self.body)
        };
        assert!(!message.is_empty(), "an error says what is wrong");
        assert!(self.headers.contains_key("x-ms-request-id"), "an error can be asked about");
        (self.status, code.to_owned(), message.to_owned())
    }

    /// A text of the body.
    #[track_caller]
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("{} has no {name}: {}", self.status, self.body))
    }
}
