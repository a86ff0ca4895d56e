//! Keys are found in the sound of a phone (ITU-T Q.24), and only there.

use std::f64::consts::TAU;
use std::time::Duration;

use codec::dtmf::{Detector, KeyChange};
use codec::{Law, Pcm, decode_file, tone};

const KEYS: &str = "0123456789*#ABCD";
/// How much louder the column may be than the row, and how much less.
const TWISTS_DB: [f64; 3] = [-8.0, 0.0, 4.0];
const LAWS: [Law; 2] = [Law::Mu, Law::A];

#[test]
fn every_key_is_found_at_every_level_in_either_law() {
    for law in &LAWS {
        for key in KEYS.chars() {
            for level_db in [-3.0, -6.0, -10.0, -16.0, -24.0, -30.0] {
                let press = Press { key, level_db, ..PRESS };
                check(&through(law, &press.between_silence()), &key.to_string());
            }
        }
    }
}

#[test]
fn a_row_may_be_louder_than_its_column_and_somewhat_the_other_way_round() {
    for key in KEYS.chars() {
        for twist_db in TWISTS_DB {
            for level_db in [-3.0, -16.0, -30.0] {
                let press = Press { key, level_db, twist_db, ..PRESS };
                LAWS.iter().for_each(|law| check(&through(law, &press.between_silence()), &key.to_string()));
            }
        }
        for twist_db in [-14.0, 9.0] {
            check(&Press { key, twist_db, ..PRESS }.between_silence(), "");
        }
    }
}

#[test]
fn keys_are_found_in_noise() {
    let mut noise = Noise(7);
    for key in KEYS.chars() {
        for (level_db, twist_db) in [(-6.0, 0.0), (-16.0, -8.0), (-16.0, 4.0), (-28.0, 0.0)] {
            let mut sound = Press { key, level_db, twist_db, ..PRESS }.between_silence();
            noise.add(&mut sound, level_db - 15.0);
            LAWS.iter().for_each(|law| check(&through(law, &sound), &key.to_string()));
        }
    }
}

#[test]
fn a_phone_may_be_out_of_tune_by_a_percent_and_a_half() {
    for key in KEYS.chars() {
        for (off, twist_db) in [(0.015, 4.0), (-0.015, -8.0), (0.015, 0.0), (-0.015, 0.0)] {
            let press = Press { key, off, off_hz: 2.0 * f64::signum(off), twist_db, ..PRESS };
            check(&press.between_silence(), &key.to_string());
        }
        for off in [-0.035, 0.035] {
            check(&Press { key, off, ..PRESS }.between_silence(), "");
        }
    }
}

#[test]
fn keys_that_follow_each_other_fast_are_all_found() {
    let mut noise = Noise(9);
    for (down, pause) in [(50, 50), (40, 40), (80, 30), (200, 60)] {
        for twist_db in TWISTS_DB {
            let keys = "1234567890*#ABCD1100##55";
            let mut sound = silence(100);
            for key in keys.chars() {
                sound.extend(Press { key, ms: down, twist_db, ..PRESS }.sound());
                sound.extend(silence(pause));
            }
            check(&sound, keys);
            noise.add(&mut sound, PRESS.level_db - 15.0);
            check(&through(&Law::A, &sound), keys);
        }
    }
}

#[test]
fn keys_without_a_pause_between_them_are_told_apart() {
    let sound = ['1', '5', '9', '5'].map(|key| Press { key, ..PRESS }.sound()).concat();
    check(&[silence(50), sound, silence(50)].concat(), "1595");
}

#[test]
fn forty_milliseconds_are_a_key_wherever_frames_begin() {
    for offset in 0..160 {
        for key in ['1', '8', 'D'] {
            for (twist_db, off) in [(0.0, 0.0), (-8.0, 0.015), (4.0, -0.015)] {
                let off_hz = 2.0 * f64::signum(off);
                let press = Press { key, twist_db, off, off_hz, ms: 40, ..PRESS };
                let sound = [vec![0; offset], press.sound(), silence(100)].concat();
                check(&sound, &key.to_string());
            }
        }
    }
}

#[test]
fn twenty_three_milliseconds_are_none() {
    for offset in 0..160 {
        for key in KEYS.chars() {
            let twist_db = TWISTS_DB[offset % 3];
            let click = Press { key, ms: 23, twist_db, ..PRESS }.sound();
            check(&[vec![0; offset], click.clone(), silence(40), click, silence(100)].concat(), "");
        }
    }
}

#[test]
fn a_key_that_drops_out_for_a_moment_is_one_key() {
    for offset in 0..160 {
        let mut key = Press { ms: 120, ..PRESS }.sound();
        key[480..560].fill(0);
        check(&[vec![0; offset], key, silence(100)].concat(), "5");
    }
}

#[test]
fn a_key_that_is_held_goes_down_within_40_ms_and_comes_up_within_30() {
    for offset in 0..160 {
        let sound = [vec![0; offset], Press { ms: 3_000, ..PRESS }.sound(), silence(100)].concat();
        let changes = changes(&sound, 8);
        let ms = |at: usize| (at - offset) / 8;
        let [(down, KeyChange::Down(5)), (up, KeyChange::Up(5))] = changes[..] else { panic!("{changes:?}") };
        assert!((26..=40).contains(&ms(down)) && (3_000..=3_030).contains(&ms(up)), "{down} {up}");
    }
}

#[test]
fn it_does_not_matter_in_which_pieces_sound_comes() {
    let sound = [silence(33), Press { ms: 60, ..PRESS }.sound(), silence(77)].concat();
    let whole = changes(&sound, sound.len()).into_iter().map(|(_, change)| change).collect::<Vec<_>>();
    for piece in [1, 7, 39, 40, 41, 160, 333] {
        assert!(changes(&sound, piece).into_iter().map(|(_, change)| change).eq(whole.iter().copied()));
    }
}

#[test]
fn what_is_cut_off_comes_up_when_the_sound_ends() {
    let mut detector = Detector::new();
    detector.hear(&Press { ms: 70, ..PRESS }.sound(), |_| {});
    assert_eq!(detector.pressed(), Some(5));
    assert_eq!((detector.reset(), detector.reset()), (Some(5), None));
    detector.hear(&Press { ms: 20, ..PRESS }.sound(), |change| panic!("{change:?}"));
}

#[test]
fn somebody_who_speaks_presses_no_key() {
    let speech = speech();
    assert!(speech.len() > 20 * 8_000);
    for gain in [0.25, 1.0, 2.5] {
        let louder: Vec<i16> = speech.iter().map(|sample| (f64::from(*sample) * gain) as i16).collect();
        LAWS.iter().for_each(|law| check(&through(law, &louder), ""));
    }
}

#[test]
fn a_key_is_found_while_somebody_speaks_softly() {
    let speech = speech();
    for (index, part) in speech.chunks_exact(4_000).enumerate() {
        let key = KEYS.chars().nth(index % 16).unwrap();
        let mut sound =
            [silence(100), Press { key, ms: 200, level_db: -10.0, ..PRESS }.sound(), silence(200)].concat();
        sound.iter_mut().zip(part).for_each(|(sample, voice)| *sample += voice / 8);
        check(&sound, &key.to_string());
    }
}

#[test]
fn the_tones_of_the_network_are_no_keys() {
    let tones: [&[f64]; 18] = [
        &[350.0, 440.0],
        &[440.0, 480.0],
        &[480.0, 620.0],
        &[425.0],
        &[400.0, 450.0],
        &[1_004.0],
        &[950.0],
        &[1_400.0],
        &[1_800.0],
        &[1_100.0],
        &[2_100.0],
        &[1_300.0],
        &[697.0],
        &[1_336.0],
        &[770.0, 852.0],
        // Multi-frequency signaling (ITU-T Q.320, Q.441).
        &[700.0, 1_300.0],
        &[900.0, 1_500.0],
        &[1_380.0, 1_500.0],
    ];
    for tones in tones {
        let sound = tone::chord(8_000, tones, Duration::from_millis(500), 0.5);
        let repeated = [sound.samples, silence(100)].concat().repeat(3);
        LAWS.iter().for_each(|law| check(&through(law, &repeated), ""));
    }
}

#[test]
fn music_presses_no_key() {
    let scale = |step: i32| 220.0 * 2_f64.powf(f64::from(step) / 12.0);
    for root in 0..24 {
        for (third, fifth) in [(4, 7), (3, 7), (3, 6), (5, 9)] {
            let notes = [scale(root), scale(root + third), scale(root + fifth), scale(root + 12)];
            check(&played(&notes[..2]), "");
            check(&played(&notes), "");
            notes.iter().for_each(|note| check(&played(&[*note]), ""));
        }
    }
}

#[test]
fn noise_presses_no_key() {
    let mut noise = Noise(11);
    for level_db in [-50.0, -30.0, -10.0] {
        let mut sound = silence(10_000);
        noise.add(&mut sound, level_db);
        check(&sound, "");
    }
    check(&[silence(50), Press { level_db: -55.0, ..PRESS }.sound(), silence(50)].concat(), "");
    let loudest: Vec<i16> = (0..8_000).map(|at| if at / 5 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    check(&loudest, "");
}

/// A key as a phone sounds it.
#[derive(Clone, Copy)]
struct Press {
    key: char,
    ms: usize,
    /// Both tones together; a full sine is 0 dB.
    level_db: f64,
    /// The column over the row.
    twist_db: f64,
    /// How far it is out of tune: a part of the frequency, and a constant.
    off: f64,
    off_hz: f64,
}

const PRESS: Press = Press { key: '5', ms: 80, level_db: -13.0, twist_db: 0.0, off: 0.0, off_hz: 0.0 };

impl Press {
    fn sound(&self) -> Vec<i16> {
        let frequencies = tone::dtmf_frequencies(self.key).unwrap();
        let [row_hz, column_hz] = frequencies.map(|hz| hz * (1.0 + self.off) + self.off_hz);
        let ratio = 10_f64.powf(self.twist_db / 20.0);
        let row = (10_f64.powf(self.level_db / 10.0) / (1.0 + ratio * ratio)).sqrt();
        let sample = |at: usize| {
            let time = at as f64 / 8_000.0;
            let sum = (TAU * row_hz * time).sin() + ratio * (TAU * column_hz * time + 1.0).sin();
            (32_767.0 * row * sum) as i16
        };
        (0..self.ms * 8).map(sample).collect()
    }

    fn between_silence(&self) -> Vec<i16> {
        [silence(61), self.sound(), silence(61)].concat()
    }
}

#[track_caller]
fn check(sound: &[i16], keys: &str) {
    let changes = changes(sound, 160);
    let (downs, ups): (Vec<_>, Vec<_>) =
        changes.iter().map(|(_, change)| *change).partition(|change| matches!(change, KeyChange::Down(_)));
    let key = |change: KeyChange| match change {
        KeyChange::Down(event) | KeyChange::Up(event) => KEYS.chars().nth(event.into()).unwrap(),
    };
    assert_eq!(downs.into_iter().map(key).collect::<String>(), keys, "{changes:?}");
    assert_eq!(ups.into_iter().map(key).collect::<String>(), keys, "{changes:?}");
}

/// What a detector reports that hears `sound` piece by piece, and after how many samples.
fn changes(sound: &[i16], piece: usize) -> Vec<(usize, KeyChange)> {
    let mut detector = Detector::new();
    let (mut changes, mut at) = (Vec::new(), 0);
    for piece in sound.chunks(piece) {
        at += piece.len();
        detector.hear(piece, |change| changes.push((at, change)));
    }
    changes
}

fn through(law: &Law, sound: &[i16]) -> Vec<i16> {
    sound.iter().map(|sample| law.decode_sample(law.encode_sample(*sample))).collect()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

/// Half a minute of voices, high and low, in several languages.
fn speech() -> Vec<i16> {
    let file = include_bytes!("../../fixtures/espeak_ng_speech_8khz_mulaw.wav");
    let Pcm { rate_hz, samples } = decode_file(file, Duration::from_secs(60)).unwrap();
    assert_eq!(rate_hz, 8_000);
    samples
}

/// Notes of an instrument with overtones that fade.
fn played(notes_hz: &[f64]) -> Vec<i16> {
    let sample = |at: usize| {
        let time = at as f64 / 8_000.0;
        let overtones = notes_hz.iter().flat_map(|note| (1..=6).map(move |number| (note, f64::from(number))));
        let sum: f64 = overtones
            .filter(|(note, number)| *note * number < 3_800.0)
            .map(|(note, number)| (TAU * note * number * time).sin() / number.powf(1.3))
            .sum();
        (sum * 9_000.0 / notes_hz.len() as f64 * (-2.0 * time).exp()) as i16
    };
    (0..4_000).map(sample).chain(silence(50)).collect()
}

/// White noise that is the same each time.
struct Noise(u64);

impl Noise {
    fn add(&mut self, sound: &mut [i16], level_db: f64) {
        // Of the power of a sine that is so loud.
        let deviation = 32_767.0 * 10_f64.powf(level_db / 20.0) / 2_f64.sqrt();
        for sample in sound {
            let sum: f64 = (0..12).map(|_| self.next()).sum::<f64>() - 6.0;
            *sample = (f64::from(*sample) + sum * deviation).clamp(-32_768.0, 32_767.0) as i16;
        }
    }

    /// 0.0 to 1.0.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}
