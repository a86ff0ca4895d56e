//! Somebody sends sound to a call who is no part of it: nobody hears it, and nothing is sent to it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use conformance::intruder::{Guess, Intruder};
use conformance::media_end::{MediaEnd, SSRC};
use conformance::patience::until;
use conformance::scene::{Call, Scene};
use conformance::sdk::Kind;
use conformance::sipp::Sipp;
use serde_json::json;

const SHOUT: f64 = 2000.0;

/// Two people talk: 500 Hz one way, 1000 Hz the other.
async fn conversation() -> (Scene, Call, Sipp) {
    let scene = Scene::new(Kind::Python).await;
    let call = scene.answers().await;
    let (_, other) = scene.brings_in(&call).await;
    call.line.media.sing(500.0);
    other.media.sing(1000.0);
    call.line.media.hears_tone(1000.0).await;
    other.media.hears_tone(500.0).await;
    (scene, call, other)
}

/// The ports beside a media port as well: who guesses one, guesses its neighbors.
fn around(media: SocketAddr) -> Vec<SocketAddr> {
    (-4..=4).map(|step| SocketAddr::new(media.ip(), media.port().wrapping_add_signed(step * 2))).collect()
}

fn stranger(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 66, 66, last).into()
}

/// From now on for some seconds: each hears the other without a gap, and never the intruder.
async fn nothing_changes(call: &Call, other: &Sipp, intruder: &Intruder) {
    let ends = [(&call.line.media, 1000.0), (&other.media, 500.0)];
    let marks = ends.map(|(end, _)| end.now());
    let before = intruder.sent();
    until("two seconds of an intruder", || intruder.sent() > before + 100).await;
    for ((end, tone), mark) in ends.into_iter().zip(marks) {
        let heard = |seconds: f64| end.since(mark).duration() > seconds;
        until("two seconds of sound", || heard(1.8)).await;
        let sound = end.since(mark);
        assert!(sound.seconds_with_tone(tone) > sound.duration() - 0.1, "the sound of {tone} Hz is broken");
        assert!(sound.seconds_with_tone(SHOUT) < 0.01, "the intruder is heard");
    }
    assert_eq!(intruder.received(), 0, "something was sent to the intruder");
}

#[tokio::test]
async fn a_third_address_in_mid_call_is_neither_heard_nor_answered() {
    let (_scene, call, other) = conversation().await;
    let ports = [far_end(&call.line.media), far_end(&other.media)];
    let targets: Vec<SocketAddr> = ports.into_iter().flat_map(around).collect();
    // First as anybody, then as the phone itself would, number for number.
    let anybody = Guess { ssrc: 0xbad, sequence: 1, timestamp: 1, payload_type: 0 };
    let intruder = Intruder::sends(stranger(1), targets.clone(), SHOUT, anybody);
    nothing_changes(&call, &other, &intruder).await;
    drop(intruder);
    let phone = Guess { ssrc: SSRC, sequence: 200, timestamp: 200 * 160, payload_type: 0 };
    let intruder = Intruder::sends(stranger(2), targets, SHOUT, phone);
    nothing_changes(&call, &other, &intruder).await;
}

#[tokio::test]
async fn a_stranger_gets_nothing_of_a_call_whose_phone_sends_nothing() {
    let scene = Scene::new(Kind::Python).await;
    let (line, incoming) = scene.is_called().await;
    line.media.only_listen();
    let arguments = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
    let connection = scene.sdk.ask("answer", arguments).await["connection"].clone();
    scene.app.event("CallConnected").await;
    let media = line.far_media().await;
    let guess = Guess { ssrc: 0xbad, sequence: 1, timestamp: 1, payload_type: 0 };
    let intruder = Intruder::sends(stranger(3), around(media), SHOUT, guess);
    until("half a second of an intruder", || intruder.sent() > 25).await;
    let file = json!([{ "file": scene.app.tone_file(1000, 1.0) }]);
    scene.sdk.ask("play", json!({ "connection": connection, "sources": file, "loop": true })).await;
    line.media.hears_tone(1000.0).await;
    assert_eq!(intruder.received(), 0, "the stranger hears the call");
}

fn far_end(media: &MediaEnd) -> SocketAddr {
    media.far_end().expect("the conversation has begun")
}
