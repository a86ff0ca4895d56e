//! The documents with which applications verify our webhooks need no signature.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::surface::{Answered, Surface};

async fn get(path: &str) -> Answered {
    let request = Request::get(path).body(Body::empty()).expect("well-formed");
    Surface::new().send(request).await
}

#[tokio::test]
async fn the_configuration_leads_to_the_keys() {
    let configuration = get("/calling/.well-known/acsopenidconfiguration").await;
    assert_eq!(configuration.status, 200);
    assert_eq!(configuration.body["issuer"], "https://acscallautomation.communication.azure.com");
    assert_eq!(configuration.body["jwks_uri"], "https://localhost:8443/calling/keys");
    let keys = get("/calling/keys").await;
    assert_eq!((keys.status, keys.body), (200, json!({ "keys": [{ "kid": "1" }] })));
}
