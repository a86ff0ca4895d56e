//! One way after the other: which have been tried, and when a way has had its chance
//! (contract: Teams Phone §1.10, step 5).

use std::time::Duration;

use call_engine::{Destination, EndCause, Hop, LegOutcome};
use identifier::TrunkName;
use tenant::{Directory, Trunk};

use crate::trunk::hosts;

/// What a gateway of which nobody says anything has to say something within.
const USUAL_PATIENCE: Duration = Duration::from_secs(10);

/// The ways on which a call has been tried: a trunk, and which of its hosts.
#[derive(Debug, Default)]
pub(super) struct Attempts(Vec<(TrunkName, Box<str>)>);

impl Attempts {
    /// Notes that this way is tried now.
    pub fn note(&mut self, trunk: &TrunkName, host: &str) {
        self.0.push((trunk.clone(), host.into()));
    }

    /// Whether it was tried before.
    pub fn has(&self, trunk: &TrunkName, host: &str) -> bool {
        self.0.iter().any(|(tried, at)| tried == trunk && **at == *host)
    }

    /// Whether a call could take another way than those.
    pub fn leave_another(&self, directory: &Directory, destination: &Destination) -> bool {
        let is_left = |name: &TrunkName| {
            directory.trunk(name).is_some_and(|trunk| hosts(trunk).any(|host| !self.has(name, host)))
        };
        match destination {
            Destination::Trunk { trunk, .. } => is_left(trunk),
            Destination::Gateways(hops) | Destination::Emergency { hops, .. } => {
                hops.iter().map(|hop: &Hop| &hop.trunk).any(is_left)
            }
            Destination::Phone(_) | Destination::Platform(_) => false,
        }
    }
}

/// When a way has had its chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failover {
    /// Silence that is longer means: try the next one.
    pub after: Duration,
    /// So do these responses; when absent, all that speak of the far end and not of the callee (RFC 3261
    /// §21.4.9, §21.5).
    codes: Option<Vec<u16>>,
}

impl Failover {
    /// As the company of a gateway has it.
    pub fn of(directory: &Directory, trunk: &Trunk) -> Self {
        match directory.gateway(&trunk.name) {
            Some(gateway) => Self { after: gateway.failover(), codes: Some(gateway.failover_codes.clone()) },
            None => Self { after: USUAL_PATIENCE, codes: None },
        }
    }

    /// Whether a call that ended so goes another way.
    pub fn is_due(&self, outcome: &LegOutcome) -> bool {
        match (&outcome.sip, &self.codes) {
            (Some(sip), Some(codes)) => codes.contains(&sip.code),
            (Some(sip), None) => sip.code == 408 || (500..600).contains(&sip.code),
            // It cannot be reached, or says nothing.
            (None, _) => outcome.cause == EndCause::Unreachable,
        }
    }
}
