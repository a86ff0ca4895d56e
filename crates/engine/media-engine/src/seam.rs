//! Where a sound stops because the rest of it is late, and where it goes on.

/// How long it takes to fade, and to come back.
const RAMP_MS: usize = 5;

/// A step in the middle of a wave clicks: the last sample fades instead, and what comes after the gap begins softly.
#[derive(Debug)]
pub(crate) struct Seam {
    ramp: usize,
    level: f32,
    /// Samples of the ramps that were heard.
    faded: usize,
    eased: usize,
}

impl Seam {
    pub(crate) fn new(rate_hz: u32) -> Self {
        let ramp = rate_hz as usize / 1_000 * RAMP_MS;
        Self { ramp, level: 0.0, faded: ramp, eased: ramp }
    }

    /// The sound stops after this sample.
    pub(crate) fn open(&mut self, last: i16) {
        (self.level, self.faded, self.eased) = (last.into(), 0, 0);
    }

    /// Whether a sound goes through as it is.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_faded() && self.eased == self.ramp
    }

    /// Whether nothing is heard in the gap any more.
    pub(crate) fn is_faded(&self) -> bool {
        self.faded == self.ramp
    }

    /// What is heard in the gap.
    pub(crate) fn gap(&mut self, into: &mut [i16]) {
        into.iter_mut().for_each(|sample| *sample = self.fading() as i16);
    }

    /// What is heard after it.
    pub(crate) fn flow(&mut self, samples: &mut [i16]) {
        for sample in samples {
            if self.is_closed() {
                return;
            }
            let eased = f32::from(*sample) * self.gain(self.eased);
            self.eased = (self.eased + 1).min(self.ramp);
            *sample = (eased + self.fading()) as i16;
        }
    }

    fn fading(&mut self) -> f32 {
        let level = self.level * (1.0 - self.gain(self.faded));
        self.faded = (self.faded + 1).min(self.ramp);
        level
    }

    /// From 0 to 1, without corners.
    fn gain(&self, at: usize) -> f32 {
        let share = at as f32 / self.ramp as f32;
        share * share * (3.0 - 2.0 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest step between neighbors.
    fn step(samples: &[i16]) -> i32 {
        samples
            .windows(2)
            .map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs())
            .max()
            .unwrap_or_default()
    }

    #[test]
    fn nothing_steps_where_a_sound_stops_and_where_it_goes_on() {
        for gap in [0, 7, 40, 1_000] {
            let mut seam = Seam::new(8_000);
            assert!(seam.is_closed());
            seam.open(20_000);
            let mut heard = vec![20_000; 1 + gap];
            seam.gap(&mut heard[1..]);
            let mut after = vec![-20_000; 100];
            seam.flow(&mut after);
            heard.extend(after);
            assert!(step(&heard) < 1_700, "a gap of {gap}: {}", step(&heard));
            assert_eq!(heard.last(), Some(&-20_000));
            assert!(seam.is_closed());
        }
    }
}
