//! Pulling the plug loses no event.

use conformance::app::{App, Mood};
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::signed::Client;
use conformance::soft_phone::SoftPhone;
use serde_json::json;

const CONFIGURATION: &str = "
[outgoing]
allow-private = \"loopback\"
[[tenants]]
name = \"Contoso\"
[[tenants.resources]]
name = \"contoso\"
numbers = [\"+14255550100\"]
[[tenants.phones]]
name = \"alice\"
number = \"+14255560001\"
password = \"secret of alice\"
";

#[tokio::test]
async fn events_that_were_not_delivered_when_the_process_died_are_delivered_after_it_starts_again() {
    let mut platform = Platform::configured("durability", CONFIGURATION).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let phone = SoftPhone::dialing(&platform, "alice", "secret of alice", "+14255550100").start();
    let incoming = app.event("IncomingCall").await;

    // The application is down when the call is connected.
    app.moods("/callbacks", [Mood::Answers(503), Mood::Answers(503), Mood::Answers(503)]);
    let body = json!({
        "incomingCallContext": incoming.text("incomingCallContext"),
        "callbackUri": app.url("/callbacks"),
        "operationContext": "the call",
    });
    let answer = Client::new(&platform.ready).post("/calling/callConnections:answer", &body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    app.posted("/callbacks", 1).await;
    platform.kill();
    app.moods("/callbacks", []);
    platform.restart().await;

    let connected = app.event("CallConnected").await;
    assert_eq!(connected.text("callConnectionId"), answer.text("callConnectionId"));
    let disconnected = app.event("CallDisconnected").await;
    assert_eq!(disconnected.operation_context(), Some("the call"));
    assert_ne!(disconnected.result(), (200, 560_000), "it did not end in the ordinary way");
    let ended = app.event("CallEnded").await;
    assert_eq!(ended.text("serverCallId"), answer.text("serverCallId"));
    let gone = Client::new(&platform.ready)
        .get(&format!("/calling/callConnections/{}", answer.text("callConnectionId")))
        .send()
        .await;
    assert_eq!(gone.refusal().0, 404);
    let callbacks: Vec<_> = app.kinds().into_iter().filter(|kind| kind.starts_with("CallDis")).collect();
    assert_eq!(callbacks.len(), 1, "it is closed once");
    drop(phone);

    // And it goes on.
    let phone = SoftPhone::dialing(&platform, "alice", "secret of alice", "+14255550100").start();
    app.event("IncomingCall").await;
    drop(phone);
}
