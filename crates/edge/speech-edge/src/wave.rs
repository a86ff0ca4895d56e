//! Sound as providers take and send it: 16-bit little-endian samples, raw or in a WAV file.

use codec::Pcm;

use crate::ear::EAR_RATE_HZ;

/// What stands before the samples of a file may be so long.
const MOST_HEADER: usize = 64 << 10;
/// Files say that they are at least so long when they do not know.
const UNKNOWN_LENGTH: u32 = 0x7fff_0000;

/// Reads sound as it comes, cut anywhere.
#[derive(Debug)]
pub(crate) struct Reader {
    rate_hz: u32,
    /// 1 or 2, of which the middle is taken.
    channels: usize,
    is_begun: bool,
    /// What could not be read yet.
    rest: Vec<u8>,
    /// Bytes until the samples end, where a file says so.
    left: usize,
}

/// What came is no sound that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSound;

impl Reader {
    /// Raw samples come at this rate, of one channel; a file says itself.
    pub(crate) fn new(rate_hz: u32) -> Self {
        Self { rate_hz, channels: 1, is_begun: false, rest: Vec::new(), left: usize::MAX }
    }

    /// Takes what came, and gives what can be heard of it.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Pcm, NoSound> {
        self.rest.extend_from_slice(bytes);
        let mut samples = Vec::new();
        if self.is_begun || self.begin()? {
            let frame = 2 * self.channels;
            let whole = self.rest.len().min(self.left) / frame * frame;
            samples.extend(self.rest[..whole].chunks_exact(frame).map(|frame| {
                let sum: i32 =
                    frame.as_chunks().0.iter().map(|pair| i32::from(i16::from_le_bytes(*pair))).sum();
                (sum / self.channels as i32) as i16
            }));
            self.rest.drain(..whole);
            self.left -= whole;
            if self.left < frame {
                self.rest.clear();
            }
        }
        Ok(Pcm { rate_hz: self.rate_hz, samples })
    }

    /// Reads the header, if there is one; `false` until all of it is there.
    fn begin(&mut self) -> Result<bool, NoSound> {
        const MAGIC: &[u8] = b"RIFF";
        let seen = self.rest.len().min(MAGIC.len());
        if self.rest[..seen] != MAGIC[..seen] {
            self.is_begun = true;
            return Ok(true);
        }
        let mut at = 12;
        let mut is_known = false;
        while let Some((name, length)) = chunk(&self.rest, at) {
            let body = at + 8;
            if name == b"data" {
                if !is_known {
                    return Err(NoSound);
                }
                if (1..UNKNOWN_LENGTH).contains(&length) {
                    self.left = length as usize;
                }
                self.rest.drain(..body);
                self.is_begun = true;
                return Ok(true);
            }
            // Chunks are filled up to an even length.
            let end = body + length as usize + (length % 2) as usize;
            if end > MOST_HEADER {
                return Err(NoSound);
            }
            if name == b"fmt " && self.rest.len() >= end {
                self.learn(body, length as usize)?;
                is_known = true;
            }
            at = end;
        }
        Ok(false)
    }

    fn learn(&mut self, at: usize, length: usize) -> Result<(), NoSound> {
        let Some(format) = self.rest.get(at..at + length.min(16)).and_then(|body| body.first_chunk::<16>())
        else {
            return Err(NoSound);
        };
        let short = |at: usize| u16::from_le_bytes([format[at], format[at + 1]]);
        let rate_hz = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
        // Samples as they are, said in the old way or in the new one.
        let is_known = matches!(short(0), 1 | 0xfffe)
            && matches!(short(2), 1 | 2)
            && (4_000..=192_000).contains(&rate_hz)
            && short(14) == 16;
        if !is_known {
            return Err(NoSound);
        }
        (self.rate_hz, self.channels) = (rate_hz, short(2).into());
        Ok(())
    }
}

/// The name and the length of a chunk of a file.
fn chunk(file: &[u8], at: usize) -> Option<(&[u8; 4], u32)> {
    let head: &[u8; 8] = file.get(at..)?.first_chunk()?;
    let (name, length) = head.split_first_chunk::<4>()?;
    Some((name, u32::from_le_bytes(length.try_into().ok()?)))
}

/// The header of a WAV file of 16 kHz; a length of 0 stands for a stream.
pub(crate) fn header(bytes: u32) -> [u8; 44] {
    let mut header = *b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0";
    let total = if bytes == 0 { 0 } else { bytes + 36 };
    header[4..8].copy_from_slice(&total.to_le_bytes());
    header[24..28].copy_from_slice(&EAR_RATE_HZ.to_le_bytes());
    header[28..32].copy_from_slice(&(EAR_RATE_HZ * 2).to_le_bytes());
    header[40..44].copy_from_slice(&bytes.to_le_bytes());
    header
}

/// A whole WAV file of 16 kHz.
pub(crate) fn file(samples: &[i16]) -> Vec<u8> {
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - 36);
    let mut file = header(length).to_vec();
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_file_is_read_as_it_was_written() {
        let samples: Vec<i16> = (0..1_000).map(|sample| sample * 7).collect();
        let read = codec::decode_file(&file(&samples), std::time::Duration::from_secs(1)).unwrap();
        assert_eq!((read.rate_hz, read.samples), (16_000, samples));
    }

    /// What is read of bytes that come in pieces of this length.
    fn in_pieces(bytes: &[u8], length: usize) -> Result<Pcm, NoSound> {
        let mut reader = Reader::new(24_000);
        let mut read = Pcm { rate_hz: 24_000, samples: Vec::new() };
        for piece in bytes.chunks(length) {
            let part = reader.read(piece)?;
            read.rate_hz = part.rate_hz;
            read.samples.extend(part.samples);
        }
        Ok(read)
    }

    #[test]
    fn sound_is_read_as_it_comes_however_it_is_cut() {
        let samples: Vec<i16> = (0..1_000).map(|sample| sample * 7 - 3_000).collect();
        let raw: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let mut long_header = file(&samples);
        long_header.splice(36..36, *b"LIST\x03\0\0\0abc\0");
        let mut with_tail = file(&samples);
        with_tail.extend(b"LIST\x04\0\0\0abcd");
        let endless = [&header(0), &raw[..]].concat();
        let unsure = {
            let mut header = header(0);
            header[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
            [&header, &raw[..]].concat()
        };
        let files = [file(&samples), long_header, with_tail, endless, unsure];
        for length in [1, 2, 3, 7, 43, 44, 45, 1_000, 9_999] {
            assert_eq!(in_pieces(&raw, length).unwrap(), Pcm { rate_hz: 24_000, samples: samples.clone() });
            for (number, file) in files.iter().enumerate() {
                let read = in_pieces(file, length).unwrap();
                assert_eq!(read, Pcm { rate_hz: 16_000, samples: samples.clone() }, "{number} by {length}");
            }
        }
        let mut odd = raw.clone();
        odd.push(9);
        assert_eq!(in_pieces(&odd, 7).unwrap().samples, samples);
    }

    #[test]
    fn of_two_channels_the_middle_is_heard() {
        let mut file = file(&[100, 300, -50, -150]);
        file[22] = 2;
        assert_eq!(in_pieces(&file, 5).unwrap().samples, [200, -100]);
    }

    #[test]
    fn what_is_no_sound_is_told() {
        let file = file(&[1, 2, 3]);
        for (at, what) in [(20, 7), (22, 6), (34, 8), (24, 0), (16, 15), (12, b'x')] {
            let mut broken = file.clone();
            broken[at] = what;
            if at == 24 {
                broken[24..28].fill(0);
            }
            assert_eq!(in_pieces(&broken, 9_999), Err(NoSound), "byte {at}");
        }
        let mut endless = file[..36].to_vec();
        endless.extend(b"LIST\xff\xff\xff\x7f");
        assert_eq!(in_pieces(&endless, 9_999), Err(NoSound));
        assert!(in_pieces(b"RI", 1).unwrap().samples.is_empty());
    }
}
