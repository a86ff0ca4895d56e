//! The unit in which sound is taken and given.

/// The packet time, both ways.
pub const FRAME_MS: u32 = 20;
/// Samples in a second.
pub(crate) const RATE_HZ: u32 = 8_000;
/// Samples, and G.711 codes, in a frame.
pub const FRAME_SAMPLES: usize = 160;

/// The G.711 codes of one frame.
pub type Frame = [u8; FRAME_SAMPLES];
