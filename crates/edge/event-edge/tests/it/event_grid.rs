//! Event Grid: handshakes, filters, deliveries.

use std::time::Duration;

use acs::grid::GridSchema;
use event_edge::{AdvancedFilterSpec, FilterSpec, SubscribeError, SubscriptionReport, SubscriptionSpec};
use identifier::CallId;
use serde_json::json;
use store::SubscriptionState;

use crate::receiver::{Answer, Receiver};
use crate::world::{World, contexts, notices};

const ALL_CALLS: [&str; 2] = ["Microsoft.Communication.IncomingCall", "CallEnded"];

/// Waits until the handshake has come to this state.
async fn reaches(world: &World, subscription: &SubscriptionReport, state: SubscriptionState) {
    let reached = async {
        while world.events.subscription(subscription.id).unwrap().state != state {
            tokio::task::yield_now().await;
        }
    };
    let found = || world.events.subscription(subscription.id).unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(20), reached).await.is_ok(), "{:?}", found());
}

async fn subscribed(
    world: &World,
    receiver: &mut Receiver,
    path: &str,
    filter: FilterSpec,
) -> SubscriptionReport {
    receiver.answer(path, [Answer::Code]);
    let spec = SubscriptionSpec { filter, ..SubscriptionSpec::new(&path[1..], &receiver.url(path), &[]) };
    let subscription = world.events.subscribe(spec).await.unwrap();
    receiver.next().await;
    reaches(world, &subscription, SubscriptionState::Active).await;
    receiver.answer(path, [Answer::Status(200)]);
    subscription
}

#[tokio::test]
async fn an_endpoint_agrees_by_repeating_the_code_and_is_then_told_of_calls() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/grid", [Answer::Code, Answer::Status(200)]);
    let spec = SubscriptionSpec::new("calls", &receiver.url("/grid"), &ALL_CALLS);
    let subscription = world.events.subscribe(spec).await.unwrap();
    assert_eq!(subscription.state, SubscriptionState::AwaitingValidation);

    let question = receiver.next().await;
    assert_eq!(question.header("aeg-event-type"), "SubscriptionValidation");
    assert_eq!(question.event()["eventType"], "Microsoft.EventGrid.SubscriptionValidationEvent");
    let url = question.event()["data"]["validationUrl"].as_str().unwrap();
    assert!(url.starts_with("https://ringdown.test:8443/eventgrid/subscriptions/"), "{url}");
    reaches(&world, &subscription, SubscriptionState::Active).await;

    let call = world.call(1, &receiver.url("/unused"));
    world.commit(notices(vec![call.rings(9, "4:+14255550100")])).await;
    let received = receiver.next().await;
    assert_eq!(received.event_type(), "IncomingCall");
    assert_eq!(received.header("aeg-event-type"), "Notification");
    assert_eq!(received.header("aeg-subscription-name"), "CALLS");
    assert_eq!(received.header("aeg-delivery-count"), "0");
    let event = received.event();
    assert_eq!(event["subject"], "/caller/4:+14255550199/recipient/4:+14255550100");
    assert_eq!(event["data"]["from"]["phoneNumber"]["value"], "+14255550199");
    assert_eq!(event["data"]["customContext"]["sipHeaders"]["userToUser"], "616d");
    let context = event["data"]["incomingCallContext"].as_str().unwrap();
    assert_eq!(contexts().open(context, world.now()).unwrap().call, CallId::from_u128(1));
}

#[tokio::test]
async fn a_forged_code_or_a_silent_answer_makes_no_subscription() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/forged", [Answer::ForgedCode]);
    let forged =
        world.events.subscribe(SubscriptionSpec::new("forged", &receiver.url("/forged"), &[])).await.unwrap();
    reaches(&world, &forged, SubscriptionState::Failed).await;
    let code = receiver.next().await.event()["data"]["validationCode"].as_str().unwrap().to_owned();

    receiver.answer("/accepted", [Answer::Status(202)]);
    let waiting = world
        .events
        .subscribe(SubscriptionSpec::new("waiting", &receiver.url("/accepted"), &[]))
        .await
        .unwrap();
    let question = receiver.next().await;
    let url = question.event()["data"]["validationUrl"].as_str().unwrap().to_owned();
    world.commit(notices(vec![world.call(1, "http://x").rings(9, "4:+14255550100")])).await;
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet(), "nobody has agreed yet");

    // Somebody fetches the URL instead, and only with the right code.
    assert!(!world.events.confirm(waiting.id, "guess").await.unwrap());
    assert!(!world.events.confirm(waiting.id, &code).await.unwrap(), "another subscription's code");
    assert!(!world.events.confirm(forged.id, &code).await.unwrap(), "it has failed already");
    let (_, own_code) = url.split_once("code=").unwrap();
    assert!(world.events.confirm(waiting.id, own_code).await.unwrap());
    assert_eq!(world.events.subscription(waiting.id).unwrap().state, SubscriptionState::Active);
}

#[tokio::test]
async fn a_cloud_events_endpoint_agrees_by_naming_our_origin() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/ce", [Answer::Allow("ringdown.test"), Answer::Status(200)]);
    receiver.answer("/stranger", [Answer::Allow("eventgrid.azure.net")]);
    let cloud = |name: &str, path: &str| SubscriptionSpec {
        event_delivery_schema: GridSchema::CloudEvents,
        ..SubscriptionSpec::new(name, &receiver.url(path), &[])
    };
    let (agreed, stranger) = (cloud("agreed", "/ce"), cloud("stranger", "/stranger"));
    let agreed = world.events.subscribe(agreed).await.unwrap();
    let question = receiver.next().await;
    assert_eq!(
        (question.method.as_str(), question.header("webhook-request-origin")),
        ("OPTIONS", "ringdown.test")
    );
    reaches(&world, &agreed, SubscriptionState::Active).await;
    let stranger = world.events.subscribe(stranger).await.unwrap();
    receiver.next().await;
    reaches(&world, &stranger, SubscriptionState::Failed).await;

    world.commit(notices(vec![world.call(1, "http://x").rings(9, "4:+14255550100")])).await;
    let received = receiver.next().await;
    assert_eq!(received.header("content-type"), "application/cloudevents+json; charset=utf-8");
    assert_eq!(received.header("origin"), "ringdown.test");
    assert_eq!(received.body["type"], "Microsoft.Communication.IncomingCall");
    assert_eq!(received.body["specversion"], "1.0");
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn an_endpoint_that_is_not_up_yet_is_asked_again() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/late", [Answer::Status(503), Answer::Status(502), Answer::Code]);
    let subscription =
        world.events.subscribe(SubscriptionSpec::new("late", &receiver.url("/late"), &[])).await.unwrap();
    receiver.take(3).await;
    reaches(&world, &subscription, SubscriptionState::Active).await;
}

#[tokio::test]
async fn an_endpoint_that_is_asked_again_is_told_of_calls_meanwhile() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let subscription = subscribed(&world, &mut receiver, "/grid", FilterSpec::default()).await;
    let call = world.call(1, &receiver.url("/unused"));

    receiver.answer("/grid", [Answer::Hang, Answer::Status(200)]);
    let events = world.events.clone();
    let asking = tokio::spawn(async move { events.validate(subscription.id).await });
    assert_eq!(receiver.next().await.header("aeg-event-type"), "SubscriptionValidation");
    world.commit(notices(vec![call.rings(9, "4:+14255550100")])).await;
    assert_eq!(receiver.next().await.event_type(), "IncomingCall");
    asking.abort();

    receiver.answer("/grid", [Answer::Status(503)]);
    let asked = world.events.validate(subscription.id).await.unwrap().unwrap();
    assert_eq!(asked.state, SubscriptionState::Active, "it has not taken its word back: {asked:?}");
    receiver.answer("/grid", [Answer::Status(404)]);
    let asked = world.events.validate(subscription.id).await.unwrap().unwrap();
    assert_eq!(asked.state, SubscriptionState::Failed, "{asked:?}");
}

#[tokio::test]
async fn filters_decide_who_is_told() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let to = |number: &str| FilterSpec {
        advanced_filters: vec![AdvancedFilterSpec {
            operator_type: "StringContains".into(),
            key: "data.to.PhoneNumber.Value".into(),
            values: vec![json!(number)],
            value: None,
        }],
        ..FilterSpec::default()
    };
    let ended = FilterSpec { included_event_types: vec!["CallEnded".into()], ..FilterSpec::default() };
    subscribed(&world, &mut receiver, "/sales", to("0100")).await;
    subscribed(&world, &mut receiver, "/support", to("0101")).await;
    subscribed(&world, &mut receiver, "/ends", ended).await;

    let call = world.call(1, "http://x");
    world.commit(notices(vec![call.rings(9, "4:+14255550101")])).await;
    assert_eq!(receiver.next().await.path, "/support");
    let mut over = call.disconnects(20);
    over.events.clear();
    world.commit(over).await;
    let received = receiver.next().await;
    assert_eq!((received.path.as_str(), received.event_type().as_str()), ("/ends", "CallEnded"));
    assert_eq!(received.event()["data"]["callDurationInSeconds"], 12.0);
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn a_subscription_that_makes_no_sense_or_leads_inside_is_refused() {
    let world = World::new().await;
    let refused = async |spec: SubscriptionSpec| world.events.subscribe(spec).await.unwrap_err();
    let sound = || SubscriptionSpec::new("name", "http://127.0.0.1:9/x", &[]);
    let inside = SubscriptionSpec { endpoint: "http://10.0.0.1/x".into(), ..sound() };
    assert!(matches!(refused(inside).await, SubscribeError::NotAllowed(_)));
    let nameless = SubscriptionSpec { name: String::new(), ..sound() };
    assert!(matches!(refused(nameless).await, SubscribeError::Spec(_)));
    let nobody = SubscriptionSpec { resource: Some("00000000000000000000000000000009".into()), ..sound() };
    assert!(matches!(refused(nobody).await, SubscribeError::Spec(_)));
    world.events.subscribe(sound()).await.unwrap();
    assert!(matches!(refused(sound()).await, SubscribeError::NameTaken(_)));
}

#[tokio::test]
async fn the_configuration_file_brings_a_subscription_up_to_date_and_deleting_it_ends_it() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/a", [Answer::Code]);
    let spec = SubscriptionSpec::new("calls", &receiver.url("/a"), &[]);
    let first = world.events.ensure_subscription(spec.clone()).await.unwrap();
    receiver.next().await;
    reaches(&world, &first, SubscriptionState::Active).await;
    let same = world.events.ensure_subscription(spec.clone()).await.unwrap();
    assert_eq!(
        (same.id, same.state),
        (first.id, SubscriptionState::Active),
        "nothing changed, nobody is asked"
    );

    let moved = SubscriptionSpec { endpoint: receiver.url("/b"), ..spec };
    receiver.answer("/b", [Answer::Code]);
    let changed = world.events.ensure_subscription(moved).await.unwrap();
    assert_eq!((changed.id, changed.state), (first.id, SubscriptionState::AwaitingValidation));
    assert_eq!(receiver.next().await.path, "/b");
    reaches(&world, &first, SubscriptionState::Active).await;

    assert!(world.events.unsubscribe(first.id).await.unwrap());
    assert!(!world.events.unsubscribe(first.id).await.unwrap());
    world.commit(notices(vec![world.call(1, "http://x").rings(9, "4:+14255550100")])).await;
    world.events.drain(Duration::from_secs(10)).await;
    assert!(receiver.is_quiet());
}
