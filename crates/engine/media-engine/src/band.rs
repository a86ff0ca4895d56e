//! The two bands in which sound is added up.
//!
//! A voice is brought to the band of those who hear it, once for all of them. Nobody who
//! hears the telephone band costs more because another hears wideband.

use crate::frame::{FRAME_SAMPLES, RATE_HZ, WIDE_FRAME_SAMPLES, WIDE_RATE_HZ};
use crate::live_voice::LiveVoice;
use crate::player::Player;
use crate::speaker::Speaker;

pub(crate) trait Band<const N: usize> {
    const RATE_HZ: u32;

    /// Makes the samples of a voice, if they are not there.
    fn decode(speaker: &mut Speaker);
    /// The samples of a voice, when they are there.
    fn samples(speaker: &Speaker) -> &[i16; N];
    /// The samples of a playback.
    fn playing(player: &Player) -> &[i16];
    /// The samples of a live voice.
    fn live(voice: &LiveVoice) -> &[i16];
}

/// The telephone band, 8 kHz.
pub(crate) struct Narrow;

/// Wideband, 16 kHz.
pub(crate) struct Wide;

impl Band<FRAME_SAMPLES> for Narrow {
    const RATE_HZ: u32 = RATE_HZ;

    fn decode(speaker: &mut Speaker) {
        speaker.decode();
    }

    fn samples(speaker: &Speaker) -> &[i16; FRAME_SAMPLES] {
        speaker.samples()
    }

    fn playing(player: &Player) -> &[i16] {
        player.samples()
    }

    fn live(voice: &LiveVoice) -> &[i16] {
        voice.samples()
    }
}

impl Band<WIDE_FRAME_SAMPLES> for Wide {
    const RATE_HZ: u32 = WIDE_RATE_HZ;

    fn decode(speaker: &mut Speaker) {
        speaker.decode_wide();
    }

    fn samples(speaker: &Speaker) -> &[i16; WIDE_FRAME_SAMPLES] {
        speaker.wide_samples()
    }

    fn playing(player: &Player) -> &[i16] {
        player.wide_samples()
    }

    fn live(voice: &LiveVoice) -> &[i16] {
        voice.wide_samples()
    }
}
