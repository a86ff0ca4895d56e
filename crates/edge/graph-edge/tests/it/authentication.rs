//! Nobody gets in without a token, and nobody does what was not granted.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Request;
use graph_edge::{AUDIENCE, Operation, Permission};
use serde_json::json;

use crate::company::{ADELE, ALEX, CONTOSO, DESK, FABRIKAM, OTHER, POOR, contoso};
use crate::world::World;

fn path_of(operation: Operation) -> String {
    format!("/beta{}", operation.path().replace("{id}", &ADELE.to_string()))
}

#[tokio::test]
async fn every_operation_is_refused_without_a_token() {
    let world = World::new().await;
    for operation in Operation::ALL {
        let request = Request::builder().method(operation.method()).uri(path_of(*operation));
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.refusal(), "401 InvalidAuthenticationToken", "{operation:?}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer", "{operation:?}");
        assert!(answer.headers.contains_key("request-id"), "{operation:?}");
    }
    assert_eq!(world.town.refreshed.load(Ordering::Relaxed), 0, "nothing is looked up for strangers");
}

#[tokio::test]
async fn every_operation_is_refused_with_a_token_that_is_not_one_of_graph() {
    let world = World::new().await;
    // Signed with the same key, for the applications of a communication resource.
    let of_callback = world.events.socket_token(identifier::ResourceId::from_u128(7)).into_inner();
    let of_nobody = world.graph.tokens().for_application(CONTOSO, ALEX, Permission::ALL).into_inner();
    let of_elsewhere = world.graph.tokens().for_application(FABRIKAM, OTHER, Permission::ALL).into_inner();
    let good = world.token(DESK);
    let (head, rest) = good.split_once('.').unwrap();
    let forged = format!("{head}.{}A", rest);
    for operation in Operation::ALL {
        for token in ["", "x", "a.b.c", &of_callback, &of_nobody, &of_elsewhere, &forged, &"a".repeat(20_000)]
        {
            let method = operation.method();
            let answer = world.ask_as(token, method.as_str(), &path_of(*operation), None).await;
            assert_eq!(answer.refusal(), "401 InvalidAuthenticationToken", "{operation:?} {token}");
        }
    }
}

#[tokio::test]
async fn every_operation_is_refused_without_its_permission() {
    let world = World::new().await;
    let token = world.token(POOR);
    let delegated = world.token_of(ALEX, &[Permission::UserRead, Permission::PresenceReadWrite]);
    for operation in Operation::ALL {
        if matches!(
            operation,
            Operation::ListSubscriptions | Operation::GetSubscription | Operation::DeleteSubscription
        ) {
            continue;
        }
        for token in [&token, &delegated] {
            let answer = world.ask_as(token, operation.method().as_str(), &path_of(*operation), None).await;
            assert_eq!(answer.refusal(), "403 Authorization_RequestDenied", "{operation:?}");
            assert!(answer.message().contains(".All"), "{}", answer.message());
        }
    }
}

#[tokio::test]
async fn a_token_lasts_for_an_hour() {
    let world = World::new().await;
    let token = world.token(DESK);
    world.ask_as(&token, "GET", "/v1.0/users", None).await.ok();
    world.pass(std::time::Duration::from_secs(62 * 60)).await;
    let answer = world.ask_as(&token, "GET", "/v1.0/users", None).await;
    assert_eq!(answer.refusal(), "401 InvalidAuthenticationToken");
    assert!(answer.message().contains("expired"));
}

#[tokio::test]
async fn an_application_that_is_no_longer_registered_gets_nothing() {
    let world = World::new().await;
    let token = world.token(DESK);
    *world.town.contoso.write().unwrap() = Some(contoso(false));
    let answer = world.ask_as(&token, "GET", "/v1.0/users", None).await;
    assert_eq!(answer.refusal(), "401 InvalidAuthenticationToken");
}

#[tokio::test]
async fn in_somebodys_name_an_application_does_what_concerns_them() {
    let world = World::new().await;
    let token = world.token_of(ADELE, &[Permission::UserRead, Permission::PresenceReadWrite]);
    let me = world.ask_as(&token, "GET", "/v1.0/me", None).await.ok();
    assert_eq!(me["displayName"], "Adele Vance");
    let body = json!({ "sessionId": DESK.to_string(), "availability": "Busy", "activity": "InACall" });
    world.ask_as(&token, "POST", "/v1.0/me/presence/setPresence", Some(body)).await.ok();
    let mine = world.ask_as(&token, "GET", "/v1.0/me/presence", None).await.ok();
    assert_eq!((&mine["id"], &mine["activity"]), (&json!(ADELE.to_string()), &json!("InACall")));
    let of_alex = format!("/v1.0/users/{ALEX}/presence");
    assert_eq!(world.ask_as(&token, "GET", &of_alex, None).await.status, 403);

    let answer = world.get("/v1.0/me").await;
    assert_eq!(answer.refusal(), "400 BadRequest");
    assert!(answer.message().contains("delegated"));
}

#[tokio::test]
async fn refusals_are_graphs() {
    let world = World::new().await;
    let answer = world.get("/v1.0/nope").await;
    assert_eq!(answer.refusal(), "404 ResourceNotFound");
    let inner = &answer.body["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "mine");
    assert_eq!(answer.headers["client-request-id"], "mine");
    assert_eq!(inner["request-id"].as_str(), answer.headers["request-id"].to_str().ok());
    assert_eq!(world.ask("PUT", "/v1.0/users", None).await.status, 405);
    assert_eq!(
        world.get("/v1.0/users/nobody@contoso.example").await.refusal(),
        "404 Request_ResourceNotFound"
    );
    let answer = world.post("/v1.0/communications/getPresencesByUserId", json!({ "ids": "all" })).await;
    assert_eq!(answer.refusal(), "400 BadRequest");
    assert_eq!(AUDIENCE, "https://graph.microsoft.com");
}
