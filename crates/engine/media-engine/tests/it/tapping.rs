//! Who listens without being a leg, and who speaks without being one.

use std::collections::BTreeMap;
use std::time::Duration;

use codec::Law::{A, Mu};
use codec::{Codec, Voice, goertzel, tone};
use identifier::TapId;
use media_engine::{FRAME_SAMPLES, Hearing, Track, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ};
use media_plan::MediaPlan;

use crate::call::{Call, TONES, leg, playback, sound};

const TAP: TapId = TapId::from_u128(1);
const MIXED: Hearing = Hearing { apart: None, played: false, live: None };
const APART: Hearing = Hearing { apart: Some(4), played: false, live: None };

/// Frames go by; what the tap hears of each track, silence as zeros.
fn run(call: &mut Call, frames: usize, speakers: &[usize]) -> BTreeMap<Track, Vec<i16>> {
    let mut heard: BTreeMap<Track, Vec<i16>> = BTreeMap::new();
    for _ in 0..frames {
        call.run(1, speakers);
        for (track, samples) in call.graph.heard_by_tap(TAP) {
            heard.entry(track).or_default().extend(samples.unwrap_or(&[0; WIDE_FRAME_SAMPLES]));
        }
    }
    heard
}

fn share(heard: &[i16], tone_hz: f64) -> f64 {
    goertzel::share(&heard[heard.len() / 4..], WIDE_RATE_HZ, tone_hz)
}

#[test]
fn a_tap_hears_the_sum_of_those_it_names_and_nobody_else() {
    let mut call = Call::new(&[Mu, A, Mu]);
    call.graph.connect(MediaPlan::everyone((0..3).map(leg)));
    call.graph.listen(TAP, vec![leg(0), leg(1)], MIXED);
    let heard = run(&mut call, 50, &[0, 1, 2]);
    let [mixed] = heard.values().collect::<Vec<_>>()[..] else { panic!("one track") };
    assert_eq!(mixed.len(), 50 * WIDE_FRAME_SAMPLES);
    assert!(share(mixed, TONES[0]) > 0.45 && share(mixed, TONES[1]) > 0.45 && share(mixed, TONES[2]) < 0.001);
    assert_eq!(
        [0, 1, 2].map(|it| call.voices_heard_by(it)),
        [vec![1, 2], vec![0, 2], vec![0, 1]],
        "as without"
    );
}

#[test]
fn a_tap_hears_each_apart_and_silence_as_such() {
    let mut call = Call::new(&[Mu, A]);
    call.graph.listen(TAP, vec![leg(0), leg(1)], APART);
    let heard = run(&mut call, 50, &[0, 1]);
    for (index, tone_hz) in TONES[..2].iter().enumerate() {
        assert!(share(&heard[&Track::Leg(leg(index))], *tone_hz) > 0.99, "nobody else needs to hear them");
    }
    let silence = [0xd5; FRAME_SAMPLES];
    // The first holds the end of the tone still, which the filter keeps for a millisecond.
    for _ in 0..2 {
        call.graph.handle_voice(call.seats[1].0, Voice::Coded(Codec::Pcma, &silence));
        call.graph.advance();
    }
    let tracks: Vec<_> = call.graph.heard_by_tap(TAP).collect();
    assert_eq!(tracks, [(Track::Leg(leg(0)), None), (Track::Leg(leg(1)), None)], "A-law knows no zero");
}

#[test]
fn of_many_the_loudest_are_heard_and_do_not_change_at_every_word() {
    let mut call = Call::new(&[Mu; 7]);
    call.graph.listen(TAP, (0..7).map(leg).collect(), APART);
    let first = run(&mut call, 25, &[1, 2, 4, 6]);
    let speaking = |heard: &BTreeMap<Track, Vec<i16>>| {
        let is_loud =
            |(_, samples): &(&Track, &Vec<i16>)| goertzel::rms(&samples[samples.len() / 2..]) > 500.0;
        heard.iter().filter(is_loud).map(|(track, _)| *track).collect::<Vec<_>>()
    };
    let four = [1, 2, 4, 6].map(|index| Track::Leg(leg(index)));
    assert_eq!(speaking(&first), four);
    // As loud as those: whoever is heard goes on.
    let second = run(&mut call, 25, &[0, 1, 2, 4, 6]);
    assert_eq!(speaking(&second), four);
    // Two fall silent, and two others are heard instead.
    run(&mut call, 50, &[0, 1, 2, 3]);
    let third = run(&mut call, 25, &[0, 1, 2, 3]);
    assert_eq!(speaking(&third), [0, 1, 2, 3].map(|index| Track::Leg(leg(index))));
    assert_eq!(third.len(), 4);
}

#[test]
fn what_is_played_is_heard_where_it_is_asked_for() {
    for (hearing, expected) in [
        (MIXED, None),
        (Hearing { played: true, ..MIXED }, Some(Track::Mixed)),
        (APART, None),
        (Hearing { played: true, ..APART }, Some(Track::Played)),
    ] {
        let mut call = Call::new(&[Mu, Mu]);
        call.graph.listen(TAP, vec![leg(0)], hearing);
        call.graph.play(playback(1, &[0, 1], 1));
        call.graph.play(playback(2, &[1], 1));
        call.graph.handle_sound(playback(1, &[0], 1).id, 0, Ok(sound(700.0, 600)));
        call.graph.handle_sound(playback(2, &[1], 1).id, 0, Ok(sound(2_500.0, 600)));
        let heard = run(&mut call, 25, &[]);
        let played: Vec<Track> = heard
            .iter()
            .filter(|(_, samples)| goertzel::rms(samples) > 500.0)
            .map(|(track, _)| *track)
            .collect();
        assert_eq!(played, Vec::from_iter(expected), "{hearing:?}");
        if let Some(track) = expected {
            assert!(share(&heard[&track], 700.0) > 0.95, "not what others hear");
        }
    }
}

#[test]
fn a_voice_that_is_listened_to_still_passes_unchanged() {
    let mut call = Call::new(&[Mu, Mu]);
    call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
    call.graph.listen(TAP, vec![leg(0), leg(1)], MIXED);
    let codes: [u8; FRAME_SAMPLES] = std::array::from_fn(|index| (index * 7) as u8);
    call.graph.handle_voice(call.seats[0].0, Voice::Coded(Codec::Pcmu, &codes));
    call.graph.advance();
    assert_eq!(call.graph.heard_by(call.seats[1].0).unwrap(), codes);
}

#[test]
fn a_live_voice_is_heard_by_all_in_the_conversation_and_by_taps_that_ask() {
    let mut call = Call::new(&[Mu, A, Mu]);
    call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
    call.graph.listen(TAP, vec![leg(0), leg(1)], MIXED);
    call.graph.give_voice(TAP);
    let other = TapId::from_u128(2);
    call.graph.listen(other, vec![leg(0)], Hearing { played: true, ..MIXED });
    let said = tone::sine(WIDE_RATE_HZ, 700.0, Duration::from_secs(1), 0.3).samples;
    let mut recorded = Vec::new();
    for frame in said.as_chunks().0 {
        call.graph.handle_live_voice(TAP, frame);
        call.run(1, &[]);
        let (_, samples) = call.graph.heard_by_tap(other).next().unwrap();
        recorded.extend(samples.unwrap_or(&[0; WIDE_FRAME_SAMPLES]));
        assert!(
            call.graph.heard_by_tap(TAP).all(|(_, samples)| samples.is_none()),
            "it does not hear itself"
        );
    }
    for listener in [0, 1] {
        assert!(goertzel::share(&call.heard[listener][400..], 8_000, 700.0) > 0.98);
    }
    assert!(goertzel::rms(&call.heard[2]) < 10.0, "who is on hold does not hear it");
    assert!(share(&recorded, 700.0) > 0.99);
    call.graph.stop_listening(TAP);
    call.graph.handle_live_voice(TAP, &[9_000; WIDE_FRAME_SAMPLES]);
    call.heard[0].clear();
    call.run(5, &[]);
    assert!(goertzel::rms(&call.heard[0]) < 10.0);
}

#[test]
fn a_leg_that_comes_later_is_heard_and_one_that_left_is_not() {
    let mut call = Call::new(&[Mu, Mu]);
    call.graph.listen(TAP, vec![leg(0), leg(1), leg(2)], APART);
    let (left, _) = call.seats.remove(0);
    call.graph.leave(left);
    let tracks = |call: &mut Call| {
        call.graph.advance();
        call.graph.heard_by_tap(TAP).map(|(track, _)| track).collect::<Vec<_>>()
    };
    assert_eq!(tracks(&mut call), [Track::Leg(leg(1))]);
    call.graph.join(leg(2), Codec::G722);
    assert_eq!(tracks(&mut call), [Track::Leg(leg(1)), Track::Leg(leg(2))]);
    call.graph.release();
    assert!(tracks(&mut call).is_empty() && call.graph.is_idle());
}
