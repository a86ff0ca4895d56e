//! What one side can do, and what both agreed on.

use std::net::SocketAddr;

use crate::direction::Direction;

/// A codec that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl Codec {
    /// The static payload type (RFC 3551 §6), under which we offer it.
    pub const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    /// The encoding name of `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Pcmu, Self::Pcma].into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))
    }
}

/// What we can do in one session: an audio stream of 20 ms packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Where we listen.
    pub address: SocketAddr,
    /// The codecs we speak, the preferred one first.
    pub codecs: Vec<Codec>,
    /// The payload type under which we offer telephone-event (RFC 4733); `None`: we take no tones.
    pub telephone_event: Option<u8>,
    /// The most that we want to do.
    pub direction: Direction,
}

impl Capabilities {
    /// Everything that we can do, listening at `address`.
    pub fn all(address: SocketAddr) -> Self {
        Self {
            address,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            telephone_event: Some(101),
            direction: Direction::SendRecv,
        }
    }

    /// The same, but in this direction at most.
    pub fn directed(self, direction: Direction) -> Self {
        Self { direction, ..self }
    }
}

/// The `o=` line: which session, and how often its description has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Unique among the sessions of this address.
    pub session: u64,
    /// Grows by one with each new description (RFC 3264 §8).
    pub version: u64,
}

impl Origin {
    /// The first description of a session.
    pub const fn new(session: u64) -> Self {
        Self { session, version: 1 }
    }

    /// The next description of the same session.
    pub const fn next(self) -> Self {
        Self { session: self.session, version: self.version + 1 }
    }
}

/// What offer and answer agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the far end listens.
    pub remote: SocketAddr,
    /// The codec.
    pub codec: Codec,
    /// Its payload type, in both directions.
    pub payload_type: u8,
    /// The payload type of telephone-event that the far end takes, if agreed.
    pub telephone_event: Option<u8>,
    /// The one that we take, if agreed: an answer may name another than the offer did (RFC 3264 §5.1).
    pub own_telephone_event: Option<u8>,
    /// Seen from us.
    pub direction: Direction,
    /// The far end put us on hold: it takes no sound from us.
    pub held: bool,
}
