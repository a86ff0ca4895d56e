//! How long things may take when nobody says otherwise (contract: Call Automation §18).

use std::time::Duration;

use crate::leg_port::Destination;

/// An application has this long to answer a call that waits.
pub(crate) const OFFER: Duration = Duration::from_secs(30);
/// A transfer's target has this long to answer.
pub(crate) const TRANSFER: Duration = Duration::from_secs(60);
/// A far end that was asked to call the target of a transfer tells within this time what came of it.
pub(crate) const REFERRAL: Duration = Duration::from_secs(70);
/// The longest invitation that an application can ask for.
pub(crate) const LONGEST_INVITATION: Duration = Duration::from_secs(180);
/// However many are rung for a callee, one after another, the callee is given up after this time.
pub(crate) const LONGEST_HUNT: Duration = LONGEST_INVITATION;
/// A caller acknowledges our answer within this time (RFC 3261 §13.3.1.4: 64 × T1, and some for the way).
pub(crate) const ACKNOWLEDGMENT: Duration = Duration::from_secs(40);
/// An edge that was asked to end a leg says so within this time; then the leg is forgotten.
pub(crate) const LEG_END: Duration = Duration::from_secs(64);
/// Nobody holds a key longer; a key that never comes up was lost.
pub(crate) const KEY_HELD: Duration = Duration::from_secs(30);
/// Whoever speaks has said what they wanted to say within this time.
pub(crate) const UTTERANCE: Duration = Duration::from_secs(60);
/// A file is open, a socket connected, an ear ready or changed within this time.
pub(crate) const TAP_READY: Duration = Duration::from_secs(30);
/// An announcement is loaded and heard to its end within this time.
pub(crate) const ANNOUNCEMENT: Duration = Duration::from_secs(120);
/// A call is summed up within this time after its end.
pub(crate) const SUMMARY: Duration = Duration::from_secs(20);
/// Eighteen tones are sent well within this time.
pub(crate) const TONES_SENT: Duration = Duration::from_secs(30);
/// An ended connection is remembered, so that its application learns that it has ended.
pub(crate) const MEMORY: Duration = Duration::from_secs(600);

/// How long the callees of a new call may let it ring.
pub(crate) fn set_up(destination: &Destination) -> Duration {
    match destination {
        Destination::Trunk { .. } | Destination::Gateways(_) => Duration::from_secs(115),
        // Trunk after trunk, and each may let it ring for a while.
        Destination::Emergency { .. } => LONGEST_INVITATION,
        Destination::Phone(_) | Destination::Platform(_) => Duration::from_secs(85),
    }
}

/// How long somebody who is asked into a call may let it ring.
pub(crate) fn invitation(destination: &Destination, asked: Option<Duration>) -> Duration {
    match (asked, destination) {
        (Some(asked), _) if !asked.is_zero() => asked.min(LONGEST_INVITATION),
        (_, Destination::Trunk { .. } | Destination::Gateways(_) | Destination::Emergency { .. }) => {
            Duration::from_secs(115)
        }
        (_, Destination::Phone(_) | Destination::Platform(_)) => Duration::from_secs(60),
    }
}
