//! One leg as a call sees it.

use std::sync::Arc;

use identifier::{CommunicationIdentifier, LegId, PhoneNumber};
use redact::Pii;

use crate::hunt::HuntId;
use crate::leg_port::{Client, LegReport, Origin};

/// A signaling relationship with one endpoint, from its first message to `Ended`.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    pub id: LegId,
    /// Under this identifier its user is, or will be, a participant.
    pub identifier: CommunicationIdentifier,
    pub display_name: Option<Pii<Arc<str>>>,
    /// In whose name the leg may ask for further calls.
    pub origin: Origin,
    /// Where its user is, of one that arrived.
    pub client: Client,
    /// The number that the public network sees, of a leg that leads there.
    pub shown: Option<PhoneNumber>,
    pub role: Role,
    /// For whom it rings, or rang until it answered.
    pub hunt: Option<HuntId>,
    pub state: LegState,
    /// How often a phone that was called sent the leg elsewhere.
    pub diverted: u32,
}

/// What brought a leg into its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It arrived.
    Caller,
    /// The call was made for it.
    Target,
    /// An operation asked it in.
    Invited,
    /// The leg of a transferor asked for it (REFER).
    Referred { transferor: LegId },
    /// It arrived to take another leg's place (RFC 3891).
    Replacing { place: LegId },
    /// It was called into a call for help, to listen.
    Desk,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LegState {
    /// Inbound: waits for our answer.
    Arriving,
    /// Inbound: answered, not yet acknowledged.
    Answering,
    /// Outbound: nothing heard yet.
    Dialing,
    /// Outbound: the far end alerts its user.
    Ringing,
    /// Sound flows.
    Connected,
    /// We ended it and wait for `Ended`; whatever else arrives has crossed our request.
    Ending,
}

impl LegState {
    /// The table of a leg's life: what a report makes of a state, if anything.
    pub(crate) fn after(self, report: &LegReport) -> Option<Self> {
        use LegState::{Answering, Arriving, Connected, Dialing, Ending, Ringing};
        match (report, self) {
            (LegReport::Ringing | LegReport::EarlyMedia, Dialing | Ringing) => Some(Ringing),
            (LegReport::Ringing | LegReport::EarlyMedia, Arriving | Answering | Connected | Ending) => None,
            (LegReport::Moved { .. }, Dialing | Ringing) => Some(self),
            (LegReport::Moved { .. }, Arriving | Answering | Connected | Ending) => None,
            (LegReport::Answered, Dialing | Ringing | Answering) => Some(Connected),
            (LegReport::Answered, Arriving | Connected | Ending) => None,
            (
                LegReport::Held
                | LegReport::Resumed
                | LegReport::Tone(_)
                | LegReport::Referred(_)
                | LegReport::TransferRequested { .. },
                Connected,
            ) => Some(Connected),
            (
                LegReport::Held
                | LegReport::Resumed
                | LegReport::Tone(_)
                | LegReport::Referred(_)
                | LegReport::TransferRequested { .. },
                Arriving | Answering | Dialing | Ringing | Ending,
            ) => None,
            (LegReport::Ended(_), Arriving | Answering | Dialing | Ringing | Connected | Ending) => {
                Some(Ending)
            }
        }
    }

    /// Whether the leg still rings somewhere or waits for an acknowledgment.
    pub(crate) fn is_pending(self) -> bool {
        match self {
            Self::Arriving | Self::Answering | Self::Dialing | Self::Ringing => true,
            Self::Connected | Self::Ending => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::leg_port::LegOutcome;
    use crate::outcome::EndCause;

    #[test]
    fn the_life_of_a_leg() {
        use LegState::{Answering, Arriving, Connected, Dialing, Ending, Ringing};
        let reports = [
            ("ringing", LegReport::Ringing),
            ("early media", LegReport::EarlyMedia),
            ("answered", LegReport::Answered),
            ("held", LegReport::Held),
            ("ended", LegReport::Ended(LegOutcome::local(EndCause::HungUp))),
        ];
        let mut table = String::new();
        for state in [Arriving, Answering, Dialing, Ringing, Connected, Ending] {
            for (name, report) in &reports {
                let after = state.after(report).map_or("-".to_string(), |after| format!("{after:?}"));
                table += &format!("{:<9} + {name:<11} = {after}\n", format!("{state:?}"));
            }
        }
        expect![[r#"
            Arriving  + ringing     = -
            Arriving  + early media = -
            Arriving  + answered    = -
            Arriving  + held        = -
            Arriving  + ended       = Ending
            Answering + ringing     = -
            Answering + early media = -
            Answering + answered    = Connected
            Answering + held        = -
            Answering + ended       = Ending
            Dialing   + ringing     = Ringing
            Dialing   + early media = Ringing
            Dialing   + answered    = Connected
            Dialing   + held        = -
            Dialing   + ended       = Ending
            Ringing   + ringing     = Ringing
            Ringing   + early media = Ringing
            Ringing   + answered    = Connected
            Ringing   + held        = -
            Ringing   + ended       = Ending
            Connected + ringing     = -
            Connected + early media = -
            Connected + answered    = -
            Connected + held        = Connected
            Connected + ended       = Ending
            Ending    + ringing     = -
            Ending    + early media = -
            Ending    + answered    = -
            Ending    + held        = -
            Ending    + ended       = Ending
        "#]]
        .assert_eq(&table);
    }
}
