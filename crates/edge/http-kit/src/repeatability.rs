//! Requests that act once (contract: Call Automation §3, `Repeatability-Request-ID`).
//!
//! The first answer to a request is kept and given again to whoever repeats
//! it; repetitions that arrive while the first is still at work wait for it.
//! Answers that ask the client to come back (408, 429, 503) are not kept.

use std::future::Future;
use std::time::Duration;

use aws_lc_rs::digest;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use moka::future::Cache;
use store::{RecordedAnswer, Store};

use crate::api_error::ApiError;
use crate::gatekeeper::{Admitted, Clock};

const REQUEST_ID: HeaderName = HeaderName::from_static("repeatability-request-id");
const RESULT: HeaderName = HeaderName::from_static("repeatability-result");
const MOST_CHARACTERS: usize = 128;
const MOST_ANSWERS: u64 = 20_000;
const KEPT_FOR: Duration = Duration::from_secs(15 * 60);

/// An answer that can be given again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// `application/json` or nothing.
    pub content_type: Option<HeaderValue>,
    /// The body, at most a few kilobytes.
    pub body: Bytes,
    /// When to come back.
    pub retry_after: Option<HeaderValue>,
    /// What else the client is told, such as where an operation can be looked at.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// Remembers first answers. Cheap to clone.
#[derive(Clone)]
pub struct Repeatability {
    answers: Cache<String, (String, Answer)>,
    store: Option<Store>,
    clock: Clock,
}

impl Repeatability {
    /// Remembers in memory only: bounded, and for a quarter of an hour.
    pub fn in_memory(clock: Clock) -> Self {
        let answers = Cache::builder().max_capacity(MOST_ANSWERS).time_to_live(KEPT_FOR).build();
        Self { answers, store: None, clock }
    }

    /// Also remembers in the store, so that a repetition after a restart does not act again.
    pub fn durable(store: Store, clock: Clock) -> Self {
        Self { store: Some(store), ..Self::in_memory(clock) }
    }

    /// Runs `act` unless the request was answered before. Who only looks is answered afresh.
    ///
    /// `act` runs to its end even when the client goes away meanwhile: half an operation is none.
    pub async fn answer<F>(&self, request: &Admitted, act: F) -> Result<Answer, ApiError>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        if request.method == Method::GET {
            return Ok(act.await);
        }
        let finish = |finished: Result<Result<Answer, ApiError>, tokio::task::JoinError>| {
            finished.unwrap_or_else(|error| {
                tracing::error!(%error, "an operation broke");
                Err(ApiError::internal())
            })
        };
        let Some(key) = key_of(request)? else {
            return finish(tokio::spawn(async { Ok(act.await) }).await);
        };
        let (memory, fingerprint) = (self.clone(), fingerprint_of(request));
        finish(tokio::spawn(async move { memory.first_answer(key, fingerprint, act).await }).await)
    }

    async fn first_answer(
        self,
        key: String,
        fingerprint: String,
        act: impl Future<Output = Answer>,
    ) -> Result<Answer, ApiError> {
        let first = async {
            if let Some(kept) = self.recall(&key).await {
                return Ok(kept);
            }
            let answer = act.await;
            if comes_back(answer.status) {
                return Err(answer);
            }
            self.keep(&key, &fingerprint, &answer).await;
            Ok((fingerprint.clone(), answer))
        };
        match self.answers.try_get_with(key.clone(), first).await {
            Ok((first, answer)) if first == fingerprint => Ok(answer),
            Ok(_) => Err(ApiError::invalid(
                "Repeatability-Request-ID",
                "it was used before for a request with another body; every request needs its own",
            )),
            Err(answer) => Ok((*answer).clone()),
        }
    }

    async fn recall(&self, key: &str) -> Option<(String, Answer)> {
        let kept = self.store.as_ref()?.answer(key, (self.clock)().unix_us()).await;
        let kept = kept.inspect_err(|error| tracing::warn!(%error, "cannot recall an answer")).ok()??;
        let (content_type, others): (Vec<_>, Vec<_>) =
            kept.headers.iter().partition(|(name, _)| name == header::CONTENT_TYPE.as_str());
        let answer = Answer {
            status: StatusCode::from_u16(kept.status).ok()?,
            content_type: content_type.first().and_then(|(_, value)| HeaderValue::from_str(value).ok()),
            body: Bytes::from(kept.body),
            retry_after: None,
            headers: others
                .into_iter()
                .filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::from_str(value).ok()?)))
                .collect(),
        };
        Some((kept.fingerprint, answer))
    }

    /// Waited for: what a client has been told must be told again, whatever happens to the process.
    async fn keep(&self, key: &str, fingerprint: &str, answer: &Answer) {
        let Some(store) = self.store.clone() else { return };
        let Ok(body) = String::from_utf8(answer.body.to_vec()) else { return };
        let content_type = answer.content_type.as_ref().map(|value| (&header::CONTENT_TYPE, value));
        let headers =
            content_type.into_iter().chain(answer.headers.iter().map(|(name, value)| (name, value)));
        let recorded = RecordedAnswer {
            request: key.to_owned(),
            fingerprint: fingerprint.to_owned(),
            status: answer.status.as_u16(),
            headers: headers
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect(),
            body,
            expires_us: (self.clock)().advanced(KEPT_FOR).unix_us(),
        };
        // The operation has happened: an error here must not make the client try again.
        if let Err(error) = store.put_answer(recorded).await {
            tracing::warn!(%error, "cannot keep an answer");
        }
    }
}

fn comes_back(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    )
}

fn key_of(request: &Admitted) -> Result<Option<String>, ApiError> {
    let Some(id) = request.headers.get(REQUEST_ID) else { return Ok(None) };
    let id = id.to_str().ok().filter(|id| !id.is_empty() && id.len() <= MOST_CHARACTERS);
    let wrong = || ApiError::invalid("Repeatability-Request-ID", "it must be a GUID");
    let id = id.ok_or_else(wrong)?;
    Ok(Some(format!("{} {} {} {id}", request.principal.resource, request.method, request.path)))
}

fn fingerprint_of(request: &Admitted) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, &request.body))
}

impl Answer {
    /// Success without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, body: Bytes::new(), retry_after: None, headers: Vec::new() }
    }

    /// Success with a JSON body.
    pub fn json(status: StatusCode, body: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("a body has only text keys");
        let content_type = Some(HeaderValue::from_static("application/json"));
        Self { status, content_type, body: Bytes::from(body), retry_after: None, headers: Vec::new() }
    }

    /// The same with one more header; what cannot stand in a header is left out.
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// A refusal.
    pub fn refusal(error: ApiError) -> Self {
        let mut body = acs::error::ErrorBody::new(error.code, error.message);
        body.error.target = error.target;
        let retry_after = error.retry_after.map(|wait| HeaderValue::from(wait.as_secs().max(1)));
        Self { retry_after, ..Self::json(error.status, &body) }
    }
}

impl axum::response::IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(content_type) = self.content_type {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, wait);
        }
        headers.extend(self.headers);
        if self.status.is_success() {
            headers.insert(RESULT, HeaderValue::from_static("accepted"));
        }
        response
    }
}
