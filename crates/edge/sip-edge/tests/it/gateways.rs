//! Calls that leave through session border controllers of customers: what they are told, and who is asked
//! next.

use std::time::{Duration, Instant};

use call_engine::{EndCause, LegReport};
use sip_edge::{TrunkPing, TrunkState};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::sbc::{Authority, OWN_NAME, Plan, Sbc, through};
use crate::streams::Line;

const FIRST: &str = "sbc1.contoso.example";
const SECOND: &str = "sbc2.contoso.example";
const NUMBER: &str = "+498912345";
const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

/// Answers what was asked; our tag is `sbc`.
async fn reply<S: AsyncRead + AsyncWrite + Unpin>(
    line: &mut Line<S>,
    request: &str,
    status: &str,
    body: &str,
) {
    let copied: String = request
        .lines()
        .filter(|line| ["Via:", "From:", "Call-ID:", "CSeq:"].iter().any(|name| line.starts_with(name)))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let to = request.lines().find(|line| line.starts_with("To:")).unwrap();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let contact = format!("Contact: <sip:{FIRST}:5061;transport=tls>\r\n");
    let answer = format!(
        "SIP/2.0 {status}\r\n{copied}{to};tag=sbc\r\n{contact}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    line.write(answer.as_bytes()).await;
}

fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
}

/// Two of them, and what is said of the first.
async fn two(said: impl FnOnce(&mut tenant::organization::Gateway)) -> (Plan, Sbc, Sbc) {
    let mut plan = Plan::new();
    let first = Sbc::at("127.0.0.4", 0, &plan.authority, &[FIRST]).await;
    let second = Sbc::at("127.0.0.5", 0, &plan.authority, &[SECOND]).await;
    plan.names.lead(FIRST, "127.0.0.4");
    plan.names.lead(SECOND, "127.0.0.5");
    plan.gateway(FIRST, first.port(), said).gateway(SECOND, second.port(), |_| {});
    (plan, first, second)
}

#[tokio::test]
async fn a_session_border_controller_sees_our_name_our_certificate_and_one_kind_of_key() {
    let (plan, first, _second) = two(|_| {}).await;
    let mut scene = plan.start().await;
    let leg = scene.world.dial(through(&[FIRST, SECOND], NUMBER));
    // It takes nobody without a certificate.
    let mut line = first.accept().await;
    let invite = line.message().await;
    let place = format!("{FIRST}:{}", first.port());
    assert!(
        invite.starts_with(&format!("INVITE sip:{NUMBER}@{place};transport=TLS;user=phone SIP/2.0")),
        "{invite}"
    );
    let port = scene.world.edge.addresses().tls.unwrap().port();
    assert_eq!(
        header(&invite, "Contact"),
        Some(&*format!("<sip:{OWN_NAME}:{port};transport=TLS>")),
        "{invite}"
    );
    let from = header(&invite, "From").unwrap();
    assert!(from.contains(&format!("<sip:+14255550100@{OWN_NAME};user=phone>")), "{from}");
    assert_eq!(header(&invite, "P-Asserted-Identity"), None, "From says it");
    assert!(invite.contains("m=audio") && invite.contains("RTP/SAVP"), "{invite}");
    let keys: Vec<&str> = invite.lines().filter(|line| line.starts_with("a=crypto:")).collect();
    assert!(
        matches!(keys[..], [key] if key.starts_with("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:")),
        "{keys:?}"
    );
    let answer = format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.4\r\ns=-\r\nc=IN IP4 127.0.0.4\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31\r\n"
    );
    reply(&mut line, &invite, "200 OK", &answer).await;
    assert!(line.message().await.starts_with("ACK "));
    assert_eq!(scene.world.report(leg).await, LegReport::Answered);
    assert!(scene.world.media.connected(leg).unwrap().keys.is_some(), "sound is encrypted");
}

#[tokio::test]
async fn who_asserts_to_a_session_border_controller_hides_the_caller_from_others() {
    let (plan, first, _second) = two(|gateway| gateway.forward_pai = true).await;
    let mut scene = plan.start().await;
    scene.world.dial(through(&[FIRST], NUMBER));
    let invite = first.accept().await.message().await;
    assert!(header(&invite, "From").unwrap().contains("<sip:anonymous@anonymous.invalid>"), "{invite}");
    let asserted = format!("<sip:+14255550100@{OWN_NAME};user=phone>");
    assert_eq!(header(&invite, "P-Asserted-Identity"), Some(&*asserted), "{invite}");
    assert_eq!(header(&invite, "Privacy"), Some("id"), "{invite}");
}

#[tokio::test]
async fn an_answer_that_its_owner_lists_leads_to_the_next_one_and_another_does_not() {
    for (status, is_next) in [("503 Service Unavailable", true), ("404 Not Found", true), ("500 Oops", false)]
    {
        let (plan, first, second) = two(|gateway| gateway.failover_codes = vec![503, 404]).await;
        let mut scene = plan.start().await;
        let leg = scene.world.dial(through(&[FIRST, SECOND], NUMBER));
        let mut line = first.accept().await;
        let invite = line.message().await;
        reply(&mut line, &invite, status, "").await;
        match is_next {
            true => assert!(second.accept().await.message().await.starts_with("INVITE "), "{status}"),
            false => {
                assert_eq!(scene.world.ended(leg).await.sip.unwrap().code, 500);
                assert!(second.is_alone().await);
            }
        }
    }
}

#[tokio::test]
async fn who_keeps_silent_for_as_long_as_its_owner_allows_is_followed_by_the_next_one() {
    let (plan, first, second) = two(|gateway| gateway.failover_seconds = 1).await;
    let mut scene = plan.start().await;
    let began = Instant::now();
    let leg = scene.world.dial(through(&[FIRST, SECOND], NUMBER));
    let mut silent = first.accept().await;
    assert!(silent.message().await.starts_with("INVITE "));
    let mut line = second.accept().await;
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(1) && waited < Duration::from_secs(5), "{waited:?}");
    let invite = line.message().await;
    reply(&mut line, &invite, "486 Busy Here", "").await;
    assert_eq!(scene.world.ended(leg).await.cause, EndCause::Busy);
}

#[tokio::test]
async fn who_is_at_it_is_waited_for() {
    let (plan, first, second) = two(|gateway| gateway.failover_seconds = 1).await;
    let mut scene = plan.start().await;
    let leg = scene.world.dial(through(&[FIRST, SECOND], NUMBER));
    let mut line = first.accept().await;
    let invite = line.message().await;
    reply(&mut line, &invite, "183 Session Progress", "").await;
    assert_eq!(scene.world.report(leg).await, LegReport::Ringing);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(second.is_alone().await);
    reply(&mut line, &invite, "486 Busy Here", "").await;
    assert_eq!(scene.world.ended(leg).await.cause, EndCause::Busy);
}

#[tokio::test]
async fn who_is_not_there_or_somebody_else_is_passed_over() {
    // Nobody listens; somebody does, with the certificate of another, and with one of nobody whom we trust.
    for case in ["away", "another", "untrusted"] {
        let mut plan = Plan::new();
        let authority = Authority::new();
        let first = match case {
            "untrusted" => Sbc::at("127.0.0.4", 0, &authority, &[FIRST]).await,
            _ => Sbc::at("127.0.0.4", 0, &plan.authority, &["sbc.other.example"]).await,
        };
        let second = Sbc::at("127.0.0.5", 0, &plan.authority, &["*.contoso.example"]).await;
        plan.names.lead(FIRST, if case == "away" { "127.0.0.6" } else { "127.0.0.4" });
        plan.names.lead(SECOND, "127.0.0.5");
        plan.gateway(FIRST, first.port(), |_| {}).gateway(SECOND, second.port(), |_| {});
        let mut scene = plan.start().await;
        scene.world.dial(through(&[FIRST, SECOND], NUMBER));
        let refused = async {
            if case != "away" {
                assert!(first.try_accept().await.is_err(), "{case}");
            }
        };
        let ((), mut line) = tokio::join!(refused, second.accept());
        assert!(line.message().await.starts_with("INVITE "), "{case}");
    }
}

#[tokio::test]
async fn a_name_of_a_customer_leads_to_no_private_network_however_often_it_changes() {
    let mut plan = Plan::new();
    let sbc = Sbc::at("127.0.0.5", 0, &plan.authority, &[FIRST]).await;
    let inside = Sbc::at("127.0.0.77", sbc.port(), &plan.authority, &[FIRST]).await;
    plan.gateway(FIRST, sbc.port(), |_| {});
    plan.names.lead(FIRST, "127.0.0.5");
    let mut scene = plan.start().await;
    let leg = scene.world.dial(through(&[FIRST], NUMBER));
    let mut line = sbc.accept().await;
    let invite = line.message().await;
    reply(&mut line, &invite, "486 Busy Here", "").await;
    assert_eq!(scene.world.ended(leg).await.cause, EndCause::Busy, "the operator allows that network");
    // The customer lets the name lead elsewhere.
    for address in ["127.0.0.77", "10.1.2.3", "169.254.169.254", "::1"] {
        scene.names.lead(FIRST, address);
        let leg = scene.world.dial(through(&[FIRST], NUMBER));
        assert_eq!(scene.world.ended(leg).await.cause, EndCause::Unreachable, "{address}");
    }
    assert!(inside.is_alone().await);
}

#[tokio::test]
async fn a_session_border_controller_that_does_not_answer_is_tried_last_until_it_does() {
    let (mut plan, first, second) = two(|_| {}).await;
    let ping =
        TrunkPing { every: Duration::from_millis(50), down_after: 1, up_after: 1, ..TrunkPing::default() };
    plan.setting.config.gateway_ping = Some(TrunkPing { patience: Duration::from_millis(300), ..ping });
    let mut scene = plan.start().await;
    let (mut one, mut other) = (first.accept().await, second.accept().await);
    // The first says nothing, the second answers.
    let mut ringing = None;
    let is_down = |scene: &crate::sbc::Scene| {
        let trunks = scene.world.edge.trunks();
        trunks.iter().any(|trunk| trunk.name.as_str() == FIRST && trunk.state == TrunkState::Down)
    };
    while ringing.is_none() {
        let message = other.message().await;
        match message.starts_with("OPTIONS ") {
            true => reply(&mut other, &message, "200 OK", "").await,
            false => ringing = Some(message),
        }
        if is_down(&scene) {
            scene.world.dial(through(&[FIRST, SECOND], NUMBER));
        }
    }
    assert!(ringing.unwrap().starts_with(&format!("INVITE sip:{NUMBER}@{SECOND}")));
    assert!(scene.world.demoted().contains(&(FIRST.to_owned(), true)));
    // It comes back.
    while scene.world.demoted().last() != Some(&(FIRST.to_owned(), false)) {
        let message = one.message().await;
        assert!(message.starts_with("OPTIONS "), "{message}");
        reply(&mut one, &message, "200 OK", "").await;
    }
}
