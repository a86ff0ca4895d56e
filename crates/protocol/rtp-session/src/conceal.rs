//! What is heard in place of a lost frame: the last one, fading.

use codec::Law;

use crate::frame::{FRAME_SAMPLES, Frame};

/// How loud each lost frame in a row is, in 1/256.
const FADE: [i32; 3] = [180, 90, 30];

#[derive(Debug)]
pub(crate) struct Concealment {
    last: Frame,
    /// Frames lost in a row; past the fade, nothing is heard.
    lost: usize,
}

impl Concealment {
    pub(crate) fn new() -> Self {
        Self { last: [0; FRAME_SAMPLES], lost: FADE.len() }
    }

    /// A frame was heard.
    pub(crate) fn remember(&mut self, frame: &Frame) {
        self.last = *frame;
        self.lost = 0;
    }

    /// Silence was meant: nothing is concealed until sound is heard again.
    pub(crate) fn forget(&mut self) {
        self.lost = FADE.len();
    }

    /// Fills a lost frame; `false`: the fade is over, it is silent.
    pub(crate) fn fill(&mut self, law: Law, frame: &mut Frame) -> bool {
        let Some(loudness) = FADE.get(self.lost) else { return false };
        self.lost += 1;
        for (code, last) in frame.iter_mut().zip(&self.last) {
            let faded = i32::from(law.decode_sample(*last)) * loudness / 256;
            *code = law.encode_sample(faded as i16);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_frame_fades_to_silence() {
        let mut concealment = Concealment::new();
        let mut frame = [0; FRAME_SAMPLES];
        assert!(!concealment.fill(Law::Mu, &mut frame), "nothing was heard yet");
        concealment.remember(&[Law::Mu.encode_sample(10_000); FRAME_SAMPLES]);
        let mut last = 10_000;
        for _ in 0..3 {
            assert!(concealment.fill(Law::Mu, &mut frame));
            let now = Law::Mu.decode_sample(frame[0]);
            assert!(0 < now && now < last, "{now}");
            last = now;
        }
        assert!(!concealment.fill(Law::Mu, &mut frame));
    }
}
