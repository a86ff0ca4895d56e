//! Session descriptions (RFC 8866) and what is offered and answered with them (RFC 3264).
//!
//! A telephone needs six kinds of lines of a description, from peers that are
//! often sloppy about the others. So the parser is our own: it reads these six,
//! is total and bounded, and lets a Latin-1 session name pass.
//!
//! [`offer`] makes our offer and [`accept`] reads what came back; [`answer`]
//! answers theirs.

mod answer;
mod capabilities;
mod codec;
mod crypto;
mod description;
mod direction;
mod offer;

pub use answer::{Answer, AnswerError, answer};
pub use capabilities::{Capabilities, Negotiated, Origin};
pub use codec::{Codec, MOST_CODECS, OpusReceiver, PayloadTypes};
pub use crypto::{CryptoSuite, Encryption, Keys, OwnKey, RemoteKey};
pub use description::ParseError;
pub use direction::Direction;
pub use offer::{AcceptError, accept, offer};
