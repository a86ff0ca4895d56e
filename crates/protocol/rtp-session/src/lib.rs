//! One RTP session with a phone or trunk, without I/O.
//!
//! The owner hands in datagrams and the time, takes what was heard every 20 ms, as it
//! was coded, and writes one packet of what is to be said. The session keeps the peer's
//! address, reorders and conceals, reads and presses keys, and keeps the reports of
//! RTCP. It allocates when it is made and when a codec is agreed on, and not otherwise.

mod session;
mod terms;

mod code_shelf;
mod conceal;
mod egress;
mod frame;
mod in_band_keys;
mod ingress;
mod jitter_buffer;
mod latch;
mod packet_shelf;
mod reception;
mod relayed_keys;
mod statistics;
mod tone_receiver;
mod tone_sender;

pub use frame::FRAME_MS;
pub use session::{SendTonesError, Session, SessionReport, Start};
pub use statistics::Statistics;
pub use terms::Terms;
pub use tone_sender::MOST_TONES;
