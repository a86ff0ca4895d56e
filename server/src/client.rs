//! Reaching the running server's administration from the command line.

use std::path::Path;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Certificate, Method, StatusCode};
use serde_json::Value;

use crate::failure::Failure;
use crate::ready::Ready;

/// The most that is read of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to the running server.
pub struct Client {
    ready: Ready,
    http: reqwest::Client,
}

impl Client {
    /// Finds the server whose data folder this is.
    pub fn find(data: &Path) -> Result<Self, Failure> {
        let ready = Ready::read(data).map_err(|error| Failure::Happened(format!("cannot {error}")))?;
        let mut builder = reqwest::Client::builder().timeout(PATIENCE).no_proxy();
        if ready.web.starts_with("https:") {
            let authority = std::fs::read(&ready.ca_certificate)
                .ok()
                .and_then(|pem| Certificate::from_pem(&pem).ok())
                .ok_or_else(|| {
                    Failure::Happened(format!(
                        "cannot read the authority in {}",
                        ready.ca_certificate.display()
                    ))
                })?;
            builder = builder.tls_certs_merge([authority]);
        }
        let http =
            builder.build().map_err(|error| Failure::Happened(format!("cannot prepare HTTP: {error}")))?;
        Ok(Self { ready, http })
    }

    /// How it can be reached.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Asks for something.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, None).await
    }

    /// Asks to make or do something.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Asks to change something.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(Method::PATCH, path, Some(body)).await
    }

    /// Asks to delete something.
    pub async fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::DELETE, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.ready.web))
            .bearer_auth(&self.ready.admin_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| {
            let reason = if error.is_connect() {
                "it does not answer; has it stopped?".to_owned()
            } else {
                error.to_string()
            };
            Failure::Happened(format!("cannot reach the server at {}: {reason}", self.ready.web))
        })?;
        let status = answer.status();
        let text = answer.text().await.unwrap_or_default();
        if status.is_success() {
            return Ok(serde_json::from_str(&text).unwrap_or(Value::Null));
        }
        Err(Failure::Happened(refusal(status, &text)))
    }
}

/// The server's own words where it has some.
fn refusal(status: StatusCode, text: &str) -> String {
    let answer: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    match answer["error"]["message"].as_str() {
        Some(message) => format!("the server refused ({status}): {message}"),
        None => format!("the server refused: {status}"),
    }
}

/// As a part of a path or a query.
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
