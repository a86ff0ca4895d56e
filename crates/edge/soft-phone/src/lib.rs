//! A small scriptable SIP phone for people and tests without a sound card.
//!
//! It calls or waits for a call, presses keys, plays one file and records another, and shows the
//! ladder of its call while it happens. It works against any SIP server, and shares no call logic
//! with ours: what it says about a call is a second opinion.

mod call;
mod error;
mod incoming;
mod keys;
mod ladder;
mod media;
mod options;
mod phone;
mod psap;
mod report;
mod signaling;
mod told;

pub use error::PhoneError;
pub use keys::{Keys, KeysError};
pub use ladder::{Direction, LadderLine, LadderStep};
pub use options::{Account, Hold, PhoneOptions, Purpose, Server, ServerError, Transfer, Transport};
pub use phone::run;
pub use psap::{CallBack, PsapEvent, PsapOptions, answer_calls_for_help};
pub use report::{EndedBy, PhoneReport};
pub use sdp::Codec;
pub use told::{Place, Told};
