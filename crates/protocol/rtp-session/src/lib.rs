//! One RTP session with a phone or trunk, without I/O.
//!
//! The owner hands in datagrams and the time, takes one [`Frame`] of what was
//! heard every 20 ms and writes one packet of what is to be said. The session
//! keeps the peer's address, reorders and conceals, reads and presses keys,
//! and keeps the reports of RTCP. After construction it does not allocate.

mod session;

mod conceal;
mod frame;
mod in_band_keys;
mod jitter_buffer;
mod latch;
mod reception;
mod relayed_keys;
mod tone_receiver;
mod tone_sender;

pub use frame::{FRAME_MS, FRAME_SAMPLES, Frame};
pub use session::{Heard, SendTonesError, Session, SessionReport, Start, Terms};
pub use tone_sender::MOST_TONES;
