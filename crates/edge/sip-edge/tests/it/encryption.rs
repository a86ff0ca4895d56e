//! Keys for sound: who gets some, who is refused, and what becomes of calls without them.

use std::sync::Arc;

use call_engine::{EndCause, LegReport, LegRequest};
use identifier::LegId;
use rustls::pki_types::ServerName;
use sip_edge::TlsListen;
use tenant::{MediaEncryption, SipTransport, TrunkDialect};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

use crate::peer::Peer;
use crate::session_timer::short;
use crate::streams::{Line, request, tls};
use crate::world::{CARRIER, Setting, World, to_carrier};

const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
const OTHER_KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

fn description(protocol: &str, keys: &str) -> String {
    let keys = keys.replace("KEY", KEY).replace("OTHER", OTHER_KEY);
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 {protocol} 8\r\n{keys}"
    )
}

fn with_body(message: &str, body: &str) -> String {
    message.replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
    )
}

const SECURE: &str = "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31\r\n";

/// Somebody who calls over TLS: a trunk, if the policy is one of a trunk.
async fn caller(policy: Option<MediaEncryption>) -> (World, Line<client::TlsStream<TcpStream>>) {
    caller_of(policy, Setting::default()).await
}

async fn caller_of(
    policy: Option<MediaEncryption>,
    mut setting: Setting,
) -> (World, Line<client::TlsStream<TcpStream>>) {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (server, client) = tls("localhost");
    let address = "127.0.0.1:0".parse().unwrap();
    setting.config.tls = Some(TlsListen { address, server: Arc::new(server) });
    setting.config.strangers = policy.is_none();
    if policy.is_some() {
        setting.carrier = "127.0.0.1".parse().unwrap();
        setting.carrier_transport = SipTransport::Tls;
    }
    setting.dialect = TrunkDialect { media_encryption: policy, ..TrunkDialect::default() };
    let world = World::with(setting).await;
    let stream = TcpStream::connect(world.edge.addresses().tls.unwrap()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await.unwrap();
    (world, Line::new(stream))
}

/// The final answer to what was asked last.
async fn final_answer(line: &mut Line<client::TlsStream<TcpStream>>) -> String {
    loop {
        let answer = line.message().await;
        if !answer.starts_with("SIP/2.0 1") {
            return answer;
        }
    }
}

/// Calls with this offer, and is answered.
async fn answered(
    world: &mut World,
    line: &mut Line<client::TlsStream<TcpStream>>,
    offer: &str,
) -> (LegId, String) {
    line.write(with_body(&request("INVITE", "TLS"), offer).as_bytes()).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let answer = final_answer(line).await;
    assert!(answer.starts_with("SIP/2.0 200"), "{answer}");
    acknowledge(line, &answer, 1).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    (leg, answer)
}

fn to(answer: &str) -> &str {
    answer.lines().find(|line| line.starts_with("To:")).unwrap()
}

async fn acknowledge(line: &mut Line<client::TlsStream<TcpStream>>, answer: &str, number: u32) {
    let ack = request("INVITE", "TLS").replace("INVITE", "ACK").replace("bK", &format!("bKack{number}"));
    let ack = ack.replace("CSeq: 1", &format!("CSeq: {number}"));
    line.write(ack.replace("To: <sip:+14255550100@localhost>", to(answer)).as_bytes()).await;
}

#[tokio::test]
async fn a_caller_over_tls_gets_the_key_it_asks_for() {
    for protocol in ["RTP/SAVP", "RTP/AVP"] {
        let (mut world, mut line) = caller(None).await;
        let (leg, answer) = answered(&mut world, &mut line, &description(protocol, SECURE)).await;
        assert!(answer.contains(&format!("{protocol} 8\r\n")), "{answer}");
        assert!(answer.contains("a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"), "{answer}");
        assert!(!answer.contains(KEY), "{answer}");
        assert!(world.media.connected(leg).unwrap().keys.is_some());
    }
}

#[tokio::test]
async fn a_caller_over_tls_without_keys_is_answered_without() {
    let (mut world, mut line) = caller(None).await;
    let (leg, answer) = answered(&mut world, &mut line, &description("RTP/AVP", "")).await;
    assert!(!answer.contains("a=crypto"), "{answer}");
    assert!(world.media.connected(leg).unwrap().keys.is_none());
}

#[tokio::test]
async fn a_caller_changes_its_key_and_ours_stays() {
    let (mut world, mut line) = caller(None).await;
    let (leg, answer) = answered(&mut world, &mut line, &description("RTP/SAVP", SECURE)).await;
    let before = world.media.connected(leg).unwrap().keys.unwrap();
    let invite = request("INVITE", "TLS").replace("bK", "bKagain").replace("CSeq: 1", "CSeq: 2");
    let invite = invite.replace("To: <sip:+14255550100@localhost>", to(&answer));
    let offer = description("RTP/SAVP", &SECURE.replace("KEY", "OTHER")).replace(" 4000 ", " 4002 ");
    line.write(with_body(&invite, &offer).as_bytes()).await;
    let again = final_answer(&mut line).await;
    assert!(again.starts_with("SIP/2.0 200"), "{again}");
    let crypto = |text: &str| text.lines().find(|line| line.starts_with("a=crypto")).unwrap().to_owned();
    assert_eq!(crypto(&answer), crypto(&again));
    acknowledge(&mut line, &again, 2).await;
    world.media.flows_to(leg, 4_002).await;
    let after = world.media.connected(leg).unwrap().keys.unwrap();
    assert_eq!(before.own, after.own);
    assert_ne!(before.remote, after.remote);
}

/// Where somebody listens in plain, and what it has been sent.
struct Plain(tokio::net::UdpSocket);

impl Plain {
    async fn new() -> Self {
        Self(tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap())
    }

    /// As a Contact names it.
    fn contact(&self) -> String {
        format!("<sip:peer@{}>", self.0.local_addr().unwrap())
    }

    fn was_sent(&self) -> Option<String> {
        let mut buffer = vec![0; 65_535];
        let length = self.0.try_recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }
}

/// A request of a caller within its dialog, with this Contact.
fn in_dialog(method: &str, number: u32, answer: &str, contact: &str) -> String {
    let request = request(method, "TLS").replace("bK", &format!("bK{number}"));
    let request = request.replace("CSeq: 1", &format!("CSeq: {number}"));
    let request = request.replace("<sip:peer@127.0.0.1:5999;transport=TLS>", contact);
    request.replace("To: <sip:+14255550100@localhost>", to(answer))
}

/// In all that follows the session is refreshed each second, by a re-INVITE that has our keys in it.
#[tokio::test]
async fn a_caller_over_tls_who_moves_to_udp_is_reached_over_tls_or_not_at_all() {
    for method in ["INVITE", "UPDATE", "at once"] {
        let (mut world, mut line) = caller_of(None, short(2)).await;
        let plain = Plain::new().await;
        let timer = "Supported: timer\r\nSession-Expires: 2;refresher=uas\r\nAllow: INVITE, ACK, BYE\r\nContent-Length";
        let mut invite = request("INVITE", "TLS").replace("Content-Length", timer);
        if method == "at once" {
            invite = invite.replace("<sip:peer@127.0.0.1:5999;transport=TLS>", &plain.contact());
        }
        line.write(with_body(&invite, &description("RTP/SAVP", SECURE)).as_bytes()).await;
        let (leg, _) = world.invitation().await;
        world.ask(leg, LegRequest::Answer);
        let answer = final_answer(&mut line).await;
        acknowledge(&mut line, &answer, 1).await;
        assert_eq!(world.report(leg).await, LegReport::Answered);
        if method != "at once" {
            let moves = in_dialog(method, 2, &answer, &plain.contact()).replace("Content-Length", timer);
            let moves =
                if method == "INVITE" { with_body(&moves, &description("RTP/SAVP", SECURE)) } else { moves };
            line.write(moves.as_bytes()).await;
            let moved = final_answer(&mut line).await;
            assert!(moved.starts_with("SIP/2.0 200"), "{moved}");
            if method == "INVITE" {
                acknowledge(&mut line, &moved, 2).await;
            }
        }
        let refresh = line.message().await;
        assert!(refresh.starts_with("INVITE ") && refresh.contains("a=crypto"), "{refresh}");
        assert!(refresh.contains("SIP/2.0/TLS"), "{refresh}");
        let copied: String = refresh
            .lines()
            .filter(|line| {
                ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name))
            })
            .map(|line| format!("{line}\r\n"))
            .collect();
        let contact = plain.contact();
        let taken = format!(
            "SIP/2.0 200 OK\r\n{copied}Contact: {contact}\r\nSession-Expires: 2;refresher=uac\r\nContent-Length: 0\r\n\r\n"
        );
        line.write(with_body(&taken, &description("RTP/SAVP", SECURE)).as_bytes()).await;
        assert!(line.message().await.starts_with("ACK "));

        // Without its connection there is nothing but the place that it named.
        drop(line);
        let outcome = world.ended(leg).await;
        assert_eq!(outcome.cause, EndCause::Unreachable);
        world.edge.stop(crate::world::PATIENCE).await;
        assert_eq!(plain.was_sent(), None, "after {method}");
    }
}

#[tokio::test]
async fn a_trunk_that_must_encrypt_and_does_not_is_told_so() {
    let (mut world, mut line) = caller(Some(MediaEncryption::Required)).await;
    let invite = request("INVITE", "TLS");
    line.write(with_body(&invite, &description("RTP/AVP", "")).as_bytes()).await;
    let refused = final_answer(&mut line).await;
    assert!(refused.starts_with("SIP/2.0 488"), "{refused}");
    assert!(refused.contains("Warning: 399 ") && refused.contains("not encrypted"), "{refused}");
    assert!(world.has_no_invitation());
}

#[tokio::test]
async fn a_trunk_that_must_not_encrypt_gets_no_keys() {
    let (mut world, mut line) = caller(Some(MediaEncryption::None)).await;
    let (leg, answer) = answered(&mut world, &mut line, &description("RTP/AVP", SECURE)).await;
    assert!(!answer.contains("a=crypto"), "{answer}");
    assert!(world.media.connected(leg).unwrap().keys.is_none());
}

#[tokio::test]
async fn keys_do_not_travel_where_all_can_read_them() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    carrier.ask("INVITE", "+14255550100", "", &description("RTP/SAVP", SECURE)).await;
    let refused = carrier.expect("SIP/2.0 488").await;
    assert!(refused.header("Warning").is_some_and(|warning| warning.contains("keys")), "{}", refused.0);
    assert!(world.has_no_invitation());
    carrier.ack().await;

    let mut other = Peer::carrier(world.udp()).await;
    other.ask("INVITE", "+14255550100", "", &description("RTP/AVP", SECURE)).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let answer = other.expect("SIP/2.0 200").await;
    assert!(!answer.0.contains("crypto"), "{}", answer.0);
    assert!(world.media.connected(leg).unwrap().keys.is_none());
}

/// A carrier that is called over TLS.
struct Carrier {
    world: World,
    line: Line<server::TlsStream<TcpStream>>,
    leg: LegId,
    contact: String,
}

impl Carrier {
    async fn is_called(policy: Option<MediaEncryption>) -> Self {
        Self::is_called_by(policy, Setting::default()).await
    }

    async fn is_called_by(policy: Option<MediaEncryption>, setting: Setting) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (server, client) = tls(CARRIER);
        let listener = TcpListener::bind((CARRIER, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut setting = Setting {
            carrier_port: port,
            carrier_transport: SipTransport::Tls,
            dialect: TrunkDialect { media_encryption: policy, ..TrunkDialect::default() },
            ..setting
        };
        setting.config.tls_client = Some(Arc::new(client));
        let mut world = World::with(setting).await;
        let leg = world.dial(to_carrier("+498912345"));
        let (stream, _) = listener.accept().await.unwrap();
        let stream = TlsAcceptor::from(Arc::new(server)).accept(stream).await.unwrap();
        let contact = format!("<sip:{CARRIER}:{port};transport=tls>");
        Self { world, line: Line::new(stream), leg, contact }
    }

    async fn hears_of(&mut self, method: &str) -> String {
        loop {
            let message = self.line.message().await;
            assert!(!message.is_empty(), "the stream is open");
            if message.starts_with(method) {
                return message;
            }
        }
    }

    async fn replies(&mut self, request: &str, status: &str, body: &str) {
        let copied: String = request
            .lines()
            .filter(|line| ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let contact = format!("Contact: {}", self.contact);
        let to = to(request);
        let tag = if to.contains(";tag=") { "" } else { ";tag=1" };
        let reply =
            format!("SIP/2.0 {status}\r\n{copied}{to}{tag}\r\n{contact}\r\nContent-Length: 0\r\n\r\n");
        let reply = if body.is_empty() { reply } else { with_body(&reply, body) };
        self.line.write(reply.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_trunk_over_tls_is_offered_encrypted_sound_and_takes_it() {
    for policy in [None, Some(MediaEncryption::Required)] {
        let mut carrier = Carrier::is_called(policy).await;
        let invite = carrier.hears_of("INVITE").await;
        assert!(invite.contains(" RTP/SAVP ") && !invite.contains(" RTP/AVP "), "{invite}");
        let offered: Vec<&str> = invite.lines().filter(|line| line.starts_with("a=crypto:")).collect();
        assert!(offered[0].starts_with("a=crypto:1 AEAD_AES_128_GCM inline:"), "{offered:?}");
        assert!(offered[1].starts_with("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"), "{offered:?}");
        let answer = description("RTP/SAVP", "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY\r\n");
        carrier.replies(&invite, "200 OK", &answer).await;
        let Carrier { world, leg, .. } = &mut carrier;
        assert_eq!(world.report(*leg).await, LegReport::Answered);
        assert!(world.media.connected(*leg).unwrap().keys.is_some());
        carrier.hears_of("ACK").await;
    }
}

#[tokio::test]
async fn a_trunk_that_takes_no_encrypted_sound_is_asked_in_plain() {
    let mut carrier = Carrier::is_called(None).await;
    let invite = carrier.hears_of("INVITE").await;
    carrier.replies(&invite, "488 Not Acceptable Here", "").await;
    let again = carrier.hears_of("INVITE").await;
    assert!(again.contains(" RTP/AVP ") && !again.contains("a=crypto"), "{again}");
    carrier.replies(&again, "200 OK", &description("RTP/AVP", "")).await;
    let Carrier { world, leg, .. } = &mut carrier;
    assert_eq!(world.report(*leg).await, LegReport::Answered);
    assert!(world.media.connected(*leg).unwrap().keys.is_none());
}

#[tokio::test]
async fn a_trunk_that_must_encrypt_and_cannot_gets_no_call() {
    let mut carrier = Carrier::is_called(Some(MediaEncryption::Required)).await;
    let invite = carrier.hears_of("INVITE").await;
    carrier.replies(&invite, "488 Not Acceptable Here", "").await;
    let outcome = carrier.world.ended(carrier.leg).await;
    assert_eq!(outcome.cause, EndCause::NotAcceptable);

    let mut carrier = Carrier::is_called(Some(MediaEncryption::Required)).await;
    let invite = carrier.hears_of("INVITE").await;
    carrier.replies(&invite, "200 OK", &description("RTP/AVP", "")).await;
    let outcome = carrier.world.ended(carrier.leg).await;
    assert_eq!(outcome.cause, EndCause::NotAcceptable);
    assert!(carrier.world.media.connected(carrier.leg).is_none());
    carrier.hears_of("BYE").await;
}

#[tokio::test]
async fn a_trunk_over_tls_that_names_a_place_over_udp_is_reached_over_tls_or_not_at_all() {
    let mut carrier = Carrier::is_called_by(None, short(2)).await;
    let plain = Plain::new().await;
    carrier.contact = format!("{}\r\nSession-Expires: 2;refresher=uac", plain.contact());
    let invite = carrier.hears_of("INVITE").await;
    let answer = description("RTP/SAVP", "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:KEY\r\n");
    carrier.replies(&invite, "200 OK", &answer).await;
    assert_eq!(carrier.world.report(carrier.leg).await, LegReport::Answered);
    carrier.hears_of("ACK").await;
    let refresh = carrier.hears_of("INVITE").await;
    assert!(refresh.contains("a=crypto") && refresh.contains("SIP/2.0/TLS"), "{refresh}");
    carrier.replies(&refresh, "200 OK", &answer).await;
    carrier.hears_of("ACK").await;

    let Carrier { mut world, line, leg, .. } = carrier;
    drop(line);
    assert_eq!(world.ended(leg).await.cause, EndCause::Unreachable);
    world.edge.stop(crate::world::PATIENCE).await;
    assert_eq!(plain.was_sent(), None);
}
