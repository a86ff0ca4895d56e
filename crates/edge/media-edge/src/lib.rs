//! Media sockets and threads: runs `rtp-session` and `media-engine` every 20 ms.
//!
//! [`MediaEdge`] is the handle that signaling and the switchboard hold. Behind
//! it, each media thread owns the sockets and graphs of its calls; control
//! reaches it through a bounded mailbox, and it reaches control through a
//! thread that forwards its reports. Nothing on a media thread waits for
//! anything but the clock.

mod edge;
mod sound_source;

mod arrival;
mod clockwork;
mod codec_choice;
mod live_call;
mod live_leg;
mod loading;
mod mailbox;
mod meters;
mod ports;
mod reporter;

pub use codec::Codec as RtpCodec;
pub use edge::MediaKeys;
pub use edge::{
    Direction, LocalMedia, MediaAddress, MediaConfig, MediaEdge, Negotiated, OpenError, ReportSink,
};
pub use sound_source::{LoadingSound, SoundSource};
pub use srtp::{MasterKey, Mki, Suite};
