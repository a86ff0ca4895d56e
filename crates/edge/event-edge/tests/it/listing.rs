//! What became of a callback: deliveries, attempts, dead letters, redelivery.

use std::time::Duration;

use call_engine::CallEventKind;
use event_edge::Redelivery;
use store::{DeliveryFilter, DeliveryState, PageRequest};

use crate::receiver::{Answer, Receiver};
use crate::world::World;

async fn dead_letters(world: &World, count: usize) -> Vec<event_edge::DeadLetterReport> {
    let found = async {
        loop {
            let page = world.events.dead_letters(&DeliveryFilter::default(), &PageRequest::default()).await;
            let items = page.unwrap().items;
            if items.len() == count {
                return items;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("so many dead letters come about")
}

#[tokio::test]
async fn a_refused_event_becomes_a_dead_letter_that_can_be_sent_again() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Text(400, "no such tenant".into()), Answer::Status(200)]);
    let call = world.call(1, &receiver.url("/cb"));
    world.commit(call.connects(100)).await;
    world.commit(call.disconnects(300)).await;
    let first = receiver.take(2).await;

    let letters = dead_letters(&world, 1).await;
    let letter = &letters[0].letter;
    assert_eq!(letter.reason, "UndeliverableDueToClientError");
    assert_eq!(letter.last_outcome, "BadRequest");
    assert_eq!(letter.delivery.attempts, 1);
    assert_eq!(letters[0].attempts[0].status, Some(400));
    assert_eq!(letters[0].attempts[0].body_head.as_deref(), Some("no such tenant"));

    let again = world.events.redeliver(Redelivery::One(letter.delivery.id.clone())).await.unwrap();
    assert_eq!(again, 1);
    let received = receiver.next().await;
    assert_eq!((received.event_type(), received.id()), ("CallConnected".into(), first[0].id()));
    dead_letters(&world, 0).await;
    world.events.drain(Duration::from_secs(10)).await;
    let page = world.events.deliveries(&DeliveryFilter::default(), &PageRequest::default()).await.unwrap();
    let report = page.items.iter().find(|report| report.delivery.id == letter.delivery.id).unwrap();
    assert_eq!((report.delivery.state, report.delivery.attempts), (DeliveryState::Delivered, 2));
    let statuses = report.attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect::<Vec<_>>();
    assert_eq!(statuses, [(1, Some(400)), (2, Some(200))]);
    assert_eq!(world.events.redeliver(Redelivery::One("nobody".into())).await.unwrap(), 0);
}

#[tokio::test]
async fn all_dead_letters_can_be_sent_again_at_once() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Status(404)]);
    for number in 1..=5 {
        world.commit(world.call(number, &receiver.url("/cb")).connects(number * 100)).await;
    }
    receiver.take(5).await;
    dead_letters(&world, 5).await;
    receiver.answer("/cb", [Answer::Status(204)]);
    let nobody = DeliveryFilter { event_type: Some("PlayFailed".into()), ..DeliveryFilter::default() };
    assert_eq!(world.events.redeliver(Redelivery::All(Box::new(nobody))).await.unwrap(), 0);
    let all = Redelivery::All(Box::default());
    assert_eq!(world.events.redeliver(all).await.unwrap(), 5);
    receiver.take(5).await;
    dead_letters(&world, 0).await;
}

#[tokio::test]
async fn deliveries_are_listed_with_every_attempt_and_found_by_what_is_known_of_them() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/a", [Answer::Text(503, "x".repeat(4_000)), Answer::Text(200, "thanks".into())]);
    let (a, b) = (world.call(1, &receiver.url("/a")), world.call(2, &receiver.url("/b")));
    world.commit(a.connects(100)).await;
    world.commit(b.connects(200)).await;
    world.commit(b.says(300, CallEventKind::PlayCompleted)).await;
    receiver.take(4).await;

    let all = || DeliveryFilter::default();
    let found = async |filter: DeliveryFilter| {
        let page = world.events.deliveries(&filter, &PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|report| report.delivery.event_type).collect::<Vec<_>>()
    };
    // The last answer may still be on its way into the store.
    while !found(DeliveryFilter { state: Some(DeliveryState::Pending), ..all() }).await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(found(all()).await.len(), 3);
    assert_eq!(found(DeliveryFilter { event_type: Some("PlayCompleted".into()), ..all() }).await.len(), 1);
    let of_b = DeliveryFilter { connection: Some(b.connection().to_string()), ..all() };
    assert_eq!(
        found(of_b).await,
        ["Microsoft.Communication.PlayCompleted", "Microsoft.Communication.CallConnected"]
    );
    let to_a = DeliveryFilter { destination: Some(receiver.url("/a")), ..all() };
    let page = world.events.deliveries(&to_a, &PageRequest::default()).await.unwrap();
    let [report] = &page.items[..] else { panic!("one delivery went there") };
    let [first, second] = &report.attempts[..] else { panic!("it took two attempts") };
    assert_eq!((first.status, second.status), (Some(503), Some(200)));
    assert_eq!(first.body_head.as_ref().unwrap().len(), 512, "only the first bytes are kept");
    assert_eq!(second.body_head.as_deref(), Some("thanks"));
    assert!(first.next_attempt_us.unwrap() > first.at_us);
    assert_eq!(second.next_attempt_us, None);

    let two = world.events.deliveries(&all(), &PageRequest::new(2, None)).await.unwrap();
    let rest = world.events.deliveries(&all(), &PageRequest::new(2, two.next.clone())).await.unwrap();
    assert_eq!((two.items.len(), rest.items.len(), rest.next), (2, 1, None));
}

#[tokio::test]
async fn a_receiver_that_does_not_exist_is_named_with_the_reason() {
    let world = World::new().await;
    // Nobody listens on this port: the listener is gone at once.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.commit(world.call(1, &format!("http://{closed}/cb")).connects(100)).await;
    world.commit(world.call(2, "http://10.1.2.3/cb").connects(200)).await;
    let letters = dead_letters(&world, 2).await;
    let (inside, nobody) = (&letters[0], &letters[1]);
    assert_eq!(nobody.letter.last_outcome, "Unreachable");
    assert_eq!(nobody.attempts.len(), 3);
    assert!(nobody.attempts[0].error.as_ref().unwrap().contains("cannot connect to 127.0.0.1"));
    assert_eq!(inside.letter.reason, "UndeliverableDueToPolicy");
    assert!(inside.attempts[0].error.as_ref().unwrap().contains("private network"));
}
