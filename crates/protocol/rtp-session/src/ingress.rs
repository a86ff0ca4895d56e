//! The voice that comes: put in order, and filled where it was lost.

use codec::{Codec, Law, Voice, g722, opus};

use crate::code_shelf::CodeShelf;
use crate::conceal::Concealment;
use crate::frame::FRAME_SAMPLES;
use crate::jitter_buffer::JitterBuffer;
use crate::packet_shelf::PacketShelf;

/// No voice packet of a phone is longer; longer ones are not looked at.
const LONGEST_PAYLOAD: usize = 1_500;
/// Lost frames in a row that are worth concealing.
const MOST_LOST: u8 = 5;
/// The same after the peer said that it pauses (Opus): its decoder fills 500 ms with what the line sounds like.
const MOST_PAUSED: u8 = 25;

/// The voice that comes.
#[derive(Debug)]
pub(crate) struct Ingress {
    codec: Codec,
    codes: JitterBuffer<CodeShelf>,
    /// There from when Opus is first agreed on.
    packets: Option<Box<JitterBuffer<PacketShelf>>>,
    /// Of G.711, whose lost frames are filled here; the other codecs know themselves what to do.
    concealment: Concealment,
    /// Frames lost in a row, and how many are worth concealing.
    lost: u8,
    most_lost: u8,
    /// The line sounds so while nobody speaks (RFC 3389).
    noise: Option<u8>,
}

impl Ingress {
    pub(crate) fn new() -> Self {
        Self {
            codec: Codec::Pcmu,
            codes: JitterBuffer::new(CodeShelf::new(Law::Mu.silence())),
            packets: None,
            concealment: Concealment::new(),
            lost: MOST_LOST,
            most_lost: MOST_LOST,
            noise: None,
        }
    }

    /// It comes in this codec from now on. Memory is taken only here.
    pub(crate) fn change(&mut self, codec: Codec) {
        self.codec = codec;
        self.codes.shelf.silence = codec.law().map_or(g722::NEAR_SILENCE, Law::silence);
        if codec == Codec::Opus {
            self.packets.get_or_insert_with(|| Box::new(JitterBuffer::new(PacketShelf::new())));
        }
        self.forget();
    }

    /// What has come is not heard any more.
    pub(crate) fn forget(&mut self) {
        self.codes.reset();
        if let Some(packets) = &mut self.packets {
            packets.reset();
        }
        self.concealment.forget();
        (self.lost, self.most_lost, self.noise) = (MOST_LOST, MOST_LOST, None);
    }

    /// Silence is meant: what is missing from here on was never there (RFC 3389).
    pub(crate) fn pause(&mut self, payload: &[u8]) {
        self.concealment.forget();
        self.lost = self.most_lost;
        self.noise = payload.first().map(|level| level & 0x7f);
    }

    /// Takes a packet; tells whether its codec is another from now on.
    pub(crate) fn take(&mut self, codec: Codec, timestamp: u32, payload: &[u8]) -> bool {
        self.noise = None;
        let has_changed = codec != self.codec;
        if has_changed {
            if let (Some(law), Some(current)) = (codec.law(), self.codec.law()) {
                self.take_other_law(law, current, timestamp, payload);
                return false;
            }
            // It may change to anything that was agreed on, in the middle of a word (RFC 3264 §7).
            self.change(codec);
        }
        self.push(timestamp, payload);
        has_changed
    }

    /// The codec that is heard.
    pub(crate) fn codec(&self) -> Codec {
        self.codec
    }

    /// Packets that came too late since the last time somebody asked.
    pub(crate) fn take_late(&mut self) -> u32 {
        self.codes.take_late() + self.packets.as_mut().map_or(0, |packets| packets.take_late())
    }

    /// Gives to `hear` what is heard in this frame; `None` is silence.
    pub(crate) fn take_frame(&mut self, key_is_down: bool, mut hear: impl FnMut(Option<Voice<'_>>)) {
        let codec = self.codec;
        let mut frame = [0; FRAME_SAMPLES];
        let heard = match (codec, &mut self.packets) {
            (Codec::Opus, Some(packets)) => packets.pop(|shelf, at| {
                shelf.take(at, |packet| {
                    self.most_lost = if opus::is_pause(packet) { MOST_PAUSED } else { MOST_LOST };
                    hear(Some(Voice::Coded(codec, packet)));
                })
            }),
            _ => {
                let heard = self.codes.pop(|shelf, at| shelf.take(at, &mut frame));
                if heard {
                    self.concealment.remember(&frame);
                    hear(Some(Voice::Coded(codec, &frame)));
                }
                heard
            }
        };
        if heard {
            self.lost = 0;
            return;
        }
        // While a key is down there is no voice, and nothing to be concealed.
        let filled = !key_is_down
            && match codec.law() {
                Some(law) => self.concealment.fill(law, &mut frame),
                None => self.lost < self.most_lost,
            };
        self.lost = self.lost.saturating_add(1);
        let next = self.packets.as_ref().filter(|_| codec == Codec::Opus);
        hear(match (filled, codec.law()) {
            (true, Some(_)) => Some(Voice::Coded(codec, &frame)),
            (true, None) => {
                Some(Voice::Lost(codec, next.and_then(|packets| packets.shelf.peek(packets.next()?))))
            }
            (false, _) => self.noise.map(Voice::Noise),
        });
    }

    fn push(&mut self, timestamp: u32, payload: &[u8]) {
        match (self.codec, &mut self.packets) {
            (Codec::Opus, Some(packets)) => packets.push(timestamp, payload),
            _ => self.codes.push(timestamp, payload),
        }
    }

    fn take_other_law(&mut self, law: Law, current: Law, timestamp: u32, payload: &[u8]) {
        let mut codes = [0; LONGEST_PAYLOAD];
        let Some(codes) = codes.get_mut(..payload.len()) else { return };
        for (code, other) in codes.iter_mut().zip(payload) {
            *code = current.encode_sample(law.decode_sample(*other));
        }
        self.push(timestamp, codes);
    }
}
