//! Session border controllers of customers that call in: who they are, and what they are believed.

use call_engine::{LegRequest, Origin};
use identifier::TrunkName;
use rcgen::date_time_ymd;

use crate::sbc::{Authority, Plan, Scene};
use crate::streams::request;

const CONTOSO: &str = "contoso.sbc.carrier.example";
const FABRIKAM: &str = "fabrikam.sbc.carrier.example";
const CARRIER: &[&str] = &["*.sbc.carrier.example"];

async fn scene() -> Scene {
    let mut plan = Plan::new();
    plan.gateway(CONTOSO, 5061, |_| {}).gateway(FABRIKAM, 5061, |gateway| gateway.forward_pai = true);
    plan.start().await
}

/// A request of somebody who is called back there; `number` keeps it apart from others.
fn from(contact: &str, method: &str, number: u32) -> String {
    let request =
        request(method, "TLS").replace("peer@127.0.0.1:5999", &format!("+14255550123@{contact}:5061"));
    request.replace("bK", &format!("bK{number}x")).replace("call-", &format!("call-{number}-"))
}

#[tokio::test]
async fn one_certificate_speaks_for_several_companies_and_the_contact_says_for_which() {
    let mut scene = scene().await;
    let carrier = scene.authority.sign(CARRIER);
    let mut line = scene.connect(Some(carrier)).await.expect("it is signed by whom we trust");
    for (number, contact) in [(1, CONTOSO), (2, FABRIKAM)] {
        line.write(from(contact, "INVITE", number).as_bytes()).await;
        let (leg, invitation) = scene.world.invitation().await;
        assert_eq!(invitation.origin, Origin::Trunk(TrunkName::new(contact)));
        scene.world.ask(leg, LegRequest::Hangup);
        while !line.message().await.starts_with("SIP/2.0 480") {}
    }
    let refused = [
        ("sbc.fabrikam.example", "nobody here has named it"),
        ("192.0.2.7", "it could not be called back by name"),
    ];
    for ((contact, why), number) in refused.into_iter().zip(3..) {
        line.write(from(contact, "INVITE", number).as_bytes()).await;
        let refusal = line.message().await;
        assert!(refusal.starts_with("SIP/2.0 403"), "{why}: {refusal}");
    }
    assert!(scene.world.has_no_invitation());
}

#[tokio::test]
async fn whoever_seems_to_be_a_session_border_controller_and_cannot_show_it_is_told_why() {
    let mut scene = scene().await;
    let others = [
        None,
        Some(scene.authority.sign(&["sbc.fabrikam.example"])),
        Some(scene.authority.sign(&["*.carrier.example"])),
    ];
    for own in others {
        let reason = if own.is_none() { "it has shown no certificate" } else { "its certificate does not" };
        let mut line = scene.connect(own).await.expect("a certificate is only asked for");
        for method in ["INVITE", "OPTIONS"] {
            line.write(from(CONTOSO, method, 1).as_bytes()).await;
            let refusal = line.message().await;
            assert!(refusal.starts_with("SIP/2.0 403"), "{refusal}");
            let why = format!("Warning: 399 ringdown \"its Contact names {CONTOSO}, and {reason}");
            assert!(refusal.contains(&why), "{refusal}");
        }
    }
    assert!(scene.world.has_no_invitation());
}

#[tokio::test]
async fn a_certificate_that_is_over_or_of_nobody_whom_we_trust_makes_no_connection() {
    let scene = scene().await;
    let over = scene.authority.sign_with(CARRIER, |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    for (own, why) in [(over, "over"), (Authority::new().sign(CARRIER), "of somebody else")] {
        // With TLS 1.3 the refusal comes after what the client takes for the end of the handshake.
        let Ok(mut line) = scene.connect(Some(own)).await else { continue };
        let is_taken = line.takes(from(CONTOSO, "OPTIONS", 1).as_bytes()).await;
        assert!(!is_taken || line.message().await.is_empty(), "{why}");
    }
}

#[tokio::test]
async fn a_session_border_controller_that_asks_is_answered_and_seen() {
    let scene = scene().await;
    let mut line = scene.connect(Some(scene.authority.sign(CARRIER))).await.unwrap();
    line.write(from(CONTOSO, "OPTIONS", 1).as_bytes()).await;
    assert!(line.message().await.starts_with("SIP/2.0 200"));
    let heard = |name: &str| {
        let trunks = scene.world.edge.trunks();
        trunks.into_iter().find(|trunk| trunk.name.as_str() == name).unwrap().heard_us
    };
    assert!(heard(CONTOSO).is_some());
    assert_eq!(heard(FABRIKAM), None);
}

#[tokio::test]
async fn only_whom_its_owner_lets_assert_is_believed_who_calls() {
    let mut scene = scene().await;
    let mut line = scene.connect(Some(scene.authority.sign(CARRIER))).await.unwrap();
    let asserted = "P-Asserted-Identity: <sip:+14255550101@carrier.example>\r\n";
    let hidden = format!("{asserted}Privacy: id\r\n");
    // Fabrikam's may, and Contoso's may not; whoever wants to stay unnamed does.
    let cases = [
        (CONTOSO, asserted, "4:+14255550123"),
        (FABRIKAM, asserted, "4:+14255550101"),
        (CONTOSO, &hidden, "4:anonymous"),
        (FABRIKAM, &hidden, "4:anonymous"),
    ];
    for ((contact, lines, expected), number) in cases.into_iter().zip(1..) {
        let invite = from(contact, "INVITE", number).replace("Max-Forwards", &format!("{lines}Max-Forwards"));
        line.write(invite.as_bytes()).await;
        let (leg, invitation) = scene.world.invitation().await;
        assert_eq!(invitation.from.to_string(), expected, "{contact} {lines}");
        assert_eq!(
            invitation.origin,
            Origin::Trunk(TrunkName::new(contact)),
            "it is a caller, and nobody of ours"
        );
        scene.world.ask(leg, LegRequest::Hangup);
        while !line.message().await.starts_with("SIP/2.0 480") {}
    }
}
