//! Trunks: whether they answer, who we are there, and where we are.

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use call_engine::{EndCause, LegReport};
use sip_edge::{Registration, Resolver, TrunkPing, TrunkState};
use tenant::TrunkAccount;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::peer::{Message, Peer};
use crate::world::{CARRIER, PATIENCE, Setting, World, to_carrier};

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
        ..TrunkPing::default()
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

/// Knows one name, and how often it was asked for it.
#[derive(Debug, Default)]
struct Fed {
    addresses: Mutex<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Fed {
    fn says(&self, addresses: &[&str]) {
        *self.addresses.lock().unwrap() = addresses.iter().map(|address| address.parse().unwrap()).collect();
    }
}

#[async_trait]
impl Resolver for Fed {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        assert_eq!(host, SBC);
        self.asked.fetch_add(1, Ordering::Relaxed);
        let addresses = self.addresses.lock().unwrap().clone();
        if addresses.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(addresses) }
    }
}

const SBC: &str = "sbc.carrier.example";

/// A carrier that is known by its name, and where it was first.
async fn named_carrier(fresh: Duration) -> (World, Peer, Arc<Fed>) {
    let fed = Arc::new(Fed::default());
    fed.says(&[CARRIER]);
    let mut setting = Setting { carrier_host: Some(SBC), ..Setting::default() };
    setting.config.resolver = Arc::clone(&fed) as Arc<dyn Resolver>;
    setting.config.names_fresh = fresh;
    let (world, carrier) = world_with_carrier(setting).await;
    (world, carrier, fed)
}

#[tokio::test]
async fn a_trunk_is_called_by_its_name_where_it_is_now() {
    let (mut world, mut carrier, fed) = named_carrier(Duration::ZERO).await;
    let port = carrier.local.port();
    let elsewhere = UdpSocket::bind(("127.0.0.3", port)).await.unwrap();
    world.dial(to_carrier("+498912345"));
    let invite = carrier.expect("INVITE").await;
    assert!(invite.0.starts_with(&format!("INVITE sip:+498912345@{SBC}:{port} SIP/2.0")), "{}", invite.0);

    // It moves; an address that we cannot send to is no hindrance.
    fed.says(&["2001:db8::5", "127.0.0.3"]);
    world.dial(to_carrier("+498954321"));
    let mut buffer = vec![0; 65_535];
    let (length, _) = timeout(PATIENCE, elsewhere.recv_from(&mut buffer)).await.expect("a call").unwrap();
    let invite = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(invite.starts_with(&format!("INVITE sip:+498954321@{SBC}")), "{invite}");
}

#[tokio::test]
async fn a_name_is_asked_for_once_in_a_while_and_believed_while_nobody_answers() {
    let (mut world, mut carrier, fed) = named_carrier(Duration::from_secs(60)).await;
    for number in ["+498911111", "+498922222"] {
        world.dial(to_carrier(number));
        carrier.expect(&format!("INVITE sip:{number}")).await;
    }
    assert_eq!(fed.asked.load(Ordering::Relaxed), 1);

    let (mut world, mut carrier, fed) = named_carrier(Duration::ZERO).await;
    for number in ["+498911111", "+498922222", "+498933333"] {
        world.dial(to_carrier(number));
        carrier.expect(&format!("INVITE sip:{number}")).await;
        fed.says(&[]);
    }
    assert_eq!(fed.asked.load(Ordering::Relaxed), 2, "who does not answer is not asked for each call");
}

#[tokio::test]
async fn a_trunk_whose_name_nobody_knows_is_unreachable_at_once() {
    let (mut world, _carrier, fed) = named_carrier(Duration::ZERO).await;
    fed.says(&[]);
    let leg = world.dial(to_carrier("+498912345"));
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);
}
