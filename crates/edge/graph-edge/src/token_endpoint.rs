//! `POST /{tenant}/oauth2/v2.0/token`: an application shows its secret and is given a token
//! (RFC 6749 §4.4), and the documents that lead clients there.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_kit::{BodyLimits, Pace, read_body};
use identifier::ObjectId;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::company::Companies;
use crate::token::{AUDIENCE, LIFETIME_S, Tokens};

/// A form is small.
const LIMITS: BodyLimits = BodyLimits { size: 16 * 1024, time: std::time::Duration::from_secs(10) };
/// Wrong secrets that may be shown for one application in a second.
const WRONG_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).expect("five is not zero");

/// Gives tokens.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    tokens: Tokens,
    companies: Arc<dyn Companies>,
    guesses: Arc<Pace<ObjectId>>,
}

/// A refusal in the words of RFC 6749 §5.2.
struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl TokenEndpoint {
    pub(crate) fn new(tokens: Tokens, companies: Arc<dyn Companies>) -> Self {
        Self { tokens, companies, guesses: Arc::new(Pace::per_second(WRONG_PER_SECOND)) }
    }

    /// `POST /{tenant}/oauth2/v2.0/token`.
    pub(crate) async fn token(&self, tenant: &str, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        self.companies.refresh().await;
        let answer = self.answer(tenant, &parts.headers, body).await;
        let mut response = answer.map_or_else(Refusal::into_response, |body| Json(body).into_response());
        // RFC 6749 §5.1.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    async fn answer(&self, tenant: &str, headers: &HeaderMap, body: Body) -> Result<Value, Refusal> {
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
        let Some(company) = self.companies.named(tenant) else {
            return bad("invalid_request", "There is no tenant of this name or id on this server.");
        };
        let own = format!("{}/.default", self.tokens.origin());
        match form.scope.as_deref() {
            Some(scope) if scope == own || scope == format!("{AUDIENCE}/.default") => {}
            _ => {
                let words =
                    format!("The scope must be {AUDIENCE}/.default: what is granted stands in the tenant.");
                return bad("invalid_scope", &words);
            }
        }
        let wrong = || {
            refusal(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "The application is unknown or its secret is wrong.",
            )
        };
        let client_id: ObjectId =
            form.client_id.as_deref().and_then(|id| id.parse().ok()).ok_or_else(wrong)?;
        let application = company.application(client_id);
        let shown = form.client_secret.unwrap_or_default();
        let Some(application) = application.filter(|application| application.knows(&shown)) else {
            meter::HTTP_AUTHENTICATION_FAILURES.count(["api"]);
            self.guesses.take(&client_id).map_err(|_| {
                let words = "Too many wrong secrets were shown for this application; try again in a second.";
                refusal(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", words)
            })?;
            return Err(wrong());
        };
        let token = self.tokens.for_application(company.tenant(), client_id, &application.permissions);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
            "ext_expires_in": LIFETIME_S,
            "access_token": token.expose(),
        }))
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
    Refusal { status, error, description: description.into() }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (self.status, Json(body)).into_response()
    }
}
