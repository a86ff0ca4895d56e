//! Trunks: whether they answer, who we are there, and where we are.

use std::time::Duration;

use call_engine::{EndCause, LegReport};
use sip_edge::{Registration, TrunkPing, TrunkState};
use tenant::TrunkAccount;

use crate::peer::{Message, Peer};
use crate::world::{Setting, World, to_carrier};

const NUMBER: &str = "+498912345";

fn account(registers: bool) -> Option<TrunkAccount> {
    let password = Box::<str>::from("secret").into();
    Some(TrunkAccount { username: "contoso".into(), password, registers })
}

async fn world_with_carrier(mut setting: Setting) -> (World, Peer) {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    setting.carrier_port = carrier.local.port();
    let world = World::with(setting).await;
    carrier.set_server(world.udp());
    (world, carrier)
}

fn pinging() -> Setting {
    let mut setting = Setting::default();
    setting.config.trunk_ping = Some(TrunkPing {
        every: Duration::from_millis(20),
        patience: Duration::from_secs(1),
        down_after: 2,
        up_after: 2,
    });
    setting
}

fn state(world: &World) -> TrunkState {
    world.edge.trunks()[0].state
}

/// The next OPTIONS that is no repetition.
async fn next_ping(carrier: &mut Peer, last: &mut Option<String>) -> Message {
    loop {
        let ping = carrier.expect("OPTIONS").await;
        let call = ping.header("Call-ID");
        if call != *last {
            *last = call;
            return ping;
        }
    }
}

#[tokio::test]
async fn calls_to_a_trunk_that_is_down_fail_at_once() {
    let (mut world, mut carrier) = world_with_carrier(pinging()).await;
    let mut last = None;
    assert_eq!(state(&world), TrunkState::Unknown);
    let ping = next_ping(&mut carrier, &mut last).await;
    assert!(ping.0.starts_with("OPTIONS sip:127.0.0.2"), "{}", ping.0);
    carrier.reply(&ping, "404 Not Found", "", "").await;
    // When the next one is sent, this answer has been heard.
    next_ping(&mut carrier, &mut last).await;
    assert_eq!(state(&world), TrunkState::Up, "whatever it answers, it is there");
    // That one is not answered: once may be chance.
    next_ping(&mut carrier, &mut last).await;
    assert_eq!(state(&world), TrunkState::Up);
    let ping = next_ping(&mut carrier, &mut last).await;
    assert_eq!(state(&world), TrunkState::Down);
    let leg = world.dial(to_carrier(NUMBER));
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);

    carrier.reply(&ping, "200 OK", "", "").await;
    let ping = next_ping(&mut carrier, &mut last).await;
    assert_eq!(state(&world), TrunkState::Down, "once may be chance");
    carrier.reply(&ping, "200 OK", "", "").await;
    next_ping(&mut carrier, &mut last).await;
    assert_eq!(state(&world), TrunkState::Up);
    assert!(world.edge.trunks()[0].since_us > 0);
}

#[tokio::test]
async fn a_trunk_may_ask_whether_we_are_there() {
    let (_world, mut carrier) = world_with_carrier(Setting::default()).await;
    carrier.ask("OPTIONS", "x", "", "").await;
    let answer = carrier.expect_answer_to("OPTIONS").await;
    assert_eq!(answer.header("Supported").as_deref(), Some("100rel, histinfo, replaces, timer"));
}

#[tokio::test]
async fn a_trunk_that_challenges_gets_our_password() {
    let (mut world, mut carrier) =
        world_with_carrier(Setting { account: account(false), ..Setting::default() }).await;
    let leg = world.dial(to_carrier(NUMBER));
    let invite = carrier.expect("INVITE").await;
    let challenge =
        "Proxy-Authenticate: Digest realm=\"carrier\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"\r\n";
    carrier.reply(&invite, "407 Proxy Authentication Required", challenge, "").await;
    carrier.expect("ACK").await;
    let again = carrier.expect("INVITE").await;
    let proof = again.header("Proxy-Authorization").unwrap();
    assert!(proves(&proof, "INVITE"), "{proof}");
    let answer = carrier.offer("sendrecv");
    carrier.reply(&again, "200 OK", "", &answer).await;
    carrier.expect("ACK").await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}

#[tokio::test]
async fn a_trunk_that_asks_for_sha_256_gets_it() {
    let (mut world, mut carrier) =
        world_with_carrier(Setting { account: account(false), ..Setting::default() }).await;
    world.dial(to_carrier(NUMBER));
    let invite = carrier.expect("INVITE").await;
    let challenges = ["SHA-512-256", "SHA-256", "MD5"].map(|algorithm| {
        format!("WWW-Authenticate: Digest realm=\"carrier\", nonce=\"abc\", algorithm={algorithm}, qop=\"auth\"\r\n")
    });
    carrier.reply(&invite, "401 Unauthorized", &challenges.concat(), "").await;
    carrier.expect("ACK").await;
    let again = carrier.expect("INVITE").await;
    let proof = again.header("Authorization").unwrap();
    assert!(proof.contains("algorithm=SHA-256,") || proof.ends_with("algorithm=SHA-256"), "{proof}");
    let response = proof.split("response=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert_eq!(response.len(), 64, "{proof}");
}

#[tokio::test]
async fn a_trunk_that_does_not_believe_us_refuses_once() {
    let (mut world, mut carrier) =
        world_with_carrier(Setting { account: account(false), ..Setting::default() }).await;
    let leg = world.dial(to_carrier(NUMBER));
    let challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"abc\"\r\n";
    for _ in 0..2 {
        let invite = carrier.expect("INVITE").await;
        carrier.reply(&invite, "401 Unauthorized", challenge, "").await;
        carrier.expect("ACK").await;
    }
    assert_eq!(world.ended(leg).await.cause, EndCause::Forbidden);
}

#[tokio::test]
async fn we_register_with_a_trunk_and_stay_registered() {
    let (mut world, mut carrier) =
        world_with_carrier(Setting { account: account(true), ..Setting::default() }).await;
    let register = carrier.expect("REGISTER").await;
    assert_eq!(world.edge.trunks()[0].registration, Registration::Failed, "not yet");
    assert!(register.header("To").unwrap().starts_with("<sip:contoso@127.0.0.2"), "{}", register.0);
    let challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"abc\", qop=\"auth\"\r\n";
    carrier.reply(&register, "401 Unauthorized", challenge, "").await;
    let again = carrier.expect("REGISTER").await;
    let proof = again.header("Authorization").unwrap();
    assert!(proves(&proof, "REGISTER"), "{proof}");
    let contact = again.header("Contact").unwrap();
    assert!(contact.contains("contoso@127.0.0.1"), "{contact}");
    carrier.reply(&again, "200 OK", "Expires: 2\r\n", "").await;
    // It is refreshed before the two seconds are over.
    let refresh = carrier.expect("REGISTER").await;
    assert_eq!(world.edge.trunks()[0].registration, Registration::Registered);
    assert_eq!(refresh.header("Call-ID"), again.header("Call-ID"));

    // Calls come to our Contact; whom they are for is in To.
    let offer = carrier.offer("sendrecv");
    let invite = carrier.request("INVITE", "+14255550100", "", &offer);
    let to_us = format!("INVITE sip:contoso@{}", world.udp());
    carrier.send(&invite.replacen(&format!("INVITE sip:+14255550100@{}", world.udp()), &to_us, 1)).await;
    let (leg, invitation) = world.invitation().await;
    assert_eq!(&**invitation.dialled.expose(), "+14255550100");
    world.ask(leg, call_engine::LegRequest::Reject(call_engine::RejectReason::Busy));

    // A platform that stops is not called any more.
    let edge = world.edge.clone();
    let stopped = tokio::spawn(async move { edge.stop(Duration::from_secs(10)).await });
    let mut farewell = carrier.expect_request("REGISTER").await;
    while farewell.header("Expires").as_deref() != Some("0") {
        farewell = carrier.expect_request("REGISTER").await;
    }
    carrier.reply(&farewell, "200 OK", "", "").await;
    stopped.await.unwrap();
}

/// Whether this is the digest of our password.
fn proves(proof: &str, method: &str) -> bool {
    let value = |name: &str| {
        let (_, rest) = proof.split_once(&format!("{name}="))?;
        let end = rest.find(',').unwrap_or(rest.len());
        Some(rest[..end].trim_matches('"').to_owned())
    };
    let get = |name: &str| value(name).unwrap_or_default();
    let hash = crate::registration::md5;
    let secret = hash("contoso:carrier:secret");
    let request = hash(&format!("{method}:{}", get(" uri")));
    let (nonce, count, own) = (get(" nonce"), get(" nc"), get("cnonce"));
    get(" response") == hash(&format!("{secret}:{nonce}:{count}:{own}:auth:{request}"))
}
