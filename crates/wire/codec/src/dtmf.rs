//! Telephone keys in sound (ITU-T Q.23), told from speech and music (ITU-T Q.24).
//!
//! A [`Detector`] looks at the last 20 ms every 5 ms. A look finds a key where two tones, one of
//! each group, are loud enough, hold most of the energy, are about as loud as each other, stand
//! out from their neighbors, have no second harmonics and move on at their own frequency. A key is
//! down after five looks in a row that found it, and up after four that did not.

use std::f32::consts::TAU;
use std::sync::LazyLock;

/// Samples per second of the sound that a detector listens to.
pub const RATE_HZ: u32 = 8_000;

/// Samples that a look sees: 20 ms.
const WINDOW: usize = 160;
/// Samples between two looks: 5 ms.
const HOP: usize = 40;
/// Rows, then columns, of the keypad.
const FREQUENCIES_HZ: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// RFC 4733 event codes by row and column.
const EVENTS: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// Looks in a row that make a key: a tone of 24 ms never does, one of 36 ms always.
const LOOKS_DOWN: u8 = 5;
/// How many of them have to be clear.
const LOOKS_CLEAR: u8 = 2;
/// Looks in a row that end it: a drop-out of 10 ms does not, a pause of 30 ms always does.
const LOOKS_UP: u8 = 4;
/// The square of the least amplitude of each tone: -42 dB of full scale.
const LEAST_LEVEL: f32 = 6.3e-5;
/// How much of all energy the two tones hold when a key goes down. Those of speech seldom do.
const SHARE_DOWN: f32 = 0.7;
/// … and in two looks at least, which for a key are those that see nothing else. Noise that is
/// 15 dB weaker leaves it 97 %.
const SHARE_CLEAR: f32 = 0.88;
/// … and while it is held, when somebody may speak into it.
const SHARE_HELD: f32 = 0.4;
/// How much stronger the column may be: 4 dB, and 1.5 dB for noise.
const TWIST_COLUMN: f32 = 3.5;
/// How much stronger the row may be: 8 dB, and 1.5 dB for noise.
const TWIST_ROW: f32 = 9.0;
/// How much stronger a tone is than the others of its group: 6 dB.
const OUTSTANDING: f32 = 4.0;
/// The most that a tone has of a second harmonic: -10 dB. Voices have more.
const MOST_HARMONIC: f32 = 0.1;
/// Nearer than this to the other tone, a second harmonic cannot be told from it.
const HARMONIC_CLEARANCE_HZ: f32 = 150.0;
/// How far a tone may be from its frequency, as a part of it and in hertz: more than what must be
/// taken (1.5 % + 2 Hz), less than what must not (3.5 %).
const TOLERANCE: (f32, f32) = (0.018, 4.0);

/// A key, as an RFC 4733 event code (0 to 15), went down or came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyChange {
    /// It is heard now.
    Down(u8),
    /// It is not heard any more.
    Up(u8),
}

/// Listens for keys; allocates nothing.
#[derive(Clone, Debug)]
pub struct Detector {
    /// The last samples, -1.0 to 1.0, oldest first.
    recent: [f32; WINDOW],
    /// How many of the last hop are there.
    filled: usize,
    /// The spectrum of the last look.
    before: Spectrum,
    found: Option<Found>,
    pressed: Option<Pressed>,
}

/// A key that the last looks found.
#[derive(Clone, Copy, Debug)]
struct Found {
    key: Key,
    /// How many in a row did.
    looks: u8,
    /// … and saw next to nothing else.
    clear: u8,
}

/// A key that is down.
#[derive(Clone, Copy, Debug)]
struct Pressed {
    key: Key,
    /// How many looks in a row did not find it.
    missed: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    row: usize,
    column: usize,
}

/// Real and imaginary parts at [`FREQUENCIES_HZ`].
#[derive(Clone, Copy, Debug, Default)]
struct Spectrum {
    real: [f32; 8],
    imaginary: [f32; 8],
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// A detector that has heard silence.
    pub fn new() -> Self {
        Self { recent: [0.0; WINDOW], filled: 0, before: Spectrum::default(), found: None, pressed: None }
    }

    /// Hears sound of 8 kHz, any number of samples.
    pub fn hear(&mut self, mut samples: &[i16], mut report: impl FnMut(KeyChange)) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(HOP - self.filled));
            let begin = WINDOW - HOP + self.filled;
            for (kept, sample) in self.recent[begin..].iter_mut().zip(now) {
                *kept = f32::from(*sample) / 32_768.0;
            }
            self.filled += now.len();
            if self.filled == HOP {
                self.look(&mut report);
                self.recent.copy_within(HOP.., 0);
                self.filled = 0;
            }
            samples = later;
        }
    }

    /// The key that is down.
    pub fn pressed(&self) -> Option<u8> {
        self.pressed.map(|pressed| pressed.key.event())
    }

    /// The sound ends, or is another's from now on; gives the key that came up.
    pub fn reset(&mut self) -> Option<u8> {
        let pressed = self.pressed();
        *self = Self::new();
        pressed
    }

    fn look(&mut self, report: &mut impl FnMut(KeyChange)) {
        let seen = self.see();
        self.found = seen.filter(|(_, share)| *share >= SHARE_DOWN).map(|(key, share)| {
            let before = self.found.filter(|found| found.key == key);
            let (looks, clear) = before.map_or((0, 0), |found| (found.looks, found.clear));
            Found {
                key,
                looks: looks.saturating_add(1),
                clear: clear.saturating_add((share >= SHARE_CLEAR).into()),
            }
        });
        if let Some(mut pressed) = self.pressed {
            let is_held = seen.is_some_and(|(key, share)| key == pressed.key && share >= SHARE_HELD);
            pressed.missed = if is_held { 0 } else { pressed.missed + 1 };
            self.pressed = Some(pressed).filter(|pressed| pressed.missed < LOOKS_UP);
            if self.pressed.is_none() {
                report(KeyChange::Up(pressed.key.event()));
            }
        }
        let begun = self.found.filter(|found| found.looks >= LOOKS_DOWN && found.clear >= LOOKS_CLEAR);
        if let Some(Found { key, .. }) = begun
            && self.pressed.is_none_or(|pressed| pressed.key != key)
        {
            if let Some(pressed) = self.pressed.replace(Pressed { key, missed: 0 }) {
                report(KeyChange::Up(pressed.key.event()));
            }
            report(KeyChange::Down(key.event()));
        }
    }

    /// The key in the last 20 ms, and its share of their energy.
    fn see(&mut self) -> Option<(Key, f32)> {
        let bank = &*BANK;
        let tapered: [f32; WINDOW] = std::array::from_fn(|at| self.recent[at] * bank.taper[at]);
        let energy = energy(&tapered, &self.recent);
        // Less than the two weakest tones hold: most of a call is silence.
        if energy < LEAST_LEVEL * bank.weight {
            self.before = Spectrum::default();
            return None;
        }
        let now = bank.spectrum(&tapered);
        let before = std::mem::replace(&mut self.before, now);
        let levels = now.levels(bank.weight);
        let key = Key { row: loudest(&levels[..4])?, column: loudest(&levels[4..])? };
        let off_hz = key.tones().map(|tone| before.off_hz(&now, tone, bank));
        let [row, column] = [0, 1].map(|group| levels[key.tones()[group]] / response(off_hz[group]));
        let is_held = self.pressed.is_some_and(|pressed| pressed.key == key);
        let is_near = |group: usize| off_hz[group].abs() <= tolerance_hz(key.tones()[group]);
        let is_key = row.min(column) >= LEAST_LEVEL
            && column <= row * TWIST_COLUMN
            && row <= column * TWIST_ROW
            && is_near(0)
            && is_near(1)
            && (is_held || !bank.has_harmonics(&tapered, key, [row, column]));
        is_key.then(|| (key, (row + column) * bank.weight / (2.0 * energy)))
    }
}

/// In eight sums side by side, which take less time than one after the other.
fn energy(tapered: &[f32; WINDOW], plain: &[f32; WINDOW]) -> f32 {
    let mut sums = [0.0; 8];
    for (tapered, plain) in tapered.as_chunks::<8>().0.iter().zip(plain.as_chunks::<8>().0) {
        for lane in 0..8 {
            sums[lane] += tapered[lane] * plain[lane];
        }
    }
    sums.iter().sum()
}

/// The one of a group that stands out.
fn loudest(levels: &[f32]) -> Option<usize> {
    let (loudest, level) = levels.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1))?;
    let stands_out = |(index, other): (usize, &f32)| index == loudest || other * OUTSTANDING <= *level;
    levels.iter().enumerate().all(stands_out).then_some(loudest)
}

impl Key {
    fn event(self) -> u8 {
        EVENTS[self.row][self.column]
    }

    /// Where its tones are in [`FREQUENCIES_HZ`].
    fn tones(self) -> [usize; 2] {
        [self.row, 4 + self.column]
    }
}

impl Spectrum {
    /// The squares of amplitudes.
    fn levels(&self, weight: f32) -> [f32; 8] {
        let scale = 4.0 / (weight * weight);
        std::array::from_fn(|tone| scale * (self.real[tone].powi(2) + self.imaginary[tone].powi(2)))
    }

    /// How far a tone is beside its frequency: how much more than expected its phase moved on in
    /// the hop until `now`. Where there was none before, nothing is known against it.
    fn off_hz(&self, now: &Self, tone: usize, bank: &Bank) -> f32 {
        let (real, imaginary) = (self.real[tone], self.imaginary[tone]);
        let (cos, sin) = bank.turns[tone];
        let (real, imaginary) = (real * cos - imaginary * sin, real * sin + imaginary * cos);
        let along = now.real[tone] * real + now.imaginary[tone] * imaginary;
        let across = now.imaginary[tone] * real - now.real[tone] * imaginary;
        across.atan2(along) / TAU * RATE_HZ as f32 / HOP as f32
    }
}

fn tolerance_hz(tone: usize) -> f32 {
    FREQUENCIES_HZ[tone] * TOLERANCE.0 + TOLERANCE.1
}

/// How much of a tone's level a look shows that is so far beside its frequency: near its peak, the
/// spectrum of a Hamming window is a bell.
fn response(off_hz: f32) -> f32 {
    let bins = off_hz * WINDOW as f32 / RATE_HZ as f32;
    (-1.62 * bins * bins).exp()
}

/// What all detectors share.
struct Bank {
    /// A Hamming window: tones of one group do not disturb those of the other.
    taper: [f32; WINDOW],
    /// Its sum.
    weight: f32,
    /// The Goertzel filter of each frequency.
    tones: [Goertzel; 8],
    /// … and of each second harmonic.
    harmonics: [Goertzel; 8],
    /// Cosine and sine of how far each frequency turns in a hop.
    turns: [(f32, f32); 8],
}

#[derive(Clone, Copy)]
struct Goertzel {
    cos: f32,
    sin: f32,
}

static BANK: LazyLock<Bank> = LazyLock::new(|| {
    let taper: [f32; WINDOW] =
        std::array::from_fn(|index| 0.54 - 0.46 * (TAU * (index as f32 + 0.5) / WINDOW as f32).cos());
    let turn = |hz: f32, samples: usize| {
        // In double precision: a hop is many turns.
        let turn = std::f64::consts::TAU * f64::from(hz) * samples as f64 / f64::from(RATE_HZ);
        (turn.cos() as f32, turn.sin() as f32)
    };
    let filter = |hz: f32| {
        let (cos, sin) = turn(hz, 1);
        Goertzel { cos, sin }
    };
    Bank {
        taper,
        weight: taper.iter().sum(),
        tones: FREQUENCIES_HZ.map(filter),
        harmonics: FREQUENCIES_HZ.map(|hz| filter(2.0 * hz)),
        turns: FREQUENCIES_HZ.map(|hz| turn(hz, HOP)),
    }
});

impl Bank {
    /// All eight filters at once: side by side, they take little longer than one.
    fn spectrum(&self, tapered: &[f32; WINDOW]) -> Spectrum {
        let coefficients = self.tones.map(|tone| 2.0 * tone.cos);
        let (mut last, mut before) = ([0.0; 8], [0.0; 8]);
        for sample in tapered {
            let mut next = [0.0; 8];
            for tone in 0..8 {
                next[tone] = coefficients[tone] * last[tone] + (sample - before[tone]);
            }
            (last, before) = (next, last);
        }
        Spectrum {
            real: std::array::from_fn(|tone| last[tone] - before[tone] * self.tones[tone].cos),
            imaginary: std::array::from_fn(|tone| before[tone] * self.tones[tone].sin),
        }
    }

    fn has_harmonics(&self, tapered: &[f32; WINDOW], key: Key, levels: [f32; 2]) -> bool {
        let [row, column] = key.tones();
        let is_clear = (2.0 * FREQUENCIES_HZ[row] - FREQUENCIES_HZ[column]).abs() > HARMONIC_CLEARANCE_HZ;
        let exceeds = |tone: usize, level: f32| {
            self.harmonics[tone].level(tapered, self.weight) > level * MOST_HARMONIC
        };
        (is_clear && exceeds(row, levels[0])) || exceeds(column, levels[1])
    }
}

impl Goertzel {
    /// The square of the amplitude at this frequency.
    fn level(&self, tapered: &[f32; WINDOW], weight: f32) -> f32 {
        let (mut last, mut before) = (0.0, 0.0);
        for sample in tapered {
            (last, before) = (2.0 * self.cos * last + (sample - before), last);
        }
        let power: f32 = last * last + before * before - 2.0 * self.cos * last * before;
        4.0 * power / (weight * weight)
    }
}
