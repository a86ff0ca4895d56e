//! What offer and answer agreed on, and what a packet is by that.

use std::net::{IpAddr, SocketAddr};

use codec::{Codec, opus};

/// What offer and answer agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where the peer says it listens.
    pub remote: SocketAddr,
    /// Where the peer's signaling comes from: its sound may come from there too (behind a NAT), and from
    /// nowhere else unless the peer names an address of its own network. `None`: from anywhere.
    pub signaling: Option<IpAddr>,
    /// The codec in which both speak.
    pub codec: Codec,
    /// The payload type under which the peer takes it.
    pub payload_type: u8,
    /// The one under which we asked for it, where that is another (RFC 3264 §5.1).
    pub own_payload_type: u8,
    /// What the peer may send as well, and under which payload types (RFC 3264 §7).
    pub also: [Option<(u8, Codec)>; 3],
    /// What the peer wants of Opus that is sent to it.
    pub opus: opus::Receiver,
    /// The payload type of telephone-event that the peer takes.
    pub telephone_event: Option<u8>,
    /// The one under which we asked for it.
    pub own_telephone_event: Option<u8>,
    /// Ticks of its durations in a second.
    pub telephone_event_rate_hz: u32,
    /// We send.
    pub sends: bool,
    /// We listen.
    pub receives: bool,
}

/// What a packet carries.
pub(crate) enum Kind {
    Voice(Codec),
    Tone,
    ComfortNoise,
}

impl Terms {
    pub(crate) fn keys_are_in_sound(&self) -> bool {
        self.receives && self.telephone_event.is_none() && self.own_telephone_event.is_none()
    }

    pub(crate) fn kind(&self, payload_type: u8) -> Option<Kind> {
        if payload_type == self.own_payload_type {
            return Some(Kind::Voice(self.codec));
        }
        if let Some((_, codec)) = self.also.iter().flatten().find(|(number, _)| *number == payload_type) {
            return Some(Kind::Voice(*codec));
        }
        // Some phones send what they take, not what we asked for.
        if [self.own_telephone_event, self.telephone_event].contains(&Some(payload_type)) {
            return Some(Kind::Tone);
        }
        if payload_type == self.payload_type {
            return Some(Kind::Voice(self.codec));
        }
        // Some phones send either law, whichever was agreed on; the static types leave no doubt.
        match payload_type {
            rtp::PCMU => Some(Kind::Voice(Codec::Pcmu)),
            rtp::PCMA => Some(Kind::Voice(Codec::Pcma)),
            rtp::COMFORT_NOISE => Some(Kind::ComfortNoise),
            _ => None,
        }
    }
}
