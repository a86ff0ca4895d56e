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
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (server, client) = tls("localhost");
    let mut setting = Setting::default();
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
    port: u16,
}

impl Carrier {
    async fn is_called(policy: Option<MediaEncryption>) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (server, client) = tls(CARRIER);
        let listener = TcpListener::bind((CARRIER, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut setting = Setting {
            carrier_port: port,
            carrier_transport: SipTransport::Tls,
            dialect: TrunkDialect { media_encryption: policy, ..TrunkDialect::default() },
            ..Setting::default()
        };
        setting.config.tls_client = Some(Arc::new(client));
        let mut world = World::with(setting).await;
        let leg = world.dial(to_carrier("+498912345"));
        let (stream, _) = listener.accept().await.unwrap();
        let stream = TlsAcceptor::from(Arc::new(server)).accept(stream).await.unwrap();
        Self { world, line: Line::new(stream), leg, port }
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
        let contact = format!("Contact: <sip:{CARRIER}:{};transport=tls>", self.port);
        let reply = format!(
            "SIP/2.0 {status}\r\n{copied}{};tag=1\r\n{contact}\r\nContent-Length: 0\r\n\r\n",
            to(request)
        );
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
