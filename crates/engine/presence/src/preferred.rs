//! What somebody wants to be shown as.

use std::time::Duration;

use crate::life::Life;
use crate::words::{Activity, Availability};

/// What somebody may want to be shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PreferredState {
    Available,
    Busy,
    DoNotDisturb,
    BeRightBack,
    Away,
    OffWork,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl PreferredState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Available, Self::Busy, Self::DoNotDisturb, Self::BeRightBack, Self::Away, Self::OffWork];
    /// The longest that anybody may want it.
    pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// The two words that say it.
    pub const fn words(self) -> (Availability, Activity) {
        match self {
            Self::Available => (Availability::Available, Activity::Available),
            Self::Busy => (Availability::Busy, Activity::Busy),
            Self::DoNotDisturb => (Availability::DoNotDisturb, Activity::DoNotDisturb),
            Self::BeRightBack => (Availability::BeRightBack, Activity::BeRightBack),
            Self::Away => (Availability::Away, Activity::Away),
            Self::OffWork => (Availability::Offline, Activity::OffWork),
        }
    }

    /// What the two words say, if somebody may want it.
    pub fn from_words(availability: Availability, activity: Activity) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.words() == (availability, activity))
    }

    /// How long it holds when nothing else is said: a day for what keeps callers away, else seven.
    pub const fn usual_life(self) -> Duration {
        match self {
            Self::Busy | Self::DoNotDisturb => DAY,
            Self::Available | Self::BeRightBack | Self::Away | Self::OffWork => {
                Duration::from_secs(7 * 24 * 60 * 60)
            }
        }
    }
}

/// A wish that holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preferred {
    pub(crate) state: PreferredState,
    pub(crate) life: Life,
}
