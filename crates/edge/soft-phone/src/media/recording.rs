//! What was heard, on one continuous timeline.

use crate::media::RATE_HZ;

/// An hour; a phone that listens longer keeps the beginning.
const MOST_SAMPLES: usize = RATE_HZ as usize * 3_600;
/// A sender's timestamps may be this far from the clock before they are taken for a new timeline.
const MOST_DRIFT: i64 = RATE_HZ as i64 / 2;

/// Sound placed by the sender's own timestamps, so that neither jitter nor reordering shows; what
/// did not arrive is silence.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    samples: Vec<i16>,
    anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    position: i64,
}

impl Recording {
    /// Places the sound of one packet that arrived `now` samples after the beginning.
    pub(crate) fn place(&mut self, ssrc: u32, timestamp: u32, now: usize, sound: &[i16]) {
        let now = now as i64;
        let by_timestamp = self.anchor.filter(|anchor| anchor.ssrc == ssrc).map(|anchor| {
            // Timestamps wrap around; their difference does not.
            anchor.position + i64::from(timestamp.wrapping_sub(anchor.timestamp) as i32)
        });
        let position =
            by_timestamp.filter(|position| (position - now).abs() <= MOST_DRIFT).unwrap_or_else(|| {
                self.anchor = Some(Anchor { ssrc, timestamp, position: now });
                now
            });
        let Ok(start) = usize::try_from(position) else { return };
        let end = (start + sound.len()).min(MOST_SAMPLES);
        if start >= end {
            return;
        }
        if self.samples.len() < end {
            self.samples.resize(end, 0);
        }
        self.samples[start..end].copy_from_slice(&sound[..end - start]);
    }

    /// The whole timeline, `now` samples long.
    pub(crate) fn finish(mut self, now: usize) -> Vec<i16> {
        self.samples.resize(now.min(MOST_SAMPLES), 0);
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_and_order_do_not_show_and_gaps_are_silence() {
        let mut recording = Recording::default();
        recording.place(1, u32::MAX - 159, 800, &[1; 160]);
        recording.place(1, 160, 1_400, &[3; 160]);
        recording.place(1, 0, 1_420, &[2; 160]);
        recording.place(1, 480, 1_500, &[5; 160]);
        let samples = recording.finish(2_000);
        let at = |index: usize| samples[index];
        assert_eq!([at(799), at(800), at(960), at(1_120), at(1_280), at(1_440)], [0, 1, 2, 3, 0, 5]);
        assert_eq!(samples.len(), 2_000);
    }

    #[test]
    fn a_new_source_and_a_jump_start_where_the_clock_is() {
        let mut recording = Recording::default();
        recording.place(1, 0, 0, &[1; 160]);
        recording.place(2, 77_777, 8_000, &[2; 160]);
        recording.place(2, 4_000_000, 16_000, &[3; 160]);
        let samples = recording.finish(24_000);
        assert_eq!([samples[0], samples[8_000], samples[16_000]], [1, 2, 3]);
    }
}
