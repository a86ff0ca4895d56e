//! How one voice is heard at 16 kHz: what is kept from frame to frame for it.

use codec::conceal::Concealment;
use codec::noise::ComfortNoise;
use codec::octave::{Doubler, Halver};
use codec::{Codec, g722, opus};

use crate::frame::{Samples, WIDE_FRAME_SAMPLES, WideSamples};

/// Samples of the longest packet of Opus, and of what may be left of one before it.
const MOST_WAITING: usize = 7 * WIDE_FRAME_SAMPLES;

/// An ear for one voice.
#[derive(Debug)]
pub(crate) struct WideEar {
    samples: WideSamples,
    is_ready: bool,
    doubler: Doubler,
    halver: Halver,
    concealment: Concealment,
    g722: Option<Box<g722::Decoder>>,
    opus: Option<Box<Opus>>,
    /// It has heard the frame before.
    is_warm: bool,
    /// What came in the frame before, for an ear that begins to listen.
    before: Vec<u8>,
}

/// A decoder, and what it made that is not heard yet.
#[derive(Debug)]
struct Opus {
    decoder: opus::Decoder,
    waiting: [i16; MOST_WAITING],
    length: usize,
}

impl Default for WideEar {
    fn default() -> Self {
        Self {
            samples: [0; WIDE_FRAME_SAMPLES],
            is_ready: false,
            doubler: Doubler::default(),
            halver: Halver::default(),
            concealment: Concealment::default(),
            g722: None,
            opus: None,
            is_warm: false,
            before: Vec::new(),
        }
    }
}

impl WideEar {
    /// Takes the memory for a codec.
    pub(crate) fn prepare(&mut self, codec: Codec) {
        match codec {
            Codec::Pcmu | Codec::Pcma => return,
            Codec::G722 => drop(self.g722.get_or_insert_default()),
            Codec::Opus => drop(self.opus.get_or_insert_with(|| Box::new(Opus::new()))),
        }
        self.before.clear();
        self.before.reserve(codec.most_bytes());
        self.is_warm = false;
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready
    }

    pub(crate) fn samples(&self) -> &WideSamples {
        &self.samples
    }

    /// Keeps the payload of the frame that is over, and gives back room for the next.
    pub(crate) fn remember(&mut self, payload: &mut Vec<u8>) {
        std::mem::swap(&mut self.before, payload);
    }

    /// The frame is over; `spoken`: there was something to be decoded.
    pub(crate) fn end_frame(&mut self, spoken: bool) {
        if spoken {
            self.is_warm = self.is_ready;
        }
        self.is_ready = false;
    }

    pub(crate) fn decode<'a>(&mut self, codec: Codec, mut packets: impl Iterator<Item = &'a [u8]>) {
        self.warm_up();
        self.is_ready = true;
        match (codec, &mut self.g722, &mut self.opus) {
            (Codec::G722, Some(decoder), _) => {
                decoder.decode(packets.next().unwrap_or_default(), &mut self.samples);
                self.concealment.remember(&mut self.samples);
            }
            (Codec::Opus, _, Some(opus)) => opus.decode(packets, &mut self.samples),
            _ => self.samples.fill(0),
        }
    }

    pub(crate) fn conceal(&mut self, codec: Codec, next: Option<&[u8]>) {
        self.warm_up();
        self.is_ready = true;
        match (codec, &mut self.opus) {
            (Codec::Opus, Some(opus)) => opus.decoder.conceal(next, &mut self.samples),
            _ => drop(self.concealment.fill(&mut self.samples)),
        }
    }

    pub(crate) fn fill(&mut self, noise: &mut ComfortNoise) {
        self.is_ready = true;
        noise.fill(&mut self.samples);
    }

    pub(crate) fn double(&mut self, samples: &Samples) {
        self.is_ready = true;
        self.doubler.run(samples, &mut self.samples);
    }

    pub(crate) fn halve(&mut self, samples: &mut Samples) {
        self.halver.run(&self.samples, samples);
    }

    pub(crate) fn g722(&mut self) -> Option<&g722::Decoder> {
        self.warm_up();
        self.g722.as_deref()
    }

    /// A decoder that has not listened hears the frame before first: it begins without a click.
    fn warm_up(&mut self) {
        if std::mem::replace(&mut self.is_warm, true) || self.is_ready {
            return;
        }
        let mut unheard = [0; WIDE_FRAME_SAMPLES];
        if let Some(decoder) = &mut self.g722 {
            **decoder = g722::Decoder::default();
            decoder.decode(&self.before, &mut unheard);
            self.concealment = Concealment::default();
            self.concealment.remember(&mut unheard);
        }
        if let Some(opus) = &mut self.opus {
            opus.decoder.reset();
            opus.length = 0;
            let _ = opus.decoder.decode(&self.before, &mut unheard);
        }
    }
}

impl Opus {
    fn new() -> Self {
        Self { decoder: opus::Decoder::new(opus::RATE_HZ), waiting: [0; MOST_WAITING], length: 0 }
    }

    fn decode<'a>(&mut self, packets: impl Iterator<Item = &'a [u8]>, frame: &mut WideSamples) {
        for packet in packets {
            let room = &mut self.waiting[self.length..];
            match self.decoder.decode(packet, room) {
                Some(length) => self.length += length,
                None if room.len() >= WIDE_FRAME_SAMPLES => {
                    self.decoder.conceal(None, &mut room[..WIDE_FRAME_SAMPLES]);
                    self.length += WIDE_FRAME_SAMPLES;
                }
                // Nobody says more than there is time to hear.
                None => {}
            }
        }
        let taken = self.length.min(WIDE_FRAME_SAMPLES);
        frame[..taken].copy_from_slice(&self.waiting[..taken]);
        frame[taken..].fill(0);
        self.waiting.copy_within(taken..self.length, 0);
        self.length -= taken;
    }
}
