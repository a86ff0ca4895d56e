//! Keys both ways.

use codec::Law;
use rtp::{Packet, TelephoneEvent};
use rtp_session::SessionReport::{ToneEnded, ToneStarted, TonesSent};
use rtp_session::{SendTonesError, Terms};

use crate::phone::{EVENTS, NO_KEY, World, terms};

#[test]
fn a_key_is_reported_when_it_goes_down_and_when_it_comes_up() {
    let mut world = World::new();
    world.event(5, 160, false);
    assert_eq!(world.reports(), [ToneStarted(5)]);
    world.event(5, 320, false);
    for _ in 0..3 {
        world.event(5, 480, true);
    }
    assert_eq!(world.reports(), [ToneEnded(5)]);
}

#[test]
fn a_key_whose_end_is_lost_comes_up_by_itself() {
    let mut world = World::new();
    world.event(11, 160, false);
    world.wait(119);
    assert_eq!(world.reports(), [ToneStarted(11)]);
    world.wait(1);
    assert_eq!(world.reports(), [ToneEnded(11)]);
}

#[test]
fn the_voice_before_a_key_does_not_linger_under_it() {
    let mut world = World::new();
    world.says(10);
    world.event(1, 160, false);
    assert_eq!(world.heard(), Some(10));
    assert_eq!(world.heard(), None);
}

#[test]
fn keys_that_we_press_are_understood_by_a_session() {
    let mut world = World::new();
    let mut phone = World::new();
    world.session.send_tones(&[1, 10]).unwrap();
    let (mut pressed, mut frames) = (Vec::new(), 0);
    while pressed.len() < 4 {
        let packet = world.sent(0xff).unwrap();
        phone.session.handle_packet(&packet, crate::phone::address(crate::phone::PHONE), phone.now);
        phone.wait(20);
        pressed.extend(phone.reports());
        frames += 1;
    }
    assert_eq!(pressed, [ToneStarted(1), ToneEnded(1), ToneStarted(10), ToneEnded(10)]);
    assert_eq!(frames, 11 + 6, "a key takes 220 ms, and its end is known after 120");
    assert_eq!(world.reports(), []);
    world.sent(0xff);
    world.sent(0xff);
    assert_eq!(world.reports(), [TonesSent]);
}

#[test]
fn the_packets_of_a_key_share_its_timestamp() {
    let mut world = World::new();
    let voice = Packet::parse(&world.sent(0xff).unwrap()).unwrap().timestamp;
    world.session.send_tones(&[3]).unwrap();
    for number in 0..8_u16 {
        let sent = world.sent(0xff).unwrap();
        let packet = Packet::parse(&sent).unwrap();
        assert_eq!((packet.payload_type, packet.marker), (EVENTS, number == 0));
        assert_eq!(packet.timestamp, voice.wrapping_add(160));
        assert_eq!(packet.sequence, 65_531_u16.wrapping_add(number));
        assert_eq!(TelephoneEvent::parse(packet.payload).unwrap().end, number >= 5);
    }
    let sent = world.sent(0xff).unwrap();
    let packet = Packet::parse(&sent).unwrap();
    assert_eq!((packet.payload_type, packet.timestamp), (0, voice.wrapping_add(160 * 9)));
}

#[test]
fn a_peer_that_does_not_take_keys_gets_none() {
    let mut world = World::new();
    let none = Terms { telephone_event: None, own_telephone_event: None, ..terms() };
    world.session.handle_terms(none, world.now);
    assert_eq!(world.session.send_tones(&[1]), Err(SendTonesError::NotTaken));
    world.session.handle_terms(Terms { sends: false, ..terms() }, world.now);
    assert_eq!(world.session.send_tones(&[1]), Err(SendTonesError::NotTaken));
}

#[test]
fn each_side_names_the_payload_type_under_which_it_takes_keys() {
    let mut world = World::new();
    // We asked for 101 and were told 96.
    world.session.handle_terms(Terms { telephone_event: Some(96), ..terms() }, world.now);
    world.event(5, 160, true);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)]);
    world.session.send_tones(&[1]).unwrap();
    let sent = world.sent(0xff).unwrap();
    assert_eq!(Packet::parse(&sent).unwrap().payload_type, 96);
}

#[test]
fn a_key_that_another_presses_is_pressed_here() {
    let mut world = World::new();
    let voice = Packet::parse(&world.sent(0xff).unwrap()).unwrap().timestamp;
    world.session.relay_key(11, 7);
    let (mut keys, mut ends) = (Vec::new(), 0);
    for number in 0..10 {
        if number == 4 {
            world.session.end_relayed_key(7);
        }
        let sent = world.sent(0xff).unwrap();
        let packet = Packet::parse(&sent).unwrap();
        if packet.payload_type == EVENTS {
            let event = TelephoneEvent::parse(packet.payload).unwrap();
            assert_eq!((packet.timestamp, packet.marker), (voice.wrapping_add(160), number == 0));
            keys.push(event.duration / 160);
            ends += usize::from(event.end);
        } else {
            assert_eq!(packet.timestamp, voice.wrapping_add(160 * (number + 1)));
        }
    }
    assert_eq!((keys, ends), (vec![1, 2, 3, 4, 5, 5, 5], 3));
}

#[test]
fn a_peer_that_takes_no_keys_hears_those_of_others() {
    let mut world = World::new();
    let none = Terms { telephone_event: None, own_telephone_event: None, ..terms() };
    world.session.handle_terms(none, world.now);
    world.session.relay_key(5, 7);
    let mut heard = Vec::new();
    for _ in 0..5 {
        let sent = world.sent(0xff).unwrap();
        let packet = Packet::parse(&sent).unwrap();
        assert_eq!(packet.payload_type, rtp::PCMU);
        let mut samples = [0; 160];
        Law::Mu.decode(packet.payload, &mut samples);
        heard.extend(samples);
    }
    for frequency in [770.0, 1_336.0] {
        let share = codec::goertzel::share(&heard, 8_000, frequency);
        assert!((0.4..0.6).contains(&share), "{share}");
    }
    world.session.end_relayed_key(7);
    world.sent(0xff);
    let silent = world.sent(0xff).unwrap();
    assert_eq!(Packet::parse(&silent).unwrap().payload, [0xff; 160]);
}

#[test]
fn keys_of_a_peer_that_did_not_agree_to_them_are_found_in_its_sound() {
    for law in [Law::Mu, Law::A] {
        let mut world = without_events(law);
        for event in 0..16 {
            world.sounds(event, 4);
            world.sounds(NO_KEY, 4);
            assert_eq!(world.reports(), [ToneStarted(event), ToneEnded(event)]);
        }
    }
}

#[test]
fn the_sound_of_a_key_is_none_where_keys_were_agreed_to() {
    let mut world = World::new();
    world.sounds(5, 10);
    world.event(5, 800, true);
    world.sounds(NO_KEY, 10);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)], "those of the event");
}

#[test]
fn a_lost_packet_does_not_make_two_keys_of_one() {
    let mut world = without_events(Law::Mu);
    world.sounds(5, 3);
    world.voice(rtp::PCMU, 0);
    world.sounds(5, 3);
    world.sounds(NO_KEY, 10);
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)]);
}

#[test]
fn a_sound_that_breaks_off_ends_its_key() {
    let mut world = without_events(Law::Mu);
    world.sounds(5, 4);
    for _ in 0..6 {
        world.heard();
    }
    assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)], "the phone sends nothing any more");
    world.sounds(6, 4);
    world.session.handle_terms(Terms { receives: false, ..*world.session.terms().unwrap() }, world.now);
    assert_eq!(world.reports(), [ToneStarted(6), ToneEnded(6)], "it is not listened to any more");
    world
        .session
        .handle_terms(Terms { telephone_event: None, own_telephone_event: None, ..terms() }, world.now);
    world.sounds(7, 4);
    world.session.handle_terms(terms(), world.now);
    assert_eq!(world.reports(), [ToneStarted(7), ToneEnded(7)], "it agreed to keys");
}

#[test]
fn the_echo_of_a_key_that_the_peer_hears_is_no_key() {
    let mut world = without_events(Law::Mu);
    // Once in the voice of somebody, once as a sound of ours.
    for relay in [rtp_session::Session::relay_sounding_key, rtp_session::Session::relay_key] {
        relay(&mut world.session, 5, 7);
        world.sent(0xff);
        world.sounds(NO_KEY, 4);
        world.sounds(5, 4);
        world.sounds(NO_KEY, 4);
        world.session.end_relayed_key(7);
        assert_eq!(world.reports(), []);
        world.sounds(6, 4);
        world.sounds(NO_KEY, 4);
        assert_eq!(world.reports(), [ToneStarted(6), ToneEnded(6)], "another key is no echo");
        world.sounds(NO_KEY, 25);
        world.sounds(5, 4);
        world.sounds(NO_KEY, 4);
        assert_eq!(world.reports(), [ToneStarted(5), ToneEnded(5)], "this one comes too late for it");
    }
}

#[test]
fn a_key_in_the_voice_of_another_is_not_sounded_twice() {
    let mut world = without_events(Law::Mu);
    world.session.relay_sounding_key(5, 7);
    let sent = world.sent(0xff).unwrap();
    assert_eq!(Packet::parse(&sent).unwrap().payload, [0xff; 160]);
    world.session.handle_terms(terms(), world.now);
    world.session.relay_sounding_key(5, 7);
    let sent = world.sent(0xff).unwrap();
    assert_eq!(Packet::parse(&sent).unwrap().payload_type, EVENTS);
}

fn without_events(law: Law) -> World {
    let mut world = World::new();
    let payload_type = if law == Law::Mu { rtp::PCMU } else { rtp::PCMA };
    let none = Terms {
        codec: law.into(),
        payload_type,
        own_payload_type: payload_type,
        telephone_event: None,
        own_telephone_event: None,
        ..terms()
    };
    world.session.handle_terms(none, world.now);
    world
}
