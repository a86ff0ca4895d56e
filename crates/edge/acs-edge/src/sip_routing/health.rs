//! How trunks are, in the words of the API.

use std::sync::Arc;

use acs::sip_routing::{
    InactiveReason, OverallHealth, OverallStatus, PingStatus, Status, TlsStatus, TrunkHealth,
};

/// Tells of each trunk, by name, whether it answers OPTIONS.
pub type TrunkStates = Arc<dyn Fn() -> Vec<(String, TrunkState)> + Send + Sync>;

/// Whether a trunk answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrunkState {
    /// It was not asked, or has not had the time to answer; calls are tried.
    #[default]
    Unknown,
    /// It answers.
    Up,
    /// It does not; calls fail at once.
    Down,
}

/// A trunk that answers OPTIONS has shown its certificate, too.
pub(crate) fn health(state: TrunkState) -> TrunkHealth {
    let (tls, ping, overall, reason) = match state {
        TrunkState::Unknown => (TlsStatus::Unknown, PingStatus::Unknown, OverallStatus::Unknown, None),
        TrunkState::Up => (TlsStatus::Ok, PingStatus::Ok, OverallStatus::Active, None),
        TrunkState::Down => {
            let reason = Some(InactiveReason::NoRecentPings);
            (TlsStatus::Unknown, PingStatus::Expired, OverallStatus::Inactive, reason)
        }
    };
    TrunkHealth {
        tls: Status { status: tls },
        ping: Status { status: ping },
        overall: OverallHealth { status: overall, reason },
    }
}
