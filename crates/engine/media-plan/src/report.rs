//! What media saw.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{LegId, OperationId, PlaybackId, TapId};

use crate::tap::TapReport;
use crate::tone::Tone;

/// One observation about the media of one call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MediaReport {
    /// The first frame of the playback left the socket.
    Started(PlaybackId),
    /// The last frame of the playback left the socket of every listener.
    Finished(PlaybackId),
    /// A source could not be played; nothing more of the playback will be heard.
    Failed {
        /// The playback.
        playback: PlaybackId,
        /// The position of the source in the playback's list, from 0.
        source: usize,
        /// What is wrong with it.
        why: Unplayable,
    },
    /// A key went down on this leg.
    ToneStarted(LegId, Tone),
    /// The key came up again; a tone is counted now.
    ToneEnded(LegId, Tone),
    /// All tones of the operation left the socket.
    TonesSent(OperationId),
    /// The leg cannot take tones: it did not negotiate telephone-event, or has no media.
    TonesRefused(OperationId),
    /// Nothing was received from this leg for the configured time while it should be speaking.
    Silent(LegId),
    /// Something happened to a tap.
    Tapped(TapId, TapReport),
}

/// Why a source could not be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Unplayable {
    /// The file is no sound that is understood here.
    Format,
    /// The file could not be fetched: refused, not found, too large, too slow, or an address that is not allowed.
    Download,
    /// The words could not be turned into speech.
    Speech,
    /// There is nothing to say.
    Empty,
}
