//! Reading a sound file: WAV (PCM, float, µ-law, A-law) or MP3.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;

use crate::pcm::Pcm;

/// Rates that a sound file may have.
const RATES_HZ: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Why bytes are no sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Neither WAV nor MP3, or of a kind that is not understood here.
    #[error("understand the sound: neither a WAV nor an MP3 file of a known kind")]
    Format,
    /// It begins well and then breaks.
    #[error("read the sound: the file is damaged")]
    Damaged,
    /// It holds no samples.
    #[error("read the sound: the file holds no samples")]
    Empty,
    /// It sounds longer than the limit.
    #[error("keep the sound: it is longer than the limit")]
    TooLong,
}

/// The sound in `bytes`, mixed down to mono, at the file's own rate.
///
/// Total: no input panics, and no more than `limit` of sound is ever held. A file that is cut
/// off gives what is there.
pub fn decode_file(bytes: &[u8], limit: Duration) -> Result<Pcm, DecodeError> {
    // The decoders are safe code by others; should one of them meet its own broken assumption,
    // that costs this file and not its thread.
    catch_unwind(AssertUnwindSafe(|| decode(bytes, limit))).unwrap_or(Err(DecodeError::Damaged))
}

fn decode(bytes: &[u8], limit: Duration) -> Result<Pcm, DecodeError> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), Default::default());
    let mut file = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, Default::default(), Default::default())
        .map_err(|_| DecodeError::Format)?;
    let track = file.default_track(TrackType::Audio).ok_or(DecodeError::Format)?;
    let track_id = track.id;
    let parameters =
        track.codec_params.as_ref().and_then(|parameters| parameters.audio()).ok_or(DecodeError::Format)?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &Default::default())
        .map_err(|_| DecodeError::Format)?;

    let mut sound = Pcm::default();
    let mut damage = false;
    while let Some(packet) = next_packet(file.as_mut(), track_id, &mut damage) {
        match decoder.decode(&packet) {
            Ok(buffer) => append(&mut sound, &buffer, limit)?,
            Err(Error::DecodeError(_) | Error::IoError(_)) => damage = true,
            Err(_) => break,
        }
    }
    match (sound.samples.is_empty(), damage) {
        (false, _) => Ok(sound),
        (true, true) => Err(DecodeError::Damaged),
        (true, false) => Err(DecodeError::Empty),
    }
}

fn next_packet(file: &mut dyn FormatReader, track: u32, damage: &mut bool) -> Option<Packet> {
    loop {
        match file.next_packet() {
            Ok(Some(packet)) if packet.track_id == track => return Some(packet),
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(_) => {
                *damage = true;
                return None;
            }
        }
    }
}

/// Mixes a buffer down and appends it; a change of rate in mid-file is damage.
fn append(sound: &mut Pcm, buffer: &GenericAudioBufferRef<'_>, limit: Duration) -> Result<(), DecodeError> {
    let rate_hz = buffer.spec().rate();
    let channels = buffer.spec().channels().count();
    if !RATES_HZ.contains(&rate_hz) || channels == 0 || channels > 8 {
        return Err(DecodeError::Format);
    }
    if sound.rate_hz != 0 && sound.rate_hz != rate_hz {
        return Err(DecodeError::Damaged);
    }
    sound.rate_hz = rate_hz;
    let mut interleaved: Vec<f32> = Vec::new();
    buffer.copy_to_vec_interleaved(&mut interleaved);
    let mono = |frame: &[f32]| (frame.iter().sum::<f32>() / channels as f32 * 32_768.0).round() as i16;
    sound.samples.extend(interleaved.chunks_exact(channels).map(mono));
    if sound.duration() > limit { Err(DecodeError::TooLong) } else { Ok(()) }
}
