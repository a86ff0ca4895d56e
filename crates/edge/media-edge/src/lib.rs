//! Media sockets and threads: runs `rtp-session` and `media-engine` every 20 ms.

mod edge;

pub use edge::{Direction, LocalMedia, MediaConfig, MediaEdge, Negotiated, OpenError, RtpCodec};
