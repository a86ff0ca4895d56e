//! What is heard in place of lost sound: the last wave, again and again, fading.

/// Samples of a frame: 20 ms at 16 kHz.
const FRAME: usize = 320;
/// Samples that are kept.
const KEPT: usize = 2 * FRAME;
/// The shortest and the longest wave: 400 and 50 Hz.
const WAVES: std::ops::RangeInclusive<usize> = 40..=FRAME;
/// Samples that are compared to find its length.
const COMPARED: usize = 160;
/// Samples in which the sound that comes back takes over: 4 ms.
const BLEND: usize = 64;
/// How loud the ends of lost frames in a row are, in 1/256, after a whole one.
const FADE: [i32; 5] = [256, 200, 110, 40, 0];

/// Conceals lost frames of 16 kHz; allocates nothing.
#[derive(Clone, Debug)]
pub struct Concealment {
    kept: [i16; KEPT],
    /// The length of the last wave, and where in it we are.
    wave: usize,
    at: usize,
    /// Frames lost in a row.
    lost: usize,
}

impl Default for Concealment {
    fn default() -> Self {
        Self { kept: [0; KEPT], wave: FRAME, at: 0, lost: 0 }
    }
}

impl Concealment {
    /// A frame was heard; after a loss its beginning is blended with what was heard instead.
    pub fn remember(&mut self, frame: &mut [i16; FRAME]) {
        if self.lost > 0 {
            let loudness = FADE[self.lost.min(FADE.len() - 1)];
            for (index, sample) in frame[..BLEND].iter_mut().enumerate() {
                let (new, old) = (index as i32, (BLEND - index) as i32);
                let before = i32::from(self.next()) * loudness / 256;
                *sample = ((i32::from(*sample) * new + before * old) / BLEND as i32) as i16;
            }
            self.lost = 0;
        }
        self.kept.copy_within(FRAME.., 0);
        self.kept[KEPT - FRAME..].copy_from_slice(frame);
    }

    /// Fills a lost frame; `false`: it has faded, and the frame is silent.
    pub fn fill(&mut self, frame: &mut [i16; FRAME]) -> bool {
        if self.lost == 0 {
            self.wave = self.length_of_wave();
            self.at = 0;
        }
        let (Some(from), Some(to)) = (FADE.get(self.lost), FADE.get(self.lost + 1)) else {
            frame.fill(0);
            return false;
        };
        self.lost += 1;
        for (index, sample) in frame.iter_mut().enumerate() {
            let loudness = from + (to - from) * index as i32 / FRAME as i32;
            *sample = (i32::from(self.next()) * loudness / 256) as i16;
        }
        true
    }

    fn next(&mut self) -> i16 {
        let sample = self.kept[KEPT - self.wave + self.at];
        self.at = (self.at + 1) % self.wave;
        sample
    }

    /// The shift by which the end of what was heard is most like itself.
    fn length_of_wave(&self) -> usize {
        let end = &self.kept[KEPT - COMPARED..];
        let likeness = |shift: usize| {
            let before = &self.kept[KEPT - COMPARED - shift..][..COMPARED];
            let (mut product, mut energy) = (0.0_f32, 1.0_f32);
            for (one, other) in end.iter().zip(before) {
                product += f32::from(*one) * f32::from(*other);
                energy += f32::from(*other) * f32::from(*other);
            }
            product / energy.sqrt()
        };
        let mut best = (FRAME, f32::MIN);
        for shift in WAVES {
            let like = likeness(shift);
            // Of waves that are as good, the shortest: a longer one is several of it.
            if like > best.1 * 1.0001 + 1e-3 {
                best = (shift, like);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{goertzel, tone};

    fn frames(frequency_hz: f64) -> Vec<[i16; FRAME]> {
        let sound = tone::sine(16_000, frequency_hz, Duration::from_secs(1), 0.3);
        sound.samples.as_chunks::<FRAME>().0.to_vec()
    }

    #[test]
    fn a_lost_frame_goes_on_with_the_wave_before_it_without_a_click() {
        for frequency_hz in [110.0, 440.0, 1_000.0, 2_300.0] {
            let mut concealment = Concealment::default();
            let mut heard = Vec::new();
            for (number, mut frame) in frames(frequency_hz).into_iter().enumerate() {
                if number % 10 == 9 {
                    assert!(concealment.fill(&mut frame));
                } else {
                    concealment.remember(&mut frame);
                }
                heard.extend(frame);
            }
            assert!(goertzel::share(&heard, 16_000, frequency_hz) > 0.95, "{frequency_hz}");
            let step = |sound: &[i16]| {
                sound.windows(2).map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs()).max().unwrap()
            };
            let steepest = step(frames(frequency_hz).as_flattened());
            assert!(step(&heard) < steepest * 2 + 600, "{frequency_hz}: {} after {steepest}", step(&heard));
        }
    }

    #[test]
    fn a_long_loss_fades_to_silence() {
        let mut concealment = Concealment::default();
        for mut frame in frames(440.0) {
            concealment.remember(&mut frame);
        }
        let mut loudness = vec![7_000.0];
        let mut frame = [0; FRAME];
        while concealment.fill(&mut frame) {
            loudness.push(goertzel::rms(&frame));
        }
        assert_eq!(loudness.len(), 5);
        assert!(loudness.windows(2).all(|pair| pair[1] < pair[0]), "{loudness:?}");
        assert_eq!(frame, [0; FRAME]);
    }
}
