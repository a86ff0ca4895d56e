//! Why a call is not made.

/// Why nothing is dialled; safe to show; a reason that reads after "cannot call this destination:".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no number and nobody's name.
    #[error("nobody has that name or number")]
    NotFound,
    /// An identity of another service.
    #[error("only phone numbers and users of this platform can be reached")]
    Unsupported,
    /// A user or number of somebody else.
    #[error("it belongs to another tenant")]
    OtherTenant,
    /// Not everybody may call the public network.
    #[error("this caller may not call the public network")]
    NotAllowedOut,
    /// What arrives on a trunk does not leave on a trunk.
    #[error("a call from one trunk may not leave through another")]
    TrunkToTrunk,
    /// ACS `sourceCallerIdNumber` is needed.
    #[error("the public network needs a caller number: name one of the resource's own")]
    CallerNumberMissing,
    /// ACS `sourceCallerIdNumber` belongs to somebody else.
    #[error("the caller number does not belong to the resource")]
    CallerNumberNotOwned,
    /// No trunk takes the number.
    #[error("no trunk leads to this number")]
    NoTrunk,
}
