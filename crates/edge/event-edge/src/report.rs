//! What can be looked at.

use store::{DeadLetter, Delivery, DeliveryAttempt, SubscriptionState};

use identifier::SubscriptionId;

use crate::subscription_spec::SubscriptionSpec;

/// A delivery and everything that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The delivery.
    pub delivery: Delivery,
    /// In order.
    pub attempts: Vec<DeliveryAttempt>,
}

/// A dead letter and everything that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterReport {
    /// The dead letter.
    pub letter: DeadLetter,
    /// In order.
    pub attempts: Vec<DeliveryAttempt>,
}

/// A subscription and how far its handshake is.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionReport {
    /// Names it for good.
    pub id: SubscriptionId,
    /// What was asked for.
    pub spec: SubscriptionSpec,
    /// Whether the endpoint has agreed.
    pub state: SubscriptionState,
    /// How the last question to the endpoint ended, in words.
    pub last_answer: Option<String>,
    /// When it was made.
    pub created_us: i64,
}

/// Which dead letters are sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redelivery {
    /// This one.
    One(String),
    /// All that the filter lets through.
    All(Box<store::DeliveryFilter>),
}
