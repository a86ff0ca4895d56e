//! Event Grid: subscriptions, their handshakes and filters, and what becomes of events nobody takes.

use conformance::app::{App, Mood};
use conformance::cli;
use conformance::platform::Platform;
use conformance::scene::{subscribe_to, subscribed};
use conformance::signed::Client;
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::world::world;
use serde_json::{Value, json};

#[tokio::test]
async fn a_subscriber_of_each_schema_gets_the_call_in_its_own_envelope() {
    let world = world().await;
    let (number, carrier) = (world.service_number(), world.carrier());
    let (grid, cloud) = (App::start().await, App::start().await);
    subscribe_to(world, &grid, &number, &[]).await;
    subscribe_to(world, &cloud, &number, &["--schema", "cloudevents"]).await;
    let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number)
        .calling_as(&carrier.number(1))
        .start();

    let event = grid.event("IncomingCall").await;
    assert_eq!(event.body["eventType"], "Microsoft.Communication.IncomingCall");
    assert_eq!((&event.body["dataVersion"], &event.body["metadataVersion"]), (&json!("1.0"), &json!("1")));
    let topic = event.body["topic"].as_str().expect("a topic");
    assert!(
        topic.to_lowercase().contains("/providers/microsoft.communication/communicationservices/contoso"),
        "{topic}"
    );
    assert_eq!(event.headers["aeg-event-type"], "Notification");
    assert_eq!(event.headers["aeg-delivery-count"], "0");
    let event = cloud.event("IncomingCall").await;
    assert_eq!(event.body["specversion"], "1.0");
    assert_eq!(event.body["type"], "Microsoft.Communication.IncomingCall");
    assert!(event.headers["content-type"].starts_with("application/cloudevents+json"));

    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;
}

#[tokio::test]
async fn a_subscriber_gets_only_what_its_filter_lets_through() {
    let world = world().await;
    let (mine, other, carrier) = (world.service_number(), world.service_number(), world.carrier());
    let (app, neighbor) = (App::start().await, App::start().await);
    subscribe_to(world, &app, &mine, &[]).await;
    subscribe_to(world, &neighbor, &other, &[]).await;
    for number in [&other, &mine] {
        let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, number).start();
        caller.sees("180 Ringing").await;
        if number == &other {
            neighbor.event("IncomingCall").await
        } else {
            app.event("IncomingCall").await
        };
        caller.nudge();
        caller.ends_well().await;
    }
    assert_eq!((app.kinds().len(), neighbor.kinds().len()), (1, 1));
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_the_question_gets_nothing() {
    let world = world().await;
    let (number, carrier) = (world.service_number(), world.carrier());
    let app = App::start().await;
    app.moods("/eventgrid", [Mood::Answers(500); 20]);
    let name = format!("deaf-{}", number.trim_start_matches('+'));
    let filter = format!("data.to.phoneNumber.value:StringIn:{number}");
    let arguments = ["subscribe", "--name", &name, "--url", &app.url("/eventgrid"), "--filter", &filter];
    cli::try_events(world.platform.data(), &arguments).await;
    app.posted("/eventgrid", 1).await;

    let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number).start();
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;

    let list = cli::events(world.platform.data(), &["list"]).await;
    let mine = list.as_array().and_then(|list| list.iter().find(|one| one["name"] == name.as_str())).cloned();
    let mine = mine.expect("it is listed").to_string().to_lowercase();
    assert!(!mine.contains("succeeded") && !mine.contains("\"active\""), "{mine}");
    assert!(app.kinds().is_empty());
}

#[tokio::test]
async fn an_event_nobody_takes_is_a_dead_letter_and_can_be_delivered_again() {
    let world = world().await;
    let (number, carrier) = (world.service_number(), world.carrier());
    let app = App::start().await;
    subscribe_to(world, &app, &number, &[]).await;
    // Event Grid gives up at once on 400.
    app.moods("/eventgrid", [Mood::Answers(400)]);
    let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number).start();
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;

    let data = world.platform.data();
    let letter = conformance::patience::until_async("the dead letter to be listed", || async {
        let letters = cli::events(data, &["dead-letters"]).await;
        letters.as_array()?.iter().find(|one| one.to_string().contains(&app.url("/eventgrid"))).cloned()
    })
    .await;
    let id = letter["id"].as_str().unwrap_or_else(|| panic!("{letter} has an id")).to_owned();
    cli::events(data, &["redeliver", &id]).await;

    app.event("IncomingCall").await;
    let left = cli::events(data, &["dead-letters"]).await.to_string();
    assert!(!left.contains(&id), "it is no longer dead");
}

#[tokio::test]
async fn a_subscription_that_was_deleted_gets_nothing() {
    let world = world().await;
    let (number, carrier) = (world.service_number(), world.carrier());
    let app = App::start().await;
    let name = subscribe_to(world, &app, &number, &[]).await;
    cli::events(world.platform.data(), &["delete", &name]).await;
    let caller = Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number).start();
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;
    assert!(app.kinds().is_empty());
}

#[tokio::test]
async fn the_life_of_a_call_between_phones_and_applications_is_told() {
    let configuration = "
[outgoing]
allow-private = \"loopback\"
[[tenants]]
name = \"Contoso\"
[[tenants.resources]]
name = \"contoso\"
numbers = [\"+14255550100\"]
[[tenants.phones]]
name = \"alice\"
password = \"secret of alice\"
";
    let platform = Platform::configured("grid", configuration).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let phone = SoftPhone::dialing(&platform, "alice", "secret of alice", "+14255550100").start();
    let incoming = app.event("IncomingCall").await;
    let alice = incoming.data()["from"]["rawId"].as_str().expect("a raw id").to_owned();
    assert!(alice.starts_with(&format!("8:acs:{}_", platform.ready.resource_id)), "{alice}");
    let body = json!({
        "incomingCallContext": incoming.text("incomingCallContext"),
        "callbackUri": app.url("/callbacks"),
    });
    let answer = Client::new(&platform.ready).post("/calling/callConnections:answer", &body).send().await;

    let started = app.event("CallStarted").await;
    assert_eq!(started.data()["startedBy"]["communicationIdentifier"]["rawId"], alice);
    assert_eq!(started.text("serverCallId"), answer.text("serverCallId"));
    let added = app.event("CallParticipantAdded").await;
    assert_eq!(added.data()["user"]["communicationIdentifier"]["rawId"], alice);
    phone.hangs_up().await;
    app.event("CallParticipantRemoved").await;
    let ended = app.event("CallEnded").await;
    assert_eq!(ended.data()["endedBy"]["communicationIdentifier"]["rawId"], alice);
    assert_eq!(ended.data()["reason"]["code"], 200);
    let subject = ended.body["subject"].as_str().expect("a subject");
    assert_eq!(subject, format!("call/{}", answer.text("serverCallId")));
    let ids: Vec<&Value> = vec![&started.body["id"], &added.body["id"], &ended.body["id"]];
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}
