//! What one side can do, and what both agreed on.

use std::net::SocketAddr;

use crate::codec::{Codec, MOST_CODECS, OpusReceiver, PayloadTypes};
use crate::crypto::{Encryption, Keys};
use crate::direction::Direction;

/// What we can do in one session: an audio stream of 20 ms packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Where we listen.
    pub address: SocketAddr,
    /// The codecs we speak, the preferred one first. Our offers keep this order; our answers keep the
    /// offerer's, which RFC 3264 §6.1 recommends: what a phone prefers sounds best on it.
    pub codecs: Vec<Codec>,
    /// Whether we take and send telephone-event (RFC 4733).
    pub telephone_event: bool,
    /// Whether we take comfort noise (RFC 3389) beside a codec of 8000 ticks a second.
    pub comfort_noise: bool,
    /// The numbers of what has no fixed one.
    pub payload_types: PayloadTypes,
    /// Whether sound is encrypted.
    pub encryption: Encryption,
    /// The most that we want to do.
    pub direction: Direction,
}

impl Capabilities {
    /// Everything that we can do without keys, listening at `address`.
    pub fn all(address: SocketAddr) -> Self {
        Self {
            address,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            telephone_event: true,
            comfort_noise: false,
            payload_types: PayloadTypes::default(),
            encryption: Encryption::None,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where the far end listens.
    pub remote: SocketAddr,
    /// The codec in which both sides send.
    pub codec: Codec,
    /// The payload type under which the far end takes it: the one with which we send.
    pub payload_type: u8,
    /// The one under which we take it: an answer may name another than the offer did (RFC 3264 §5.1).
    pub own_payload_type: u8,
    /// Further codecs of the answer to our offer, under the payload types with which they come:
    /// the far end may change to one of them at any time (RFC 3264 §7).
    pub also: [Option<(u8, Codec)>; MOST_CODECS - 1],
    /// The payload type of telephone-event that the far end takes, if agreed.
    pub telephone_event: Option<u8>,
    /// The one that we take, if agreed.
    pub own_telephone_event: Option<u8>,
    /// How many ticks of a telephone-event's time stamps make a second: those of the codec, where the
    /// far end can do that (RFC 4733 §2.1).
    pub telephone_event_rate_hz: u32,
    /// Comfort noise may come, under payload type 13 (RFC 3389 §4).
    pub comfort_noise: bool,
    /// What the far end's Opus decoder wants; meaningful when the codec is Opus.
    pub opus: OpusReceiver,
    /// The keys of SRTP, if sound is encrypted.
    pub keys: Option<Keys>,
    /// Seen from us.
    pub direction: Direction,
    /// The far end put us on hold: it takes no sound from us.
    pub held: bool,
}

impl Negotiated {
    /// What is agreed on when both say no more than an address and a codec.
    pub fn plain(remote: SocketAddr, codec: Codec) -> Self {
        let payload_type = PayloadTypes::default().of(codec);
        Self {
            remote,
            codec,
            payload_type,
            own_payload_type: payload_type,
            also: [None; MOST_CODECS - 1],
            telephone_event: None,
            own_telephone_event: None,
            telephone_event_rate_hz: codec.clock_rate_hz(),
            comfort_noise: false,
            opus: OpusReceiver::default(),
            keys: None,
            direction: Direction::SendRecv,
            held: false,
        }
    }
}
