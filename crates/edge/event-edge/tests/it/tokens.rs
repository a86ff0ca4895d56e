//! The tokens on callbacks can be checked with the published keys.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::receiver::{Received, Receiver};
use crate::world::{RESOURCE, World};

const ISSUER: &str = "https://acscallautomation.communication.azure.com";

fn check(world: &World, received: &Received) -> Value {
    claims(world, received.header("authorization").strip_prefix("Bearer ").unwrap())
}

fn claims(world: &World, token: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(world.events.signing_keys()).unwrap();
    let kid = decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[RESOURCE.to_string()]);
    decode::<Value>(token, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_token_verifies_against_the_published_keys_also_after_a_restart() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let call = world.call(1, &receiver.url("/cb"));
    world.commit(call.connects(100)).await;
    let received = receiver.next().await;
    let claims = check(&world, &received);
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 300);

    let document = world.events.openid_configuration("https://ringdown.test:8443");
    assert_eq!(document["issuer"], ISSUER);
    assert_eq!(document["jwks_uri"], "https://ringdown.test:8443/calling/keys");

    let keys = world.events.signing_keys();
    let world = world.restart().await;
    assert_eq!(world.events.signing_keys(), keys, "applications may cache them");
    check(&world, &received);
}

#[tokio::test]
async fn the_token_of_a_socket_verifies_with_the_same_keys_and_lasts_a_day() {
    let world = World::new().await;
    let claims = claims(&world, world.events.socket_token(RESOURCE).expose());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 24 * 60 * 60);
}
