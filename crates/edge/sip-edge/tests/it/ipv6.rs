//! The same with addresses of IPv6, alone and beside those of IPv4.

use call_engine::{EndCause, LegReport, LegRequest};
use sip_edge::SipAddresses;
use tokio::net::TcpStream;

use crate::calls_in::answered;
use crate::peer::Peer;
use crate::registration::register;
use crate::streams::{Line, request};
use crate::world::{DEMO_1, Setting, World, to_carrier, to_phone};

/// IPv4 first, and IPv6 beside it.
fn both() -> Setting {
    let any = Some("[::1]:0".parse().unwrap());
    let mut setting = Setting::default();
    setting.config.second = SipAddresses { udp: any, tcp: any, tls: None };
    setting
}

#[tokio::test]
async fn a_trunk_calls_over_ipv6_and_we_hang_up() {
    let mut world = World::with(Setting { carrier: "::1".parse().unwrap(), ..both() }).await;
    let server = world.edge.second_addresses().udp.unwrap();
    let mut carrier = Peer::at("::1", server).await;
    let offer = carrier.offer("sendrecv");
    carrier.ask("INVITE", "+14255550100", "", &offer).await;
    let (leg, _) = world.invitation().await;
    world.ask(leg, LegRequest::Answer);
    let answer = carrier.expect("SIP/2.0 200").await;
    assert_eq!(answer.header("Contact").unwrap(), format!("<sip:{server}>"));
    assert!(answer.body().contains("c=IN IP6 ::1\r\n"), "{}", answer.body());
    carrier.ack().await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    assert_eq!(world.media.connected(leg).unwrap().remote.to_string(), "[::1]:4000");

    world.ask(leg, LegRequest::Hangup);
    let bye = carrier.expect("BYE").await;
    assert!(bye.header("Via").unwrap().starts_with(&format!("SIP/2.0/UDP {server};")), "{}", bye.0);
    carrier.reply(&bye, "200 OK", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::HungUp);
}

#[tokio::test]
async fn a_trunk_is_called_over_ipv6() {
    let mut carrier = Peer::at("::1", "[::1]:9".parse().unwrap()).await;
    let setting = Setting { carrier: "::1".parse().unwrap(), carrier_port: carrier.local.port(), ..both() };
    let mut world = World::with(setting).await;
    let server = world.edge.second_addresses().udp.unwrap();
    carrier.set_server(server);
    let leg = world.dial(to_carrier("+498912345"));
    let invite = carrier.expect("INVITE").await;
    let to_us = format!("sip:+498912345@{} SIP/2.0", carrier.local);
    assert!(invite.0.starts_with(&format!("INVITE {to_us}")), "{}", invite.0);
    assert!(invite.header("Via").unwrap().starts_with(&format!("SIP/2.0/UDP {server};")), "{}", invite.0);
    assert_eq!(invite.header("Contact").unwrap(), format!("<sip:{server}>"));
    assert!(invite.header("From").unwrap().contains("@[::1]"), "{}", invite.0);
    assert!(invite.body().contains("c=IN IP6 ::1\r\n"), "{}", invite.body());
    let offer = carrier.offer("sendrecv");
    carrier.reply(&invite, "200 OK", "", &offer).await;
    assert_eq!(world.report(leg).await, LegReport::Answered);
    let ack = carrier.expect("ACK").await;
    assert!(ack.header("Via").unwrap().starts_with(&format!("SIP/2.0/UDP {server};")), "{}", ack.0);
}

#[tokio::test]
async fn a_phone_registers_over_ipv6_and_is_called_there() {
    let mut world = World::with(both()).await;
    let server = world.edge.second_addresses().udp.unwrap();
    let mut phone = Peer::at("::1", server).await;
    phone.user = "demo-1".into();
    let registered = register(&mut phone, "secret", "", "MD5").await;
    assert_eq!(registered.status(), 200, "{}", registered.0);
    assert!(registered.header("Contact").unwrap().contains(&phone.local.to_string()), "{}", registered.0);
    let leg = world.dial(to_phone(DEMO_1));
    let invite = phone.expect("INVITE").await;
    assert!(invite.body().contains("c=IN IP6 ::1\r\n"), "{}", invite.body());
    phone.reply(&invite, "486 Busy Here", "", "").await;
    assert_eq!(world.ended(leg).await.cause, EndCause::Busy);
}

#[tokio::test]
async fn both_families_are_served_side_by_side() {
    let mut world = World::with(both()).await;
    let mut carrier = Peer::carrier(world.udp()).await;
    answered(&mut world, &mut carrier).await;
    let tcp = world.edge.second_addresses().tcp.unwrap();
    let mut line = Line::new(TcpStream::connect(tcp).await.unwrap());
    line.write(request("OPTIONS", "TCP").as_bytes()).await;
    let answer = line.message().await;
    assert!(answer.starts_with("SIP/2.0 200") && answer.contains("received=::1"), "{answer}");
}

#[tokio::test]
async fn ipv6_alone_is_enough() {
    let any = Some("[::1]:0".parse().unwrap());
    let mut setting = Setting { carrier: "::1".parse().unwrap(), ..Setting::default() };
    (setting.config.udp, setting.config.tcp) = (any, any);
    let mut world = World::with(setting).await;
    let mut carrier = Peer::at("::1", world.udp()).await;
    answered(&mut world, &mut carrier).await;
}
