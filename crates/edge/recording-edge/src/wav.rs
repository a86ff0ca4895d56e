//! WAV: the header, which says how long the file is, and what a crash left of one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::frame::RATE_HZ;

/// RIFF, the format, and the head of the data.
pub(crate) const HEADER_BYTES: usize = 44;
const BYTES_PER_SAMPLE: u16 = 2;

/// The header of a file that has `bytes` in all, or less than a header.
pub(crate) fn header(channels: u16, bytes: u64) -> [u8; HEADER_BYTES] {
    let block = channels * BYTES_PER_SAMPLE;
    let data = bytes.saturating_sub(HEADER_BYTES as u64) / u64::from(block) * u64::from(block);
    // A file cannot say more than 4 GiB; chunks are smaller.
    let data = u32::try_from(data).unwrap_or(u32::MAX - HEADER_BYTES as u32);
    let mut header = [0; HEADER_BYTES];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"RIFF");
    put(4, &(data + HEADER_BYTES as u32 - 8).to_le_bytes());
    put(8, b"WAVEfmt ");
    put(16, &16u32.to_le_bytes());
    put(20, &1u16.to_le_bytes());
    put(22, &channels.to_le_bytes());
    put(24, &RATE_HZ.to_le_bytes());
    put(28, &(RATE_HZ * u32::from(block)).to_le_bytes());
    put(32, &block.to_le_bytes());
    put(34, &(BYTES_PER_SAMPLE * 8).to_le_bytes());
    put(36, b"data");
    put(40, &data.to_le_bytes());
    header
}

/// Makes the header of a file that nobody finished say what is there.
pub(crate) fn repair(file: &File, channels: u16) -> io::Result<u64> {
    let block = u64::from(channels * BYTES_PER_SAMPLE);
    let bytes = file.metadata()?.len();
    let sound = bytes.saturating_sub(HEADER_BYTES as u64) / block * block;
    file.set_len(HEADER_BYTES as u64 + sound)?;
    file.write_all_at(&header(channels, HEADER_BYTES as u64 + sound), 0)?;
    Ok(HEADER_BYTES as u64 + sound)
}

/// How many channels, from the first, hold anything but silence; at least one.
pub(crate) fn used(file: &File, channels: usize) -> io::Result<usize> {
    let wide = channels * usize::from(BYTES_PER_SAMPLE);
    let mut reader = io::BufReader::with_capacity(1 << 20, file);
    io::Seek::seek(&mut reader, io::SeekFrom::Start(HEADER_BYTES as u64))?;
    let (mut used, mut block) = (1, vec![0; wide]);
    while used < channels {
        match io::Read::read_exact(&mut reader, &mut block) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        let last = block.iter().rposition(|byte| *byte != 0);
        used = used.max(last.map_or(1, |byte| byte / usize::from(BYTES_PER_SAMPLE) + 1));
    }
    Ok(used)
}

/// Copies a file without the channels that nobody used, which are the last ones.
pub(crate) fn narrow(from: &File, to: &File, channels: usize, used: usize) -> io::Result<u64> {
    const SAMPLES: usize = 16_384;
    let (wide, slim) = (channels * usize::from(BYTES_PER_SAMPLE), used * usize::from(BYTES_PER_SAMPLE));
    let mut read_at = HEADER_BYTES as u64;
    let mut write_at = HEADER_BYTES as u64;
    let (mut input, mut output) = (vec![0; SAMPLES * wide], Vec::with_capacity(SAMPLES * slim));
    let end = from.metadata()?.len();
    while read_at + wide as u64 <= end {
        let left = usize::try_from(end - read_at).unwrap_or(usize::MAX);
        let piece = &mut input[..(left.min(SAMPLES * wide)) / wide * wide];
        from.read_exact_at(piece, read_at)?;
        output.clear();
        for block in piece.chunks_exact(wide) {
            output.extend_from_slice(&block[..slim]);
        }
        to.write_all_at(&output, write_at)?;
        read_at += piece.len() as u64;
        write_at += output.len() as u64;
    }
    to.write_all_at(&header(used as u16, write_at), 0)?;
    Ok(write_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(samples: &[i16], channels: u16) -> File {
        let file = tempfile::tempfile().unwrap();
        let mut bytes = header(channels, 0).to_vec();
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file.write_all_at(&bytes, 0).unwrap();
        file
    }

    fn read(file: &File) -> (hound::WavSpec, Vec<i16>) {
        let mut bytes = vec![0; file.metadata().unwrap().len() as usize];
        file.read_exact_at(&mut bytes, 0).unwrap();
        let mut reader = hound::WavReader::new(io::Cursor::new(bytes)).unwrap();
        (reader.spec(), reader.samples().map(Result::unwrap).collect())
    }

    #[test]
    fn a_file_that_nobody_finished_is_read_up_to_its_last_whole_sample() {
        let torn = file(&[1, 2, 3, 4, 5], 2);
        torn.write_all_at(&[9], 44 + 10).unwrap();
        assert_eq!(repair(&torn, 2).unwrap(), 44 + 8);
        let (spec, samples) = read(&torn);
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 16_000, 16));
        assert_eq!(samples, [1, 2, 3, 4]);
        let empty = tempfile::tempfile().unwrap();
        assert_eq!(repair(&empty, 1).unwrap(), 44);
        assert!(read(&empty).1.is_empty());
    }

    #[test]
    fn channels_of_nobody_are_left_out() {
        let samples: Vec<i16> = (0..100_000).flat_map(|n| [n as i16, !(n as i16), 0, 0, 0]).collect();
        let (wide, slim) = (file(&samples, 5), tempfile::tempfile().unwrap());
        assert_eq!(narrow(&wide, &slim, 5, 2).unwrap(), 44 + 400_000);
        let (spec, samples) = read(&slim);
        assert_eq!(spec.channels, 2);
        assert!(samples.chunks(2).enumerate().all(|(n, pair)| pair == [n as i16, !(n as i16)]));
    }
}
