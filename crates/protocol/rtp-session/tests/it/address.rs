//! From whom packets are taken, and where ours go.

use rtp_session::SessionReport::Silent;
use rtp_session::Terms;

use crate::phone::{PHONE, World, address, terms};

const STRANGER: &str = "203.0.113.5:5";

#[test]
fn a_stranger_is_neither_heard_nor_answered() {
    let mut world = World::new();
    world.says(1);
    assert_eq!(world.heard(), Some(1));
    for _ in 0..10 {
        let packet = world.voice(rtp::PCMU, 66);
        world.session.handle_packet(&packet, address(STRANGER), world.now);
    }
    assert!((0..10).all(|_| world.heard() != Some(66)));
    assert_eq!(world.session.peer(), Some(address(PHONE)));
}

#[test]
fn a_phone_behind_a_nat_is_heard_from_its_third_packet_on_and_answered_there() {
    let natted = address("198.51.100.1:61000");
    let mut world = World::new();
    for code in 1..=3 {
        let packet = world.voice(rtp::PCMU, code);
        world.session.handle_packet(&packet, natted, world.now);
    }
    assert_eq!(world.heard(), Some(3));
    assert_eq!(world.session.peer(), Some(natted));
    assert_eq!(world.session.control_peer(), Some(address("198.51.100.1:61001")));
}

#[test]
fn a_peer_without_an_address_gets_nothing() {
    let mut world = World::new();
    world.session.handle_terms(Terms { remote: address("0.0.0.0:4000"), ..terms() }, world.now);
    assert_eq!(world.session.peer(), None);
}

#[test]
fn a_phone_that_falls_silent_is_reported_once() {
    let mut world = World::new();
    world.wait(2_999);
    world.says(1);
    world.wait(2_999);
    assert_eq!(world.reports(), []);
    world.wait(1);
    assert_eq!(world.reports(), [Silent]);
    world.wait(9_000);
    assert_eq!(world.reports(), []);
    world.says(1);
    world.wait(3_000);
    assert_eq!(world.reports(), [Silent]);
}

#[test]
fn a_phone_on_hold_may_be_silent() {
    let mut world = World::new();
    world.session.handle_terms(Terms { receives: false, ..terms() }, world.now);
    world.wait(9_000);
    assert_eq!(world.reports(), []);
    world.session.handle_terms(terms(), world.now);
    world.wait(2_999);
    assert_eq!(world.reports(), []);
}
