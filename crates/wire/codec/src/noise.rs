//! Comfort noise (RFC 3389): what is heard of a line on which nobody speaks.

/// Noise of a level; the spectrum is flat.
#[derive(Clone, Debug)]
pub struct ComfortNoise {
    /// The largest sample.
    most: i32,
    random: u32,
}

impl ComfortNoise {
    /// What a payload asks for (§3). `None`: it says nothing.
    ///
    /// Models of its spectrum are not followed: what is left is that the line does not seem dead.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let level = payload.first()? & 0x7f;
        Some(Self::new(level))
    }

    /// Noise so many dB below the loudest (0 to 127).
    pub fn new(level: u8) -> Self {
        // Evenly spread samples are √3 times as large at most as at the root of their mean square.
        let most = 32_768.0 * 3_f64.sqrt() * 10_f64.powf(-f64::from(level.min(127)) / 20.0);
        Self { most: most.min(32_767.0) as i32, random: 0x2545_f491 }
    }

    /// The same noise at another level.
    pub fn adjust(&mut self, other: &Self) {
        self.most = other.most;
    }

    /// Fills all samples.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            // Marsaglia's xorshift: noise for ears, not for secrets.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 17;
            self.random ^= self.random << 5;
            *sample = ((((self.random >> 16) as i32 - 32_768) * self.most) >> 15) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goertzel;

    #[test]
    fn noise_is_as_loud_as_asked_for_and_is_no_tone() {
        for level in [20, 40, 60, 75] {
            let mut samples = [0; 8_000];
            ComfortNoise::parse(&[level, 1, 2]).unwrap().fill(&mut samples);
            let wanted = 32_768.0 * 10_f64.powf(-f64::from(level) / 20.0);
            let loudness = goertzel::rms(&samples);
            assert!(
                (loudness / wanted - 1.0).abs() < 0.1 || (loudness - wanted).abs() < 1.0,
                "{level}: {loudness}"
            );
            for frequency_hz in [200.0, 1_000.0, 3_000.0] {
                assert!(goertzel::share(&samples, 8_000, frequency_hz) < 0.01);
            }
        }
    }

    #[test]
    fn every_level_is_taken() {
        for level in 0..=255 {
            ComfortNoise::parse(&[level]).unwrap().fill(&mut [0; 160]);
        }
        assert!(ComfortNoise::parse(&[]).is_none());
    }
}
