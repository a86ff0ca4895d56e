//! RTP and RTCP packets (RFC 3550) and telephone events (RFC 4733).
//!
//! Parsing borrows from the datagram and never panics; writing fills a buffer
//! that the caller owns. Nothing here allocates.

pub mod control;
mod packet;
mod sequence;
mod telephone_event;

pub use packet::{Csrcs, Extension, Packet, ParsePacketError};
pub use sequence::{is_newer, is_newer_timestamp};
pub use telephone_event::{ParseTelephoneEventError, TelephoneEvent};

/// The payload type of G.711 µ-law (RFC 3551 §6).
pub const PCMU: u8 = 0;
/// The payload type of G.711 A-law (RFC 3551 §6).
pub const PCMA: u8 = 8;
/// The payload type of comfort noise (RFC 3389).
pub const COMFORT_NOISE: u8 = 13;
