//! The only way into a media thread.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use identifier::{CallId, LegId, PlaybackId};
use media_engine::Playable;
use media_plan::{MediaRequest, Tap, Unplayable};
use rtp_session::{Start, Terms};
use srtp::Protection;

use crate::live_leg::LiveLeg;
use crate::live_tap::LiveTap;
use crate::ports::Sockets;

/// Commands that may wait for one tick.
const CAPACITY: usize = 16_384;

/// What control wants of a media thread.
pub(crate) enum Command {
    Open {
        call: CallId,
        leg: LegId,
        sockets: Sockets,
        start: Start,
    },
    Connect {
        call: CallId,
        leg: LegId,
        terms: Terms,
        protection: Option<Box<Protection>>,
    },
    Close {
        call: CallId,
        leg: LegId,
    },
    /// The leg leaves this call for another, which may be on another thread.
    HandOver {
        call: CallId,
        leg: LegId,
        to: Sender<LiveLeg>,
    },
    /// The leg comes from another call. What concerns it waits until it is there.
    Await {
        call: CallId,
        leg: LegId,
        from: Receiver<LiveLeg>,
    },
    Request {
        call: CallId,
        request: MediaRequest,
    },
    Sound {
        call: CallId,
        playback: PlaybackId,
        source: usize,
        sound: Result<Playable, Unplayable>,
    },
    /// Somebody listens who did not before.
    Tap {
        call: CallId,
        tap: Box<LiveTap>,
    },
    /// Somebody listens otherwise.
    ChangeTap {
        call: CallId,
        tap: Arc<Tap>,
    },
}

impl Command {
    /// The leg that it cannot do without, and its call.
    pub(crate) fn leg(&self) -> Option<(CallId, LegId)> {
        match self {
            Self::Connect { call, leg, .. }
            | Self::Close { call, leg }
            | Self::HandOver { call, leg, .. } => Some((*call, *leg)),
            Self::Request { call, request: MediaRequest::SendTones(tones) } => Some((*call, tones.leg)),
            Self::Open { .. }
            | Self::Await { .. }
            | Self::Request { .. }
            | Self::Sound { .. }
            | Self::Tap { .. }
            | Self::ChangeTap { .. } => None,
        }
    }
}

/// The sending end.
#[derive(Clone)]
pub(crate) struct Mailbox(Sender<Command>);

impl Mailbox {
    pub(crate) fn new() -> (Self, Receiver<Command>) {
        let (sender, receiver) = bounded(CAPACITY);
        (Self(sender), receiver)
    }

    /// Hands a command over. Where thousands wait, the caller does so too, but only until the
    /// next tick: the media thread waits for nobody.
    pub(crate) fn post(&self, command: Command) {
        if self.0.send(command).is_err() {
            tracing::error!("a media thread is gone: a command to it is lost");
        }
    }
}
