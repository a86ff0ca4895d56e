//! The one page, its style and its script: open to everybody, for they say nothing without the token.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/`, `/page.css`, `/page.js`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(async || part("text/html; charset=utf-8", include_str!("../assets/page.html"))))
        .route("/page.css", get(async || part("text/css; charset=utf-8", include_str!("../assets/page.css"))))
        .route(
            "/page.js",
            get(async || part("text/javascript; charset=utf-8", include_str!("../assets/page.js"))),
        )
}

fn part(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
