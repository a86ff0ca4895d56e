//! An application can be sure that a callback comes from its server.

use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::signed::Client;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

#[tokio::test]
async fn every_callback_carries_a_token_that_the_published_keys_verify() {
    let scene = Scene::new(Kind::Python).await;
    let call = scene.answers().await;
    scene.ask("hangUp", &call, json!({})).await;
    let last = scene.app.event("CallDisconnected").await;
    let ready = &scene.world.platform.ready;
    let client = Client::new(ready);

    let configuration = client.get("/calling/.well-known/acsopenidconfiguration").send().await;
    let keys_at = configuration.text("jwks_uri").to_owned();
    let path =
        keys_at.strip_prefix(ready.endpoint.trim_end_matches('/')).expect("its own endpoint").to_owned();
    let keys = client.get(&path).send().await.body;

    let token = last.headers["authorization"].strip_prefix("Bearer ").expect("a bearer token").to_owned();
    let kid = decode_header(&token).expect("a token").kid.expect("a key id");
    let key = keys["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["kid"] == kid.as_str()));
    let key = key.unwrap_or_else(|| panic!("{kid} is published: {keys}"));
    let (modulus, exponent) = (key["n"].as_str().expect("RSA"), key["e"].as_str().expect("RSA"));
    let mut expected = Validation::new(Algorithm::RS256);
    expected.set_audience(&[&ready.resource_id]);
    expected.set_issuer(&["https://acscallautomation.communication.azure.com"]);
    expected.set_required_spec_claims(&["exp", "aud", "iss"]);
    let key = DecodingKey::from_rsa_components(modulus, exponent).expect("an RSA key");
    let claims = decode::<Value>(&token, &key, &expected).expect("the token verifies").claims;

    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let left = claims["exp"].as_u64().expect("an expiry").saturating_sub(now);
    assert!((200..=300).contains(&left), "five minutes, not {left} s");

    let body = &last.body;
    assert_eq!((&body["specversion"], &body["datacontenttype"]), (&json!("1.0"), &json!("application/json")));
    assert_eq!(body["source"], format!("calling/callConnections/{}", call.connection));
}
