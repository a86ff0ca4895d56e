//! Payload types that are the same everywhere.

/// The payload type of G.711 µ-law (RFC 3551 §6).
pub const PCMU: u8 = 0;
/// The payload type of G.711 A-law (RFC 3551 §6).
pub const PCMA: u8 = 8;
/// The payload type of comfort noise (RFC 3389).
pub const COMFORT_NOISE: u8 = 13;
