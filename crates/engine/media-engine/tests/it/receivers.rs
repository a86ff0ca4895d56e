//! What a far end wants of Opus that is sent to it (RFC 7587 §6.1).

use std::time::Duration;

use codec::opus::{self, Receiver};
use codec::{Codec, Voice, tone};
use media_engine::{Graph, Seat, WIDE_FRAME_SAMPLES as FRAME, WIDE_RATE_HZ as RATE_HZ};
use media_plan::MediaPlan;

use crate::call::{leg, playback, sound};

const FRUGAL: Receiver = Receiver {
    max_average_bitrate_bps: Some(12_000),
    max_playback_rate_hz: 8_000,
    in_band_fec: false,
    dtx: false,
};

/// A speaker of Opus, and those who hear it, each with what it wants.
fn call(wants: &[Receiver]) -> (Graph, Vec<Seat>) {
    let mut graph = Graph::new();
    let seats: Vec<Seat> = (0..=wants.len()).map(|index| graph.join(leg(index), Codec::Opus)).collect();
    for (seat, wants) in seats[1..].iter().zip(wants) {
        graph.set_opus(*seat, *wants);
    }
    let mut plan = MediaPlan::everyone((0..=wants.len()).map(leg));
    plan.speaking.retain(|speaker| *speaker == leg(0));
    graph.connect(plan);
    (graph, seats)
}

/// Two seconds of something loud in far more bits than some want.
fn lavish() -> Vec<Vec<u8>> {
    let mut chord = tone::chord(RATE_HZ, &[330.0, 990.0, 2_500.0], Duration::from_secs(2), 0.6).samples;
    let mut noise = 1_u32;
    for sample in &mut chord {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *sample = sample.saturating_add((noise >> 19) as i16);
    }
    let mut encoder = opus::Encoder::new();
    let mut bytes = [0; opus::MOST_BYTES];
    let mut encode = |frame: &[i16; FRAME]| {
        let length = encoder.encode(frame, &mut bytes);
        bytes[..length].to_vec()
    };
    chord.as_chunks().0.iter().map(&mut encode).collect()
}

fn kilobits_per_second(packets: &[Vec<u8>]) -> f64 {
    packets.iter().map(|packet| packet.len() * 8).sum::<usize>() as f64 / (packets.len() as f64 * 20.0)
}

/// What each listener hears of a speech.
fn hear(graph: &mut Graph, seats: &[Seat], speech: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let mut heard = vec![Vec::new(); seats.len() - 1];
    for packet in speech {
        graph.handle_voice(seats[0], Voice::Coded(Codec::Opus, packet));
        graph.advance();
        for (heard, seat) in heard.iter_mut().zip(&seats[1..]) {
            heard.push(graph.heard_by(*seat).unwrap().to_vec());
        }
    }
    heard
}

#[test]
fn a_stream_that_is_too_rich_does_not_pass_as_it_came() {
    let (mut graph, seats) = call(&[Receiver::default(), FRUGAL]);
    let speech = lavish();
    let heard = hear(&mut graph, &seats, &speech);
    assert_eq!(heard[0], speech, "who says nothing gets it as it came");
    assert!(kilobits_per_second(&speech) > 20.0, "{}", kilobits_per_second(&speech));
    let sent = kilobits_per_second(&heard[1][10..]);
    assert!((1.0..=12.0).contains(&sent), "{sent}");
}

#[test]
fn what_it_wants_may_change_in_the_middle_of_a_call() {
    let (mut graph, seats) = call(&[FRUGAL]);
    let speech = lavish();
    hear(&mut graph, &seats, &speech[..50]);
    graph.set_opus(seats[1], Receiver::default());
    let heard = hear(&mut graph, &seats, &speech[50..]);
    assert_eq!(heard[0].last(), speech.last());
    graph.set_opus(seats[1], FRUGAL);
    let heard = hear(&mut graph, &seats, &speech);
    assert!(kilobits_per_second(&heard[0][10..]) <= 12.0);
}

#[test]
fn music_that_is_encoded_for_all_is_encoded_anew_for_who_wants_less() {
    let (mut graph, seats) = call(&[Receiver::default(), FRUGAL]);
    let music = sound(440.0, 1_000);
    music.prepare(Codec::Opus);
    graph.play(playback(1, &[1, 2], 1));
    graph.handle_sound(playback(1, &[1, 2], 1).id, 0, Ok(music.clone()));
    let mut heard = [Vec::new(), Vec::new()];
    for frame in 0..40 {
        graph.advance();
        for (heard, seat) in heard.iter_mut().zip(&seats[1..]) {
            heard.push(graph.heard_by(*seat).unwrap().to_vec());
        }
        assert_eq!(Some(&heard[0][frame][..]), music.coded(Codec::Opus, frame * 160), "{frame}");
    }
    let sent = kilobits_per_second(&heard[1][5..]);
    assert!((1.0..=12.0).contains(&sent), "{sent}");
}

#[test]
fn who_wants_no_silence_is_sent_none_but_a_sign_of_life() {
    let (mut graph, seats) = call(&[Receiver { dtx: true, ..Receiver::default() }, Receiver::default()]);
    hear(&mut graph, &seats, &lavish()[..20]);
    let mut sent = [0, 0];
    for _ in 0..500 {
        graph.advance();
        for (sent, seat) in sent.iter_mut().zip(&seats[1..]) {
            *sent += usize::from(!graph.heard_by(*seat).unwrap().is_empty());
        }
    }
    assert!((20..60).contains(&sent[0]), "{} of 500", sent[0]);
    assert_eq!(sent[1], 500);
    let heard = hear(&mut graph, &seats, &lavish());
    assert!(heard[0].iter().all(|packet| packet.len() > 2), "a voice is heard at once");
}
