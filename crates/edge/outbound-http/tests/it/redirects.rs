//! Redirects are followed with open eyes.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get as on_get};
use std::time::Duration;

use outbound_http::{OutboundError, OutboundRequest};

use crate::server::{gate, get, serve};

fn redirect_to(location: String) -> axum::response::Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

#[tokio::test]
async fn a_few_redirects_lead_to_the_file() {
    let router = Router::new()
        .route("/a", on_get(|| async { redirect_to("/b".into()) }))
        .route("/b", on_get(|| async { redirect_to("c".into()) }))
        .route("/c", on_get(|| async { "sound" }));
    let address = serve("127.0.0.1", router).await;
    let answer = gate(&["loopback"]).send(get(format!("http://{address}/a"))).await.unwrap();
    assert_eq!(answer.body, "sound");
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let address =
        serve("127.0.0.1", Router::new().route("/", on_get(|| async { redirect_to("/".into()) }))).await;
    let refused = gate(&["loopback"]).send(get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(refused, OutboundError::TooManyRedirects { limit: 3 });
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let secret = serve("127.0.0.2", Router::new().fallback(any(|| async { "secret" }))).await;
    let by_name = format!("http://ip6-localhost.invalid:{}/", secret.port());
    for target in [format!("http://{secret}/"), "file:///etc/passwd".into(), by_name] {
        let router = Router::new().route("/", on_get(|| async { redirect_to(target) }));
        let address = serve("127.0.0.1", router).await;
        let refused = gate(&["127.0.0.1"]).send(get(format!("http://{address}/"))).await;
        assert!(
            matches!(
                refused,
                Err(OutboundError::PrivateAddress { .. }
                    | OutboundError::Scheme
                    | OutboundError::UnknownHost { .. })
            ),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn credentials_stay_with_the_first_host() {
    let show = any(|headers: HeaderMap| async move { format!("{}", headers.contains_key("authorization")) });
    let other = serve("127.0.0.2", Router::new().fallback(show)).await;
    let router =
        Router::new().route("/", on_get(move || async move { redirect_to(format!("http://{other}/")) }));
    let address = serve("127.0.0.1", router).await;
    let request = get(format!("http://{address}/")).header("Authorization", "Bearer key").unwrap();
    assert_eq!(gate(&["loopback"]).send(request).await.unwrap().body, "false");
}

#[tokio::test]
async fn a_webhook_is_not_redirected() {
    let address =
        serve("127.0.0.1", Router::new().fallback(any(|| async { redirect_to("/else".into()) }))).await;
    let webhook = OutboundRequest::post(format!("http://{address}/"), "{}", Duration::from_secs(10), 100);
    assert_eq!(gate(&["loopback"]).send(webhook).await.unwrap().status.as_u16(), 302);
}
