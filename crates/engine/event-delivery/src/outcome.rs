//! How an attempt ended, and why a delivery was given up.

use std::fmt;

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptOutcome {
    /// The receiver answered with this HTTP status.
    Status(u16),
    /// There was no answer.
    Failed(SendFailure),
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendFailure {
    /// It was sent, and there was no answer in time: the receiver has most likely seen it.
    TimedOut,
    /// The receiver could not be reached, or the connection broke.
    Unreachable,
    /// It may not be sent there, now or later.
    NotAllowed,
    /// Whoever wanted it is gone.
    Withdrawn,
}

/// Why a delivery was given up (contract: Call Automation §11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeadLetterReason {
    /// As many attempts as were allowed.
    MaxDeliveryAttemptsExceeded,
    /// Nobody could make use of it any more.
    TimeToLiveExceeded,
    /// The receiver answered that it will never take this.
    UndeliverableDueToClientError,
    /// It may not be sent there.
    UndeliverableDueToPolicy,
    /// The subscription is gone.
    SubscriptionDeleted,
}

impl fmt::Display for AttemptOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(400) => f.write_str("BadRequest"),
            Self::Status(401) => f.write_str("Unauthorized"),
            Self::Status(403) => f.write_str("Forbidden"),
            Self::Status(404) => f.write_str("NotFound"),
            Self::Status(413) => f.write_str("PayloadTooLarge"),
            Self::Status(status) => write!(f, "Status{status}"),
            Self::Failed(SendFailure::TimedOut) => f.write_str("TimedOut"),
            Self::Failed(SendFailure::Unreachable) => f.write_str("Unreachable"),
            Self::Failed(SendFailure::NotAllowed) => f.write_str("NotAllowed"),
            Self::Failed(SendFailure::Withdrawn) => f.write_str("Withdrawn"),
        }
    }
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxDeliveryAttemptsExceeded => "MaxDeliveryAttemptsExceeded",
            Self::TimeToLiveExceeded => "TimeToLiveExceeded",
            Self::UndeliverableDueToClientError => "UndeliverableDueToClientError",
            Self::UndeliverableDueToPolicy => "UndeliverableDueToPolicy",
            Self::SubscriptionDeleted => "SubscriptionDeleted",
        })
    }
}
