//! The unit of time in a graph.

/// The length of a frame.
pub const FRAME_MS: u32 = 20;
/// Samples per second of the telephone band.
pub const RATE_HZ: u32 = 8_000;
/// Samples in a frame of it.
pub const FRAME_SAMPLES: usize = (RATE_HZ / 1_000 * FRAME_MS) as usize;
/// Samples per second of wideband sound.
pub const WIDE_RATE_HZ: u32 = 2 * RATE_HZ;
/// Samples in a frame of it.
pub const WIDE_FRAME_SAMPLES: usize = 2 * FRAME_SAMPLES;

/// Linear samples of one frame of the telephone band.
pub(crate) type Samples = [i16; FRAME_SAMPLES];
/// Linear samples of one wideband frame.
pub(crate) type WideSamples = [i16; WIDE_FRAME_SAMPLES];
