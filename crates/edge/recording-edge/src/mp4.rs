//! MP4 with one track of sound (Opus), a fragment a second.
//!
//! Until calls have video, an MP4 recording is sound only. A fragmented file (ISO/IEC 14496-12 §8.8)
//! can be played up to its last whole fragment at any time: that is what a crash leaves.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use codec::opus::{self, FRAME_SAMPLES, FRAME_TICKS, MOST_BYTES};
use muxide::api::AudioCodec;
use muxide::fragmented::{FragmentAudioConfig, FragmentedMuxer};

use crate::encoder::EncoderError;
use crate::frame::FRAME_MS;

/// Opus counts in 48 kHz, whatever was encoded (RFC 7845 §4).
const TICKS_HZ: u32 = 48_000;

#[derive(Debug)]
pub(crate) struct Mp4Encoder {
    muxer: FragmentedMuxer,
    opus: opus::Encoder,
    ticks: u64,
}

impl Mp4Encoder {
    pub(crate) fn new() -> Result<Self, EncoderError> {
        let track = FragmentAudioConfig { codec: AudioCodec::Opus, sample_rate: TICKS_HZ, channels: 1 };
        let muxer = FragmentedMuxer::new_audio_only(track).map_err(|_| EncoderError::Refused("MP4"))?;
        Ok(Self { muxer, opus: opus::Encoder::new(), ticks: 0 })
    }

    pub(crate) fn begin(&mut self, out: &mut Vec<u8>) {
        out.extend(self.muxer.init_segment());
    }

    pub(crate) fn add(&mut self, samples: &[i16]) -> Result<(), EncoderError> {
        for frame in samples.as_chunks::<FRAME_SAMPLES>().0 {
            let mut packet = [0; MOST_BYTES];
            let length = self.opus.encode(frame, &mut packet);
            let written = self.muxer.write_audio(self.ticks, self.ticks, &packet[..length]);
            written.map_err(|_| EncoderError::Refused("MP4"))?;
            self.ticks += u64::from(FRAME_TICKS);
        }
        Ok(())
    }

    pub(crate) fn settle(&mut self, out: &mut Vec<u8>) {
        out.extend(self.muxer.flush_segment().unwrap_or_default());
    }
}

/// What is whole of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) bytes: u64,
    pub(crate) lasted_ms: u64,
}

/// Cuts off the fragment that a crash left half.
pub(crate) fn repair(file: &File) -> io::Result<Whole> {
    let whole = whole_boxes(file)?;
    file.set_len(whole.bytes)?;
    Ok(whole)
}

/// The largest `moof` that is looked into: a fragment is a second, of 50 packets.
const LARGEST_MOOF: u64 = 1 << 20;

/// Where the last whole pair of `moof` and `mdat` ends, and how long all of them sound.
fn whole_boxes(file: &File) -> io::Result<Whole> {
    let length = file.metadata()?.len();
    let (mut at, mut whole, mut packets) = (0, Whole::default(), 0);
    while at + 8 <= length {
        let mut head = [0; 8];
        file.read_exact_at(&mut head, at)?;
        let size = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        // We write no box of another kind, and none that is larger than 4 GiB (size 1) or open (size 0).
        if size < 8 || at + size > length {
            break;
        }
        if &head[4..] == b"moof" {
            packets += packets_in(file, at, size.min(LARGEST_MOOF))?;
        } else {
            whole = Whole { bytes: at + size, lasted_ms: packets * FRAME_MS };
        }
        at += size;
    }
    Ok(whole)
}

/// The number of samples that the `trun` of a fragment tells of (ISO/IEC 14496-12 §8.8.8).
fn packets_in(file: &File, at: u64, size: u64) -> io::Result<u64> {
    let mut fragment = vec![0; size as usize];
    file.read_exact_at(&mut fragment, at)?;
    let run = fragment.windows(4).position(|name| name == b"trun");
    let count = run.and_then(|run| fragment.get(run + 8..)?.first_chunk());
    Ok(count.map_or(0, |count: &[u8; 4]| u64::from(u32::from_be_bytes(*count))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: usize) -> Vec<u8> {
        let (mut encoder, mut out) = (Mp4Encoder::new().unwrap(), Vec::new());
        encoder.begin(&mut out);
        for _ in 0..count {
            for _ in 0..50 {
                encoder.add(&[100; FRAME_SAMPLES]).unwrap();
            }
            encoder.settle(&mut out);
        }
        out
    }

    #[test]
    fn what_a_crash_left_half_is_cut_off() {
        let (two, three) = (seconds(2), seconds(3));
        assert_eq!(two, three[..two.len()]);
        for torn in [two.len(), two.len() + 5, two.len() + 200, three.len() - 1] {
            let file = tempfile::tempfile().unwrap();
            file.write_all_at(&three[..torn], 0).unwrap();
            let whole = Whole { bytes: two.len() as u64, lasted_ms: 2_000 };
            assert_eq!(repair(&file).unwrap(), whole, "cut at {torn}");
            assert_eq!(file.metadata().unwrap().len(), two.len() as u64);
        }
    }

    #[test]
    fn bytes_that_are_no_boxes_end_the_file() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&[0xff; 100], 0).unwrap();
        assert_eq!(repair(&file).unwrap(), Whole::default());
    }
}
