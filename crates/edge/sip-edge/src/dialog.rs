//! What a leg does within its dialog, whoever called whom.

mod conversation;
mod info;
mod session;
mod transfer;

pub(crate) use conversation::{Conversation, reply_early};
pub(crate) use session::Session;
pub(crate) use transfer::{ReplacesError, find_replaced};
