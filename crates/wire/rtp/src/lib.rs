//! RTP and RTCP packets (RFC 3550) and telephone events (RFC 4733).
//!
//! Parsing borrows from the datagram and never panics; writing fills a buffer
//! that the caller owns. Nothing here allocates.

pub mod control;
mod packet;
mod payload_type;
mod sequence;
mod telephone_event;

pub use packet::{Csrcs, Extension, Packet, ParsePacketError};
pub use payload_type::{COMFORT_NOISE, PCMA, PCMU};
pub use sequence::{is_newer, is_newer_timestamp};
pub use telephone_event::{ParseTelephoneEventError, TelephoneEvent};
