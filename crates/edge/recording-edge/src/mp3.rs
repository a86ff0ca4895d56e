//! MP3: mono, 16 kHz, 48 kbit/s. A file is frames and nothing else; it may be cut anywhere.

use crate::encoder::EncoderError;
use crate::lame::Lame;

#[derive(Debug)]
pub(crate) struct Mp3Encoder(Lame);

impl Mp3Encoder {
    pub(crate) fn new() -> Result<Self, EncoderError> {
        Lame::new().map(Self)
    }

    pub(crate) fn add(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), EncoderError> {
        self.0.encode(samples, out)
    }

    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        if let Err(error) = self.0.finish(out) {
            tracing::warn!(%error, "the last frames of an MP3 file are missing: cannot {error}");
        }
    }
}
