//! What a leg says in the current frame, and what it takes to hear it.

use codec::noise::ComfortNoise;
use codec::opus::FRAME_TICKS;
use codec::{Codec, Voice, opus};

use crate::frame::{FRAME_SAMPLES, Samples, WideSamples};
use crate::wide_ear::WideEar;

/// Packets of Opus in a frame: the shortest last 2.5 ms.
const MOST_PACKETS: usize = 8;

/// A leg as one that speaks.
#[derive(Debug)]
pub(crate) struct Speaker {
    codec: Codec,
    now: Now,
    coded: Coded,
    /// Ticks of a long packet of Opus that are still to be heard.
    ticks_left: u32,
    noise: ComfortNoise,
    /// At 8 kHz; there only when somebody needed it.
    samples: Samples,
    is_decoded: bool,
    /// At 16 kHz; there only in calls in which somebody speaks or hears wideband.
    wide: Option<Box<WideEar>>,
}

/// What is known of the current frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Now {
    Silence,
    Coded,
    /// A packet that came earlier lasts.
    Lasting,
    Lost,
    Noise,
}

/// What came on the wire: one payload, or several packets of Opus, or of a lost frame the packet after it.
#[derive(Debug, Default)]
pub(crate) struct Coded {
    bytes: Vec<u8>,
    ends: [usize; MOST_PACKETS],
    count: usize,
}

impl Speaker {
    pub(crate) fn new(codec: Codec) -> Self {
        let mut speaker = Self {
            codec,
            now: Now::Silence,
            coded: Coded::with_room(codec),
            ticks_left: 0,
            noise: ComfortNoise::new(127),
            samples: [0; FRAME_SAMPLES],
            is_decoded: false,
            wide: None,
        };
        if codec.is_wideband() {
            speaker.prepare_wide();
        }
        speaker
    }

    /// Takes the memory for wideband, once.
    pub(crate) fn prepare_wide(&mut self) {
        if self.wide.is_none() {
            self.wide.insert(Box::default()).prepare(self.codec);
        }
    }

    pub(crate) fn handle_voice(&mut self, voice: Voice<'_>) {
        match voice {
            Voice::Coded(codec, bytes) => {
                self.speak(codec);
                if self.now != Now::Coded {
                    self.turn_page();
                }
                self.now = Now::Coded;
                self.coded.push(bytes);
                if codec == Codec::Opus {
                    self.ticks_left = self.ticks_left.saturating_add(opus::ticks(bytes).unwrap_or_default());
                }
            }
            Voice::Lost(codec, next) => {
                self.speak(codec);
                self.turn_page();
                self.now = Now::Lost;
                self.coded.push(next.unwrap_or_default());
            }
            Voice::Noise(level) => {
                self.now = Now::Noise;
                self.noise.adjust(&ComfortNoise::new(level));
            }
        }
    }

    /// Before the frame is made: whether what came earlier lasts.
    pub(crate) fn begin_frame(&mut self) {
        if self.now == Now::Silence && self.ticks_left >= FRAME_TICKS {
            self.now = Now::Lasting;
        }
    }

    /// After the frame was made. The payload stays until the next one comes.
    pub(crate) fn end_frame(&mut self) {
        if self.now == Now::Lost {
            self.coded.clear();
        }
        if let Some(wide) = &mut self.wide {
            wide.end_frame(
                matches!(self.now, Now::Coded | Now::Lost | Now::Lasting) && self.codec.is_wideband(),
            );
        }
        self.now = Now::Silence;
        self.is_decoded = false;
        self.ticks_left = self.ticks_left.saturating_sub(FRAME_TICKS);
    }

    /// Whether anything is heard of it.
    pub(crate) fn is_heard(&self) -> bool {
        self.now != Now::Silence
    }

    /// Whether what it says can go on to a listener of `codec` as it came.
    pub(crate) fn passes(&self, codec: Codec) -> bool {
        let lines_up = match self.now {
            Now::Coded => codec != Codec::Opus || (self.coded.count == 1 && self.ticks_left == FRAME_TICKS),
            // The listener's own decoder fills the gap best.
            Now::Lost => true,
            Now::Silence | Now::Lasting | Now::Noise => false,
        };
        self.codec == codec && lines_up
    }

    /// Whether the frame was lost.
    pub(crate) fn is_lost(&self) -> bool {
        self.now == Now::Lost
    }

    /// The payload that passes.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.coded.bytes
    }

    /// Makes the samples at 8 kHz.
    pub(crate) fn decode(&mut self) {
        if self.is_decoded {
            return;
        }
        self.is_decoded = true;
        match (self.now, self.codec.law()) {
            (Now::Coded, Some(law)) => law.decode(&self.coded.bytes, &mut self.samples),
            (Now::Noise, _) => self.noise.fill(&mut self.samples),
            (_, Some(_)) => self.samples.fill(0),
            (_, None) => {
                self.decode_wide();
                if let Some(wide) = &mut self.wide {
                    wide.halve(&mut self.samples);
                }
            }
        }
    }

    /// Makes the samples at 16 kHz.
    pub(crate) fn decode_wide(&mut self) {
        if self.wide.as_ref().is_some_and(|wide| wide.is_ready()) {
            return;
        }
        match (self.now, self.codec.law()) {
            (Now::Coded, Some(_)) => self.decode(),
            (_, Some(_)) => self.samples.fill(0),
            (_, None) => {}
        }
        let Some(wide) = &mut self.wide else { return };
        match (self.now, self.codec.law()) {
            (Now::Noise, _) => wide.fill(&mut self.noise),
            (_, Some(_)) => wide.double(&self.samples),
            (Now::Lost, None) => wide.conceal(self.codec, self.coded.packets().next()),
            (Now::Coded, None) => wide.decode(self.codec, self.coded.packets()),
            (Now::Lasting | Now::Silence, None) => wide.decode(self.codec, std::iter::empty()),
        }
    }

    /// At 8 kHz, once [`decode`](Self::decode) has made them.
    pub(crate) fn samples(&self) -> &Samples {
        &self.samples
    }

    /// At 16 kHz, once [`decode_wide`](Self::decode_wide) has made them.
    pub(crate) fn wide_samples(&self) -> &WideSamples {
        self.wide.as_ref().expect("wideband is prepared where it is asked for").samples()
    }

    /// The decoder of G.722 as it is before the current frame, for an encoder that goes on where this voice ends.
    pub(crate) fn g722(&mut self) -> Option<&codec::g722::Decoder> {
        self.wide.as_mut().filter(|_| self.codec == Codec::G722)?.g722()
    }

    /// The peer may change its codec at any time. Memory is taken only here.
    fn speak(&mut self, codec: Codec) {
        if self.codec != codec {
            self.codec = codec;
            self.ticks_left = 0;
            self.coded = Coded::with_room(codec);
            match &mut self.wide {
                Some(wide) => wide.prepare(codec),
                None if codec.is_wideband() => self.prepare_wide(),
                None => {}
            }
        }
    }

    /// A new frame begins; a decoder that was not listening begins with the one before.
    fn turn_page(&mut self) {
        if let (true, Some(wide)) = (self.codec.is_wideband(), &mut self.wide) {
            if self.coded.count > 1 {
                self.coded.clear();
            }
            wide.remember(&mut self.coded.bytes);
        }
        self.coded.clear();
    }
}

impl Coded {
    fn with_room(codec: Codec) -> Self {
        Self { bytes: Vec::with_capacity(codec.most_bytes()), ends: [0; MOST_PACKETS], count: 0 }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    fn push(&mut self, bytes: &[u8]) {
        // More is never said in 20 ms.
        if self.count < MOST_PACKETS && self.bytes.len() + bytes.len() <= self.bytes.capacity() {
            self.bytes.extend_from_slice(bytes);
            self.ends[self.count] = self.bytes.len();
            self.count += 1;
        }
    }

    pub(crate) fn packets(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends);
        begins.zip(&self.ends[..self.count]).map(|(begin, end)| &self.bytes[begin..*end])
    }
}
