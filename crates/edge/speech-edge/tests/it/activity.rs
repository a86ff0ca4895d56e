//! The beginning and the end of speech, frame by frame.

use codec::{Pcm, resample, tone};
use speech_edge::{EAR_FRAME, SpeechChange, VoiceActivity};
use std::time::Duration;

use crate::voices::{Frame, Hiss, espeak, flite, frames, over_the_phone};

/// When speech began and ended, by frame.
fn changes(frames: &[Frame], end_silence_ms: u32) -> Vec<(usize, SpeechChange)> {
    let mut activity = VoiceActivity::new(end_silence_ms);
    frames
        .iter()
        .enumerate()
        .filter_map(|(at, frame)| activity.hear(frame).map(|change| (at, change)))
        .collect()
}

/// The sample at which a voice can first be heard: a stretch of 5 ms at a twentieth of the loudness of speech.
fn onset(frames: &[Frame]) -> usize {
    let samples: Vec<i16> = frames.iter().flatten().copied().collect();
    let audible = |chunk: &[i16]| codec::goertzel::rms(chunk) > 450.0;
    samples.chunks(80).position(audible).expect("somebody speaks") * 80
}

#[test]
fn speech_is_noticed_within_60_ms_of_its_first_sound() {
    let mut late = Vec::new();
    for words in ["yes", "no", "operator", "account balance", "anna", "nine", "my name is Miller"] {
        for voice in ["slt", "awb", "rms", "kal16"] {
            late.push((voice, words, flite(voice, words)));
        }
        for voice in ["en-us+f2", "en-gb+m1"] {
            late.push((voice, words, espeak(voice, words)));
        }
    }
    let mut delays = Vec::new();
    for (voice, words, sound) in late {
        let line = over_the_phone(&sound, 20.0, 700, 900);
        let noticed = changes(&line, 500).first().map(|(at, _)| (at + 1) * EAR_FRAME);
        let noticed = noticed.unwrap_or_else(|| panic!("{voice} says {words} and nobody hears it"));
        let delay_ms = (noticed as i64 - onset(&line) as i64) / 16;
        delays.push((delay_ms, voice, words));
    }
    delays.sort_unstable();
    let worst = delays.last().copied().expect("there are some");
    let median = delays[delays.len() / 2].0;
    println!("speech is noticed after {median} ms in the middle, {worst:?} at worst: {delays:?}");
    let in_time = delays.iter().filter(|(delay, ..)| *delay <= 60).count();
    assert!(in_time * 100 >= delays.len() * 90, "{delays:?}");
    assert!(median <= 45 && worst.0 <= 120, "{delays:?}");
}

#[test]
fn speech_ends_after_the_silence_that_was_asked_for() {
    for end_silence_ms in [300, 500, 1_000] {
        let line = over_the_phone(&flite("slt", "yes"), 20.0, 500, 2_000);
        let changes = changes(&line, end_silence_ms);
        let [(began, SpeechChange::Started(_)), (ended, SpeechChange::Ended(spoken))] = changes.as_slice()
        else {
            panic!("once: {changes:?}");
        };
        let length_ms = (ended - began) * 20;
        assert!(*spoken >= 10, "{spoken}");
        assert!((end_silence_ms as usize..end_silence_ms as usize + 900).contains(&length_ms), "{length_ms}");
    }
}

#[test]
fn a_pause_within_a_sentence_does_not_end_it() {
    let line =
        over_the_phone(&flite("rms", "I would like to speak, with somebody in sales"), 20.0, 500, 1_500);
    assert_eq!(changes(&line, 800).len(), 2);
}

/// What is no speech, and what somebody might take for it.
fn disturbances() -> Vec<(&'static str, Vec<Frame>)> {
    let seconds = Duration::from_secs(6);
    let mut keys = Pcm { rate_hz: 16_000, samples: Vec::new() };
    for key in "0123456789*#".chars() {
        keys.samples.extend(tone::dtmf(16_000, key, Duration::from_millis(160)).expect("a key").samples);
        keys.samples.extend([0; 1_600]);
    }
    let scaled = |sound: &Pcm, loudness: f64| -> Vec<i16> {
        let gain = loudness / codec::goertzel::rms(&sound.samples).max(1.0);
        sound.samples.iter().map(|sample| (f64::from(*sample) * gain) as i16).collect()
    };
    let mut hiss = Hiss(7);
    let mut noise =
        |loudness: f64| -> Vec<i16> { (0..16_000 * 6).map(|_| (hiss.next() * loudness) as i16).collect() };
    // Six seconds of an echo 28 dB below the prompt that it is of.
    let prompt =
        resample(&flite("slt", "Welcome. For sales, press one. For support, press two. Thank you."), 16_000);
    vec![
        ("silence", frames(&[0; 16_000])),
        ("a quiet line", frames(&noise(20.0))),
        ("a noisy line", frames(&noise(400.0))),
        ("a very noisy line", frames(&noise(1_500.0))),
        ("keys", frames(&keys.samples)),
        ("a dial tone", frames(&tone::chord(16_000, &[350.0, 440.0], seconds, 0.2).samples)),
        ("a ringback tone", frames(&tone::sine(16_000, 425.0, seconds, 0.2).samples)),
        ("a modem", frames(&tone::sine(16_000, 2_100.0, seconds, 0.3).samples)),
        ("an echo of the prompt", frames(&scaled(&prompt, 120.0))),
    ]
}

#[test]
fn what_is_no_speech_is_not_taken_for_it() {
    for (what, sound) in disturbances() {
        let noticed = changes(&sound, 500);
        assert!(noticed.is_empty(), "{what}: {noticed:?}");
    }
}

#[test]
fn speech_is_noticed_in_noise() {
    for noise in [100.0, 250.0] {
        let line = over_the_phone(&flite("rms", "I would like to talk to sales"), noise, 1_000, 1_500);
        let changes = changes(&line, 500);
        assert!(
            matches!(changes.first(), Some((at, SpeechChange::Started(_))) if (45..70).contains(at)),
            "{noise}: {changes:?}"
        );
    }
}
