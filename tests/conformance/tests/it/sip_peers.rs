//! Phones and trunks that are not ours.

use conformance::baresip::Baresip;
use conformance::platform::Platform;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::sipp::{Scenario, Transport};
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;
use conformance::world::{number_of, password_of, world};
use serde_json::json;

#[tokio::test]
async fn a_trunk_calls_over_tcp() {
    let scene = Scene::new(Kind::Python).await;
    let line = Scenario::caller(scene.carrier.address, &scene.world.platform.ready.sip.tcp, &scene.number)
        .over(Transport::Tcp)
        .calling_as(&scene.carrier.number(1))
        .start();
    let incoming = scene.app.event("IncomingCall").await;
    let call = scene.answer(line, &incoming).await;
    let file = json!({ "file": scene.app.tone_file(1000, 1.0) });
    scene.ask("play", &call, json!({ "sources": [file] })).await;
    call.line.media.hears_tone(1000.0).await;
    scene.ask("hangUp", &call, json!({})).await;
    call.line.ends_well().await;
}

#[tokio::test]
async fn baresip_calls_over_tls_and_hears_what_is_played() {
    let scene = Scene::new(Kind::Python).await;
    let name = scene.world.phone();
    let ready = &scene.world.platform.ready;
    let server = ready.sip.tls.as_ref().expect("SIP over TLS is on");
    let parameters = ";regint=60;transport=tls";
    let mut baresip =
        Baresip::trusting(&ready.ca_certificate, server, &name, &password_of(&name), 500, parameters);
    baresip.shows("200 OK").await;
    baresip.types(&format!("/dial sip:{}@{server};transport=tls", scene.number)).await;
    let incoming = scene.app.event("IncomingCall").await;
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
    let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
    scene.app.event("CallConnected").await;
    let file = json!([{ "file": scene.app.tone_file(1000, 1.0) }]);
    scene.sdk.ask("play", json!({ "connection": connection, "sources": file })).await;
    baresip.hears_tone(1000.0).await;
    scene.sdk.ask("hangUp", json!({ "connection": connection })).await;
    scene.app.event("CallDisconnected").await;
}

#[tokio::test]
async fn a_phone_calls_over_tls() {
    let scene = Scene::new(Kind::JavaScript).await;
    let name = scene.world.phone();
    let phone = SoftPhone::dialing(&scene.world.platform, &name, &password_of(&name), &scene.number);
    let phone = phone.option("--transport", "tls").start();
    let incoming = scene.app.event("IncomingCall").await;
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
    let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
    scene.app.event("CallConnected").await;
    let file = json!([{ "file": scene.app.tone_file(1000, 1.0) }]);
    scene.sdk.ask("play", json!({ "connection": connection, "sources": file })).await;
    scene.app.event("PlayCompleted").await;
    scene.sdk.ask("hangUp", json!({ "connection": connection })).await;
    assert!(phone.ends().await.heard.seconds_of_tone(1000.0) > 0.8);
}

#[tokio::test]
async fn headers_of_a_caller_reach_the_application() {
    let scene = Scene::new(Kind::JavaScript).await;
    let line = scene
        .caller()
        .header("User-to-User: 616263;encoding=hex")
        .header("X-MS-Custom-account: 4711")
        .header("X-case: seven")
        .start();
    let incoming = scene.app.event("IncomingCall").await;

    let headers = incoming.data()["customContext"]["sipHeaders"].as_object().expect("headers").clone();
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone())
    };
    let user_to_user = header("userToUser").or_else(|| header("User-To-User"));
    assert_eq!(user_to_user, Some(json!("616263;encoding=hex")), "{headers:?}");
    assert_eq!(header("X-MS-Custom-account"), Some(json!("4711")), "{headers:?}");
    assert_eq!(header("X-case"), Some(json!("seven")), "{headers:?}");
    drop(line);
}

#[tokio::test]
async fn a_caller_who_hides_is_nobody_and_one_who_is_asserted_is_believed() {
    let scene = Scene::new(Kind::Python).await;
    let asserted = scene.carrier.number(7);
    for (header, from) in [
        ("Privacy: id".to_owned(), "4:anonymous".to_owned()),
        (format!("P-Asserted-Identity: \"Ada\" <sip:{asserted}@carrier>"), format!("4:{asserted}")),
    ] {
        let line = scene.caller().header(&header).start();
        let incoming =
            scene.app.event_where("IncomingCall", |event| event.data()["from"]["rawId"] == from).await;
        let arguments = json!({ "context": incoming.text("incomingCallContext"), "reason": "busy" });
        scene.sdk.ask("reject", arguments).await;
        line.sees("SIP/2.0 486").await;
    }
}

#[tokio::test]
async fn a_caller_who_hides_stays_hidden_when_the_call_is_sent_on() {
    let scene = Scene::new(Kind::JavaScript).await;
    let (number, callee) = scene.outsider().await;
    let line = scene.caller().header("Privacy: id").start();
    let incoming = scene.app.event("IncomingCall").await;
    let arguments =
        json!({ "context": incoming.text("incomingCallContext"), "target": format!("4:{number}") });
    scene.sdk.ask("redirect", arguments).await;
    callee.sees("Privacy: id").await;
    callee.sees("From: <sip:anonymous@anonymous.invalid>").await;
    assert!(!callee.messages().contains(&scene.carrier.number(1)), "{}", callee.messages());
    line.talks().await;
    line.nudge();
    line.ends_well().await;
    callee.ends_well().await;
}

#[tokio::test]
async fn a_carrier_is_told_who_calls() {
    let scene = Scene::new(Kind::Python).await;
    let (number, callee) = scene.outsider().await;
    let arguments = json!({
        "target": format!("4:{number}"), "callerNumber": scene.number, "callback": scene.callback(),
    });
    let created = scene.sdk.ask("create", arguments).await;
    callee.sees(&format!("P-Asserted-Identity: <sip:{}@", scene.number)).await;
    scene.app.event("CallConnected").await;
    scene.sdk.ask("hangUp", json!({ "connection": created["connection"] })).await;
    callee.ends_well().await;
}

#[tokio::test]
async fn baresip_hears_a_carrier_before_the_answer() {
    let world = world().await;
    let (name, carrier) = (world.phone(), world.carrier());
    let server = &world.platform.ready.sip.udp;
    let callee = Scenario::heard_early(carrier.address).start_listening().await;
    let mut baresip = Baresip::start(server, &name, &password_of(&name), 500, ";regint=60");
    baresip.shows("200 OK").await;
    baresip.types(&format!("/dial sip:{}@{server}", carrier.number(1))).await;
    callee.talks().await;
    callee.media.sing(1000.0);
    baresip.hears_tone(1000.0).await;
    baresip.types("/hangup").await;
    callee.ends_well().await;
}

#[tokio::test]
async fn baresip_is_called_over_tls_and_answers() {
    let scene = Scene::new(Kind::JavaScript).await;
    let name = scene.world.phone();
    let ready = &scene.world.platform.ready;
    let server = ready.sip.tls.as_ref().expect("SIP over TLS is on");
    let parameters = ";regint=60;transport=tls;answermode=auto";
    let baresip =
        Baresip::trusting(&ready.ca_certificate, server, &name, &password_of(&name), 500, parameters);
    baresip.shows("200 OK").await;
    joins_a_call_and_talks(&scene, &name, &baresip).await;
}

/// The application adds the phone `name` to a call of a carrier; the two hear each other, and it is removed.
async fn joins_a_call_and_talks(scene: &Scene, name: &str, baresip: &Baresip) {
    let call = scene.answers().await;
    let target = format!("4:{}", number_of(name));
    scene.ask("add", &call, json!({ "target": target, "callerNumber": scene.number })).await;
    scene.app.event("AddParticipantSucceeded").await;
    call.line.media.hears_tone(500.0).await;
    call.line.media.sing(1000.0);
    baresip.hears_tone(1000.0).await;
    scene.ask("remove", &call, json!({ "target": target })).await;
    scene.app.event("RemoveParticipantSucceeded").await;
}

#[tokio::test]
async fn a_phone_registers_with_its_password_and_not_with_another() {
    let world = world().await;
    let (name, here) = (world.phone(), "127.0.0.1".parse().expect("an address"));
    let server = &world.platform.ready.sip.udp;
    Scenario::register(here, server, &name, &password_of(&name), 200).start().ends_well().await;
    for (user, password) in [(name.as_str(), "guess"), ("nobody", "guess")] {
        let tried = Scenario::register(here, server, user, password, 403).start();
        tried.ends_well().await;
    }
}

#[tokio::test]
async fn a_phone_that_knows_sha_256_registers_with_it() {
    const CONFIGURATION: &str = r#"
        [sip]
        digest = "sha-256"

        [[tenants]]
        name = "Contoso"

        [[tenants.resources]]
        name = "contoso"

        [[tenants.phones]]
        name = "reception"
        password = "secret"
    "#;
    let platform = Platform::configured("sha-256", CONFIGURATION).await;
    // It answers the first of two challenges, which is the better one.
    let phone = SoftPhone::answering(&platform, "reception", "secret").start_registered().await;
    drop(phone);
    let guess = SoftPhone::answering(&platform, "reception", "guess").start();
    guess.shows("403").await;
}

#[tokio::test]
async fn a_caller_who_holds_hears_nothing_and_then_again_what_is_played() {
    let scene = Scene::new(Kind::Python).await;
    let line = Scenario::holds(scene.carrier.address, scene.server(), &scene.number)
        .calling_as(&scene.carrier.number(1))
        .start();
    let incoming = scene.app.event("IncomingCall").await;
    let call = scene.answer(line, &incoming).await;
    let music = json!({ "file": scene.app.tone_file(1000, 1.0) });
    scene.ask("play", &call, json!({ "sources": [music], "loop": true })).await;
    call.line.media.hears_tone(1000.0).await;

    call.line.nudge();
    call.line.sees("a=sendonly").await;
    call.line.media.hears_nobody().await;

    call.line.nudge();
    call.line.media.hears_tone(1000.0).await;
    scene.ask("hangUp", &call, json!({})).await;
    call.line.ends_well().await;
}

#[tokio::test]
async fn baresip_registers_calls_an_application_and_sound_goes_both_ways() {
    let scene = Scene::new(Kind::Python).await;
    let name = scene.world.phone();
    let mut baresip = Baresip::start(scene.server(), &name, &password_of(&name), 500, ";regint=60");
    baresip.shows("200 OK").await;
    baresip.types(&format!("/dial sip:{}@{}", scene.number, scene.server())).await;
    let incoming = scene.app.event("IncomingCall").await;
    assert_eq!(incoming.data()["from"]["rawId"], format!("4:{}", number_of(&name)));
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
    let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
    scene.app.event("CallConnected").await;

    let (number, other) = scene.outsider().await;
    let add =
        json!({ "connection": connection, "target": format!("4:{number}"), "callerNumber": scene.number });
    scene.sdk.ask("add", add).await;
    other.talks().await;
    other.media.hears_tone(500.0).await;
    other.media.sing(1000.0);
    baresip.hears_tone(1000.0).await;

    baresip.types("/hangup").await;
    scene
        .app
        .event_where("ParticipantsUpdated", |event| event.participants() == [format!("4:{number}")])
        .await;
    scene.sdk.ask("hangUp", json!({ "connection": connection, "everyone": true })).await;
    other.ends_well().await;
}

#[tokio::test]
async fn baresip_is_called_over_tcp_and_answers() {
    let scene = Scene::new(Kind::JavaScript).await;
    let name = scene.world.phone();
    let parameters = ";regint=60;transport=tcp;answermode=auto";
    let baresip =
        Baresip::start(&scene.world.platform.ready.sip.tcp, &name, &password_of(&name), 500, parameters);
    baresip.shows("200 OK").await;
    joins_a_call_and_talks(&scene, &name, &baresip).await;
}

#[tokio::test]
async fn a_phone_calls_another_and_transfers_it_to_a_third() {
    let world = world().await;
    let platform = &world.platform;
    let phone = |name: &str| SoftPhone::answering(platform, name, &password_of(name));
    let [alice, bob, carol] = [world.phone(), world.phone(), world.phone()];
    // Carol leaves after a while: long enough that both hear each other.
    let carol_phone = phone(&carol).saying(Sound::tone(1500.0, 30.0)).for_seconds(3).start_registered().await;
    let bob_phone = phone(&bob).saying(Sound::tone(1000.0, 30.0)).start_registered().await;
    let alice_phone = SoftPhone::dialing(platform, &alice, &password_of(&alice), &number_of(&bob))
        .option("--transfer", &format!("2s,{}", number_of(&carol)))
        .start();

    let memory = alice_phone.ends().await;
    assert!(memory.heard.seconds_of_tone(1000.0) > 1.0, "alice talked with bob first: {}", memory.report);
    assert_eq!(
        memory.report["endedBy"], "them",
        "alice is let go once carol has answered: {}",
        memory.report
    );
    let carol_memory = carol_phone.ends().await;
    let bob_memory = bob_phone.ends().await;
    assert!(bob_memory.heard.seconds_of_tone(1500.0) > 1.0, "bob heard carol");
    assert!(carol_memory.heard.seconds_of_tone(1000.0) > 1.0, "carol heard bob");
}

#[tokio::test]
async fn a_caller_who_gives_up_while_a_phone_rings_stops_its_ringing() {
    let world = world().await;
    let (name, carrier) = (world.phone(), world.carrier());
    let phone = SoftPhone::answering(&world.platform, &name, &password_of(&name)).option("--ring-for", "60s");
    let phone = phone.start_registered().await;
    let caller =
        Scenario::gives_up(carrier.address, &world.platform.ready.sip.udp, &number_of(&name)).start();
    caller.sees("180 Ringing").await;
    caller.nudge();
    caller.ends_well().await;
    phone.shows("CANCEL").await;
}
