//! `POST /{tenant}/oauth2/v2.0/token`: an application shows its secret and is given a token
//! (RFC 6749 §4.4), and the documents that lead clients there.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_kit::{BodyLimits, ClientNetwork, Clock, read_body};
use identifier::ObjectId;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::application;
use crate::company::{Companies, Company};
use crate::guesses::{Guesser, Guesses};
use crate::token::{AUDIENCE, LIFETIME_S, Tokens};

/// A form is small.
const LIMITS: BodyLimits = BodyLimits { size: 16 * 1024, time: std::time::Duration::from_secs(10) };

/// Gives tokens.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    tokens: Tokens,
    companies: Arc<dyn Companies>,
    guesses: Arc<Guesses>,
    clock: Clock,
}

/// A refusal in the words of RFC 6749 §5.2.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    retry_after: Option<Duration>,
}

impl TokenEndpoint {
    pub(crate) fn new(tokens: Tokens, companies: Arc<dyn Companies>, clock: Clock) -> Self {
        Self { tokens, companies, guesses: Arc::default(), clock }
    }

    /// `POST /{tenant}/oauth2/v2.0/token`.
    pub(crate) async fn token(&self, tenant: &str, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let network = parts.extensions.get::<ClientNetwork>().copied();
        let answer = self.answer(tenant, &parts.headers, body, network).await;
        let mut response = answer.map_or_else(Refusal::into_response, |body| Json(body).into_response());
        // RFC 6749 §5.1.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn answer(
        &self,
        tenant: &str,
        headers: &HeaderMap,
        body: Body,
        network: Option<ClientNetwork>,
    ) -> Result<Value, Refusal> {
        let body = read_body(headers, body, LIMITS).await;
        let body = body.map_err(|error| refusal(error.status, "invalid_request", error.message))?;
        let mut form = Form::read(&body);
        form.take_basic(headers);
        let bad = |error, description: &str| Err(refusal(StatusCode::BAD_REQUEST, error, description));
        match form.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => return bad("unsupported_grant_type", "The only grant_type is client_credentials."),
            None => return bad("invalid_request", "The form names no grant_type."),
        }
        let own = format!("{}/.default", self.tokens.origin());
        match form.scope.as_deref() {
            Some(scope) if scope == own || scope == format!("{AUDIENCE}/.default") => {}
            _ => {
                let words =
                    format!("The scope must be {AUDIENCE}/.default: what is granted stands in the tenant.");
                return bad("invalid_scope", &words);
            }
        }
        let Some(company) = self.company(tenant).await else {
            return bad("invalid_request", "There is no tenant of this name or id on this server.");
        };
        let client_id: ObjectId =
            form.client_id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(wrong)?;
        let guesser = Guesser { tenant: company.tenant(), application: client_id, network };
        let guess = self.guesses.try_one(guesser, (self.clock)()).map_err(guessed_too_often)?;
        // Whoever has tried too often has nothing looked up.
        self.companies.refresh().await;
        let company = self.companies.company(company.tenant()).unwrap_or(company);
        let application = company.application(client_id);
        let shown = form.client_secret.unwrap_or_default();
        let is_right = application::knows(application, &shown);
        let Some(application) = application.filter(|_| is_right) else {
            meter::HTTP_AUTHENTICATION_FAILURES.count(["api"]);
            return Err(wrong());
        };
        guess.was_right();
        let token = self.tokens.for_application(company.tenant(), client_id, &application.permissions);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
            "ext_expires_in": LIFETIME_S,
            "access_token": token.expose(),
        }))
    }

    /// A company that was not there a moment ago may be there now.
    async fn company(&self, tenant: &str) -> Option<Arc<Company>> {
        if let Some(company) = self.companies.named(tenant) {
            return Some(company);
        }
        self.companies.refresh().await;
        self.companies.named(tenant)
    }

    /// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
    pub(crate) fn configuration(&self, Path(tenant): Path<String>) -> Response {
        let Some(company) = self.companies.named(&tenant) else {
            return refusal(StatusCode::BAD_REQUEST, "invalid_tenant", "There is no such tenant.")
                .into_response();
        };
        let origin = format!("{}/{}", self.tokens.origin(), company.tenant());
        Json(json!({
            "issuer": self.tokens.issuer(company.tenant()),
            "token_endpoint": format!("{origin}/oauth2/v2.0/token"),
            "jwks_uri": format!("{origin}/discovery/v2.0/keys"),
            "authorization_endpoint": format!("{origin}/oauth2/v2.0/authorize"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }))
        .into_response()
    }

    /// `GET /{tenant}/discovery/v2.0/keys`.
    pub(crate) fn keys(&self) -> Json<Value> {
        Json(self.tokens.key_set())
    }
}

#[derive(Default)]
struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
}

impl Form {
    fn read(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "grant_type" => &mut form.grant_type,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                "scope" => &mut form.scope,
                _ => continue,
            };
            *field = Some(value.into_owned());
        }
        form
    }

    /// RFC 6749 §2.3.1: or the header says who it is.
    fn take_basic(&mut self, headers: &HeaderMap) {
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let encoded = header.and_then(|value| value.strip_prefix("Basic "));
        let decoded = encoded.and_then(|encoded| String::from_utf8(STANDARD.decode(encoded).ok()?).ok());
        if let Some((id, secret)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) {
            let decode =
                |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            self.client_id = Some(decode(id));
            self.client_secret = Some(decode(secret));
        }
    }
}

fn refusal(status: StatusCode, error: &'static str, description: impl Into<String>) -> Refusal {
    Refusal { status, error, description: description.into(), retry_after: None }
}

fn wrong() -> Refusal {
    let words = "The application is unknown or its secret is wrong.";
    refusal(StatusCode::UNAUTHORIZED, "invalid_client", words)
}

fn guessed_too_often(wait: Duration) -> Refusal {
    let words = "Too many wrong secrets were shown for this application from this network; try again after Retry-After.";
    let refused = refusal(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", words);
    Refusal { retry_after: Some(wait), ..refused }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        response
    }
}
