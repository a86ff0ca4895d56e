//! A call of legs that say one tone each.

use std::sync::Arc;
use std::time::Duration;

use codec::{Codec, Law, Pcm, Voice, goertzel, tone};
use identifier::{LegId, PlaybackId};
use media_engine::{FRAME_SAMPLES, Graph, RATE_HZ, Seat, Sound};
use media_plan::{MediaReport, PlaySource, Playback};

/// The tone of each leg, in the order in which they join.
pub const TONES: [f64; 8] = [400.0, 600.0, 850.0, 1_050.0, 1_250.0, 1_450.0, 1_650.0, 1_850.0];

pub struct Call {
    pub graph: Graph,
    pub seats: Vec<(Seat, Law)>,
    voices: Vec<Pcm>,
    /// All that each leg has heard.
    pub heard: Vec<Vec<i16>>,
    frames: usize,
}

impl Call {
    /// Legs of these laws.
    pub fn new(laws: &[Law]) -> Self {
        let mut graph = Graph::new();
        let seats = laws
            .iter()
            .enumerate()
            .map(|(index, law)| (graph.join(leg(index), Codec::from(*law)), *law))
            .collect();
        let voice = |index: usize| tone::sine(RATE_HZ, TONES[index], Duration::from_secs(10), 0.1);
        Self {
            graph,
            seats,
            voices: (0..laws.len()).map(voice).collect(),
            heard: vec![Vec::new(); laws.len()],
            frames: 0,
        }
    }

    /// Frames go by in which the legs `speakers` say their tones.
    pub fn run(&mut self, frames: usize, speakers: &[usize]) -> Vec<MediaReport> {
        let mut reports = Vec::new();
        for _ in 0..frames {
            let at = self.frames * FRAME_SAMPLES;
            for (index, (seat, law)) in self.seats.iter().enumerate() {
                let mut codes = [0; FRAME_SAMPLES];
                law.encode(&self.voices[index].samples[at..], &mut codes);
                if speakers.contains(&index) {
                    self.graph.handle_voice(*seat, Voice::Coded(Codec::from(*law), &codes));
                }
            }
            self.graph.advance();
            for (index, (seat, law)) in self.seats.iter().enumerate() {
                let mut samples = [0; FRAME_SAMPLES];
                law.decode(self.graph.heard_by(*seat).unwrap(), &mut samples);
                self.heard[index].extend(samples);
            }
            self.frames += 1;
            reports.extend(std::iter::from_fn(|| self.graph.poll_report()));
        }
        reports
    }

    /// The legs whose tone `listener` has heard since the last question.
    pub fn voices_heard_by(&mut self, listener: usize) -> Vec<usize> {
        let heard = std::mem::take(&mut self.heard[listener]);
        (0..self.seats.len())
            .filter(|speaker| goertzel::share(&heard, RATE_HZ, TONES[*speaker]) > 0.05)
            .collect()
    }
}

pub fn leg(index: usize) -> LegId {
    LegId::from_u128(index as u128 + 1)
}

pub fn playback(id: u128, audience: &[usize], sounds: usize) -> Playback {
    Playback {
        id: PlaybackId::from_u128(id),
        audience: audience.iter().copied().map(leg).collect(),
        sources: vec![PlaySource::HoldMusic; sounds],
        repeat: false,
    }
}

pub fn sound(frequency_hz: f64, ms: u64) -> Arc<Sound> {
    Arc::new(Sound::new(&tone::sine(RATE_HZ, frequency_hz, Duration::from_millis(ms), 0.3)))
}
