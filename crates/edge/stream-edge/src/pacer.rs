//! What an application says, from chunks of any length that come at any time to a frame every 20 ms.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use codec::Resampler;
use media_edge::TapSamples;

/// Samples in a second, as calls hear them.
const RATE_HZ: u32 = 16_000;
const FRAME: usize = 320;
/// What waits to be heard at most: ten minutes. What comes when it is full is lost, and counted.
const MOST_WAITING: usize = RATE_HZ as usize * 600;
/// Frames that the media thread has ahead of it: a task that is late for so long is not heard.
const AHEAD: usize = 5;
/// So many frames are waited for before something is heard, so that one that comes a little late is no gap ...
const CUSHION: usize = 2;
/// ... unless nothing more comes in this time.
const PATIENCE: Duration = Duration::from_millis(40);
/// Sound that ends within a frame is faded out over so many samples.
const RAMP: usize = 80;
/// Memory that is kept for the next time.
const KEPT: usize = RATE_HZ as usize * 10;

/// A queue between two paces.
#[derive(Debug)]
pub(crate) struct Pacer {
    resampler: Option<Resampler>,
    waiting: VecDeque<i16>,
    /// A sample of which the second byte comes with the next chunk.
    half: Option<u8>,
    is_flowing: bool,
    /// When something came last.
    came: Option<Instant>,
    lost: u64,
}

impl Pacer {
    /// For chunks of this rate.
    pub(crate) fn new(rate_hz: u32) -> Self {
        let resampler = (rate_hz != RATE_HZ).then(|| Resampler::new(rate_hz, RATE_HZ));
        Self { resampler, waiting: VecDeque::new(), half: None, is_flowing: false, came: None, lost: 0 }
    }

    /// Takes a chunk: 16 bit samples, the low byte first.
    pub(crate) fn push(&mut self, chunk: &[u8], now: Instant) {
        if chunk.is_empty() {
            return;
        }
        self.came = Some(now);
        let mut rest = chunk;
        if let Some(low) = self.half.take() {
            self.add(&[i16::from_le_bytes([low, rest[0]])]);
            rest = &rest[1..];
        }
        let (pairs, odd) = rest.as_chunks::<2>();
        self.half = odd.first().copied();
        let mut samples = [0; FRAME];
        for pairs in pairs.chunks(FRAME) {
            for (sample, pair) in samples.iter_mut().zip(pairs) {
                *sample = i16::from_le_bytes(*pair);
            }
            self.add(&samples[..pairs.len()]);
        }
    }

    /// Says what it is time for. `ahead` frames have been said and not been heard yet.
    pub(crate) fn pour(&mut self, now: Instant, mut ahead: usize, mut say: impl FnMut(&TapSamples)) {
        let is_late = self.came.is_some_and(|came| now.saturating_duration_since(came) >= PATIENCE);
        if !self.is_flowing {
            self.is_flowing = self.waiting.len() >= CUSHION * FRAME || (is_late && !self.waiting.is_empty());
        }
        if !self.is_flowing {
            return;
        }
        while ahead < AHEAD && self.waiting.len() >= FRAME {
            say(&self.frame(FRAME));
            ahead += 1;
        }
        if ahead > 0 || self.waiting.len() >= FRAME {
            return;
        }
        // Everything was heard. The rest of a frame waits for what belongs to it, if that comes.
        if is_late && !self.waiting.is_empty() {
            say(&self.frame(self.waiting.len()));
        }
        self.is_flowing = false;
        self.waiting.shrink_to(KEPT);
    }

    /// Forgets what waits.
    pub(crate) fn stop(&mut self) {
        self.waiting.clear();
        self.waiting.shrink_to(KEPT);
        self.half = None;
        self.is_flowing = false;
    }

    /// Whether something is still to be said.
    pub(crate) fn is_busy(&self) -> bool {
        !self.waiting.is_empty() || self.is_flowing
    }

    /// Samples that were lost because too many waited.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    fn add(&mut self, samples: &[i16]) {
        let (waiting, lost) = (&mut self.waiting, &mut self.lost);
        let mut keep = |sample| {
            if waiting.len() < MOST_WAITING {
                waiting.push_back(sample);
            } else {
                *lost += 1;
            }
        };
        match &mut self.resampler {
            Some(resampler) => resampler.run(samples, keep),
            None => samples.iter().copied().for_each(&mut keep),
        }
    }

    /// A frame of the next `length` samples, and silence.
    fn frame(&mut self, length: usize) -> TapSamples {
        let mut frame = [0; FRAME];
        for (sample, next) in frame.iter_mut().zip(self.waiting.drain(..length.min(FRAME))) {
            *sample = next;
        }
        if length < FRAME {
            let ramp = length.min(RAMP);
            for (at, sample) in frame[length - ramp..length].iter_mut().enumerate() {
                *sample = (i32::from(*sample) * (ramp - at - 1) as i32 / ramp as i32) as i16;
            }
        }
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pacer, and a media thread that takes a frame every 20 ms of a time of its own.
    struct World {
        pacer: Pacer,
        begin: Instant,
        ms: u64,
        ring: VecDeque<TapSamples>,
        heard: Vec<i16>,
    }

    impl World {
        fn new(rate_hz: u32) -> Self {
            let (begin, ring, heard) = (Instant::now(), VecDeque::new(), Vec::new());
            Self { pacer: Pacer::new(rate_hz), begin, ms: 0, ring, heard }
        }

        fn now(&self) -> Instant {
            self.begin + Duration::from_millis(self.ms)
        }

        fn say(&mut self, samples: &[i16]) {
            let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            self.pacer.push(&bytes, self.now());
            self.pour();
        }

        fn pour(&mut self) {
            let now = self.now();
            let ring = &mut self.ring;
            self.pacer.pour(now, ring.len(), |frame| ring.push_back(*frame));
        }

        fn pass(&mut self, ms: u64) {
            for _ in 0..ms / 10 {
                self.ms += 10;
                if self.ms.is_multiple_of(20) {
                    self.heard.extend(self.ring.pop_front().unwrap_or([0; FRAME]));
                }
                self.pour();
            }
        }
    }

    fn ramp(length: usize) -> Vec<i16> {
        (0..length).map(|at| (at % 10_000) as i16 + 1).collect()
    }

    #[test]
    fn a_reply_that_comes_at_once_is_heard_in_its_own_time() {
        let mut world = World::new(16_000);
        let reply = ramp(16_000);
        world.say(&reply);
        assert_eq!(world.ring.len(), AHEAD);
        world.pass(1_040);
        assert_eq!(world.heard[..16_000], reply);
        assert!(!world.pacer.is_busy());
    }

    #[test]
    fn chunks_of_any_length_are_the_same_sound() {
        let mut world = World::new(16_000);
        let bytes: Vec<u8> = ramp(3_200).iter().flat_map(|sample| sample.to_le_bytes()).collect();
        for chunk in bytes.chunks(333) {
            world.pacer.push(chunk, world.now());
        }
        world.pour();
        world.pass(300);
        assert_eq!(world.heard[..3_200], ramp(3_200));
    }

    #[test]
    fn frames_that_come_a_little_late_are_no_gap() {
        let mut world = World::new(16_000);
        let sound = ramp(50 * FRAME);
        for (number, frame) in sound.chunks(FRAME).enumerate() {
            world.say(frame);
            // Every other one is 10 ms late.
            world.pass(if number % 2 == 0 { 30 } else { 10 });
        }
        world.pass(200);
        let begin = world.heard.iter().position(|sample| *sample != 0).unwrap();
        assert_eq!(world.heard[begin..begin + sound.len()], sound);
        assert!(begin <= 3 * FRAME, "{begin}");
    }

    #[test]
    fn the_end_of_a_sound_within_a_frame_is_faded() {
        let mut world = World::new(16_000);
        world.say(&[10_000; 2 * FRAME + 100]);
        world.pass(200);
        let end = &world.heard[2 * FRAME..][..FRAME];
        assert_eq!((end[0], end[100]), (10_000, 0));
        assert!(world.heard.windows(2).skip(1).all(|pair| pair[0] - pair[1] < 200), "no click");
    }

    #[test]
    fn a_stop_forgets_what_waits() {
        let mut world = World::new(16_000);
        world.say(&ramp(160_000));
        world.pacer.stop();
        world.ring.clear();
        world.pass(100);
        assert!(world.heard.iter().all(|sample| *sample == 0));
        world.say(&ramp(FRAME));
        world.pass(100);
        assert!(world.heard.contains(&1), "what is said after it is heard");
    }

    #[test]
    fn sound_at_24_khz_lasts_as_long() {
        let mut world = World::new(24_000);
        world.say(&codec::tone::sine(24_000, 700.0, Duration::from_secs(1), 0.5).samples);
        world.pass(1_200);
        assert!(codec::goertzel::share(&world.heard[320..16_000], 16_000, 700.0) > 0.99);
        assert!(codec::goertzel::rms(&world.heard[16_320..]) < 1.0);
    }

    #[test]
    fn more_than_ten_minutes_do_not_wait() {
        let mut world = World::new(16_000);
        for _ in 0..11 {
            world.pacer.push(&vec![1; 2 * 16_000 * 60], world.now());
        }
        assert_eq!((world.pacer.waiting.len(), world.pacer.lost()), (MOST_WAITING, 16_000 * 60));
    }
}
