//! The handle through which signaling opens media, and calls ask for it.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use clock::Now;
use identifier::{CallId, LegId};
use media_plan::{MediaReport, MediaRequest};

use crate::sound_source::SoundSource;

/// Where media lives.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The address that sockets bind to and descriptions name.
    pub address: IpAddr,
    /// Named in descriptions instead, behind a NAT.
    pub advertised: Option<IpAddr>,
    /// RTP takes the even ports of this range.
    pub ports: RangeInclusive<u16>,
    /// Media threads.
    pub threads: usize,
    /// A leg that sends nothing for this long is reported as silent; never when zero.
    pub silent_after: Duration,
}

/// A socket that waits for its peer to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// What the session description names.
    pub address: SocketAddr,
}

/// What offer and answer agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the far end says it listens.
    pub remote: SocketAddr,
    /// The codec.
    pub codec: RtpCodec,
    /// Its payload type.
    pub payload_type: u8,
    /// The payload type of telephone-event (RFC 4733), if agreed.
    pub telephone_event: Option<u8>,
    /// Seen from us.
    pub direction: Direction,
}

/// Codecs on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum RtpCodec {
    Pcmu,
    Pcma,
}

/// RFC 3264 §6.1, seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// Why no socket could be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// All ports of the range are in use.
    #[error("open a media socket: all ports of media.ports are in use")]
    NoPort,
}

/// What takes reports: the call, the report, and when it was seen.
pub type ReportSink = Arc<dyn Fn(CallId, MediaReport, Now) + Send + Sync>;

/// All media of this process. Cheap to clone.
#[derive(Clone)]
pub struct MediaEdge {}

#[allow(unused_variables)]
impl MediaEdge {
    /// Starts the media threads. `clock` is the platform's clock.
    ///
    /// # Panics
    /// Outside of a tokio runtime: sounds are fetched on it.
    pub fn start(
        config: MediaConfig,
        sounds: Arc<dyn SoundSource>,
        reports: ReportSink,
        clock: Arc<dyn Fn() -> Now + Send + Sync>,
    ) -> Self {
        todo!()
    }

    /// Binds a socket for a leg of a call. Opening again gives the same socket.
    pub fn open(&self, call: CallId, leg: LegId) -> Result<LocalMedia, OpenError> {
        todo!()
    }

    /// Media flows as agreed from now on; again after each re-negotiation.
    pub fn connect(&self, leg: LegId, negotiated: Negotiated) {
        todo!()
    }

    /// The leg is over.
    pub fn close(&self, leg: LegId) {
        todo!()
    }

    /// The `MediaPort` face, for the switchboard.
    pub fn request(&self, call: CallId, request: MediaRequest) {
        todo!()
    }
}
