//! Callbacks of Call Automation.

use std::time::Duration;

use call_engine::{CallEventKind, ParticipantView};
use event_edge::EventSettings;

use crate::receiver::{Answer, Receiver};
use crate::world::{World, quick, raw};

fn participants() -> CallEventKind {
    let identifier = raw("4:+14255550199");
    let view = ParticipantView { identifier, is_muted: false, is_on_hold: false };
    CallEventKind::ParticipantsUpdated { sequence: 1, participants: vec![view] }
}

#[tokio::test]
async fn a_callback_carries_one_event_a_token_and_the_context_of_its_operation() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    // The URI is used as it was given, with whatever the application hid in it.
    let call = world.call(1, &receiver.url("/api/callbacks/x%2Fy?secret=a%20b&callerId=%2B1425"));
    world.commit(call.connects(100)).await;

    let received = receiver.next().await;
    assert_eq!(received.path, "/api/callbacks/x%2Fy?secret=a%20b&callerId=%2B1425");
    assert_eq!(received.event_type(), "CallConnected");
    assert_eq!(received.header("content-type"), "application/json");
    assert!(received.header("authorization").starts_with("Bearer ey"));
    let data = &received.event()["data"];
    assert_eq!(data["operationContext"], "order 66");
    assert_eq!(data["version"], "2026-03-12");
    assert_eq!(data["resultInformation"]["code"], 200);
}

#[tokio::test]
async fn events_of_a_connection_arrive_in_order_and_are_tried_again_under_the_same_id() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Status(503), Answer::Status(500), Answer::Status(200)]);
    let call = world.call(1, &receiver.url("/cb"));
    world.commit(call.connects(100)).await;
    world.commit(call.says(200, participants())).await;
    world.commit(call.disconnects(300)).await;

    let received = receiver.take(5).await;
    let types = received.iter().map(|received| received.event_type()).collect::<Vec<_>>();
    assert_eq!(
        types,
        ["CallConnected", "CallConnected", "CallConnected", "ParticipantsUpdated", "CallDisconnected"]
    );
    assert_eq!(received[0].id(), received[1].id());
    assert_eq!(received[1].id(), received[2].id());
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn a_receiver_that_hangs_does_not_slow_another() {
    let patient = EventSettings { callback_timeout: Duration::from_secs(60), ..quick() };
    let world = World::with(patient).await;
    let (mut sound, mut stuck) = (Receiver::start().await, Receiver::start().await);
    stuck.answer("/cb", [Answer::Hang]);
    for number in 1..=20 {
        world.commit(world.call(number, &stuck.url("/cb")).connects(number * 1_000)).await;
    }
    stuck.take(20).await;

    let began = world.now();
    let call = world.call(50, &sound.url("/cb"));
    world.commit(call.connects(50_000)).await;
    world.commit(call.says(50_002, participants())).await;
    world.commit(call.disconnects(50_003)).await;
    sound.take(3).await;
    let took = world.now().since(began);
    assert!(took < Duration::from_secs(15), "nothing like the timeout of the other: {took:?}");
}

#[tokio::test]
async fn a_receiver_that_never_answers_still_hears_of_what_comes_next() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Hang]);
    let call = world.call(1, &receiver.url("/cb"));
    world.commit(call.connects(100)).await;
    world.commit(call.disconnects(300)).await;
    let types = receiver.take(4).await.iter().map(|received| received.event_type()).collect::<Vec<_>>();
    assert_eq!(types[0], "CallConnected");
    let first_disconnect = types.iter().position(|name| name == "CallDisconnected").unwrap();
    assert!(first_disconnect <= 2, "{types:?}");
}

#[tokio::test]
async fn an_application_is_told_only_what_its_version_knows() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let mut call = world.call(1, &receiver.url("/cb"));
    call.api_version = "2023-03-06";
    world.commit(call.says(100, CallEventKind::PlayStarted)).await;
    world.commit(call.says(101, CallEventKind::PlayCompleted)).await;
    world.commit(call.says(102, CallEventKind::CreateCallFailed)).await;
    let types = receiver.take(2).await.iter().map(|received| received.event_type()).collect::<Vec<_>>();
    assert_eq!(types, ["PlayCompleted", "CallDisconnected"]);
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn an_operations_own_callback_is_another_receiver() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let main = world.call(1, &receiver.url("/main"));
    let own = world.call(1, &receiver.url("/play"));
    receiver.answer("/main", [Answer::Hang]);
    world.commit(main.connects(100)).await;
    world.commit(own.says(200, CallEventKind::PlayCompleted)).await;
    let mut paths = receiver.take(2).await.into_iter().map(|received| received.path).collect::<Vec<_>>();
    paths.sort();
    assert_eq!(paths, ["/main", "/play"]);
}
