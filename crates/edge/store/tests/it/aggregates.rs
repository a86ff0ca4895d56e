//! Rows come back as they were written, a page at a time.

use redact::Secret;
use store::{
    Arrival, Binding, CallRecord, CallRecordFilter, Connection, ConnectionFilter, DeadLetter, Delivery,
    DeliveryAttempt, DeliveryFilter, DeliveryKind, DeliveryState, OngoingCall, PageRequest, PersonalCall,
    PersonalCallFilter, RecordedAnswer, Retention, Store, Subscription, SubscriptionState, Write,
};

async fn empty() -> (Store, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    (Store::open(data.path()).await.unwrap(), data)
}

fn delivery(number: i64) -> Delivery {
    Delivery {
        id: format!("d{number}"),
        sequence: number,
        stream: "call".into(),
        event: format!("e{number}"),
        event_type: "Microsoft.Communication.CallConnected".into(),
        kind: DeliveryKind::Callback,
        destination: "http://127.0.0.1:1/cb".into(),
        subscription: None,
        resource: "r".into(),
        call: "c".into(),
        connection: Some("k".into()),
        body: "[{}]".into(),
        state: DeliveryState::Pending,
        attempts: 0,
        created_us: 1,
        expires_us: None,
        next_attempt_us: None,
        settled_us: None,
    }
}

fn connection(id: &str, opened_us: i64) -> Connection {
    Connection {
        id: id.into(),
        call: "c".into(),
        correlation: "x".into(),
        resource: "r".into(),
        callback: "http://127.0.0.1:1/cb".into(),
        api_version: "2026-03-12".into(),
        operation_context: None,
        source: None,
        targets: vec!["4:+14255550100".into()],
        answered_for: None,
        joined: false,
        established: false,
        opened_us,
    }
}

#[tokio::test]
async fn connections_are_open_until_they_are_closed() {
    let (store, _data) = empty().await;
    let (a, b) = (connection("a", 1), connection("b", 2));
    store.write(vec![Write::OpenConnection(a.clone()), Write::OpenConnection(b.clone())]).await.unwrap();
    let establish = Write::EstablishConnection { id: "a".into(), operation_context: Some(String::new()) };
    store.write(vec![establish, Write::CloseConnection("b".into())]).await.unwrap();
    let open = store.connections(&ConnectionFilter::default(), &PageRequest::default()).await.unwrap();
    let established = Connection { established: true, operation_context: Some(String::new()), ..a };
    assert_eq!(open.items, [established]);
    let other = ConnectionFilter { call: Some("z".into()), ..ConnectionFilter::default() };
    assert!(store.connections(&other, &PageRequest::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_damaged_row_is_named_without_what_it_says_of_people() {
    let (store, data) = empty().await;
    store.write(vec![Write::OpenConnection(connection("a", 1))]).await.unwrap();
    let file = format!("sqlite://{}", data.path().join("ringdown.sqlite").display());
    let disk = sqlx::SqlitePool::connect(&file).await.unwrap();
    sqlx::query("UPDATE connection SET targets = '[\"4:+14255550100\"'").execute(&disk).await.unwrap();
    let error = store.connections(&ConnectionFilter::default(), &PageRequest::default()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("list of targets") && !text.contains("4255550100"), "{text}");
}

#[tokio::test]
async fn a_call_is_ongoing_until_its_one_record_is_written() {
    let (store, _data) = empty().await;
    let call = OngoingCall {
        id: "c".into(),
        correlation: "x".into(),
        resource: "r".into(),
        started_by: "4:+1".into(),
        is_two_party: true,
        started_us: 5,
    };
    store.write(vec![Write::StartCall(call.clone())]).await.unwrap();
    assert_eq!(store.ongoing_calls(10).await.unwrap(), [call]);
    let record = CallRecord {
        id: "c".into(),
        correlation: "x".into(),
        resource: Some("r".into()),
        connection: Some("a".into()),
        started_by: "4:+1".into(),
        called: vec!["4:+2".into()],
        participants: vec!["4:+1".into(), "4:+2".into()],
        ended_by: None,
        end_reason: "HungUp".into(),
        is_two_party: true,
        began_us: 2,
        connected_us: Some(5),
        ended_us: 9,
        lasted_us: 4,
    };
    let second = CallRecord { end_reason: "other".into(), ..record.clone() };
    store.write(vec![Write::EndCall(record.clone()), Write::EndCall(second)]).await.unwrap();
    assert!(store.ongoing_calls(10).await.unwrap().is_empty());
    let records = store.call_records(&CallRecordFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(records.items, std::slice::from_ref(&record));

    let refused =
        CallRecord { id: "d".into(), resource: None, connected_us: None, ended_us: 10, ..record.clone() };
    store.write(vec![Write::EndCall(refused.clone())]).await.unwrap();
    let records = store.call_records(&CallRecordFilter::default(), &PageRequest::default()).await.unwrap();
    assert_eq!(records.items, [refused, record]);
}

#[tokio::test]
async fn deliveries_are_pending_then_settled_or_dead_and_can_be_revived() {
    let (store, _data) = empty().await;
    store.write((1..=3).map(|number| Write::PutDelivery(delivery(number))).collect()).await.unwrap();
    let pending = |store: Store, after| async move {
        let rows = store.pending_deliveries(after, 10).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(pending(store.clone(), 1).await, ["d2", "d3"]);

    let letter = DeadLetter {
        delivery: Delivery { attempts: 6, ..delivery(2) },
        reason: "MaxDeliveryAttemptsExceeded".into(),
        last_outcome: "Unreachable".into(),
        last_attempt_us: Some(8),
        dead_us: 9,
    };
    let attempt = DeliveryAttempt {
        delivery: "d2".into(),
        number: 6,
        at_us: 8,
        took_us: 1,
        status: None,
        error: Some("cannot connect".into()),
        body_head: None,
        next_attempt_us: None,
    };
    store
        .write(vec![
            Write::SettleDelivery { id: "d1".into(), attempts: 3, at_us: 7, attempt: Some(arrival()) },
            Write::PutAttempt(attempt.clone()),
            Write::BuryDelivery(letter),
            Write::PostponeDelivery { id: "d3".into(), attempts: 2, next_attempt_us: 50 },
        ])
        .await
        .unwrap();
    assert_eq!(pending(store.clone(), 0).await, ["d3"]);
    assert_eq!(store.delivery("d3").await.unwrap().unwrap().next_attempt_us, Some(50));
    let arrived = DeliveryAttempt {
        delivery: "d1".into(),
        number: 3,
        at_us: 5,
        took_us: 2,
        status: Some(204),
        error: None,
        body_head: Some("thanks".into()),
        next_attempt_us: None,
    };
    assert_eq!(store.attempts(&["d1", "d2", "d3"]).await.unwrap(), [arrived, attempt]);
    let filter = DeliveryFilter { event_type: Some("CallConnected".into()), ..DeliveryFilter::default() };
    let dead = store.dead_letters(&filter, &PageRequest::default()).await.unwrap().items;
    assert_eq!((dead[0].delivery.id.as_str(), dead[0].delivery.attempts), ("d2", 6));

    store.write(vec![Write::ReviveDeadLetter { id: "d2".into(), sequence: 4 }]).await.unwrap();
    assert_eq!(pending(store.clone(), 0).await, ["d3", "d2"]);
    assert!(store.dead_letter("d2").await.unwrap().is_none());
}

fn arrival() -> Arrival {
    Arrival { at_us: 5, took_us: 2, status: 204, body_head: Some("thanks".into()) }
}

#[tokio::test]
async fn the_past_is_bounded_and_the_future_is_not_forgotten() {
    let (store, _data) = empty().await;
    let mut writes: Vec<Write> = (1..=10).map(|number| Write::PutDelivery(delivery(number))).collect();
    for number in 1..=8 {
        let id = format!("d{number}");
        writes.push(Write::SettleDelivery {
            id: id.clone(),
            attempts: 2,
            at_us: number,
            attempt: Some(arrival()),
        });
        writes.push(Write::PutAttempt(DeliveryAttempt {
            delivery: id,
            number: 1,
            at_us: number,
            took_us: 1,
            status: Some(500),
            error: None,
            body_head: None,
            next_attempt_us: Some(number),
        }));
    }
    store.write(writes).await.unwrap();
    let retention = Retention { settled_deliveries: 3, settled_for_us: 100, ..Retention::default() };
    store.prune(retention, 50).await.unwrap();
    let left = store.deliveries(&DeliveryFilter::default(), &PageRequest::default()).await.unwrap().items;
    let left = left.iter().map(|delivery| delivery.id.as_str()).collect::<Vec<_>>();
    assert_eq!(left, ["d10", "d9", "d8", "d7", "d6"]);
    assert_eq!(store.attempts(&["d1", "d5", "d6", "d8"]).await.unwrap().len(), 4, "two of each that is left");
    store.prune(retention, 1_000).await.unwrap();
    assert_eq!(store.pending_deliveries(0, 10).await.unwrap().len(), 2, "what is still to be done stays");
    assert_eq!(store.last_sequence().await.unwrap(), 10);
}

#[tokio::test]
async fn calls_of_people_are_found_by_persona_and_time_and_forgotten_by_age_number_and_wish() {
    let (store, _data) = empty().await;
    let call = |number: i64, person: &str, persona: &str| PersonalCall {
        id: format!("{number}-{person}-{persona}"),
        person: person.into(),
        persona: persona.into(),
        call: number.to_string(),
        direction: "incoming".into(),
        counterparts: vec!["4:+1".into()],
        outcome: if number % 2 == 0 { "answered" } else { "missed" }.into(),
        end_reason: "HungUp".into(),
        began_us: number,
        talked_us: 1,
        ended_us: number + 1,
    };
    let calls =
        (1..=6).map(|number| call(number, "alice", if number < 4 { "teams" } else { "contactCenter" }));
    let calls = calls.chain([
        call(7, "bob", "teams"),
        PersonalCall { outcome: "other".into(), ..call(7, "bob", "teams") },
    ]);
    store.write(calls.map(Write::KeepPersonalCall).collect()).await.unwrap();
    let found = async |filter: PersonalCallFilter| {
        let page = store.personal_calls(&filter, &PageRequest::default()).await.unwrap();
        page.items.into_iter().map(|call| call.call).collect::<Vec<_>>().join(" ")
    };
    let of = |person: &str| PersonalCallFilter { person: person.into(), ..PersonalCallFilter::default() };
    assert_eq!(found(of("alice")).await, "6 5 4 3 2 1");
    let teams = PersonalCallFilter { persona: Some("teams".into()), ..of("alice") };
    assert_eq!(found(teams.clone()).await, "3 2 1");
    assert_eq!(found(PersonalCallFilter { outcome: Some("missed".into()), ..teams }).await, "3 1");
    assert_eq!(
        found(PersonalCallFilter { from_us: Some(2), until_us: Some(5), ..of("alice") }).await,
        "4 3 2"
    );
    assert_eq!(found(of("bob")).await, "7", "the first account stays");
    let prune = |personal_calls, personal_calls_for_us| Retention {
        personal_calls,
        personal_calls_for_us,
        ..Retention::default()
    };
    store.prune(prune(100, 97), 100).await.unwrap();
    assert_eq!(found(of("alice")).await, "6 5 4 3 2", "the first one is too old");
    store.prune(prune(3, 100), 100).await.unwrap();
    assert_eq!(found(of("alice")).await, "6 5", "three stay, one of them of bob");
    store.write(vec![Write::ForgetPersonalCalls("alice".into())]).await.unwrap();
    assert_eq!(found(of("alice")).await + &found(of("bob")).await, "7");
}

#[tokio::test]
async fn lists_are_read_page_by_page_without_losing_what_happened_at_the_same_time() {
    let (store, _data) = empty().await;
    let names = ["a", "b", "c", "d", "e"];
    store.write(names.map(|name| Write::OpenConnection(connection(name, 7))).to_vec()).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page =
            store.connections(&ConnectionFilter::default(), &PageRequest::new(2, after)).await.unwrap();
        seen.extend(page.items.into_iter().map(|connection| connection.id));
        after = page.next.map(|cursor| cursor.to_string().parse().unwrap());
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["e", "d", "c", "b", "a"]);
}

#[tokio::test]
async fn a_repeated_request_hears_the_first_answer_until_it_is_forgotten() {
    let (store, _data) = empty().await;
    let answer = |status| RecordedAnswer {
        request: "r 1".into(),
        fingerprint: "POST /x".into(),
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: "{}".into(),
        expires_us: 100,
    };
    store.put_answer(answer(201)).await.unwrap();
    store.put_answer(answer(500)).await.unwrap();
    assert_eq!(store.answer("r 1", 99).await.unwrap(), Some(answer(201)));
    assert_eq!(store.answer("r 1", 100).await.unwrap(), None);
    assert_eq!(store.answer("r 2", 0).await.unwrap(), None);
}

#[tokio::test]
async fn bindings_and_subscriptions_read_back() {
    let (store, _data) = empty().await;
    let binding = |expires_us| Binding {
        address_of_record: "demo-1".into(),
        contact: "sip:demo-1@127.0.0.1:5062".into(),
        details: "{}".into(),
        expires_us,
    };
    store.put_binding(binding(10)).await.unwrap();
    store.put_binding(binding(20)).await.unwrap();
    assert_eq!(store.bindings(15, 10).await.unwrap(), [binding(20)]);
    assert!(store.bindings(20, 10).await.unwrap().is_empty());
    store.remove_binding("demo-1", "sip:demo-1@127.0.0.1:5062").await.unwrap();
    assert!(store.bindings(0, 10).await.unwrap().is_empty());

    let subscription = Subscription {
        id: "s".into(),
        name: "calls".into(),
        resource: "r".into(),
        definition: "{}".into(),
        state: SubscriptionState::AwaitingValidation,
        validation_code: Secret::new("code".into()),
        validation_sent_us: None,
        created_us: 1,
    };
    let active = Subscription { state: SubscriptionState::Active, ..subscription.clone() };
    let twin = Subscription { id: "t".into(), ..subscription.clone() };
    store.write(vec![Write::PutSubscription(subscription)]).await.unwrap();
    store.write(vec![Write::PutSubscription(active.clone())]).await.unwrap();
    assert!(store.write(vec![Write::PutSubscription(twin)]).await.is_err(), "names are one of a kind");
    assert_eq!(store.subscriptions(&PageRequest::default()).await.unwrap().items, [active]);
}
