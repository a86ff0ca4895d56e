//! What makes an organization contradictory.

use identifier::{PhoneNumber, TrunkName};

/// What makes an organization contradictory: which thing, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganizationError {
    /// Two things of one name.
    #[error("{kind} {name} is there twice; take one away or give it another name")]
    Twice {
        /// What it is.
        kind: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// A thing names another that does not exist.
    #[error("{owner} names the {kind} {name}, which does not exist; add it, or take the name away")]
    Missing {
        /// Who names it.
        owner: Box<str>,
        /// What it would be.
        kind: Box<str>,
        /// Its name.
        name: Box<str>,
    },
    /// Somebody has two numbers that are shown.
    #[error("number {0} is the second primary number of its holder; make it private or alternate")]
    TwoPrimaries(PhoneNumber),
    /// A number is held by somebody whom it may not be assigned to.
    #[error("number {number} cannot be assigned to a {holder}; choose a number with that capability")]
    WrongCapability {
        /// The number.
        number: PhoneNumber,
        /// Who holds it.
        holder: &'static str,
    },
    /// People forward calls to one another.
    #[error("calls are forwarded in a circle: {0}; change the forwarding of one of them")]
    ForwardingCircle(Box<str>),
    /// A value is out of its range.
    #[error("{thing}: {reason}")]
    OutOfRange {
        /// Which thing, and which of its fields.
        thing: Box<str>,
        /// What is wrong, and what would be right.
        reason: Box<str>,
    },
    /// Digits for help appear twice in a policy.
    #[error(
        "emergency call routing policy {policy} has the digits {digits} twice; each means one number for help"
    )]
    DigitsTwice {
        /// The policy.
        policy: Box<str>,
        /// The digits.
        digits: Box<str>,
    },
    /// Two treatments of one priority.
    #[error("unassigned number treatments {0} and {1} have the same priority; give one of them another")]
    PriorityTwice(Box<str>, Box<str>),
    /// A route that leads to gateways and to a bridge.
    #[error("voice route {0} names gateways and a bridge source number; choose one of the two")]
    GatewaysAndBridge(Box<str>),
    /// The host name of a gateway is not under a verified domain.
    #[error(
        "gateway {0} is not a host under one of the tenant's domains; verify the domain, or name the gateway otherwise"
    )]
    ForeignGateway(TrunkName),
}

impl OrganizationError {
    pub(super) fn twice(kind: &str, name: &str) -> Self {
        Self::Twice { kind: kind.into(), name: name.into() }
    }

    pub(super) fn missing(owner: &str, kind: &str, name: &str) -> Self {
        Self::Missing { owner: owner.into(), kind: kind.into(), name: name.into() }
    }

    pub(super) fn out_of_range(thing: impl Into<Box<str>>, reason: impl Into<Box<str>>) -> Self {
        Self::OutOfRange { thing: thing.into(), reason: reason.into() }
    }
}
