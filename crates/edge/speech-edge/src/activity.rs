//! Hearing that somebody speaks, frame by frame: WebRTC's voice activity detector behind a gate.
//!
//! The detector alone takes much for speech that is none. So a frame counts only when it is louder
//! than echo is on a line, stands out of the noise of this line, and is neither keys nor music.

// The detector's memory is its own and bound to no thread; its crate does not say so.
#![allow(unsafe_code)]

use codec::goertzel;
use webrtc_vad::{SampleRate, Vad, VadMode};

use crate::ear::{EAR_FRAME, EAR_RATE_HZ};

/// Quieter frames are no speech to us: -42 dB below full scale. Echo of a prompt is below, speech into a phone above.
const LEAST_LEVEL: f64 = 260.0;
/// How far speech stands out of the noise: 8 dB.
const ABOVE_NOISE: f64 = 2.5;
/// The noise of a line before it was heard.
const FIRST_NOISE: f64 = 60.0;
/// Frames in which the noise of a line is learned quickly.
const LEARNING: u32 = 15;
/// Frames at the very beginning that are only learned from, and the loudest that their noise is taken for.
const FIRST_FRAMES: u32 = 5;
const LOUDEST_FIRST: f64 = 800.0;
/// Frames of speech, one after another, that begin an utterance.
const ONSET: u32 = 2;
/// A frame of whose energy so much lies in two tones of keys is no speech.
const KEY_SHARE: f64 = 0.75;

/// The rows and columns of a keypad.
const ROWS_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Listens for the beginning and the end of speech.
#[derive(Debug)]
pub struct VoiceActivity {
    detector: Detector,
    /// The loudness of the line when nobody speaks.
    noise: f64,
    heard: u32,
    end_frames: u32,
    state: State,
    last: [i16; EAR_FRAME],
    /// That frame stood out of the noise, and was no tone, whether or not it was taken for a voice.
    last_stood_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Silent { run: u32 },
    Speaking { active: u32, silent: u32, run: u32 },
}

/// What changed with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeechChange {
    /// Somebody speaks, since so many frames, this one included.
    Started(u32),
    /// Nobody speaks any more; so many frames were speech.
    Ended(u32),
}

struct Detector(Vad);

// SAFETY: the detector is a piece of plain memory behind a pointer that nobody else has.
unsafe impl Send for Detector {}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Detector")
    }
}

impl VoiceActivity {
    /// Speech ends when nobody speaks for so many milliseconds.
    pub fn new(end_silence_ms: u32) -> Self {
        Self {
            detector: Detector(Vad::new_with_rate_and_mode(SampleRate::Rate16kHz, VadMode::VeryAggressive)),
            noise: FIRST_NOISE,
            heard: 0,
            end_frames: end_silence_ms.div_ceil(20).max(1),
            state: State::Silent { run: 0 },
            last: [0; EAR_FRAME],
            last_stood_out: false,
        }
    }

    /// The next frame. A change is told once.
    pub fn hear(&mut self, frame: &[i16; EAR_FRAME]) -> Option<SpeechChange> {
        let stood_out = self.last_stood_out;
        let active = self.is_speech(frame);
        match &mut self.state {
            State::Silent { run } => {
                *run = match (active, *run) {
                    (false, _) => 0,
                    // Speech begins within a frame, of which too little is a voice to be taken for one.
                    (true, 0) if stood_out => 2,
                    (true, run) => run + 1,
                };
                if *run < ONSET {
                    return None;
                }
                let since = *run;
                self.state = State::Speaking { active: since, silent: 0, run: since };
                Some(SpeechChange::Started(since))
            }
            State::Speaking { active: count, silent, run } => {
                if active {
                    *count += 1;
                    *run += 1;
                } else {
                    *run = 0;
                }
                // A click in the silence does not put off the end; two frames of speech do.
                *silent = if *run >= ONSET { 0 } else { *silent + 1 };
                if *silent < self.end_frames {
                    return None;
                }
                let spoken = *count;
                self.state = State::Silent { run: 0 };
                Some(SpeechChange::Ended(spoken))
            }
        }
    }

    /// Whether somebody speaks now.
    pub fn is_speaking(&self) -> bool {
        matches!(self.state, State::Speaking { .. })
    }

    fn is_speech(&mut self, frame: &[i16; EAR_FRAME]) -> bool {
        let level = goertzel::rms(frame);
        let voiced = self.detector.0.is_voice_segment(frame).unwrap_or(false);
        if self.heard < FIRST_FRAMES {
            self.heard += 1;
            self.noise = self.noise.max(level.min(LOUDEST_FIRST));
            self.last = *frame;
            return false;
        }
        let stands_out = level >= LEAST_LEVEL && level >= self.noise * ABOVE_NOISE;
        self.learn(level, voiced && stands_out);
        self.last_stood_out = stands_out && !is_key(frame) && !is_tone(frame) && !self.goes_on(frame);
        self.last = *frame;
        voiced && self.last_stood_out
    }

    /// The noise falls as soon as it is quieter, and rises slowly: hardly at all while somebody speaks.
    fn learn(&mut self, level: f64, speech: bool) {
        self.heard = self.heard.saturating_add(1);
        let quick = self.heard <= LEARNING;
        if level < self.noise {
            self.noise += (level - self.noise) * if quick { 0.5 } else { 0.2 };
        } else if speech {
            self.noise *= 1.001;
        } else {
            let rise = if quick { 0.3 } else { 0.05 };
            self.noise += (level - self.noise) * rise;
        }
        self.noise = self.noise.clamp(1.0, 8_000.0);
    }

    /// Whether this frame is the one before it all over again: tones that are held, as music is made of.
    /// A voice never holds still so well.
    fn goes_on(&self, frame: &[i16; EAR_FRAME]) -> bool {
        const STILL: f64 = 0.985;
        // Over two frames, at the shift at which they resemble each other most.
        let shift = |lag: usize| -> f64 {
            let (mut product, mut before, mut now) = (0.0, 0.0, 0.0);
            for (index, sample) in frame.iter().enumerate() {
                let earlier =
                    if index >= lag { frame[index - lag] } else { self.last[EAR_FRAME + index - lag] };
                let (sample, earlier) = (f64::from(*sample), f64::from(earlier));
                product += sample * earlier;
                before += earlier * earlier;
                now += sample * sample;
            }
            if before * now > 0.0 { product / (before * now).sqrt() } else { 0.0 }
        };
        // Only long shifts tell a held tone from a voice: a voice changes within 15 ms.
        (EAR_FRAME * 3 / 4..EAR_FRAME).any(|lag| shift(lag) > STILL)
    }
}

fn is_key(frame: &[i16; EAR_FRAME]) -> bool {
    let loudest = |band: [f64; 4]| {
        band.into_iter().map(|tone| goertzel::share(frame, EAR_RATE_HZ, tone)).fold(0.0, f64::max)
    };
    let (row, column) = (loudest(ROWS_HZ), loudest(COLUMNS_HZ));
    row > 0.1 && column > 0.1 && row + column > KEY_SHARE
}

/// Whether the frame is one tone or two, and nothing else: then each sample follows from the four before it.
fn is_tone(frame: &[i16; EAR_FRAME]) -> bool {
    /// Of what is loud, so little does not follow.
    const REST: f64 = 0.004;
    // At 4 kHz a voice does not follow so well.
    let slow: [f64; EAR_FRAME / 4] =
        std::array::from_fn(|at| frame[at * 4..at * 4 + 4].iter().map(|sample| f64::from(*sample)).sum());
    let rows = slow.windows(5).map(|x| (x[1] + x[3], x[2], x[0] + x[4]));
    let (mut uu, mut uv, mut vv, mut uy, mut vy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (u, v, y) in rows.clone() {
        uu += u * u;
        uv += u * v;
        vv += v * v;
        uy += u * y;
        vy += v * y;
    }
    let determinant = uu * vv - uv * uv;
    if determinant <= 0.0 || vv <= 0.0 {
        return false;
    }
    let (a, b) = ((uy * vv - vy * uv) / determinant, (vy * uu - uy * uv) / determinant);
    let rest: f64 = rows.map(|(u, v, y)| (y - a * u - b * v).powi(2)).sum();
    rest < REST * vv
}
