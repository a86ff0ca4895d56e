//! The unit in which sound is taken and given.

/// The packet time, both ways.
pub const FRAME_MS: u32 = 20;
/// Samples in a second of the telephone band.
pub(crate) const RATE_HZ: u32 = 8_000;
/// Samples of that rate, and codes of G.711 or G.722, in a frame.
pub(crate) const FRAME_SAMPLES: usize = 160;

/// The codes of one frame.
pub(crate) type Frame = [u8; FRAME_SAMPLES];
