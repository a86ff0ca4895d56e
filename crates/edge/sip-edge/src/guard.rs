//! What stands in front of the SIP library.
//!
//! Every byte from outside passes [`inspect`] first: it is total and bounded,
//! writes anew what it lets through (so that the library and we read the same
//! message), answers what is malformed but understood, and drops the rest.
//! [`Admission`] bounds how many calls may wait for an answer.

mod admission;
mod grammar;
mod inspection;
mod raw_message;
mod refusal;
mod request_uri;

pub(crate) use admission::{Admission, Permit};
pub(crate) use inspection::{Framing, Verdict, inspect};
pub(crate) use raw_message::{FrameError, MAX_MESSAGE, frame_length};
