//! Codecs other than G.711.

use codec::{Codec, Voice, g722, opus, tone};
use rtp::{Packet, TelephoneEvent};
use rtp_session::SessionReport::{ToneEnded, ToneStarted};
use rtp_session::Terms;

use crate::phone::{EVENTS, PHONE, World, address, terms, written};

const OPUS: u8 = 111;

/// What a frame is, in a word.
fn heard(world: &mut World) -> Vec<String> {
    let mut all = Vec::new();
    world.session.take_frame(|voice| {
        all.push(match voice {
            Voice::Coded(codec, payload) => format!("{codec:?} {}", payload.last().unwrap()),
            Voice::Lost(codec, None) => format!("{codec:?} lost"),
            Voice::Lost(codec, Some(next)) => format!("{codec:?} lost before {}", next.last().unwrap()),
            Voice::Noise(level) => format!("noise {level}"),
        });
    });
    all
}

fn speaking(codec: Codec, payload_type: u8) -> World {
    let mut world = World::new();
    let telephone_event_rate_hz = codec.clock_hz();
    let terms =
        Terms { codec, payload_type, own_payload_type: payload_type, telephone_event_rate_hz, ..terms() };
    world.session.handle_terms(terms, world.now);
    world
}

/// The phone sends a payload; its time goes on by so many ticks.
fn send(world: &mut World, payload_type: u8, payload: &[u8], ticks: u32) {
    let packet = skipped(world, payload_type, payload, ticks);
    world.session.handle_packet(&packet, address(PHONE), world.now);
}

/// A packet that is not delivered.
fn skipped(world: &mut World, payload_type: u8, payload: &[u8], ticks: u32) -> Vec<u8> {
    let (sequence, timestamp) = (world.sequence, world.timestamp);
    (world.sequence, world.timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(ticks));
    written(Packet { payload_type, sequence, timestamp, ssrc: 99, payload, ..Packet::default() })
}

/// A packet of Opus that is known by its last byte: SILK, 20 ms (RFC 6716 §3.1).
fn packet(number: u8) -> [u8; 3] {
    [1 << 3, 7, number]
}

#[test]
fn opus_is_heard_as_it_came_every_960_ticks() {
    let mut world = speaking(Codec::Opus, OPUS);
    for number in 0..200 {
        send(&mut world, OPUS, &packet(number), 960);
        assert_eq!(heard(&mut world), [format!("Opus {number}")]);
    }
}

#[test]
fn our_own_packets_go_on_by_the_ticks_of_their_codec() {
    for (codec, payload_type, ticks) in [(Codec::G722, 9, 160), (Codec::Opus, OPUS, 960)] {
        let mut world = speaking(codec, payload_type);
        let mut before = None;
        for number in 0..10_u8 {
            let mut buffer = [0; 1_500];
            let length = world.session.write_frame(Some(&[1, number]), &mut buffer).unwrap();
            let sent = Packet::parse(&buffer[..length]).unwrap();
            assert_eq!((sent.payload_type, sent.payload), (payload_type, &[1, number][..]));
            let step = before.replace(sent.timestamp).map(|before| sent.timestamp.wrapping_sub(before));
            assert!(step.is_none_or(|step| step == ticks), "{codec:?}: {step:?}");
        }
    }
}

#[test]
fn what_was_lost_before_us_is_a_missing_number_for_the_peer() {
    let mut world = speaking(Codec::Opus, OPUS);
    let mut buffer = [0; 1_500];
    let mut sent = Vec::new();
    for voice in [Some(&[1, 2][..]), None, Some(&[3, 4][..])] {
        let length = world.session.write_frame(voice, &mut buffer);
        sent.extend(length.map(|length| {
            let packet = Packet::parse(&buffer[..length]).unwrap();
            (packet.sequence, packet.timestamp)
        }));
    }
    let [first, second] = sent[..] else { panic!("{sent:?}") };
    assert_eq!(second.0.wrapping_sub(first.0), 2);
    assert_eq!(second.1.wrapping_sub(first.1), 1_920);
}

#[test]
fn a_lost_packet_of_opus_is_told_with_the_one_after_it_if_that_is_there() {
    let mut world = speaking(Codec::Opus, OPUS);
    send(&mut world, OPUS, &packet(1), 960);
    skipped(&mut world, OPUS, &packet(2), 960);
    send(&mut world, OPUS, &packet(3), 960);
    send(&mut world, OPUS, &packet(4), 960);
    let all: Vec<_> = (0..4).map(|_| heard(&mut world).join(" ")).collect();
    assert_eq!(all, ["Opus 1", "Opus lost before 3", "Opus 3", "Opus 4"]);
}

#[test]
fn who_stops_is_concealed_for_a_while_and_who_pauses_for_longer() {
    for (codec, payload_type, payload, frames) in [
        (Codec::G722, 9, vec![1; 160], 5),
        (Codec::Opus, OPUS, packet(1).to_vec(), 5),
        (Codec::Opus, OPUS, vec![1 << 3, 1], 25),
    ] {
        let mut world = speaking(codec, payload_type);
        send(&mut world, payload_type, &payload, 960);
        assert_eq!(heard(&mut world), [format!("{codec:?} 1")]);
        let lost = (0..60).take_while(|_| !heard(&mut world).is_empty()).count();
        assert_eq!(lost, frames, "{codec:?} {payload:?}");
    }
}

#[test]
fn comfort_noise_is_heard_from_when_it_is_asked_for_until_somebody_speaks() {
    let mut world = World::new();
    world.says(7);
    assert_eq!(heard(&mut world), ["Pcmu 7"]);
    send(&mut world, rtp::COMFORT_NOISE, &[60, 1, 2], 160);
    for _ in 0..100 {
        assert_eq!(heard(&mut world), ["noise 60"]);
    }
    send(&mut world, rtp::COMFORT_NOISE, &[50], 160);
    assert_eq!(heard(&mut world), ["noise 50"]);
    world.says(8);
    assert_eq!(heard(&mut world), ["Pcmu 8"]);
}

#[test]
fn a_peer_may_change_to_anything_that_was_agreed_on_in_the_middle() {
    let mut world = World::new();
    let also = [Some((9, Codec::G722)), Some((OPUS, Codec::Opus)), None];
    world.session.handle_terms(Terms { also, ..terms() }, world.now);
    world.says(1);
    assert_eq!(heard(&mut world), ["Pcmu 1"]);
    send(&mut world, 9, &[2; 160], 160);
    assert_eq!(heard(&mut world), ["G722 2"]);
    send(&mut world, OPUS, &packet(3), 960);
    assert_eq!(heard(&mut world), ["Opus 3"]);
    world.says(4);
    assert_eq!(heard(&mut world), ["Pcmu 4"]);
    send(&mut world, 97, &[5; 160], 160);
    assert_ne!(heard(&mut world), ["Pcmu 5"], "nobody agreed on that");
}

#[test]
fn the_payload_types_of_each_side_are_kept_apart() {
    let mut world = World::new();
    let terms = Terms { codec: Codec::Opus, payload_type: 96, own_payload_type: OPUS, ..terms() };
    world.session.handle_terms(terms, world.now);
    send(&mut world, OPUS, &packet(1), 960);
    assert_eq!(heard(&mut world), ["Opus 1"]);
    let mut buffer = [0; 1_500];
    let length = world.session.write_frame(Some(&packet(1)), &mut buffer).unwrap();
    assert_eq!(Packet::parse(&buffer[..length]).unwrap().payload_type, 96);
}

#[test]
fn a_codec_of_another_clock_is_another_stream() {
    let mut world = World::new();
    let source = |world: &mut World| Packet::parse(&world.sent(1).unwrap()).unwrap().ssrc;
    let before = source(&mut world);
    let opus = Terms { codec: Codec::Opus, payload_type: OPUS, own_payload_type: OPUS, ..terms() };
    world.session.handle_terms(opus, world.now);
    let sent = world.sent(1).unwrap();
    let sent = Packet::parse(&sent).unwrap();
    assert!(sent.ssrc != before && sent.marker);
    world.session.handle_terms(Terms { codec: Codec::G722, payload_type: 9, ..terms() }, world.now);
    assert_ne!(source(&mut world), sent.ssrc);
}

#[test]
fn keys_are_pressed_at_the_clock_of_the_codec_or_at_8_khz_as_was_agreed() {
    for (rate_hz, ticks) in [(48_000, 960), (8_000, 160)] {
        let mut world = speaking(Codec::Opus, OPUS);
        let terms = Terms { telephone_event_rate_hz: rate_hz, ..*world.session.terms().unwrap() };
        world.session.handle_terms(terms, world.now);
        world.session.send_tones(&[5]).unwrap();
        let mut durations = Vec::new();
        let mut begins = Vec::new();
        for _ in 0..8 {
            let sent = world.sent(1).unwrap();
            let packet = Packet::parse(&sent).unwrap();
            assert_eq!(packet.payload_type, EVENTS);
            durations.push(TelephoneEvent::parse(packet.payload).unwrap().duration);
            begins.push(packet.timestamp);
        }
        assert_eq!(durations, [1, 2, 3, 4, 5, 6, 6, 6].map(|frames| frames * ticks));
        begins.dedup();
        assert_eq!(begins.len(), 1, "the moment is said on the clock of the voice: {begins:?}");
    }
}

#[test]
fn keys_in_the_sound_of_wideband_phones_are_found() {
    for codec in [Codec::G722, Codec::Opus] {
        let payload_type = if codec == Codec::G722 { 9 } else { OPUS };
        let mut world = speaking(codec, payload_type);
        let terms =
            Terms { telephone_event: None, own_telephone_event: None, ..*world.session.terms().unwrap() };
        world.session.handle_terms(terms, world.now);
        let (mut g722, mut opus) = (g722::Encoder::default(), opus::Encoder::new());
        let mut said = Vec::new();
        for event in [1, 5, 11, 0] {
            for frame in 0..12 {
                let mut samples = [0; 320];
                if frame < 5 {
                    tone::write_dtmf(16_000, event, frame * 320, &mut samples);
                }
                let mut payload = [0; opus::MOST_BYTES];
                let length = match codec {
                    Codec::G722 => {
                        g722.encode(&samples, &mut payload[..160]);
                        160
                    }
                    _ => opus.encode(&samples, &mut payload),
                };
                send(&mut world, payload_type, &payload[..length], codec.clock_hz() / 50);
                heard(&mut world);
            }
            said.extend(world.reports());
        }
        let keys = [1, 5, 11, 0].into_iter().flat_map(|event| [ToneStarted(event), ToneEnded(event)]);
        assert_eq!(said, keys.collect::<Vec<_>>(), "{codec:?}");
    }
}

#[test]
fn a_wideband_peer_that_takes_no_keys_shall_hear_them() {
    let mut world = speaking(Codec::G722, 9);
    let terms = Terms { telephone_event: None, own_telephone_event: None, ..*world.session.terms().unwrap() };
    world.session.handle_terms(terms, world.now);
    assert_eq!(world.session.sounding_key(), None);
    world.sent(1);
    world.session.relay_key(5, 7);
    for frame in 0..4 {
        assert_eq!(world.session.sounding_key(), Some((5, frame)));
        world.sent(1);
    }
}
