//! Writing WAV files.

use std::io::Cursor;

use crate::pcm::Pcm;

/// The sound as a 16-bit mono WAV file.
///
/// # Panics
/// If the sound is longer than a WAV file can say (4 GiB).
pub fn write(sound: &Pcm) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: sound.rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::with_capacity(44 + sound.samples.len() * 2));
    let mut write_all = || -> Result<(), hound::Error> {
        let mut writer = hound::WavWriter::new(&mut file, spec)?;
        for sample in &sound.samples {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    write_all().expect("memory takes every byte, and 4 GiB of sound are a day at 16 kHz");
    file.into_inner()
}
