//! Sound files are understood, and what is no sound is refused.

use std::io::Cursor;
use std::time::Duration;

use codec::{DecodeError, Pcm, decode_file, goertzel, tone, wav};
use hound::{SampleFormat, WavSpec, WavWriter};
use proptest::prelude::*;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_file_that_we_wrote_reads_back_exactly() {
    let sound = tone::sine(8_000, 440.0, Duration::from_millis(300), 0.5);
    assert_eq!(decode_file(&wav::write(&sound), LIMIT), Ok(sound));
}

#[test]
fn integer_files_of_every_width_hold_their_tone() {
    for bits in [8, 16, 24, 32] {
        for channels in [1, 2] {
            has_tone(&integer_wav(44_100, bits, channels), 44_100);
        }
    }
}

#[test]
fn a_float_file_holds_its_tone() {
    let spec =
        WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    for sample in reference(48_000).samples {
        writer.write_sample(f32::from(sample) / 32_768.0).unwrap();
    }
    writer.finalize().unwrap();
    has_tone(&file.into_inner(), 48_000);
}

#[test]
fn companded_files_hold_their_tone() {
    for (format, law) in [(7, codec::Law::Mu), (6, codec::Law::A)] {
        let sound = reference(8_000);
        let mut codes = vec![0; sound.samples.len()];
        law.encode(&sound.samples, &mut codes);
        has_tone(&companded_wav(format, &codes), 8_000);
    }
}

#[test]
fn an_mp3_file_holds_its_tone() {
    has_tone(include_bytes!("../../fixtures/tone_440hz_1s_22050hz.mp3"), 22_050);
}

#[test]
fn the_two_sides_of_a_stereo_file_are_both_heard() {
    let spec =
        WavSpec { channels: 2, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    let left = tone::sine(8_000, 440.0, Duration::from_secs(1), 0.5);
    let right = tone::sine(8_000, 1_000.0, Duration::from_secs(1), 0.5);
    for (left, right) in left.samples.iter().zip(&right.samples) {
        writer.write_sample(*left).unwrap();
        writer.write_sample(*right).unwrap();
    }
    writer.finalize().unwrap();
    let mono = decode_file(&file.into_inner(), LIMIT).unwrap();
    assert!(goertzel::share(&mono.samples, 8_000, 440.0) > 0.45);
    assert!(goertzel::share(&mono.samples, 8_000, 1_000.0) > 0.45);
}

#[test]
fn a_file_longer_than_the_limit_is_refused() {
    let file = wav::write(&tone::silence(8_000, Duration::from_secs(3)));
    assert_eq!(decode_file(&file, Duration::from_secs(2)), Err(DecodeError::TooLong));
}

#[test]
fn what_is_no_sound_is_refused() {
    assert_eq!(decode_file(b"", LIMIT), Err(DecodeError::Format));
    assert_eq!(decode_file(b"<html>404</html>", LIMIT), Err(DecodeError::Format));
    assert_eq!(decode_file(&[0; 100_000], LIMIT), Err(DecodeError::Format));
    assert!(decode_file(&wav::write(&Pcm { rate_hz: 8_000, samples: vec![] }), LIMIT).is_err());
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_there() {
    let whole = wav::write(&reference(8_000));
    let half = decode_file(&whole[..whole.len() / 2], LIMIT).unwrap();
    assert!(half.duration() > Duration::from_millis(400), "{:?}", half.duration());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn damaged_files_never_panic(position in 0_usize..60, value: u8, cut in 0_usize..200) {
        for mut file in [integer_wav(8_000, 16, 2), include_bytes!("../../fixtures/tone_440hz_1s_22050hz.mp3").to_vec()] {
            file[position] = value;
            file.truncate(file.len().min(2_000) - cut);
            let _ = decode_file(&file, LIMIT);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = decode_file(&bytes, LIMIT);
        let _ = decode_file(&[b"RIFF\x40\0\0\0WAVEfmt ".as_slice(), &bytes].concat(), LIMIT);
    }
}

#[track_caller]
fn has_tone(file: &[u8], rate_hz: u32) {
    let sound = decode_file(file, LIMIT).unwrap();
    assert_eq!(sound.rate_hz, rate_hz);
    let length = sound.duration();
    assert!((Duration::from_millis(990)..Duration::from_millis(1_110)).contains(&length), "{length:?}");
    let middle = sound.cut(Duration::from_millis(200), Duration::from_millis(500));
    assert!(goertzel::share(&middle.samples, rate_hz, 440.0) > 0.98);
    let rms = goertzel::rms(&middle.samples);
    assert!((9_000.0..13_500.0).contains(&rms), "{rms}");
}

/// A second of 440 Hz at half of full scale.
fn reference(rate_hz: u32) -> Pcm {
    tone::sine(rate_hz, 440.0, Duration::from_secs(1), 0.5)
}

fn integer_wav(rate_hz: u32, bits: u16, channels: u16) -> Vec<u8> {
    let spec =
        WavSpec { channels, sample_rate: rate_hz, bits_per_sample: bits, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    for sample in reference(rate_hz).samples {
        for _ in 0..channels {
            writer.write_sample((i64::from(sample) << 16 >> (32 - bits)) as i32).unwrap();
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

fn companded_wav(format: u16, codes: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((50 + codes.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x12\0\0\0");
    file.extend(format.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(0_u16.to_le_bytes());
    file.extend(b"fact\x04\0\0\0");
    file.extend((codes.len() as u32).to_le_bytes());
    file.extend(b"data");
    file.extend((codes.len() as u32).to_le_bytes());
    file.extend(codes);
    file
}

/// The decoder multiplies these sizes, and panics where overflow is checked.
#[test]
fn what_breaks_a_decoder_costs_its_file_alone() {
    let mut file = b"RIFF\x40\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    file.extend([1, 0, 1, 0, 0xfe, 0xdf, 0xff, 0xff, 0, 0x80, 0x3e, 0xff, 0xff, 0xff, 0x10, 0]);
    file.extend(b"data\x04\0\0\0\x01\x02\x03\x04");
    assert!(decode_file(&file, Duration::from_secs(1)).is_err());
}
