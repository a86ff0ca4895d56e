//! Who should hear whom.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::LegId;

/// The wish for one call, whole: for each leg with media, the legs it hears.
///
/// A leg that is absent hears nobody and is heard by nobody, but playbacks
/// still reach it and its tones are still reported. A leg never hears itself
/// unless the plan says so (an echo test).
///
/// A plan may name a leg that is not answered yet: a caller hears what the callee sends before it
/// answers. It may be in force a moment before such a leg is opened.
///
/// A leg belongs to the call whose plan named it last, wherever it was opened:
/// a transfer brings legs of two calls together. It is always gone from the
/// plan of its old call before it appears in that of its new one, and the old
/// call is released only after that.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MediaPlan {
    /// Listener to speakers.
    pub hears: BTreeMap<LegId, BTreeSet<LegId>>,
}

impl MediaPlan {
    /// The plan in which each of `legs` hears all of the others.
    pub fn everyone(legs: impl IntoIterator<Item = LegId>) -> Self {
        let legs: BTreeSet<LegId> = legs.into_iter().collect();
        let others = |listener: LegId| legs.iter().copied().filter(|speaker| *speaker != listener).collect();
        Self { hears: legs.iter().map(|listener| (*listener, others(*listener))).collect() }
    }
}
