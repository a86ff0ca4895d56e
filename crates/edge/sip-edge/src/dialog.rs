//! What a leg does within its dialog, whoever called whom.

mod conversation;
mod encryption;
mod far_end;
mod info;
mod referral;
mod session;
mod session_timer;
mod transfer;

pub(crate) use conversation::{Conversation, Terms, reply_early};
pub(crate) use far_end::{FarEnd, Flow};
pub(crate) use info::Info;
pub(crate) use session::Session;
pub(crate) use session_timer::{Agreed, least_interval, offer_headers, refusal_headers, wait_until};
pub(crate) use transfer::{ReplacesError, find_replaced, read_refer};
