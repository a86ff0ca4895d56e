//! Asking: with a token, within bounds, and again when the source wants us to wait.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use outbound_http::{OutboundError, OutboundHttp, OutboundRequest, OutboundResponse};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use redact::Secret;
use serde_json::{Map, Value};

/// For whom tokens are asked.
const SCOPE: &str = "https://graph.microsoft.com/.default";
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer: a page of 999 people is smaller.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// How often something is tried.
const TRIES: u32 = 4;
/// The longest that a question waits because the source says so; after more it is asked in a later round.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The longest that the source is left alone because it says so.
const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);

/// Where the source is, and as whom it is asked.
#[derive(Clone, Debug)]
pub struct SourceSettings {
    /// Such as `https://graph.microsoft.com`.
    pub endpoint: String,
    /// Where tokens are given, such as `https://login.microsoftonline.com/contoso.example`.
    pub authority: String,
    /// The client id of an application that was granted `User.Read.All` and `Presence.Read.All`.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret<String>,
}

/// Why the source tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be reached, or may not be.
    #[error("ask {url}: {error}")]
    Unreachable {
        /// Where.
        url: String,
        /// Why.
        #[source]
        error: OutboundError,
    },
    /// It does not want to tell.
    #[error("ask {url}: it answered {status}: {message}")]
    Refused {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// In its own words.
        message: String,
    },
    /// It wants to be left alone for longer than a question waits.
    #[error("ask {url}: it wants to be left alone for {seconds} s")]
    Later {
        /// Where.
        url: String,
        /// From its answer on.
        seconds: u64,
    },
    /// What it says is not what Graph says.
    #[error("read the answer of {0}: it is not one of Microsoft Graph")]
    Unreadable(String),
    /// It leads elsewhere.
    #[error("follow {0}: it is not at the endpoint of the directory")]
    Elsewhere(String),
    /// It tells of more people than are taken.
    #[error("take more than {0} people of one directory")]
    TooMany(usize),
}

/// A directory that is asked.
#[derive(Debug)]
pub struct Source {
    http: OutboundHttp,
    settings: SourceSettings,
    token: Option<Secret<String>>,
    /// Until when it wants to be left alone, and for how many seconds that was when it said so.
    rests: Option<(Instant, u64)>,
    /// What is known of people, by id.
    pub(crate) known: BTreeMap<String, Map<String, Value>>,
    /// Where changes are told.
    pub(crate) delta: Option<String>,
}

impl Source {
    /// A directory; nothing is asked yet.
    pub fn new(http: OutboundHttp, settings: SourceSettings) -> Self {
        let cut = |url: String| url.trim_end_matches('/').to_owned();
        let settings = SourceSettings {
            endpoint: cut(settings.endpoint),
            authority: cut(settings.authority),
            ..settings
        };
        Self { http, settings, token: None, rests: None, known: BTreeMap::new(), delta: None }
    }

    /// Begins anew: all people are told again.
    pub fn forget(&mut self) {
        (self.delta, self.known) = (None, BTreeMap::new());
    }

    /// The address of something in Graph.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/v1.0/{path}", self.settings.endpoint)
    }

    /// A link of an answer: our token goes nowhere but to the endpoint.
    pub(crate) fn follow(&self, link: &str) -> Result<String, SourceError> {
        let is_there = link.strip_prefix(&*self.settings.endpoint).is_some_and(|rest| rest.starts_with('/'));
        is_there.then(|| link.to_owned()).ok_or_else(|| SourceError::Elsewhere(link.to_owned()))
    }

    /// Asks for something, with a body or without.
    pub(crate) async fn ask(&mut self, url: &str, body: Option<&Value>) -> Result<Value, SourceError> {
        if let Some((until, seconds)) = self.rests {
            if Instant::now() < until {
                return Err(SourceError::Later { url: url.to_owned(), seconds });
            }
            self.rests = None;
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let token = match &self.token {
                Some(token) => token.clone(),
                None => {
                    let given = self.given_token().await?;
                    self.token.insert(given).clone()
                }
            };
            let request = match body {
                Some(body) => {
                    let posted = OutboundRequest::post(url, body.to_string(), PATIENCE, LARGEST_ANSWER);
                    posted.header("content-type", "application/json")
                }
                None => Ok(OutboundRequest {
                    redirects: 0,
                    ..OutboundRequest::get(url, PATIENCE, LARGEST_ANSWER)
                }),
            };
            let request = request
                .and_then(|request| request.header("authorization", &format!("Bearer {}", token.expose())));
            let request = request.map_err(|error| unreachable(url, error))?;
            let answer = match self.http.send(request).await {
                Ok(answer) => answer,
                Err(error) if tries >= TRIES => return Err(unreachable(url, error)),
                Err(_) => {
                    tokio::time::sleep(backoff(tries)).await;
                    continue;
                }
            };
            match answer.status.as_u16() {
                200..=299 => return json(url, &answer),
                // It has ended, or was taken back: one of now.
                401 if tries < TRIES => self.token = None,
                429 | 502..=504 if tries < TRIES => self.wait(url, wanted_wait(&answer, tries)).await?,
                _ => return Err(refused(url, &answer)),
            }
        }
    }

    /// Waits as long as the source wants, unless that is too long for a question.
    async fn wait(&mut self, url: &str, wait: Duration) -> Result<(), SourceError> {
        if wait > LONGEST_WAIT {
            self.rests = Some((Instant::now() + wait, wait.as_secs()));
            return Err(SourceError::Later { url: url.to_owned(), seconds: wait.as_secs() });
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// OAuth 2.0 client credentials (RFC 6749 §4.4).
    async fn given_token(&mut self) -> Result<Secret<String>, SourceError> {
        let url = format!("{}/oauth2/v2.0/token", self.settings.authority);
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
            escaped(&self.settings.client_id),
            escaped(self.settings.client_secret.expose()),
            escaped(SCOPE),
        );
        let mut tries = 0;
        loop {
            tries += 1;
            let request = OutboundRequest::post(&url, form.clone(), PATIENCE, LARGEST_ANSWER)
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = self.http.send(request.map_err(|error| unreachable(&url, error))?).await;
            let answer = answer.map_err(|error| unreachable(&url, error))?;
            match answer.status.as_u16() {
                200..=299 => {
                    let given = json(&url, &answer)?;
                    let token = given["access_token"].as_str();
                    return token
                        .map(|token| Secret::new(token.to_owned()))
                        .ok_or_else(|| SourceError::Unreadable(url.clone()));
                }
                429 | 502..=504 if tries < TRIES => self.wait(&url, wanted_wait(&answer, tries)).await?,
                _ => return Err(refused(&url, &answer)),
            }
        }
    }
}

fn json(url: &str, answer: &OutboundResponse) -> Result<Value, SourceError> {
    serde_json::from_slice(&answer.body).map_err(|_| SourceError::Unreadable(url.to_owned()))
}

fn unreachable(url: &str, error: OutboundError) -> SourceError {
    SourceError::Unreachable { url: url.to_owned(), error }
}

/// In the words of Graph, or of its token endpoint.
fn refused(url: &str, answer: &OutboundResponse) -> SourceError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let message = body["error"]["message"].as_str().or_else(|| body["error_description"].as_str());
    let message = message.unwrap_or("it says nothing").chars().take(300).collect();
    SourceError::Refused { url: url.to_owned(), status: answer.status.as_u16(), message }
}

fn wanted_wait(answer: &OutboundResponse, tries: u32) -> Duration {
    let said = answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    said.map_or_else(|| backoff(tries), |seconds: u64| Duration::from_secs(seconds).min(LONGEST_REST))
}

fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.min(5))
}
