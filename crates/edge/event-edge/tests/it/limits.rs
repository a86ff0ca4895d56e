//! Too much at once, and a disk that refuses.

use std::time::Duration;

use call_engine::CallEventKind;
use event_delivery::{Limits, RetryPolicy};
use event_edge::{EventSettings, SubscriptionSpec};
use sqlx::SqlitePool;
use store::{DeliveryFilter, DeliveryState, PageRequest, SubscriptionState};
use switchboard::Ledger;

use crate::receiver::{Answer, Receiver};
use crate::world::{World, notices, quick};

#[tokio::test]
async fn more_than_memory_may_hold_waits_in_the_outbox_and_keeps_its_order() {
    let limits = Limits { held: 8, in_flight: 2, per_destination: 2, ..Limits::default() };
    let world = World::with(EventSettings { limits, ..quick() }).await;
    let mut receiver = Receiver::start().await;
    let calls: Vec<_> =
        (1..=5).map(|number| world.call(number, &receiver.url(&format!("/{number}")))).collect();
    let mut commits = Vec::new();
    for round in 0..20 {
        for call in &calls {
            let id = call.number * 1_000 + round;
            commits.push(world.events.commit(call.says(id, CallEventKind::PlayCompleted)));
        }
    }
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    let received = receiver.take(100).await;
    for call in &calls {
        let path = format!("/{}", call.number);
        let ids = received.iter().filter(|received| received.path == path).map(|received| received.id());
        let expected =
            (0..20).map(|round| identifier::EventId::from_u128(call.number * 1_000 + round).to_string());
        assert!(ids.eq(expected), "in order, each once, for {path}");
    }
    world.events.drain(Duration::from_secs(10)).await;
    let pending = DeliveryFilter { state: Some(DeliveryState::Pending), ..DeliveryFilter::default() };
    assert!(world.events.deliveries(&pending, &PageRequest::default()).await.unwrap().items.is_empty());
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn a_receiver_that_is_down_does_not_take_all_memory_from_the_others() {
    let limits = Limits { held: 8, held_per_destination: 4, ..Limits::default() };
    let grid_policy =
        RetryPolicy { waits: vec![Duration::from_secs(600)], max_attempts: 30, ..quick().grid_policy };
    let world = World::with(EventSettings { limits, grid_policy, ..quick() }).await;
    let (mut up, mut down) = (Receiver::start().await, Receiver::start().await);
    down.answer("/grid", [Answer::Code, Answer::Status(503)]);
    let ended = ["Microsoft.Communication.CallEnded"];
    let spec = SubscriptionSpec::new("down", &down.url("/grid"), &ended);
    let subscription = world.events.subscribe(spec).await.unwrap();
    down.next().await;
    while world.events.subscription(subscription.id).unwrap().state != SubscriptionState::Active {
        tokio::task::yield_now().await;
    }
    for number in 1..=20 {
        let ended = world.call(number, "http://unused.invalid/").disconnects(number * 10).notices;
        world.commit(notices(ended)).await;
    }
    down.take(4).await;

    let call = world.call(100, &up.url("/cb"));
    world.commit(call.says(9_000, CallEventKind::PlayCompleted)).await;
    assert_eq!(up.next().await.path, "/cb");
}

#[tokio::test]
async fn what_one_receiver_has_too_much_of_still_comes_and_in_order() {
    let limits = Limits { held: 100, held_per_destination: 3, ..Limits::default() };
    let world = World::with(EventSettings { limits, ..quick() }).await;
    let mut receiver = Receiver::start().await;
    let call = world.call(1, &receiver.url("/cb"));
    let says = |id| world.events.commit(call.says(id, CallEventKind::PlayCompleted));
    let commits: Vec<_> = (0..50).map(says).collect();
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    let received = receiver.take(50).await;
    let expected = (0..50).map(|id| identifier::EventId::from_u128(id).to_string());
    assert!(received.iter().map(|received| received.id()).eq(expected), "in order, each once");
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_to_the_switchboard_and_keeps_no_event_from_its_application() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Status(503), Answer::Status(200)]);
    let disk = SqlitePool::connect(&format!("sqlite://{}", world.file().display())).await.unwrap();
    sqlx::query("ALTER TABLE outbox RENAME TO gone").execute(&disk).await.unwrap();

    let call = world.call(1, &receiver.url("/cb"));
    let refused = world.events.commit(call.says(100, CallEventKind::PlayCompleted)).await.unwrap();
    assert!(refused.unwrap_err().contains("outbox"), "the switchboard knows that nothing is durable");
    let first = receiver.next().await;
    assert_eq!(receiver.next().await.id(), first.id(), "it is even tried again");

    sqlx::query("ALTER TABLE gone RENAME TO outbox").execute(&disk).await.unwrap();
    world.commit(call.says(101, CallEventKind::PlayCompleted)).await;
    receiver.next().await;
}
