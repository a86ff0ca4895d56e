//! Processes die; events do not.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use call_engine::{CallEventKind, RecordingStatus};
use event_edge::SubscriptionSpec;
use identifier::{CallConnectionId, RecordingId};
use store::{CallRecordFilter, ConnectionFilter, PageRequest, SubscriptionState};

use crate::receiver::{Answer, Receiver};
use crate::world::{World, quick, real_clock, start};

#[tokio::test]
async fn calls_that_died_with_the_process_are_closed_on_the_next_start() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/grid", [Answer::Code, Answer::Status(200)]);
    let spec = SubscriptionSpec::new("ends", &receiver.url("/grid"), &["CallEnded"]);
    let subscription = world.events.subscribe(spec).await.unwrap();
    receiver.next().await;
    while world.events.subscription(subscription.id).unwrap().state != SubscriptionState::Active {
        tokio::task::yield_now().await;
    }
    let (dies, ended) = (world.call(1, &receiver.url("/cb")), world.call(2, &receiver.url("/cb")));
    world.commit(dies.connects(100)).await;
    world.commit(ended.connects(200)).await;
    world.commit(ended.disconnects(300)).await;
    receiver.take(4).await;
    world.events.drain(std::time::Duration::from_secs(10)).await;

    let world = world.restart().await;
    let mut last = receiver.take(2).await;
    last.sort_by_key(|received| received.path.clone());
    let (callback, grid) = (&last[0], &last[1]);
    assert_eq!(callback.event_type(), "CallDisconnected");
    let data = &callback.event()["data"];
    assert_eq!(data["callConnectionId"], dies.connection().to_string());
    assert_eq!(data["operationContext"], "order 66");
    assert_eq!(data["resultInformation"]["subCode"], 9_999);
    assert_eq!(grid.event_type(), "CallEnded");
    assert_eq!(grid.event()["data"]["reason"]["subCode"], 9_999);
    assert_eq!(grid.event()["data"]["endedBy"]["type"], "MicrosoftInternal");

    let page = PageRequest::default();
    assert!(world.events.connections(&ConnectionFilter::default(), &page).await.unwrap().items.is_empty());
    let records = world.events.call_records(&CallRecordFilter::default(), &page).await.unwrap().items;
    let reasons = records.iter().map(|record| record.end_reason.as_str()).collect::<Vec<_>>();
    assert_eq!(reasons, ["PlatformRestarted", "HungUp"]);
    assert_eq!((records[0].connection.as_deref(), records[1].lasted_us), (None, 12_000_000));

    // Without this the answers to the two might not be kept yet, and both would rightly come again.
    world.events.drain(std::time::Duration::from_secs(10)).await;
    let world = world.restart().await;
    world.events.drain(std::time::Duration::from_secs(10)).await;
    assert!(receiver.is_quiet(), "a call dies once");
}

#[tokio::test]
async fn an_application_that_was_never_connected_is_told_that_it_will_not_be() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let mut opened = world.call(1, &receiver.url("/cb")).connects(100);
    opened.events.clear();
    opened.notices.clear();
    world.commit(opened).await;
    let _world = world.restart().await;
    assert_eq!(receiver.next().await.event_type(), "AnswerFailed");
}

#[tokio::test]
async fn an_application_that_was_connecting_to_a_call_of_others_is_told_that_it_failed() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let mut opened = world.call(1, &receiver.url("/cb")).connects(100);
    opened.opened[0].has_joined = true;
    opened.events.clear();
    opened.notices.clear();
    world.commit(opened).await;
    let _world = world.restart().await;
    assert_eq!(receiver.next().await.event_type(), "ConnectFailed");
}

#[tokio::test]
async fn a_recording_that_died_with_the_process_is_told_to_be_over_and_only_once() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    let state = |number, is_active, is_over| {
        CallEventKind::RecordingStateChanged(RecordingStatus {
            recording: RecordingId::from_u128(number),
            connection: Some(CallConnectionId::from_u128(9)),
            is_active,
            is_over,
            since: Some((world.clock)()),
        })
    };
    let (goes_on, ended) = (world.call(1, &receiver.url("/rec")), world.call(2, &receiver.url("/rec")));
    world.commit(goes_on.says(100, state(1, true, false))).await;
    world.commit(goes_on.says(101, state(1, false, false))).await;
    world.commit(ended.says(200, state(2, true, false))).await;
    world.commit(ended.says(201, state(2, false, true))).await;
    receiver.take(4).await;
    world.events.drain(std::time::Duration::from_secs(10)).await;

    let world = world.restart().await;
    let told = receiver.next().await;
    assert_eq!(told.event_type(), "RecordingStateChanged");
    let data = &told.event()["data"];
    assert_eq!(
        (data["state"].as_str(), &data["resultInformation"]["subCode"]),
        (Some("inactive"), &9_999.into())
    );
    assert_eq!(data["recordingId"], RecordingId::from_u128(1).to_string());
    assert_eq!(data["callConnectionId"], CallConnectionId::from_u128(9).to_string());
    world.events.drain(std::time::Duration::from_secs(10)).await;

    let world = world.restart().await;
    world.events.drain(std::time::Duration::from_secs(10)).await;
    assert!(receiver.is_quiet(), "a recording ends once");
}

#[tokio::test]
async fn what_was_not_delivered_goes_on_in_order_after_a_restart() {
    let (world, mut receiver) = (World::new().await, Receiver::start().await);
    receiver.answer("/cb", [Answer::Hang, Answer::Status(200)]);
    let call = world.call(1, &receiver.url("/cb"));
    world.commit(call.connects(100)).await;
    world.commit(call.says(200, CallEventKind::PlayCompleted)).await;
    world.commit(call.disconnects(300)).await;
    let first = receiver.next().await;

    let _world = world.restart().await;
    let after = receiver.take(3).await;
    let types = after.iter().map(|received| received.event_type()).collect::<Vec<_>>();
    assert_eq!(types, ["CallConnected", "PlayCompleted", "CallDisconnected"]);
    assert_eq!(after[0].id(), first.id());
}

const CHILD_DATA: &str = "RINGDOWN_TEST_CHILD_DATA";
const CHILD_URL: &str = "RINGDOWN_TEST_CHILD_URL";

/// The other process of the next test: makes events durable, says so, and waits to be killed.
#[tokio::test]
async fn child_that_commits_and_is_killed() {
    let (Ok(data), Ok(url)) = (std::env::var(CHILD_DATA), std::env::var(CHILD_URL)) else { return };
    let clock = real_clock();
    let (events, _store) = start(&PathBuf::from(data), &clock, quick()).await;
    let call = crate::world::Call {
        number: 1,
        callback: call_engine::Callback::Uri(url.into()),
        api_version: "2026-03-12",
        clock,
    };
    for batch in [call.connects(100), call.says(200, CallEventKind::PlayCompleted)] {
        switchboard::Ledger::commit(&*events.ledger(), batch).await.unwrap().unwrap();
    }
    println!("durable");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn kill_minus_nine_between_an_event_and_its_delivery_loses_nothing() {
    let mut receiver = Receiver::start().await;
    receiver.answer("/cb", [Answer::Hang, Answer::Status(200)]);
    let data = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "restart::child_that_commits_and_is_killed", "--nocapture", "--test-threads=1"])
        .env(CHILD_DATA, data.path())
        .env(CHILD_URL, receiver.url("/cb"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = tokio::task::spawn_blocking(move || {
        lines.map_while(Result::ok).find(|line| line.contains("durable"))
    });
    assert!(said.await.unwrap().is_some(), "the child made its events durable");
    child.kill().unwrap();
    child.wait().unwrap();

    let clock = real_clock();
    let (_events, _store) = start(data.path(), &clock, quick()).await;
    // The child may have sent the first event, but has never heard an answer.
    let mut types = Vec::new();
    while types.last().is_none_or(|last| last != "CallDisconnected") {
        types.push(receiver.next().await.event_type());
    }
    let tail = &types[types.len() - 3..];
    assert_eq!(tail, ["CallConnected", "PlayCompleted", "CallDisconnected"], "{types:?}");
}
