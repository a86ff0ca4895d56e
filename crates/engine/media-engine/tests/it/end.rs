//! The far end of a leg in any codec: it says sounds and hears what comes.

use codec::{Codec, Law, Pcm, Voice, g722, opus, resample};
use media_engine::{Graph, Seat, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ};

/// Its sound is of 16 kHz, whatever its codec carries of it.
pub struct End {
    pub seat: Seat,
    codec: Codec,
    encoder: Encoder,
    decoder: Decoder,
    /// All that it heard.
    pub heard: Vec<i16>,
    /// All packets that came, and frames that were lost.
    pub packets: Vec<Option<Vec<u8>>>,
}

enum Encoder {
    G711(Law),
    G722(Box<g722::Encoder>),
    Opus(opus::Encoder),
}

enum Decoder {
    G711(Law),
    G722(Box<g722::Decoder>),
    Opus(opus::Decoder),
}

impl End {
    pub fn new(seat: Seat, codec: Codec) -> Self {
        let (encoder, decoder) = match (codec, codec.law()) {
            (_, Some(law)) => (Encoder::G711(law), Decoder::G711(law)),
            (Codec::G722, _) => (Encoder::G722(Default::default()), Decoder::G722(Default::default())),
            _ => (Encoder::Opus(opus::Encoder::new()), Decoder::Opus(opus::Decoder::new(WIDE_RATE_HZ))),
        };
        Self { seat, codec, encoder, decoder, heard: Vec::new(), packets: Vec::new() }
    }

    /// 20 ms of sound of 16 kHz, as this end codes it.
    pub fn code(&mut self, samples: &[i16]) -> Vec<u8> {
        match &mut self.encoder {
            Encoder::G711(law) => {
                let narrow: Vec<i16> = samples.iter().copied().step_by(2).collect();
                let mut codes = vec![0; narrow.len()];
                law.encode(&narrow, &mut codes);
                codes
            }
            Encoder::G722(encoder) => {
                let mut codes = vec![0; samples.len() / 2];
                encoder.encode(samples, &mut codes);
                codes
            }
            Encoder::Opus(encoder) => {
                let mut packet = [0; opus::MOST_BYTES];
                let length = encoder.encode(samples.try_into().unwrap(), &mut packet);
                packet[..length].to_vec()
            }
        }
    }

    pub fn say(&mut self, graph: &mut Graph, samples: &[i16]) {
        let payload = self.code(samples);
        graph.handle_voice(self.seat, Voice::Coded(self.codec, &payload));
    }

    pub fn hear(&mut self, graph: &Graph) {
        let payload = graph.heard_by(self.seat);
        self.packets.push(payload.map(<[u8]>::to_vec));
        let mut frame = [0; WIDE_FRAME_SAMPLES];
        match (&mut self.decoder, payload) {
            (Decoder::G711(law), Some(payload)) => {
                assert_eq!(payload.len(), 160);
                let mut samples = vec![0; 160];
                law.decode(payload, &mut samples);
                let wide = resample(&Pcm { rate_hz: 8_000, samples }, WIDE_RATE_HZ);
                frame.copy_from_slice(&wide.samples);
            }
            (Decoder::G722(decoder), Some(payload)) => {
                assert_eq!(payload.len(), 160);
                decoder.decode(payload, &mut frame);
            }
            (Decoder::Opus(decoder), Some(payload)) => {
                assert_eq!(decoder.decode(payload, &mut frame), Some(WIDE_FRAME_SAMPLES));
            }
            (Decoder::Opus(decoder), None) => decoder.conceal(None, &mut frame),
            (_, None) => {}
        }
        self.heard.extend(frame);
    }
}
