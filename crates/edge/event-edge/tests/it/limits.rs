//! Too much at once, and a disk that refuses.

use std::time::Duration;

use call_engine::CallEventKind;
use event_delivery::Limits;
use event_edge::EventSettings;
use sqlx::SqlitePool;
use store::{DeliveryFilter, DeliveryState, PageRequest};
use switchboard::Ledger;

use crate::receiver::{Answer, Receiver};
use crate::world::{World, quick};

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
