//! A peer that goes on as another source (RFC 3550 §8.2), and we that do.

use codec::Codec;
use rtp::Packet;
use rtp_session::SessionReport::{ToneEnded, ToneStarted, TonesSent};
use rtp_session::Terms;

use crate::phone::{EVENTS, PHONE, World, address, terms};

/// The phone's stream has other numbers from now on.
fn becomes_another_source(world: &mut World) {
    (world.ssrc, world.sequence, world.timestamp) = (world.ssrc + 1, 7, 7_000);
}

#[test]
fn a_key_that_is_held_meanwhile_is_pressed_once() {
    let mut world = World::new();
    world.event(5, 160, false);
    becomes_another_source(&mut world);
    world.event(5, 320, false);
    for _ in 0..3 {
        world.event(5, 480, true);
    }
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)]);
}

#[test]
fn what_remains_to_be_said_of_a_key_is_no_other_key() {
    let mut world = World::new();
    world.event(5, 160, false);
    world.event(5, 320, true);
    becomes_another_source(&mut world);
    world.event(5, 320, true);
    world.event(5, 320, true);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)]);
}

#[test]
fn keys_of_the_new_source_are_heard_whatever_its_timestamps() {
    let mut world = World::new();
    world.event(5, 160, false);
    world.event(5, 320, true);
    becomes_another_source(&mut world);
    world.event(5, 160, false);
    world.event(5, 320, true);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5), ToneStarted(5), ToneEnded(5)]);
    world.wait(300);
    becomes_another_source(&mut world);
    world.timestamp = 3;
    world.event(5, 320, true);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)]);
}

#[test]
fn a_key_gives_way_to_another_of_the_new_source() {
    let mut world = World::new();
    world.event(5, 160, false);
    becomes_another_source(&mut world);
    world.event(6, 160, false);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5), ToneStarted(6)]);
}

#[test]
fn packets_of_the_old_source_that_were_overtaken_do_not_bring_it_back() {
    let mut world = World::new();
    world.says(1);
    assert_eq!(world.heard(), Some(1));
    let overtaken = [world.voice(rtp::PCMU, 2), world.voice(rtp::PCMU, 3)];
    becomes_another_source(&mut world);
    world.says(4);
    world.says(5);
    assert_eq!(world.heard(), Some(4));
    for packet in overtaken {
        world.session.handle_packet(&packet, address(PHONE), world.now);
    }
    assert_eq!(world.heard(), Some(5));
    assert_eq!(world.session.take_statistics().late, 2);
}

#[test]
fn our_key_is_not_said_in_two_streams() {
    let mut world = World::new();
    world.session.send_tones(&[3]).unwrap();
    for _ in 0..2 {
        let sent = world.sent(0xff).unwrap();
        assert_eq!(Packet::parse(&sent).unwrap().payload_type, EVENTS);
    }
    let opus = Terms { codec: Codec::Opus, payload_type: 111, own_payload_type: 111, ..terms() };
    world.session.handle_terms(opus, world.now);
    for _ in 0..20 {
        let sent = world.sent(0xff).unwrap();
        assert_eq!(Packet::parse(&sent).unwrap().payload_type, 111);
    }
    assert_eq!(world.reports(), [TonesSent]);
}
