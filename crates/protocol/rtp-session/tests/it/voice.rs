//! What the phone says is heard; what we say reaches it.

use codec::Law;
use proptest::prelude::*;
use rtp::Packet;

use crate::phone::{PHONE, World, address, terms};

#[test]
fn what_the_phone_says_is_heard_in_the_next_frame() {
    let mut world = World::new();
    for code in 0..200 {
        world.says(code);
        assert_eq!(world.heard(), Some(code));
        world.wait(20);
    }
}

#[test]
fn our_packets_count_up_across_the_wrap_and_mark_the_beginning() {
    let mut world = World::new();
    for number in 0..10_u16 {
        let sent = world.sent(7).unwrap();
        let packet = Packet::parse(&sent).unwrap();
        assert_eq!(packet.sequence, 65_530_u16.wrapping_add(number));
        assert_eq!(packet.timestamp, (u32::MAX - 800).wrapping_add(u32::from(number) * 160));
        assert_eq!((packet.marker, packet.payload_type, packet.ssrc), (number == 0, 0, 1));
        assert_eq!(packet.payload, [7; 160]);
    }
}

#[test]
fn on_hold_nothing_goes_out_and_the_return_is_marked() {
    let mut world = World::new();
    let before = Packet::parse(&world.sent(7).unwrap()).unwrap().timestamp;
    world.session.handle_terms(rtp_session::Terms { sends: false, ..terms() }, world.now);
    assert_eq!(world.sent(7), None);
    world.session.handle_terms(terms(), world.now);
    let sent = world.sent(7).unwrap();
    let packet = Packet::parse(&sent).unwrap();
    assert!(packet.marker);
    assert_eq!(packet.timestamp.wrapping_sub(before), 320, "time went on meanwhile");
}

#[test]
fn a_pause_is_no_loss_and_its_end_is_marked() {
    let mut world = World::new();
    let before = world.sent(1).unwrap();
    for _ in 0..5 {
        assert_eq!(world.session.write_frame(Some(&[]), &mut [0; 1_500]), None);
    }
    let after = world.sent(2).unwrap();
    let (before, after) = (Packet::parse(&before).unwrap(), Packet::parse(&after).unwrap());
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!(after.timestamp, before.timestamp.wrapping_add(6 * 160));
    assert!(after.marker);
}

#[test]
fn a_lost_packet_is_concealed() {
    let mut world = World::new();
    world.says(Law::Mu.encode_sample(8_000));
    assert!(world.heard().is_some());
    world.voice(rtp::PCMU, 0);
    let loud = Law::Mu.encode_sample(8_000);
    world.says(loud);
    let concealed = Law::Mu.decode_sample(world.heard().unwrap());
    assert!((2_000..8_000).contains(&concealed), "{concealed}");
    assert_eq!(world.heard(), Some(loud));
}

#[test]
fn after_the_phone_stops_its_voice_fades_out() {
    let mut world = World::new();
    world.says(Law::Mu.encode_sample(8_000));
    let heard: Vec<bool> = (0..6).map(|_| world.heard().is_some()).collect();
    assert_eq!(heard, [true, true, true, true, false, false]);
}

#[test]
fn the_other_law_is_understood_as_well() {
    let mut world = World::new();
    let packet = world.voice(rtp::PCMA, Law::A.encode_sample(5_000));
    world.session.handle_packet(&packet, address(PHONE), world.now);
    let heard = Law::Mu.decode_sample(world.heard().unwrap());
    assert!((4_700..5_300).contains(&heard), "{heard}");
}

#[test]
fn a_phone_that_begins_a_new_stream_is_heard_on() {
    let mut world = World::new();
    world.says(1);
    assert_eq!(world.heard(), Some(1));
    let mut packet = world.voice(rtp::PCMU, 2);
    packet[4..12].copy_from_slice(&[0, 0, 0, 5, 0, 0, 0, 77]);
    world.session.handle_packet(&packet, address(PHONE), world.now);
    assert_eq!(world.heard(), Some(2));
}

#[test]
fn a_leg_that_only_sends_hears_nothing() {
    let mut world = World::new();
    world.session.handle_terms(rtp_session::Terms { receives: false, ..terms() }, world.now);
    world.says(1);
    assert_eq!(world.heard(), None);
}

proptest! {
    #[test]
    fn junk_never_panics(datagrams in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20)) {
        let mut world = World::new();
        for mut datagram in datagrams {
            world.session.handle_packet(&datagram, address(PHONE), world.now);
            world.session.handle_control(&datagram, address(PHONE), world.now);
            if let [first, second, ..] = datagram.as_mut_slice() {
                (*first, *second) = (0x80, *second % 2 * 101);
            }
            world.session.handle_packet(&datagram, address(PHONE), world.now);
            world.wait(20);
            let _ = world.heard();
        }
    }
}
