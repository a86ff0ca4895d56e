//! Adding up what one leg hears.

/// A sum with room for thousands of voices.
#[derive(Clone, Debug)]
pub(crate) struct Mix<const N: usize>([i32; N]);

impl<const N: usize> Mix<N> {
    pub(crate) const fn silent() -> Self {
        Self([0; N])
    }

    pub(crate) fn add(&mut self, samples: &[i16]) {
        for (sum, sample) in self.0.iter_mut().zip(samples) {
            *sum += i32::from(*sample);
        }
    }

    pub(crate) fn subtract(&mut self, samples: &[i16]) {
        for (sum, sample) in self.0.iter_mut().zip(samples) {
            *sum -= i32::from(*sample);
        }
    }

    /// The sum, no louder than can be said.
    pub(crate) fn samples(&self) -> [i16; N] {
        self.0.map(|sum| sum.clamp(i16::MIN.into(), i16::MAX.into()) as i16)
    }
}
