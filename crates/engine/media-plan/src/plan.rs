//! Who should hear whom.

use std::collections::{BTreeMap, BTreeSet};

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::LegId;

/// The wish for one call, whole: for each leg with media, the legs it hears.
///
/// Most hear all others who speak, and that is said once for all of them: a conference of thousands is no longer
/// than the list of its legs.
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
    /// Who takes part in the conversation: they hear all of `speaking` but themselves.
    pub listening: BTreeSet<LegId>,
    /// Those of them who are heard by the others.
    pub speaking: BTreeSet<LegId>,
    /// Whom somebody hears apart from that: listener to speakers.
    pub hears: BTreeMap<LegId, BTreeSet<LegId>>,
}

impl MediaPlan {
    /// The plan in which each of `legs` hears all of the others.
    pub fn everyone(legs: impl IntoIterator<Item = LegId>) -> Self {
        let legs: BTreeSet<LegId> = legs.into_iter().collect();
        Self { speaking: legs.clone(), listening: legs, hears: BTreeMap::new() }
    }

    /// Whether nobody hears anybody, or is there to do so.
    pub fn is_empty(&self) -> bool {
        self.listening.is_empty() && self.hears.is_empty()
    }

    /// Whether a leg is in it. One that is not is heard by nobody, whoever names it.
    pub fn contains(&self, leg: &LegId) -> bool {
        self.listening.contains(leg) || self.hears.contains_key(leg)
    }

    /// The legs that are in it, in order.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        let apart = self.hears.keys().filter(|leg| !self.listening.contains(leg));
        let mut legs: Vec<LegId> = self.listening.iter().chain(apart).copied().collect();
        if !self.hears.is_empty() {
            legs.sort_unstable();
        }
        legs.into_iter()
    }

    /// Whom a leg hears, written out.
    pub fn heard_by(&self, listener: LegId) -> BTreeSet<LegId> {
        let others = self.speaking.iter().filter(|speaker| **speaker != listener);
        let others =
            others.filter(|speaker| self.listening.contains(&listener) && self.listening.contains(speaker));
        let apart = self.hears.get(&listener).into_iter().flatten();
        others.chain(apart.filter(|speaker| self.contains(speaker))).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legs(numbers: impl IntoIterator<Item = u128>) -> BTreeSet<LegId> {
        numbers.into_iter().map(LegId::from_u128).collect()
    }

    #[test]
    fn each_hears_all_others_who_speak_and_whom_it_hears_apart() {
        let mut plan = MediaPlan::everyone(legs(1..=3));
        plan.speaking.remove(&LegId::from_u128(2));
        plan.hears.insert(LegId::from_u128(4), legs([1, 4, 9]));
        let heard: Vec<_> = plan.legs().map(|leg| plan.heard_by(leg)).collect();
        // 9 is not in it.
        assert_eq!(heard, [legs([3]), legs([1, 3]), legs([1]), legs([1, 4])]);
    }
}
