//! Adding up what one leg hears.

use codec::Law;

use crate::frame::{Codes, FRAME_SAMPLES, Samples};

/// What a leg said in the current frame.
#[derive(Debug)]
pub(crate) struct Ingress {
    pub(crate) law: Law,
    pub(crate) spoken: bool,
    pub(crate) codes: Codes,
    /// Decoded only when somebody needs it so.
    pub(crate) samples: Samples,
    pub(crate) decoded: bool,
}

impl Ingress {
    pub(crate) fn new(law: Law) -> Self {
        Self {
            law,
            spoken: false,
            codes: [law.silence(); FRAME_SAMPLES],
            samples: [0; FRAME_SAMPLES],
            decoded: false,
        }
    }

    pub(crate) fn decode(&mut self) {
        if !self.decoded {
            self.law.decode(&self.codes, &mut self.samples);
            self.decoded = true;
        }
    }
}

/// A sum with room for thousands of voices.
#[derive(Clone, Debug)]
pub(crate) struct Mix([i32; FRAME_SAMPLES]);

impl Mix {
    pub(crate) const fn silent() -> Self {
        Self([0; FRAME_SAMPLES])
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

    /// Writes the sum, no louder than can be said.
    pub(crate) fn encode(&self, law: Law, codes: &mut Codes) {
        let mut samples = [0; FRAME_SAMPLES];
        for (sample, sum) in samples.iter_mut().zip(&self.0) {
            *sample = (*sum).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        law.encode(&samples, codes);
    }
}
