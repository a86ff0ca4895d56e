//! Applications written years ago get the events that their SDK knows, and no others.

use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::signed::Client;
use conformance::sipp::Scenario;
use serde_json::json;

/// What the event parser of JavaScript 1.0.0 knows.
const OF_2023: [&str; 16] = [
    "AddParticipantFailed",
    "AddParticipantSucceeded",
    "CallConnected",
    "CallDisconnected",
    "CallTransferAccepted",
    "CallTransferFailed",
    "ParticipantsUpdated",
    "PlayCanceled",
    "PlayCompleted",
    "PlayFailed",
    "RecognizeCanceled",
    "RecognizeCompleted",
    "RecognizeFailed",
    "RecordingStateChanged",
    "RemoveParticipantFailed",
    "RemoveParticipantSucceeded",
];

/// Answers a call, plays, collects a key, brings in somebody who is busy, and hangs up.
async fn lives_a_whole_call(scene: &Scene, version: &str) {
    let call = scene.answers().await;
    let file = json!({ "file": scene.app.tone_file(1000, 0.3) });
    scene.ask("play", &call, json!({ "sources": [file] })).await;
    scene.app.event("PlayCompleted").await;
    let digits = json!({ "target": call.caller, "maxTones": 1, "initialSilence": 10, "interTone": 2 });
    scene.ask("recognize", &call, digits).await;
    call.line.media.press("1");
    scene.app.event("RecognizeCompleted").await;
    let callee = Scenario::refusing_callee(scene.carrier.address, 486, "Busy Here").start_listening().await;
    let target = format!("4:{}", scene.carrier.number(2));
    scene.ask("add", &call, json!({ "target": target, "callerNumber": scene.number })).await;
    let failed = scene.app.event("AddParticipantFailed").await;
    assert_eq!(failed.data()["version"], version);
    assert!(failed.data()["resultInformation"].get("sipDetails").is_none(), "2026-03-12 brought it");
    callee.ends_well().await;
    scene.ask("hangUp", &call, json!({ "everyone": true })).await;
    scene.app.event("CallDisconnected").await;
    scene.sdk_reads_every_event().await;
}

#[tokio::test]
async fn a_javascript_application_of_2023_is_told_only_what_it_knows() {
    let scene = Scene::new(Kind::JavaScript2023).await;
    lives_a_whole_call(&scene, "2023-03-06").await;
    let strange: Vec<_> = scene
        .app
        .kinds()
        .into_iter()
        .filter(|kind| kind != "IncomingCall" && !OF_2023.contains(&kind.as_str()))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[tokio::test]
async fn a_javascript_application_of_2024_is_told_only_what_it_knows() {
    let scene = Scene::new(Kind::JavaScript2024).await;
    lives_a_whole_call(&scene, "2024-04-15").await;
    assert!(!scene.app.kinds().iter().any(|kind| kind == "PlayStarted"));
}

#[tokio::test]
async fn a_python_application_of_2024_is_told_only_what_it_knows() {
    let scene = Scene::new(Kind::Python2024).await;
    lives_a_whole_call(&scene, "2024-04-15").await;
    assert!(!scene.app.kinds().iter().any(|kind| kind == "PlayStarted"));
}

#[tokio::test]
async fn an_old_application_learns_of_a_failed_call_as_of_one_that_ended() {
    let scene = Scene::new(Kind::JavaScript2024).await;
    let callee = Scenario::refusing_callee(scene.carrier.address, 486, "Busy Here").start_listening().await;
    let arguments = json!({
        "target": format!("4:{}", scene.carrier.number(2)),
        "callerNumber": scene.number,
        "callback": scene.callback(),
    });
    scene.sdk.ask("create", arguments).await;

    scene.app.event("CallDisconnected").await;

    assert!(!scene.app.kinds().iter().any(|kind| kind == "CreateCallFailed"));
    callee.ends_well().await;
}

#[tokio::test]
async fn a_request_without_a_version_or_with_an_unknown_one_is_refused() {
    let world = conformance::world::world().await;
    let client = Client::new(&world.platform.ready);
    let without = client.get("/calling/callConnections/x").without_version().send().await;
    assert_eq!(without.refusal().0, 400);
    let unknown = client.get("/calling/callConnections/x").version("1999-01-01").send().await;
    assert_eq!(unknown.refusal().0, 400);
}
