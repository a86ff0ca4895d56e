//! A call is lived again from the journal, and looked at while it goes on.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Stdio;

use conformance::app::App;
use conformance::cli::{Said, ringdown};
use conformance::patience::{in_time, until_async};
use conformance::platform::{Platform, binary};
use conformance::scene::subscribed;
use conformance::signed::{Answer, Client};
use conformance::sipp::Scenario;
use conformance::soft_phone::{Conversation, SoftPhone};
use conformance::world::{number_of, password_of, world};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

const NUMBER: &str = "+14255550100";

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

/// An application that has answered alice's call.
async fn answered(platform: &Platform, keys: &str) -> (App, Conversation, Answer) {
    let app = App::start().await;
    subscribed(platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let phone = SoftPhone::dialing(platform, "alice", "secret of alice", NUMBER).sending(keys).start();
    let incoming = app.event("IncomingCall").await;
    let body = json!({
        "incomingCallContext": incoming.text("incomingCallContext"),
        "callbackUri": app.url("/callbacks"),
        "operationContext": "the call",
    });
    let call = Client::new(&platform.ready).post("/calling/callConnections:answer", &body).send().await;
    assert_eq!(call.status, 200, "{}", call.body);
    app.event("CallConnected").await;
    (app, phone, call)
}

async fn ask(platform: &Platform, call: &Answer, operation: &str, body: &Value) {
    let path = format!("/calling/callConnections/{}:{operation}", call.text("callConnectionId"));
    let answer = Client::new(&platform.ready).post(&path, body).send().await;
    assert_eq!(answer.status, 202, "{}", answer.body);
}

async fn replay(data: &Path, call: &str) -> Said {
    ringdown(&["replay", call, "--data", &data.display().to_string()]).await
}

/// Every one of these, and each after the one before.
#[track_caller]
fn shows(ladder: &str, in_order: &[&str]) {
    let mut rest = ladder;
    for text in in_order {
        let found = rest.find(text);
        let at = found.unwrap_or_else(|| panic!("{text:?} does not come in its place:\n{ladder}"));
        rest = &rest[at + text.len()..];
    }
}

#[tokio::test]
async fn a_call_with_a_prompt_and_keys_is_lived_again_and_nobody_is_seen_in_it() {
    let platform = Platform::configured("replay", CONFIGURATION).await;
    let (app, phone, call) = answered(&platform, ",,7").await;
    let prompt = json!({ "kind": "file", "file": { "uri": app.tone_file(1000, 0.5) } });
    ask(&platform, &call, "play", &json!({ "playSources": [prompt] })).await;
    app.event("PlayCompleted").await;
    let recognize = json!({
        "recognizeInputType": "dtmf",
        "recognizeOptions": {
            "targetParticipant": { "rawId": "4:+14255560001" },
            "initialSilenceTimeoutInSeconds": 15,
            "dtmfOptions": { "maxTonesToCollect": 1 },
        },
    });
    ask(&platform, &call, "recognize", &recognize).await;
    app.event("RecognizeCompleted").await;
    phone.hangs_up().await;
    app.event("CallDisconnected").await;

    let said = replay(platform.data(), call.text("serverCallId")).await;
    assert_eq!(said.status, 0, "{}", said.error);
    shows(
        &said.output,
        &[
            "INVITE",
            "IncomingCall",
            "Answer [the call]",
            "200 OK",
            "ACK",
            "CallConnected",
            "Play http",
            "play1 is over",
            "PlayCompleted",
            "Recognize",
            "key • down on leg1",
            "RecognizeCompleted •",
            "BYE",
            "CallDisconnected",
            "equal: ",
        ],
    );
    assert!(!said.output.contains("4255560001"), "a number is shown:\n{}", said.output);

    let data = platform.data().display().to_string();
    let last = ringdown(&["replay", "--last", "--reveal", "--data", &data]).await;
    shows(&last.output, &["INVITE +14255550100 from +14255560001", "key 7 down", "equal: "]);
    let json = ringdown(&["replay", "--last", "--json", "--data", &data]).await;
    let json: Value = serde_json::from_str(&json.output).expect("JSON");
    assert_eq!(json["verdict"], "equal");
    assert!(json["lines"].as_array().is_some_and(|lines| lines.len() > 20));

    let nobody = replay(platform.data(), "00000000-0000-0000-0000-000000000000").await;
    assert_eq!((nobody.status, nobody.output.as_str()), (1, ""));
    assert!(nobody.error.contains("in the journal"), "{}", nobody.error);
}

#[tokio::test]
async fn a_call_that_the_process_did_not_survive_is_lived_again_up_to_its_end() {
    let mut platform = Platform::configured("replay-killed", CONFIGURATION).await;
    let (_app, _phone, call) = answered(&platform, "").await;
    // What was written survives; what happened in the last moment may not.
    let data = platform.data().to_owned();
    let connection = call.text("callConnectionId");
    until_async("the journal to have the call", || async {
        replay(&data, connection).await.output.contains("CallConnected").then_some(())
    })
    .await;
    platform.kill();

    let said = replay(&data, connection).await;
    assert_eq!(said.status, 0, "{}", said.error);
    shows(&said.output, &["INVITE", "IncomingCall", "Answer", "CallConnected", "equal: "]);
    assert!(!said.output.contains("BYE"), "{}", said.output);
}

#[tokio::test]
async fn a_live_call_is_traced_until_it_ends() {
    let platform = Platform::configured("trace", CONFIGURATION).await;
    let (app, phone, call) = answered(&platform, "").await;
    let mut trace = tokio::process::Command::new(binary())
        .args(["trace", call.text("serverCallId"), "--data", &platform.data().display().to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(trace.stdout.take().expect("it is piped")).lines();
    let mut until = async |text: &str| {
        in_time(&format!("the trace to show {text}"), async {
            loop {
                let line = lines.next_line().await.expect("text").unwrap_or_else(|| panic!("no {text}"));
                if line.contains(text) {
                    return;
                }
            }
        })
        .await;
    };
    until("INVITE").await;
    until("CallConnected").await;
    // What happens now is shown while the call goes on.
    let prompt = json!({ "kind": "file", "file": { "uri": app.tone_file(1000, 0.3) } });
    ask(&platform, &call, "play", &json!({ "playSources": [prompt] })).await;
    until("PlayCompleted").await;
    phone.hangs_up().await;
    until("BYE").await;
    until("call record").await;
    assert!(in_time("the trace to end", trace.wait()).await.is_ok_and(|status| status.success()));

    // Afterwards there is nothing to wait for.
    let data = platform.data().display().to_string();
    let again = ringdown(&["trace", call.text("serverCallId"), "--json", "--data", &data]).await;
    assert_eq!(again.status, 0, "{}", again.error);
    let first: Value = serde_json::from_str(again.output.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!((&first["from"], &first["to"]), (&json!("leg1"), &json!("ringdown")));
    let nobody = ringdown(&["trace", "nobody", "--data", &data]).await;
    assert!(nobody.status == 1 && nobody.error.contains("404"), "{}", nobody.error);
}

#[tokio::test]
async fn two_calls_that_a_transfer_brought_together_are_lived_again_together() {
    let world = world().await;
    let (platform, server) = (&world.platform, &world.platform.ready.sip.udp);
    let [alice, bob, carol] = [world.phone(), world.phone(), world.phone()];
    let answering = |name: &str| SoftPhone::answering(platform, name, &password_of(name));
    let bob_phone = answering(&bob).start_registered().await;
    let carol_phone = answering(&carol).start_registered().await;
    let numbers = [number_of(&bob), number_of(&carol)];
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let alice_phone =
        Scenario::brings_together(here, server, (&alice, &password_of(&alice)), [&numbers[0], &numbers[1]]);
    let alice_phone = alice_phone.start();
    alice_phone.talks().await;
    alice_phone.nudge();
    alice_phone.sees("Call-ID: second///").await;
    carol_phone.shows("ACK").await;
    alice_phone.nudge();
    alice_phone.ends_well().await;
    bob_phone.hangs_up().await;
    carol_phone.ends().await;

    let data = platform.data().display().to_string();
    let arguments = ["calls", "list", "--number", &numbers[1], "--state", "over", "--json", "--data", &data];
    let call = until_async("the record of the call", || async {
        let calls: Value = serde_json::from_str(&ringdown(&arguments).await.output).ok()?;
        calls[0]["callId"].as_str().map(str::to_owned)
    })
    .await;
    let said = replay(platform.data(), &call).await;
    assert_eq!(said.status, 0, "{}", said.error);
    shows(
        &said.output,
        &["calls that met", "INVITE", "leg1", "REFER: join leg", "NOTIFY: 200 OK", "call record", "equal: "],
    );
}

#[tokio::test]
async fn nobody_looks_into_a_call_without_the_token() {
    let platform = Platform::configured("trace-token", CONFIGURATION).await;
    let (app, phone, call) = answered(&platform, "").await;
    let name = call.text("callConnectionId");
    let followed = format!("/admin/v1/calls/{name}/trace?follow=true");
    let ask = async |path: &str, token: Option<&str>| {
        let request = reqwest::Client::new().get(format!("{}{path}", platform.ready.web));
        let request = if let Some(token) = token { request.bearer_auth(token) } else { request };
        let answer = request.send().await.expect("it answers");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let (status, trace) = ask(&followed, Some(&platform.ready.admin_token)).await;
    assert_eq!(status, 200, "{trace}");
    // A trace that somebody follows has a number that can be guessed.
    let more = trace["nextLink"].as_str().expect("the call goes on").to_owned();
    let metrics_token = std::fs::read_to_string(platform.data().join("metrics-token")).expect("a token");
    let key = platform.ready.connection_string.split("accesskey=").nth(1).expect("a key").to_owned();
    for path in [&*followed, &more, "/admin/v1/calls", "/admin/v1/call-records"] {
        for token in [None, Some(""), Some("guess"), Some(&*metrics_token), Some(&*key)] {
            let (status, told) = ask(path, token).await;
            assert_eq!(status, 401, "{path} with {token:?}: {told}");
            assert!(!told.to_string().contains("INVITE") && told["value"].is_null(), "{told}");
        }
    }

    // The command line has no other way in; and what it needs to replay is its owner's alone.
    let elsewhere = conformance::platform::folder("wrong-token");
    let ready = std::fs::read_to_string(platform.data().join("ready.json")).expect("it is ready");
    let ready = ready.replace(&platform.ready.admin_token, "guess");
    std::fs::write(elsewhere.join("ready.json"), ready).expect("it can be written");
    let said = ringdown(&["trace", name, "--no-follow", "--data", &elsewhere.display().to_string()]).await;
    assert_eq!((said.status, said.output.as_str()), (1, ""), "{}", said.error);
    assert!(said.error.contains("401"), "{}", said.error);
    let said = replay(&elsewhere, name).await;
    assert_ne!(said.status, 0, "{}", said.output);
    let mode = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&platform.data().join("journal")), 0o700);
    drop((app, phone));
}
