//! What users and applications of the platform tell each other with a call, and the public network never sees.

use call_engine::{CustomHeaders, EndCause, LegReport, LegRequest, Origin};
use tokio::net::TcpListener;

use crate::peer::{Message, Peer};
use crate::registration::{answer_to, register};
use crate::streams::Line;
use crate::world::{DEMO_1, World, to_phone, to_platform};

const NUMBER: &str = "+14255550100";

fn voip(pairs: impl IntoIterator<Item = (String, String)>) -> CustomHeaders {
    let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
    CustomHeaders { voip: pairs.collect(), ..CustomHeaders::default() }
}

#[tokio::test]
async fn a_phone_that_is_called_gets_them_as_headers_and_over_tcp_when_they_are_long() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    register(&mut phone, "secret", "", "MD5").await;

    let mut dial = to_phone(DEMO_1);
    dial.headers = voip([("order".into(), "4711".into())]);
    let leg = world.dial(dial);
    let invite = phone.expect("INVITE").await;
    assert_eq!(invite.header("X-MS-Custom-order").as_deref(), Some("4711"));
    phone.reply(&invite, "486 Busy Here", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
    phone.expect("ACK").await;

    let listener = TcpListener::bind(phone.local).await.unwrap();
    let mut dial = to_phone(DEMO_1);
    dial.headers = voip((0..1000).map(|number| (format!("key-{number}"), "v".repeat(1000))));
    let leg = world.dial(dial);
    let mut line = Line::new(listener.accept().await.unwrap().0);
    let invite = Message(line.message().await);
    assert!(invite.0.starts_with("INVITE ") && invite.0.contains("SIP/2.0/TCP"), "{}", invite.0);
    let arrived = (0..1000).filter(|number| invite.header(&format!("X-MS-Custom-key-{number}")).is_some());
    assert_eq!(arrived.count(), 8, "as many as a phone may read");
    line.write(phone.answer(&invite, "486 Busy Here", "", "").as_bytes()).await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
}

#[tokio::test]
async fn a_thousand_of_them_come_in_again_with_a_call_to_ourselves() {
    let mut world = World::start().await;
    let mut dial = to_platform(NUMBER);
    let given = voip((0..1000).map(|number| (format!("any key {number} ü"), format!("a\r\nb{number}"))));
    dial.headers = given.clone();
    let out = world.dial(dial);
    let (leg, invitation) = world.invitation().await;
    assert_eq!(invitation.origin, Origin::Platform);
    assert_eq!(invitation.headers, given);
    world.ask(leg, LegRequest::Ring);
    assert_eq!(world.report(out).await, LegReport::Ringing);
}

#[tokio::test]
async fn whoever_names_a_leg_of_ours_without_proof_gets_nothing() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let mut dial = to_platform(NUMBER);
    dial.headers = voip([("secret".into(), "between us".into())]);
    let out = world.dial(dial);
    world.invitation().await;

    let headers = format!("X-Ringdown-Leg: {out}\r\nX-MS-Custom-own: from the public network\r\n");
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", NUMBER, &headers, &offer).await;
    let (_, invitation) = world.invitation().await;
    assert_eq!(invitation.headers.voip, []);
    assert_eq!(invitation.headers.custom, [("X-MS-Custom-own".into(), "from the public network".into())]);
}

#[tokio::test]
async fn a_phone_tells_them_with_its_call() {
    let mut world = World::start().await;
    let mut phone = Peer::phone(world.udp()).await;
    let offer = phone.offer("sendrecv");
    phone.ask("INVITE", NUMBER, "", &offer).await;
    let challenge = phone.expect("SIP/2.0 401").await;
    phone.ask("ACK", NUMBER, "", "").await;
    let proof = answer_to(&challenge, "demo-1", "INVITE", "secret", "MD5");
    let headers: String = (0..20).map(|number| format!("X-MS-Custom-key-{number}: {number}\r\n")).collect();
    phone.ask("INVITE", NUMBER, &format!("Authorization: {proof}\r\n{headers}"), &offer).await;

    let (_, invitation) = world.invitation().await;
    let expected: Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> =
        (0..20).map(|number| (format!("key-{number}").into(), number.to_string().into())).collect();
    assert_eq!(invitation.headers.voip, expected);
    assert_eq!(invitation.headers.custom.len(), 5, "as SIP headers they are told, too, as far as they go");
}
