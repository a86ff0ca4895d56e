//! Phones that speak wideband.

use conformance::baresip::Baresip;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::world::{number_of, password_of};
use serde_json::json;

const G722: &str = "G722/16000/1";
const OPUS: &str = "opus/48000/2";

/// A phone calls in its codec, hears the highs of a prompt, and talks with a carrier who speaks G.711.
async fn is_heard_and_hears(codec: &str) {
    let scene = Scene::new(Kind::Python).await;
    let name = scene.world.phone();
    let mut baresip = Baresip::speaking(codec, scene.server(), &name, &password_of(&name), [500, 5_000]);
    baresip.shows("200 OK").await;
    baresip.types(&format!("/dial sip:{}@{}", scene.number, scene.server())).await;
    let incoming = scene.app.event("IncomingCall").await;
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
    let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
    scene.app.event("CallConnected").await;
    let file = json!([{ "file": scene.app.tone_file(6_000, 3.0) }]);
    scene.sdk.ask("play", json!({ "connection": connection, "sources": file })).await;
    baresip.hears_all(&[6_000.0]).await;
    scene.app.event("PlayCompleted").await;

    let (number, other) = scene.outsider().await;
    let add =
        json!({ "connection": connection, "target": format!("4:{number}"), "callerNumber": scene.number });
    scene.sdk.ask("add", add).await;
    other.talks().await;
    other.media.hears_tone(500.0).await;
    other.media.sing(1000.0);
    baresip.hears_all(&[1_000.0]).await;
    scene.sdk.ask("hangUp", json!({ "connection": connection, "everyone": true })).await;
    other.ends_well().await;
}

#[tokio::test]
async fn baresip_speaks_g722_hears_wideband_and_talks_with_a_telephone_line() {
    is_heard_and_hears(G722).await;
}

#[tokio::test]
async fn baresip_speaks_opus_hears_wideband_and_talks_with_a_telephone_line() {
    is_heard_and_hears(OPUS).await;
}

/// Two phones, each in its codec, hear all that the other says.
async fn hear_each_other(one: &str, other: &str) {
    let scene = Scene::new(Kind::Python).await;
    let [caller, callee] = [scene.world.phone(), scene.world.phone()];
    let mut first = Baresip::speaking(one, scene.server(), &caller, &password_of(&caller), [500, 5_000]);
    let second = Baresip::speaking(other, scene.server(), &callee, &password_of(&callee), [900, 6_000]);
    first.shows("200 OK").await;
    second.shows("200 OK").await;
    first.types(&format!("/dial sip:{}@{}", number_of(&callee), scene.server())).await;
    second.hears_all(&[500.0, 5_000.0]).await;
    first.hears_all(&[900.0, 6_000.0]).await;
    first.types("/hangup").await;
    second.shows("session closed").await;
}

#[tokio::test]
async fn two_of_g722_hear_each_other_in_wideband() {
    hear_each_other(G722, G722).await;
}

#[tokio::test]
async fn two_of_opus_hear_each_other_in_wideband() {
    hear_each_other(OPUS, OPUS).await;
}

#[tokio::test]
async fn g722_and_opus_hear_each_other_in_wideband() {
    hear_each_other(OPUS, G722).await;
}
