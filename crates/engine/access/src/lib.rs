//! Who may ask: signatures of requests, sealed contexts, the administrator's token.
//!
//! Everything compares in constant time, and nothing here reads a clock: the
//! moment of a request is handed in.

mod admin_token;
mod incoming_call_context;
mod signature;

pub use admin_token::{AdminToken, AdminTokenError};
pub use incoming_call_context::{ContextKey, IncomingCallContext, OpenContextError};
pub use signature::{SignatureError, SignatureRules, SignedBy, SignedHead, VerifiedHead};
