//! What stands in front of the SIP library.
//!
//! Every byte from outside passes [`inspect`] first: it is total and bounded,
//! writes anew what it lets through (so that the library and we read the same
//! message), answers what is malformed but understood, and drops the rest.
//! [`Gate`] then lets in whom we know and for whom there is room, and answers all others without
//! keeping anything; [`Admission`] bounds how many calls may come and how many may wait, and [`Overload`] lets in
//! as many as there is time for.

mod admission;
mod allowance;
mod gate;
mod grammar;
mod inspection;
mod overload;
mod raw_message;
mod refusal;
mod request_uri;
mod throttle;

pub(crate) use admission::{CALL_BACKS, Owner, Permit};
pub(crate) use gate::{Gate, Source};
pub(crate) use inspection::{Framing, Verdict, inspect};
pub(crate) use overload::{Overload, probe};
pub(crate) use raw_message::{FrameError, MAX_MESSAGE, frame_length};
pub(crate) use refusal::too_large;
