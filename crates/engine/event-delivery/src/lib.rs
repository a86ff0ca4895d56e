//! How events reach those who want them: who wants what, when it is tried, in which order, and when
//! it is given up.
//!
//! Sans-IO. A [`Courier`] holds deliveries and says what to send next; the edge sends it, reports
//! back, and keeps everything durable.

mod courier;

mod advanced_filter;
mod filter;
mod handshake;
mod outcome;
mod policy;

pub use advanced_filter::{AdvancedFilter, AdvancedFilterError, Operator};
pub use courier::{Attempt, Courier, Delivery, Limits, Verdict};
pub use filter::{Candidate, Filter};
pub use handshake::{AskSchedule, HandshakeAnswer, judge_cloud_events, judge_event_grid};
pub use outcome::{AttemptOutcome, DeadLetterReason, SendFailure};
pub use policy::{Judgement, RetryPolicy};
