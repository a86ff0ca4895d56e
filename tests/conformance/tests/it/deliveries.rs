//! Events that are hard to deliver: receivers that refuse, hang and fail.

use conformance::app::Mood;
use conformance::cli;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_that_was_not_taken_comes_again_with_the_same_id() {
    let scene = Scene::new(Kind::Python).await;
    scene.app.moods("/callbacks", [Mood::Answers(500), Mood::Answers(503)]);
    let call = scene.answers().await;

    assert!(scene.app.posts("/callbacks") >= 3, "it was refused twice");
    let attempts = attempts_of(&scene, &call.connection, "CallConnected").await;
    let statuses: Vec<_> = attempts.iter().map(|attempt| attempt["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(500), Some(503), Some(200)]);
    let kinds: Vec<_> = scene.app.kinds().into_iter().filter(|kind| kind != "IncomingCall").collect();
    assert_eq!(kinds.first().map(String::as_str), Some("CallConnected"), "the order is kept: {kinds:?}");
    scene.ask("hangUp", &call, json!({})).await;
}

#[tokio::test]
async fn a_receiver_that_hangs_does_not_slow_another() {
    let slow = Scene::new(Kind::Python).await;
    slow.app.moods("/callbacks", [Mood::Hangs, Mood::Hangs, Mood::Hangs]);
    let (_line, incoming) = slow.is_called().await;
    let context = incoming.text("incomingCallContext");
    slow.sdk.ask("answer", json!({ "context": context, "callback": slow.callback() })).await;
    slow.app.posted("/callbacks", 1).await;

    let quick = Scene::new(Kind::Python).await;
    let began = std::time::Instant::now();
    let call = quick.answers().await;
    quick.ask("hangUp", &call, json!({})).await;
    quick.app.event("CallDisconnected").await;

    assert!(began.elapsed().as_secs_f64() < 5.0, "{:?}", began.elapsed());
    assert_eq!(slow.app.posts("/callbacks"), 1);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_seen_in_the_list_of_deliveries() {
    let scene = Scene::new(Kind::Python).await;
    let (line, incoming) = scene.is_called().await;
    let nobody = "http://127.0.0.1:9/callbacks";
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": nobody });
    let answered = scene.sdk.ask("answer", arguments).await;
    line.talks().await;

    let connection = answered["connection"].as_str().expect("an id").to_owned();
    let attempts = attempts_of(&scene, &connection, "CallConnected").await;

    let first = &attempts[0];
    assert!(first["status"].is_null() && first.to_string().contains("error"), "{first}");
    assert!(!first["nextAttempt"].is_null() || attempts.len() > 1, "it is tried again: {first}");
}

/// The attempts to deliver an event of a connection, as `ringdown events deliveries` lists them.
async fn attempts_of(scene: &Scene, connection: &str, kind: &str) -> Vec<Value> {
    conformance::patience::until_async("the attempts to be listed", || async {
        let deliveries = cli::events(scene.world.platform.data(), &["deliveries"]).await;
        let found = deliveries.as_array()?.iter().find(|one| {
            let text = one.to_string();
            text.contains(connection) && text.contains(kind)
        })?;
        let attempts = found["attempts"].as_array()?.clone();
        (!attempts.is_empty()).then_some(attempts)
    })
    .await
}
