//! Media sockets and threads: runs `rtp-session` and `media-engine` every 20 ms.
//!
//! [`MediaEdge`] is the handle that signaling and the switchboard hold. Behind
//! it, each media thread owns the sockets and graphs of its calls; control
//! reaches it through a bounded mailbox, and it reaches control through a
//! thread that forwards its reports. Nothing on a media thread waits for
//! anything but the clock.
//!
//! Who listens to a call without being a leg of it (a recording, an
//! application's WebSocket, a recognizer) is a [`TapKeeper`].

mod edge;
mod sound_source;
mod tap_keeper;
mod tap_sound;
mod tap_voice;

mod arrival;
mod bell;
mod clockwork;
mod codec_choice;
mod doorbells;
mod hearing;
mod live_call;
mod live_leg;
mod live_tap;
mod loading;
mod mailbox;
mod meters;
mod ports;
mod punctuality;
mod reporter;
mod taps;

pub use codec::Codec as RtpCodec;
pub use codec::opus::Receiver as OpusReceiver;
pub use edge::MediaKeys;
pub use edge::{
    Direction, LocalMedia, MediaAddress, MediaConfig, MediaEdge, Negotiated, OpenError, ReportSink,
};
pub use media_engine::Track;
pub use sound_source::{LoadingSound, SoundSource};
pub use srtp::{MasterKey, Mki, Suite};
pub use tap_keeper::{TapFeed, TapKeeper, TapReports};
pub use tap_sound::{Heard, TapSamples, TapSound, TapSource, What};
pub use tap_voice::TapVoice;
