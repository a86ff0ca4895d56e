//! Provisional responses that arrive for certain (RFC 3262).

use call_engine::{LegReport, LegRequest};

use crate::peer::Peer;
use crate::world::{Setting, World, to_carrier};

const NUMBER: &str = "+14255550100";

#[tokio::test]
async fn ringing_is_repeated_until_it_is_acknowledged() {
    let mut world = World::start().await;
    let mut carrier = Peer::carrier(world.udp()).await;
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", NUMBER, "Require: 100rel\r\n", &offer).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Ring);
    let ringing = carrier.expect("SIP/2.0 180").await;
    assert_eq!(ringing.header("Require").as_deref(), Some("100rel"));
    let number: u32 = ringing.header("RSeq").unwrap().parse().unwrap();
    let again = carrier.expect("SIP/2.0 180").await;
    assert_eq!(again.header("RSeq"), ringing.header("RSeq"), "the same, once more");

    carrier.ask("PRACK", NUMBER, &format!("RAck: {} 1 INVITE\r\n", number + 1), "").await;
    carrier.expect("SIP/2.0 481").await;
    carrier.ask("PRACK", NUMBER, &format!("RAck: {number} 1 INVITE\r\n"), "").await;
    carrier.expect_answer_to("PRACK").await;
    world.ask(leg, LegRequest::Answer);
    let answer = carrier.expect_answer_to("INVITE").await;
    let ack = format!("CSeq: {}", answer.header("CSeq").unwrap().replace("INVITE", "ACK"));
    let text = carrier.request("ACK", NUMBER, "", "").replace("CSeq: 3 ACK", &ack);
    carrier.send(&text).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}

#[tokio::test]
async fn a_carriers_ringing_is_acknowledged() {
    let mut carrier = Peer::carrier("127.0.0.1:9".parse().unwrap()).await;
    let setting = Setting { carrier_port: carrier.local.port(), ..Setting::default() };
    let mut world = World::with(setting).await;
    carrier.set_server(world.udp());
    let leg = world.dial(to_carrier("+498912345"));
    let invite = carrier.expect("INVITE").await;
    assert!(invite.header("Supported").unwrap().contains("100rel"), "{}", invite.0);
    // It rings somewhere else than where we called.
    let mut gateway = Peer::carrier(world.udp()).await;
    let contact = std::mem::replace(&mut carrier.local, gateway.local);
    carrier.reply(&invite, "180 Ringing", "Require: 100rel\r\nRSeq: 7\r\n", "").await;
    carrier.local = contact;
    let prack = gateway.expect("PRACK").await;
    let sequence = invite.header("CSeq").unwrap();
    assert_eq!(prack.header("RAck"), Some(format!("7 {sequence}")));
    gateway.reply(&prack, "200 OK", "", "").await;
    assert_eq!(world.report(leg).await, LegReport::Ringing);
    let answer = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "", &answer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
}
