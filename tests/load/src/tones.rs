//! Keys in sound: how often speech and music are taken for one, and how often a key in noise is missed.
//!
//! No clock is involved: the detector hears an hour as fast as it can.

use std::f64::consts::TAU;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use codec::dtmf::{Detector, KeyChange};
use codec::{Law, decode_file, resample, tone};
use serde::Serialize;

const RATE_HZ: u32 = 8_000;
/// What is read out: there is no lack of words here.
const TEXTS: [&str; 4] = [
    include_str!("../../../docs/ARCHITECTURE.md"),
    include_str!("../../../docs/COMPATIBILITY.md"),
    include_str!("../../../docs/OPERATING.md"),
    include_str!("../../../docs/RFC.md"),
];
/// Languages, and the people who speak them: high and low, clear and hoarse.
const LANGUAGES: [&str; 10] = ["en-us", "en-gb", "de", "fr-fr", "es", "it", "pt-br", "nl", "pl", "sv"];
const PEOPLE: [&str; 9] = ["f1", "f2", "f3", "f4", "f5", "m1", "m3", "m5", "m7"];
/// Words of one speech.
const WORDS: usize = 60;
const LONGEST_SPEECH: Duration = Duration::from_secs(300);
/// As a quiet caller, a usual one, and one who is too loud.
const GAINS: [f64; 3] = [0.25, 1.0, 2.5];
const KEYS: &str = "0123456789*#ABCD";

/// What was heard of one kind of sound.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ToneRow {
    pub(crate) sound: String,
    pub(crate) minutes: f64,
    /// Keys that are in it.
    pub(crate) pressed: usize,
    /// Of those, heard once, and nothing else near them.
    pub(crate) found: usize,
    /// Heard where there was none.
    pub(crate) wrong: usize,
}

/// So many minutes of speech and of music, and each key so often in each noise and imbalance.
pub(crate) fn measure(minutes: f64, presses: usize) -> anyhow::Result<Vec<ToneRow>> {
    let mut rows = vec![speech(minutes)?, music(minutes)];
    let usual = [(0.0, f64::INFINITY), (0.0, 20.0), (0.0, 15.0), (0.0, 12.0), (0.0, 9.0), (0.0, 6.0)];
    let twisted = [(-8.0, 20.0), (4.0, 20.0), (-10.0, 20.0), (6.0, 20.0), (-8.0, 15.0), (4.0, 15.0)];
    rows.extend(usual.into_iter().chain(twisted).map(|(twist_db, snr_db)| keys(twist_db, snr_db, presses)));
    Ok(rows)
}

fn speech(minutes: f64) -> anyhow::Result<ToneRow> {
    let words: Vec<&str> = TEXTS.iter().flat_map(|text| text.split_whitespace()).collect();
    let mut row =
        ToneRow { sound: "speech (espeak-ng)".into(), minutes: 0.0, pressed: 0, found: 0, wrong: 0 };
    for (number, part) in words.chunks(WORDS).cycle().enumerate() {
        if row.minutes >= minutes {
            break;
        }
        let voice = format!("{}+{}", LANGUAGES[number % LANGUAGES.len()], PEOPLE[number / 3 % PEOPLE.len()]);
        let speed = (130 + number * 37 % 90).to_string();
        let pitch = (25 + number * 29 % 60).to_string();
        let spoken = Command::new("espeak-ng")
            .args(["--stdout", "-v", &voice, "-s", &speed, "-p", &pitch, "--", &part.join(" ")])
            .output()
            .context("cannot run espeak-ng; `make bench` installs it")?;
        if !spoken.status.success() {
            bail!("espeak-ng says: {}", String::from_utf8_lossy(&spoken.stderr));
        }
        let sound = decode_file(&spoken.stdout, LONGEST_SPEECH).context("espeak-ng gives no sound")?;
        let samples = resample(&sound, RATE_HZ).samples;
        row.minutes += samples.len() as f64 / f64::from(RATE_HZ) / 60.0;
        let (gain, law) = (GAINS[number % GAINS.len()], [Law::Mu, Law::A][number % 2]);
        row.wrong += heard(&through(law, samples.iter().map(|sample| f64::from(*sample) * gain))).len();
    }
    Ok(row)
}

/// Chords and runs of instruments with overtones, vibrato and a beat; never the same twice.
fn music(minutes: f64) -> ToneRow {
    let mut dice = Dice(5);
    let mut row =
        ToneRow { sound: "music (synthesized)".into(), minutes: 0.0, pressed: 0, found: 0, wrong: 0 };
    let mut detector = Detector::new();
    while row.minutes < minutes {
        let count = 1 + dice.below(4);
        let root_hz = 110.0 * 2_f64.powf(dice.below(36) as f64 / 12.0);
        let steps = [0, 4, 7, 12, 3, 9, 5, 10];
        let notes: Vec<f64> =
            (0..count).map(|_| root_hz * 2_f64.powf(steps[dice.below(8)] as f64 / 12.0)).collect();
        let (overtones, steepness) = (1 + dice.below(8), 0.6 + dice.next() * 1.4);
        let (vibrato_hz, depth) = (4.0 + 3.0 * dice.next(), 0.01 * dice.next());
        let (decay, loudness) = (6.0 * dice.next() * dice.next(), 3_000.0 + 20_000.0 * dice.next());
        let samples = RATE_HZ as usize / 8 * (1 + dice.below(8));
        let sample = |at: usize| {
            let time = at as f64 / f64::from(RATE_HZ);
            let bent = time + depth / (TAU * vibrato_hz) * (TAU * vibrato_hz * time).sin();
            let partials =
                notes.iter().flat_map(|note| (1..=overtones).map(move |number| (note, number as f64)));
            let sum: f64 = partials
                .filter(|(note, number)| *note * number < 3_600.0)
                .map(|(note, number)| (TAU * note * number * bent).sin() / number.powf(steepness))
                .sum();
            sum / notes.len() as f64 * (-decay * time).exp() * loudness
        };
        let law = [Law::Mu, Law::A][dice.below(2)];
        let sound = through(law, (0..samples).map(sample));
        detector.hear(&sound, |change| row.wrong += usize::from(matches!(change, KeyChange::Down(_))));
        row.minutes += samples as f64 / f64::from(RATE_HZ) / 60.0;
    }
    row
}

/// Every key for 50 ms, at -20 dB, so much louder in its column than in its row, in so much noise.
fn keys(twist_db: f64, snr_db: f64, presses: usize) -> ToneRow {
    let noise = if snr_db.is_finite() { format!("{snr_db} dB above noise") } else { "no noise".into() };
    let sound = format!("keys, twist {twist_db:+} dB, {noise}");
    let mut row = ToneRow { sound, minutes: 0.0, pressed: 0, found: 0, wrong: 0 };
    let mut dice = Dice(3);
    let amplitude = 32_767.0 * 10_f64.powf(-20.0 / 20.0);
    let ratio = 10_f64.powf(twist_db / 20.0);
    let tone_row = amplitude / (1.0 + ratio * ratio).sqrt();
    // Of the power of both tones together.
    let deviation =
        if snr_db.is_finite() { amplitude / 2_f64.sqrt() * 10_f64.powf(-snr_db / 20.0) } else { 0.0 };
    for (number, key) in KEYS.chars().cycle().take(KEYS.len() * presses).enumerate() {
        let [row_hz, column_hz] = tone::dtmf_frequencies(key).expect("it is a key");
        let (begin, phase) = (400 + dice.below(160), dice.next() * TAU);
        let sample = |at: usize| {
            let time = at.wrapping_sub(begin) as f64 / f64::from(RATE_HZ);
            let is_down = (begin..begin + 400).contains(&at);
            let key =
                tone_row * ((TAU * row_hz * time).sin() + ratio * (TAU * column_hz * time + phase).sin());
            (if is_down { key } else { 0.0 }) + deviation * dice.gauss()
        };
        let sound = through([Law::Mu, Law::A][number % 2], (0..1_600).map(sample));
        let event = KEYS.find(key).map(|place| place as u8);
        let heard = heard(&sound);
        let right = heard.iter().filter(|heard| Some(**heard) == event).count();
        row.pressed += 1;
        row.found += usize::from(right == 1);
        row.wrong += heard.len() - right.min(1);
        row.minutes += 0.2 / 60.0;
    }
    row
}

/// As it comes out of a telephone line.
fn through(law: Law, samples: impl Iterator<Item = f64>) -> Vec<i16> {
    samples
        .map(|sample| law.decode_sample(law.encode_sample(sample.clamp(-32_768.0, 32_767.0) as i16)))
        .collect()
}

/// The keys that go down in a sound.
fn heard(sound: &[i16]) -> Vec<u8> {
    let mut keys = Vec::new();
    Detector::new().hear(sound, |change| {
        if let KeyChange::Down(key) = change {
            keys.push(key);
        }
    });
    keys
}

/// The same in each run.
struct Dice(u64);

impl Dice {
    /// 0.0 to 1.0.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() * most as f64) as usize
    }

    /// Around 0, mostly within 1.
    fn gauss(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

/// The rows for people.
pub(crate) fn table(rows: &[ToneRow]) -> String {
    let mut text =
        format!("{:<44}{:>9}{:>9}{:>9}{:>9}\n", "keys in sound", "minutes", "pressed", "found", "wrong");
    for row in rows {
        let ToneRow { sound, minutes, pressed, found, wrong } = row;
        text.push_str(&format!("{sound:<44}{minutes:>9.1}{pressed:>9}{found:>9}{wrong:>9}\n"));
    }
    text
}
