//! What one client or application knows about somebody.

use std::time::Duration;

use clock::{Deadline, Now};

use crate::life::Life;
use crate::words::{Activity, Availability};

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SessionId {
    /// The platform's own, for as long as the person is in calls.
    Calls,
    /// What another directory shows, as long as it is asked.
    Elsewhere,
    /// An application's, by its client id.
    Application(Box<str>),
}

/// What can be said in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SessionState {
    Available,
    InACall,
    InAConferenceCall,
    Away,
    Presenting,
    /// What another directory shows, in its words; no application can say it.
    Elsewhere(Availability, Activity),
}

/// Nobody was heard of for so long: the person is inactive, and after as long again away.
pub(crate) const FADES: Duration = Duration::from_secs(5 * 60);

impl SessionState {
    /// All that an application can say.
    pub const ALL: [Self; 5] =
        [Self::Available, Self::InACall, Self::InAConferenceCall, Self::Away, Self::Presenting];
    /// How long a session lives when nothing else is said, and the shortest life.
    pub const SHORTEST: Duration = Duration::from_secs(5 * 60);
    /// The longest life of a session.
    pub const LONGEST: Duration = Duration::from_secs(4 * 60 * 60);

    /// The two words that say it.
    pub const fn words(self) -> (Availability, Activity) {
        match self {
            Self::Available => (Availability::Available, Activity::Available),
            Self::InACall => (Availability::Busy, Activity::InACall),
            Self::InAConferenceCall => (Availability::Busy, Activity::InAConferenceCall),
            Self::Away => (Availability::Away, Activity::Away),
            Self::Presenting => (Availability::DoNotDisturb, Activity::Presenting),
            Self::Elsewhere(availability, activity) => (availability, activity),
        }
    }

    /// What the two words say, if a session may say it.
    pub fn from_words(availability: Availability, activity: Activity) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.words() == (availability, activity))
    }
}

/// A session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) state: SessionState,
    pub(crate) life: Life,
}

impl Session {
    /// What it says now: somebody who was available fades.
    pub(crate) fn says(&self, now: Now) -> (Availability, Activity) {
        let words = self.state.words();
        if self.state != SessionState::Available {
            return words;
        }
        match self.life.age(now) {
            age if age >= 2 * FADES => SessionState::Away.words(),
            age if age >= FADES => (Availability::Available, Activity::AvailableInactive),
            _ => words,
        }
    }

    /// When it says something else, or nothing.
    pub(crate) fn changes(&self, now: Now) -> Option<Deadline> {
        let fades = (self.state == SessionState::Available)
            .then(|| [FADES, 2 * FADES].into_iter().find(|age| *age > self.life.age(now)))
            .flatten()
            .map(|age| self.life.reaches(age));
        [fades, self.life.end()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Prints what a session says, minute by minute, when it changes.
    #[track_caller]
    fn check(state: SessionState, minutes: u64, expected: Expect) {
        let start = Now::new(0, 0);
        let session = Session { state, life: Life::begin(Some(Duration::from_secs(minutes * 60)), start) };
        let mut lines = Vec::new();
        for minute in 0..=minutes {
            let now = start.advanced(Duration::from_secs(minute * 60));
            let said = if session.life.is_over(now) {
                "nothing".to_owned()
            } else {
                let (availability, activity) = session.says(now);
                format!("{availability}/{activity}")
            };
            if lines.last().is_none_or(|(_, last)| *last != said) {
                lines.push((minute, said));
            }
        }
        let lines: Vec<String> = lines.into_iter().map(|(minute, said)| format!("{minute} {said}")).collect();
        expected.assert_eq(&lines.join(", "));
    }

    #[test]
    fn who_was_available_fades_and_the_others_stay_as_they_are() {
        check(
            SessionState::Available,
            60,
            expect!["0 Available/Available, 5 Available/AvailableInactive, 10 Away/Away, 60 nothing"],
        );
        check(SessionState::Available, 5, expect!["0 Available/Available, 5 nothing"]);
        check(
            SessionState::Available,
            7,
            expect!["0 Available/Available, 5 Available/AvailableInactive, 7 nothing"],
        );
        check(SessionState::InACall, 60, expect!["0 Busy/InACall, 60 nothing"]);
        check(SessionState::Away, 240, expect!["0 Away/Away, 240 nothing"]);
        check(SessionState::Presenting, 30, expect!["0 DoNotDisturb/Presenting, 30 nothing"]);
    }

    #[test]
    fn only_some_words_go_together() {
        let mut allowed = Vec::new();
        for availability in Availability::ALL {
            for activity in Activity::ALL {
                allowed.extend(SessionState::from_words(*availability, *activity));
            }
        }
        assert_eq!(allowed.len(), SessionState::ALL.len());
        assert_eq!(SessionState::from_words(Availability::Busy, Activity::Busy), None);
    }
}
