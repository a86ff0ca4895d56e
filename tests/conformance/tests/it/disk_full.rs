//! The data folder has no room left, while people talk.

use std::process::Command;

use conformance::app::App;
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::signed::Client;
use conformance::soft_phone::SoftPhone;
use serde_json::{Value, json};

use crate::shared_configuration::{NUMBER, configuration};

#[tokio::test]
async fn a_full_disk_costs_no_call_and_nothing_that_was_acknowledged() {
    let mut platform = Platform::configured("disk-full", &configuration("", "")).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let client = Client::new(&platform.ready);

    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", NUMBER).start();
    let incoming = app.event("IncomingCall").await;
    let answered = client.post("/calling/callConnections:answer", &answer(&app, &incoming)).send().await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    app.event("CallConnected").await;
    assert_eq!(ready(&platform).await.0, 200);

    // Nothing can be written beyond the first page of any file, the server's own log included.
    largest_file(&platform, "4096");
    let (_, told) = until_async("the server to be not ready", || async {
        Some(ready(&platform).await).filter(|(status, _)| *status == 503)
    })
    .await;
    assert!(told["reasons"][0].as_str().is_some_and(|reason| reason.contains("store")), "{told}");
    let full = Metrics::of(&platform).await;
    assert_eq!(full.sum("ringdown_store_writable", &[]), 0.0);
    assert!(full.sum("ringdown_store_failures_total", &["reason=\"full\""]) >= 1.0);

    // Who calls now is heard of, and the application is told that its answer is not kept.
    let bob = SoftPhone::dialing(&platform, "bob", "secret-of-bob", NUMBER).start();
    let second = app.event("IncomingCall").await;
    let refused = client.post("/calling/callConnections:answer", &answer(&app, &second)).send().await;
    let (status, code, message) = refused.refusal();
    assert_eq!((status, code.as_str()), (500, "9999"), "{message}");
    assert!(message.contains("keep"), "{message}");

    // The first call goes on: it is known, and its sound flows.
    let connection = answered.text("callConnectionId").to_owned();
    let path = format!("/calling/callConnections/{connection}");
    let known = client.get(&path).send().await;
    assert_eq!((known.status, known.text("callConnectionState")), (200, "connected"));
    let heard = Metrics::of(&platform).await.sum("ringdown_media_packets_received_total", &[]);
    until_async("more sound", || async {
        let now = Metrics::of(&platform).await.sum("ringdown_media_packets_received_total", &[]);
        (now > heard + 40.0).then_some(())
    })
    .await;
    assert!(platform.is_alive());

    // There is room again: it is ready by itself, and keeps what it acknowledges.
    largest_file(&platform, "unlimited");
    until_async("the server to be ready again", || async { (ready(&platform).await.0 == 200).then_some(()) })
        .await;
    assert_eq!(Metrics::of(&platform).await.sum("ringdown_store_writable", &[]), 1.0);
    drop(bob);
    platform.kill();
    platform.restart().await;
    let ended =
        app.event_where("CallDisconnected", |event| event.text("callConnectionId") == connection).await;
    assert_ne!(
        ended.result(),
        (200, 560_000),
        "what was acknowledged before the disk was full is not forgotten"
    );
    drop(alice);
}

fn answer(app: &App, incoming: &conformance::event::Event) -> Value {
    json!({
        "incomingCallContext": incoming.text("incomingCallContext"),
        "callbackUri": app.url("/callbacks"),
    })
}

async fn ready(platform: &Platform) -> (u16, Value) {
    let url = format!("{}/health/ready", platform.ready.web);
    let request = reqwest::Client::new().get(url).bearer_auth(&platform.ready.admin_token);
    let answer = request.send().await.expect("it answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// The largest file that the server may write (`prlimit` of util-linux).
fn largest_file(platform: &Platform, bytes: &str) {
    let process = platform.process().expect("it runs").to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let done = Command::new("prlimit").args(["--pid", &process, &limit]).status().expect("prlimit is there");
    assert!(done.success());
}
