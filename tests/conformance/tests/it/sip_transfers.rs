//! Phones and trunks that send calls on: REFER both ways, Replaces, and for whom a call was meant.

use std::net::IpAddr;

use conformance::baresip::Baresip;
use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;
use conformance::world::{number_of, password_of, world};
use serde_json::json;

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn a_phone_with_two_calls_brings_both_together() {
    let world = world().await;
    let (platform, server) = (&world.platform, &world.platform.ready.sip.udp);
    let [alice, bob, carol] = [world.phone(), world.phone(), world.phone()];
    let parameters = ";regint=60;answermode=auto";
    let bob_phone = Baresip::start(server, &bob, &password_of(&bob), 500, parameters);
    bob_phone.shows("200 OK").await;
    let carol_phone = SoftPhone::answering(platform, &carol, &password_of(&carol));
    // Carol leaves after a while: long enough that both hear each other.
    let carol_phone = carol_phone.saying(Sound::tone(1500.0, 60.0)).for_seconds(4).start_registered().await;
    let numbers = [number_of(&bob), number_of(&carol)];
    let alice_phone =
        Scenario::brings_together(HERE, server, (&alice, &password_of(&alice)), [&numbers[0], &numbers[1]])
            .start();
    alice_phone.talks().await;
    alice_phone.media.hears_tone(500.0).await;

    alice_phone.nudge();
    alice_phone.sees("Call-ID: second///").await;
    carol_phone.shows("ACK").await;
    alice_phone.nudge();

    alice_phone.sees("SIP/2.0 200 OK").await;
    bob_phone.hears_tone(1500.0).await;
    let notified = alice_phone.messages();
    alice_phone.ends_well().await;
    assert!(notified.contains("Refer-To"), "{notified}");
    assert!(carol_phone.ends().await.heard.seconds_of_tone(500.0) > 0.5, "carol heard bob");
}

#[tokio::test]
async fn a_phone_takes_the_place_of_another_in_its_call() {
    let world = world().await;
    let server = &world.platform.ready.sip.udp;
    let [alice, bob, dave] = [world.phone(), world.phone(), world.phone()];
    let bob_phone = Baresip::start(server, &bob, &password_of(&bob), 500, ";regint=60;answermode=auto");
    bob_phone.shows("200 OK").await;
    let alice_phone = Scenario::phone(HERE, server, &alice, &password_of(&alice), &number_of(&bob)).start();
    alice_phone.talks().await;
    alice_phone.media.hears_tone(500.0).await;

    let replaces = format!("Replaces: {}", alice_phone.dialog());
    let dave_phone = Scenario::phone(HERE, server, &dave, &password_of(&dave), &number_of(&alice));
    let dave_phone = dave_phone.header("Require: replaces").header(&replaces).start();

    dave_phone.talks().await;
    alice_phone.ends_well().await;
    dave_phone.media.sing(1000.0);
    dave_phone.media.hears_tone(500.0).await;
    bob_phone.hears_tone(1000.0).await;
    dave_phone.nudge();
    dave_phone.ends_well().await;
}

#[tokio::test]
async fn a_carrier_transfers_its_caller_and_is_told_how_it_goes() {
    let world = world().await;
    let (server, carrier) = (&world.platform.ready.sip.udp, world.carrier());
    let [bob, carol] = [world.phone(), world.phone()];
    let bob_phone = Baresip::start(server, &bob, &password_of(&bob), 1000, ";regint=60;answermode=auto");
    bob_phone.shows("200 OK").await;
    let carol_phone = SoftPhone::answering(&world.platform, &carol, &password_of(&carol));
    // Carol leaves after a while: long enough that both hear each other.
    let carol_phone = carol_phone.saying(Sound::tone(1500.0, 60.0)).for_seconds(4).start_registered().await;
    let line = Scenario::transfers(carrier.address, server, &number_of(&bob), &number_of(&carol)).start();
    line.talks().await;
    line.media.hears_tone(1000.0).await;
    line.nudge();
    line.sees("SIP/2.0 100 Trying").await;
    line.sees("Subscription-State: terminated").await;
    line.ends_well().await;
    bob_phone.hears_tone(1500.0).await;
    assert!(carol_phone.ends().await.heard.seconds_of_tone(1000.0) > 0.5, "carol heard bob");
}

with_each_sdk! {
    async fn a_carrier_takes_a_transferred_call_away(scene: Scene) {
        let carrier = scene.world.special_carrier();
        let line = Scenario::is_referred(carrier.address, scene.server(), &scene.number, 200, "OK");
        let line = line.calling_as(&carrier.number(1)).start();
        let incoming = scene.app.event("IncomingCall").await;
        let call = scene.answer(line, &incoming).await;

        let target = format!("4:{}", carrier.number(2));
        let headers = json!({ "User-To-User": "616263;encoding=hex" });
        let arguments = json!({ "target": target, "headers": headers, "operationContext": "away" });
        scene.ask("transfer", &call, arguments).await;
        call.line.sees("Refer-To: <sip:").await;
        let messages = call.line.messages();
        assert!(messages.contains(&format!("Refer-To: <sip:{}@", carrier.number(2))), "{messages}");
        assert!(messages.contains("?User-To-User=616263%3Bencoding%3Dhex>")
            || messages.contains("?User-to-User=616263%3Bencoding%3Dhex>"), "{messages}");
        assert!(messages.contains(&format!("Referred-By: <sip:{}@", scene.number)), "{messages}");
        call.line.sees("SIP/2.0 100 Trying").await;
        assert!(!scene.app.kinds().iter().any(|kind| kind.ends_with("CallTransferAccepted")));
        call.line.nudge();

        let accepted = scene.app.event_of("CallTransferAccepted", "away").await;
        assert_eq!(accepted.data()["transferTarget"]["rawId"], target);
        scene.app.event("CallDisconnected").await;
        call.line.ends_well().await;
        scene.sdk_reads_every_event().await;
    }
}

#[tokio::test]
async fn a_carrier_that_cannot_reach_the_target_leaves_the_caller_with_the_application() {
    let scene = Scene::new(Kind::Python).await;
    let carrier = scene.world.special_carrier();
    let line = Scenario::is_referred(carrier.address, scene.server(), &scene.number, 486, "Busy Here");
    let line = line.calling_as(&carrier.number(1)).start();
    let incoming = scene.app.event("IncomingCall").await;
    let call = scene.answer(line, &incoming).await;
    scene.ask("transfer", &call, json!({ "target": format!("4:{}", carrier.number(2)) })).await;
    call.line.sees("SIP/2.0 100 Trying").await;
    call.line.nudge();

    let failed = scene.app.event("CallTransferFailed").await;

    assert_eq!(failed.result(), (486, 8539));
    let file = json!({ "file": scene.app.tone_file(1000, 0.6) });
    scene.ask("play", &call, json!({ "sources": [file] })).await;
    call.line.media.hears_tone(1000.0).await;
    scene.ask("hangUp", &call, json!({})).await;
    call.line.ends_well().await;
}

#[tokio::test]
async fn whom_a_call_is_redirected_to_learns_the_number_that_was_dialled() {
    let scene = Scene::new(Kind::JavaScript).await;
    for (carrier, seen) in [
        (scene.world.carrier(), format!("History-Info: <sip:{}@", scene.number)),
        (scene.world.special_carrier(), format!("Diversion: <sip:{}@", scene.number)),
    ] {
        let callee = Scenario::callee(carrier.address).start_listening().await;
        let line = Scenario::caller(carrier.address, scene.server(), &scene.number);
        let line = line.calling_as(&carrier.number(1)).start();
        let from = carrier.number(1);
        let incoming = scene
            .app
            .event_where("IncomingCall", |event| event.data()["from"]["rawId"] == format!("4:{from}"));
        let incoming = incoming.await;
        let target = format!("4:{}", carrier.number(2));
        let arguments = json!({ "context": incoming.text("incomingCallContext"), "target": target });
        scene.sdk.ask("redirect", arguments).await;
        callee.sees(&seen).await;
        line.talks().await;
        callee.talks().await;
        callee.media.sing(400.0);
        line.media.hears_tone(400.0).await;
        line.nudge();
        line.ends_well().await;
        callee.ends_well().await;
    }
}
