//! The unit of time in a graph.

/// Samples per second in every graph today.
pub const RATE_HZ: u32 = 8_000;
/// The length of a frame.
pub const FRAME_MS: u32 = 20;
/// Samples in a frame.
pub const FRAME_SAMPLES: usize = (RATE_HZ / 1_000 * FRAME_MS) as usize;

/// Linear samples of one frame.
pub type Samples = [i16; FRAME_SAMPLES];
/// G.711 codes of one frame.
pub type Codes = [u8; FRAME_SAMPLES];
