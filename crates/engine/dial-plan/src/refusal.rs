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
    /// A person or resource account has no number of its own, and shares none.
    #[error("the caller has no number to call the public network with")]
    NoNumber,
    /// A licence or a policy that calls need is missing.
    #[error("a licence or policy does not let this person have calls")]
    NotEnabled,
    /// The dial-out policy forbids it.
    #[error("the dial-out policy does not let calls go to that country")]
    Restricted,
    /// Calls would leave the site where tolls have to be paid.
    #[error("location-based routing leaves no gateway for this call")]
    TollBypass,
    /// The caller is blocked.
    #[error("calls from this number are blocked")]
    Blocked,
    /// Policies of one of the two organizations, or a consent that is missing.
    #[error("external access does not let the two talk")]
    ExternalAccess,
    /// A resource account that no communication resource is linked to: callers hear the busy signal.
    #[error("the resource account is not linked to an application")]
    NotProvisioned,
    /// A resource account without the leave of the communication resource: callers hear nothing, then the end.
    #[error("the communication resource has not consented")]
    NoConsent,
    /// The callee is in a call, and wants no other.
    #[error("the person is busy")]
    Busy,
    /// Nobody is there who could take it: no phone, no voicemail.
    #[error("nobody takes the call")]
    Unanswered,
}
