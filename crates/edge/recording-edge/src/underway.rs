//! Which files may set out for their storages.
//!
//! A storage that hangs, and a resource that names such storages, keep a few tasks waiting, never the files of others:
//! who has not stored anything yet has one file on its way, and those whose storages failed last have a few places
//! together. A file whose outcome could not be kept is not sent again at once.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

/// Files that are on their way at the same time, each with a part of it in memory.
pub(crate) const MOST: usize = 16;
/// Of one resource whose storages take what they are given.
pub(crate) const MOST_EACH: usize = 4;
/// Of all resources whose storages failed last.
const MOST_TROUBLED: usize = 4;
/// Files whose outcome could not be kept. Where there are more, nothing sets out: it is the store that fails.
const MOST_HELD: usize = 256;
/// Resources of which is known how their storages do; of the others it is found out again.
const MOST_KNOWN: usize = 10_000;
/// How long a file waits after its outcome could not be kept: twice as long each time.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Files on their way, by whatever names a journey.
#[derive(Debug)]
pub(crate) struct Underway<Id> {
    journeys: HashMap<Id, Journey>,
    standings: HashMap<String, Standing>,
    held: HashMap<String, Held>,
}

/// How a journey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The storage has it.
    Stored,
    /// The storage did not take it.
    Refused,
    /// What became of it could not be kept.
    Lost,
}

#[derive(Debug)]
struct Journey {
    resource: String,
    document: String,
}

/// How the storages of a resource did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Proven,
    Troubled,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    until_us: i64,
    times: u32,
}

impl<Id> Default for Underway<Id> {
    fn default() -> Self {
        Self { journeys: HashMap::new(), standings: HashMap::new(), held: HashMap::new() }
    }
}

impl<Id: Eq + Hash> Underway<Id> {
    /// Whether any file may set out.
    pub(crate) fn has_room(&self) -> bool {
        self.journeys.len() < MOST && self.held.len() < MOST_HELD
    }

    /// Whether a file of this resource may set out.
    pub(crate) fn may_set_out(&self, resource: &str) -> bool {
        self.has_room() && self.of(resource) < self.room_of(resource)
    }

    /// Resources of which nothing may set out now.
    pub(crate) fn full_resources(&self) -> HashSet<&str> {
        let known = self.standings.keys().chain(self.journeys.values().map(|journey| &journey.resource));
        known.map(String::as_str).filter(|resource| !self.may_set_out(resource)).collect()
    }

    /// Files that are underway, or wait although the store says that their time has come.
    pub(crate) fn passed_over(&mut self, now_us: i64) -> HashSet<&str> {
        // Who has not come back long after its time is forgotten.
        self.held
            .retain(|_, held| now_us < held.until_us.saturating_add(2 * LONGEST_WAIT.as_micros() as i64));
        let held = self.held.iter().filter(|(_, held)| now_us < held.until_us).map(|(document, _)| document);
        held.chain(self.journeys.values().map(|journey| &journey.document)).map(String::as_str).collect()
    }

    /// A file has set out.
    pub(crate) fn set_out(&mut self, id: Id, resource: String, document: String) {
        self.journeys.insert(id, Journey { resource, document });
    }

    /// It is back.
    pub(crate) fn return_of(&mut self, id: &Id, outcome: Outcome, now_us: i64) {
        let Some(Journey { resource, document }) = self.journeys.remove(id) else { return };
        match outcome {
            Outcome::Stored => self.note(resource, Standing::Proven),
            Outcome::Refused => self.note(resource, Standing::Troubled),
            Outcome::Lost => return self.hold(document, now_us),
        }
        self.held.remove(&document);
    }

    /// What became of a file could not be kept: it is tried later.
    pub(crate) fn hold(&mut self, document: String, now_us: i64) {
        let held = self.held.entry(document).or_insert(Held { until_us: now_us, times: 0 });
        let wait = FIRST_WAIT.saturating_mul(1 << held.times.min(16)).min(LONGEST_WAIT);
        *held = Held { until_us: now_us.saturating_add(wait.as_micros() as i64), times: held.times + 1 };
    }

    fn note(&mut self, resource: String, standing: Standing) {
        if self.standings.len() >= MOST_KNOWN && !self.standings.contains_key(&resource) {
            self.standings.clear();
        }
        self.standings.insert(resource, standing);
    }

    fn of(&self, resource: &str) -> usize {
        self.journeys.values().filter(|journey| journey.resource == resource).count()
    }

    fn room_of(&self, resource: &str) -> usize {
        match self.standings.get(resource) {
            Some(Standing::Proven) => MOST_EACH,
            None => 1,
            Some(Standing::Troubled) => {
                let is_troubled =
                    |journey: &&Journey| self.standings.get(&journey.resource) == Some(&Standing::Troubled);
                usize::from(self.journeys.values().filter(is_troubled).count() < MOST_TROUBLED)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// As many files of a resource set out as may.
    fn set_out(underway: &mut Underway<(String, usize)>, resource: &str) -> usize {
        let mut count = 0;
        while underway.may_set_out(resource) {
            let (id, document) = ((resource.to_owned(), count), format!("{resource}{count}"));
            underway.set_out(id, resource.to_owned(), document);
            count += 1;
        }
        count
    }

    #[test]
    fn resources_whose_storages_hang_take_no_more_than_a_few_places_together() {
        let mut underway = Underway::default();
        let names: Vec<String> = (0..8).map(|number| format!("hangs-{number}-")).collect();
        for name in &names {
            assert_eq!(set_out(&mut underway, name), 1, "nothing is known of it");
        }
        for name in &names {
            underway.return_of(&(name.clone(), 0), Outcome::Refused, 0);
        }
        assert_eq!(names.iter().map(|name| set_out(&mut underway, name)).sum::<usize>(), MOST_TROUBLED);
        assert_eq!(underway.full_resources().len(), names.len());
        assert_eq!(set_out(&mut underway, "modest"), 1);
        underway.return_of(&("modest".into(), 0), Outcome::Stored, 0);
        assert_eq!(set_out(&mut underway, "modest"), MOST_EACH);
        assert!(underway.full_resources().contains("modest"));
    }

    #[test]
    fn a_file_whose_outcome_is_not_kept_waits_twice_as_long_each_time() {
        let mut underway = Underway::<u8>::default();
        let mut now_us = 0;
        for seconds in [5, 10, 20] {
            underway.set_out(1, "resource".into(), "document".into());
            underway.return_of(&1, Outcome::Lost, now_us);
            assert_eq!(underway.passed_over(now_us + seconds * SECOND - 1).len(), 1);
            now_us += seconds * SECOND;
            assert!(underway.passed_over(now_us).is_empty());
        }
        underway.set_out(1, "resource".into(), "document".into());
        underway.return_of(&1, Outcome::Stored, now_us);
        assert!(underway.held.is_empty() && underway.may_set_out("resource"));
    }

    #[test]
    fn nothing_sets_out_while_no_outcome_is_kept() {
        let mut underway = Underway::<u8>::default();
        for number in 0..MOST_HELD {
            assert!(underway.has_room());
            underway.hold(number.to_string(), 0);
        }
        assert!(!underway.has_room());
        assert!(underway.passed_over(i64::MAX / 2).is_empty());
        assert!(underway.has_room());
    }
}
