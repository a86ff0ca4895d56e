//! What a call asks of media.

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{LegId, OperationId, PlaybackId, TapId};

use crate::plan::MediaPlan;
use crate::playback::Playback;
use crate::tap::Tap;
use crate::tone::Tone;

/// One wish or deed for the media of one call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MediaRequest {
    /// Who hears whom from now on.
    Connect(MediaPlan),
    /// Play this.
    Play(Playback),
    /// Silence on the wire at once; no report follows.
    StopPlayback(PlaybackId),
    /// Press these keys toward one leg.
    SendTones(ToneSequence),
    /// Somebody listens, and as this says from now on.
    Listen(Tap),
    /// Nobody listens there any more: a file is closed, a socket hung up. Nothing more is reported of it, except
    /// a summary that was asked for.
    StopListening(TapId),
    /// The call is over: forget everything about it.
    Release,
}

/// Keys pressed toward one leg, one after another (RFC 4733).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ToneSequence {
    /// The operation that sends them; named in [`TonesSent`](crate::MediaReport::TonesSent).
    pub operation: OperationId,
    /// The leg that receives them.
    pub leg: LegId,
    /// The keys, at most 18.
    pub tones: Vec<Tone>,
}
