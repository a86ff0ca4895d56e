//! Sound that is encrypted on its way (SRTP), with a phone that is not ours.

use conformance::baresip::Baresip;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::world::{number_of, password_of};
use serde_json::json;

/// baresip over TLS, which takes encrypted sound only, or offers it beside plain sound.
async fn baresip(scene: &Scene, name: &str, encryption: &str) -> (Baresip, String) {
    let ready = &scene.world.platform.ready;
    let server = ready.sip.tls.as_ref().expect("SIP over TLS is on");
    let parameters = format!(";regint=60;transport=tls;answermode=auto;mediaenc={encryption}");
    let baresip =
        Baresip::trusting(&ready.ca_certificate, server, name, &password_of(name), 500, &parameters);
    baresip.shows("200 OK").await;
    (baresip, server.clone())
}

#[tokio::test]
async fn baresip_calls_with_encrypted_sound_and_a_carrier_without_hears_it() {
    for encryption in ["srtp-mand", "srtp"] {
        let scene = Scene::new(Kind::Python).await;
        let name = scene.world.phone();
        let (mut baresip, server) = baresip(&scene, &name, encryption).await;
        baresip.types(&format!("/dial sip:{}@{server};transport=tls", scene.number)).await;
        let incoming = scene.app.event("IncomingCall").await;
        let arguments =
            json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
        let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
        scene.app.event("CallConnected").await;

        let (number, other) = scene.outsider().await;
        let target = format!("4:{number}");
        let add = json!({ "connection": connection, "target": target, "callerNumber": scene.number });
        scene.sdk.ask("add", add).await;
        other.talks().await;
        other.media.hears_tone(500.0).await;
        other.media.sing(1000.0);
        baresip.hears_tone(1000.0).await;
        baresip.types("/hangup").await;
    }
}

#[tokio::test]
async fn baresip_is_called_with_encrypted_sound_and_sound_goes_both_ways() {
    for encryption in ["srtp-mand", "srtp"] {
        let scene = Scene::new(Kind::JavaScript).await;
        let name = scene.world.phone();
        let (baresip, _) = baresip(&scene, &name, encryption).await;
        let call = scene.answers().await;
        let target = format!("4:{}", number_of(&name));
        scene.ask("add", &call, json!({ "target": target, "callerNumber": scene.number })).await;
        scene.app.event("AddParticipantSucceeded").await;
        call.line.media.hears_tone(500.0).await;
        call.line.media.sing(1000.0);
        baresip.hears_tone(1000.0).await;
        scene.ask("remove", &call, json!({ "target": target })).await;
        scene.app.event("RemoveParticipantSucceeded").await;
    }
}
