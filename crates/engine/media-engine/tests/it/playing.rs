//! What is played, to whom, and what is reported of it.

use std::sync::Arc;

use codec::Law::{A, Mu};
use codec::{Pcm, goertzel};
use identifier::PlaybackId;
use media_engine::{FRAME_SAMPLES, Playable, RATE_HZ, Sound};
use media_plan::MediaReport::{Failed, Finished, Started};
use media_plan::{MediaPlan, Playback, Unplayable};

use crate::call::{Call, TONES, leg, playback, sound};

const ONE: PlaybackId = PlaybackId::from_u128(1);
const TWO: PlaybackId = PlaybackId::from_u128(2);

#[test]
fn a_sound_is_heard_by_its_audience_and_reported_with_its_first_and_last_frame() {
    let mut call = Call::new(&[Mu, A, Mu]);
    call.graph.play(playback(1, &[0, 1], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 100)));
    assert_eq!(call.run(1, &[]), [Started(ONE)]);
    assert_eq!(call.run(3, &[]), []);
    assert_eq!(call.run(1, &[]), [Finished(ONE)]);
    assert_eq!(call.run(5, &[]), []);
    for listener in [0, 1] {
        assert!(goertzel::share(&call.heard[listener][..800], RATE_HZ, 1_000.0) > 0.98);
        assert!(goertzel::rms(&call.heard[listener][800..]) < 10.0);
    }
    assert_eq!(goertzel::rms(&call.heard[2]), 0.0);
}

#[test]
fn sounds_follow_each_other_without_a_gap() {
    let mut call = Call::new(&[Mu]);
    let whole = codec::tone::sine(RATE_HZ, 1_000.0, std::time::Duration::from_millis(310), 0.3);
    let parts = [0..333, 333..1_111, 1_111..1_112, 1_112..whole.samples.len()];
    call.graph.play(playback(1, &[0], 4));
    for (index, part) in parts.into_iter().enumerate() {
        let part = Pcm { rate_hz: RATE_HZ, samples: whole.samples[part].to_vec() };
        call.graph.handle_sound(ONE, index, Ok(Arc::new(Sound::new(&part))));
    }
    assert_eq!(call.run(16, &[]), [Started(ONE), Finished(ONE)]);
    for (heard, sample) in call.heard[0].iter().zip(&whole.samples) {
        assert_eq!(*heard, Mu.decode_sample(Mu.encode_sample(*sample)));
    }
    assert!(call.heard[0][whole.samples.len()..].iter().all(|sample| *sample == 0));
}

#[test]
fn a_sound_that_is_late_is_waited_for() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 2));
    assert_eq!(call.run(3, &[]), []);
    call.graph.handle_sound(ONE, 1, Ok(sound(600.0, 40)));
    assert_eq!(call.run(3, &[]), [], "the second does not overtake the first");
    call.graph.handle_sound(ONE, 0, Ok(sound(400.0, 40)));
    assert_eq!(call.run(4, &[]), [Started(ONE), Finished(ONE)]);
    assert!(goertzel::share(&call.heard[0][960..1_280], RATE_HZ, 400.0) > 0.9);
    assert!(goertzel::share(&call.heard[0][1_280..1_600], RATE_HZ, 600.0) > 0.9);
}

#[test]
fn a_playback_repeats_until_it_is_stopped_and_then_says_nothing() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(Playback { repeat: true, ..playback(1, &[0], 1) });
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 50)));
    assert_eq!(call.run(100, &[]), [Started(ONE)]);
    assert!(goertzel::share(&call.heard[0], RATE_HZ, 1_000.0) > 0.95);
    call.graph.stop(ONE);
    call.heard[0].clear();
    assert_eq!(call.run(5, &[]), []);
    assert_eq!(goertzel::rms(&call.heard[0]), 0.0);
}

#[test]
fn a_stop_that_overtakes_the_sound_cancels_it() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 1));
    call.graph.stop(ONE);
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 50)));
    assert_eq!(call.run(5, &[]), []);
    assert_eq!(goertzel::rms(&call.heard[0]), 0.0);
}

#[test]
fn a_source_that_cannot_be_played_ends_the_playback_when_its_turn_comes() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 3));
    call.graph.handle_sound(ONE, 1, Err::<Playable, _>(Unplayable::Download));
    call.graph.handle_sound(ONE, 2, Ok(sound(1_000.0, 40)));
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 50)));
    assert_eq!(
        call.run(10, &[]),
        [Started(ONE), Failed { playback: ONE, source: 1, why: Unplayable::Download }]
    );
    assert!(goertzel::rms(&call.heard[0][..400]) > 1_000.0);
    assert_eq!(goertzel::rms(&call.heard[0][480..]), 0.0);
}

#[test]
fn sounds_without_a_sample_do_not_hold_up_the_call() {
    for repeat in [false, true] {
        let mut call = Call::new(&[Mu]);
        call.graph.play(Playback { repeat, ..playback(1, &[0], 2) });
        for source in 0..2 {
            call.graph.handle_sound(ONE, source, Ok(Arc::new(Sound::new(&Pcm::default()))));
        }
        let reports = call.run(3, &[]);
        assert!(matches!(reports[..], [Failed { why: Unplayable::Empty, .. }]), "{reports:?}");
    }
}

#[test]
fn playbacks_are_mixed_over_each_other_and_over_speech() {
    let mut call = Call::new(&[Mu, Mu]);
    call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
    call.graph.play(Playback { repeat: true, ..playback(1, &[0, 1], 1) });
    call.graph.play(playback(2, &[0], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound(2_000.0, 200)));
    call.graph.handle_sound(TWO, 0, Ok(sound(2_500.0, 400)));
    assert_eq!(call.run(20, &[1]), [Started(ONE), Started(TWO), Finished(TWO)]);
    let share = |listener: usize, tone| goertzel::share(&call.heard[listener], RATE_HZ, tone);
    assert!(share(0, 2_000.0) > 0.3 && share(0, 2_500.0) > 0.3 && share(0, TONES[1]) > 0.03);
    assert!(share(1, 2_000.0) > 0.98);
}

#[test]
fn a_playback_goes_on_after_its_listeners_are_gone() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 100)));
    let (seat, _) = call.seats.pop().unwrap();
    call.graph.leave(seat);
    assert_eq!(call.run(5, &[]), [Started(ONE), Finished(ONE)]);
}

#[test]
fn a_call_that_is_released_is_silent_and_idle() {
    let mut call = Call::new(&[Mu, Mu]);
    call.graph.connect(MediaPlan::everyone([leg(0), leg(1)]));
    call.graph.play(playback(1, &[0], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 100)));
    call.graph.release();
    assert!(call.graph.is_idle());
    assert_eq!(call.run(5, &[0, 1]), []);
    assert!(call.voices_heard_by(0).is_empty());
}

#[test]
fn a_long_sound_is_shared_frame_by_frame() {
    let sound = sound(440.0, 60_000);
    let mut call = Call::new(&[Mu, A]);
    call.graph.play(playback(1, &[0, 1], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound.clone()));
    call.run(7, &[]);
    let at = 6 * FRAME_SAMPLES;
    for (seat, law) in &call.seats {
        assert_eq!(call.graph.heard_by(*seat).unwrap(), &sound.codes(*law)[at..at + FRAME_SAMPLES]);
    }
}

#[test]
fn a_sound_that_comes_twice_goes_on_as_it_came_first() {
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 1));
    call.graph.handle_sound(ONE, 0, Ok(sound(1_000.0, 100)));
    assert_eq!(call.run(2, &[]), [Started(ONE)]);
    call.graph.handle_sound(ONE, 0, Ok(sound(2_000.0, 10)));
    assert_eq!(call.run(5, &[]), [Finished(ONE)]);
    assert!(goertzel::share(&call.heard[0], RATE_HZ, 2_000.0) < 0.01);
}

#[test]
fn sounds_that_are_played_no_longer_are_given_back_and_not_freed_where_calls_are_served() {
    let [played, stopped, late, twice] = [100, 60_000, 100, 100].map(|ms| sound(1_000.0, ms));
    let mut call = Call::new(&[Mu]);
    call.graph.play(playback(1, &[0], 1));
    for sound in [&played, &twice] {
        call.graph.handle_sound(ONE, 0, Ok(sound.clone()));
    }
    call.graph.play(playback(2, &[0], 1));
    call.graph.handle_sound(TWO, 0, Ok(stopped.clone()));
    call.run(3, &[]);
    call.graph.stop(TWO);
    call.graph.handle_sound(TWO, 0, Ok(late.clone()));
    call.run(4, &[]);
    for sound in [&played, &stopped, &late, &twice] {
        assert_eq!(Arc::strong_count(sound), 2, "it waits to be taken");
    }
    assert_eq!(std::iter::from_fn(|| call.graph.poll_spent()).count(), 4);
    for sound in [&played, &stopped, &late, &twice] {
        assert_eq!(Arc::strong_count(sound), 1);
    }
}
