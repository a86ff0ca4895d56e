//! Raw sound as providers send and take it: 16-bit little-endian mono.

use codec::Pcm;

use crate::ear::EAR_RATE_HZ;

/// Raw bytes as sound; `None` when they are none.
pub(crate) fn read_raw(bytes: &[u8], rate_hz: u32) -> Option<Pcm> {
    let samples: Vec<i16> =
        bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    (!samples.is_empty()).then_some(Pcm { rate_hz, samples })
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
        assert_eq!(read_raw(&[1, 0, 2, 0, 9], 24_000).unwrap().samples, [1, 2]);
        assert_eq!(read_raw(&[], 24_000), None);
    }
}
