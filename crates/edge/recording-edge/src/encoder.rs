//! From samples to the bytes of a file, in a form that may be cut off after any second.

use media_plan::RecordingFormat;

use crate::mp3::Mp3Encoder;
use crate::mp4::Mp4Encoder;
use crate::wav;

/// Why a file of this kind cannot be made here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncoderError {
    /// The library that makes MP3 is not there.
    #[error("make an MP3 file: {0}; install the package libmp3lame0 and start the recording again")]
    NoLame(String),
    /// An encoder refuses its settings.
    #[error("make a file of kind {0}")]
    Refused(&'static str),
}

/// One file in the making.
#[derive(Debug)]
pub(crate) enum Encoder {
    Wav { channels: u16 },
    Mp3(Box<Mp3Encoder>),
    Mp4(Box<Mp4Encoder>),
}

impl Encoder {
    pub(crate) fn new(format: RecordingFormat, channels: usize) -> Result<Self, EncoderError> {
        Ok(match format {
            RecordingFormat::Wav => Self::Wav { channels: channels as u16 },
            RecordingFormat::Mp3 => Self::Mp3(Box::new(Mp3Encoder::new()?)),
            RecordingFormat::Mp4 => Self::Mp4(Box::new(Mp4Encoder::new()?)),
        })
    }

    /// What a file begins with.
    pub(crate) fn begin(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Wav { channels } => out.extend(wav::header(*channels, 0)),
            Self::Mp3(_) => {}
            Self::Mp4(encoder) => encoder.begin(out),
        }
    }

    /// Adds samples, channels side by side: a frame, or a part of one at the end of silence.
    pub(crate) fn add(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), EncoderError> {
        match self {
            Self::Wav { .. } => {
                let bytes = out.len();
                out.resize(bytes + size_of_val(samples), 0);
                for (pair, sample) in out[bytes..].as_chunks_mut().0.iter_mut().zip(samples) {
                    *pair = sample.to_le_bytes();
                }
                Ok(())
            }
            Self::Mp3(encoder) => encoder.add(samples, out),
            Self::Mp4(encoder) => encoder.add(samples),
        }
    }

    /// A second is over: gives out what can be given out.
    pub(crate) fn settle(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Wav { .. } | Self::Mp3(_) => {}
            Self::Mp4(encoder) => encoder.settle(out),
        }
    }

    /// Nothing more will come.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Wav { .. } => {}
            Self::Mp3(encoder) => encoder.end(out),
            Self::Mp4(encoder) => encoder.settle(out),
        }
    }

    /// What has to stand at the beginning when the file has so many bytes; nothing for kinds of files that
    /// need not know their length.
    pub(crate) fn head(&self, bytes: u64) -> Option<[u8; wav::HEADER_BYTES]> {
        match self {
            Self::Wav { channels } => Some(wav::header(*channels, bytes)),
            Self::Mp3(_) | Self::Mp4(_) => None,
        }
    }
}
