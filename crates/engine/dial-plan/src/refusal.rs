//! Why a call is not made.

/// Why nothing is dialled; safe to show, and reads after "cannot".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no number and nobody's name.
    #[error("find anybody of that name")]
    NotFound,
    /// An identity of another service.
    #[error("reach identities of this kind: only phone numbers and users of this platform")]
    Unsupported,
    /// A user or number of somebody else.
    #[error("reach users of another tenant")]
    OtherTenant,
    /// Not everybody may call the public network.
    #[error("call the public network: this caller may not")]
    NotAllowedOut,
    /// What arrives on a trunk does not leave on a trunk.
    #[error("connect one trunk with another")]
    TrunkToTrunk,
    /// ACS `sourceCallerIdNumber` is needed.
    #[error("call the public network without a caller number: name one of the resource's own numbers")]
    CallerNumberMissing,
    /// ACS `sourceCallerIdNumber` belongs to somebody else.
    #[error("show a caller number that does not belong to the resource")]
    CallerNumberNotOwned,
    /// No trunk takes the number.
    #[error("reach this number: no trunk leads there")]
    NoTrunk,
}
