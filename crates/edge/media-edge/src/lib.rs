//! Media sockets and threads: runs `rtp-session` and `media-engine` every 20 ms.

mod edge;
mod sound_source;

pub use edge::{Direction, LocalMedia, MediaConfig, MediaEdge, Negotiated, OpenError, ReportSink, RtpCodec};
pub use sound_source::{LoadingSound, SoundSource};
