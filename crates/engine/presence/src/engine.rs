//! The machine: what is said about people, and what they are shown as.

use std::collections::HashMap;
use std::time::Duration;

use clock::{Deadline, Deadlines, Now};
use identifier::{CallId, ObjectId};

use crate::calls::{CallSize, Calls};
use crate::kept::KeptPerson;
use crate::life::Life;
use crate::lineup::Lineup;
use crate::person::{Person, Presence, Reach};
use crate::preferred::{Preferred, PreferredState};
use crate::session::{Session, SessionId, SessionState};
use crate::status_message::StatusMessage;
use crate::words::{Activity, Availability};

/// How much it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// People about whom something is said.
    pub people: usize,
    /// Applications with a session about one person.
    pub sessions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { people: 1_000_000, sessions: 32 }
    }
}

/// Why something is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Too many applications say something about the person.
    #[error("take another session: {0} applications have one with this person, which is the limit")]
    Sessions(usize),
    /// Too many people.
    #[error("take the presence of another person: {0} are known, which is the limit")]
    People(usize),
}

/// The machine. After every verb its owner drains [`poll_change`](Self::poll_change),
/// [`poll_reach`](Self::poll_reach) and [`poll_record`](Self::poll_record).
#[derive(Clone, Debug, Default)]
pub struct PresenceEngine {
    limits: Limits,
    people: HashMap<ObjectId, Person>,
    calls: Calls,
    wakes: Deadlines<ObjectId>,
    changed: Lineup,
    unkept: Lineup,
    reached: Lineup,
}

impl PresenceEngine {
    /// Nobody is known.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Somebody is in a call.
    pub fn handle_join(&mut self, person: ObjectId, call: CallId, size: CallSize, now: Now) {
        self.calls.join(person, call, size);
        self.follow_calls(person, now);
    }

    /// Somebody has left a call.
    pub fn handle_leave(&mut self, person: ObjectId, call: CallId, now: Now) {
        self.calls.leave(person, call);
        self.follow_calls(person, now);
    }

    /// A call has another size.
    pub fn handle_size(&mut self, call: CallId, size: CallSize, now: Now) {
        for person in self.calls.resize(call, size) {
            self.follow_calls(person, now);
        }
    }

    /// A call is over.
    pub fn handle_end(&mut self, call: CallId, now: Now) {
        for person in self.calls.end(call) {
            self.follow_calls(person, now);
        }
    }

    /// What a former process kept. Whoever was told something else than holds now is told.
    pub fn handle_kept(&mut self, person: ObjectId, kept: KeptPerson, now: Now) {
        self.people.insert(person, Person::resume(kept, now));
        self.settle(person, now);
        self.unkept.push(person);
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(person) = self.wakes.pop_due(now) {
            self.settle(person, now);
        }
    }

    /// An application says in its session how somebody is, for so long. Bounds of the span are its caller's.
    pub fn set_presence(
        &mut self,
        person: ObjectId,
        application: &str,
        state: SessionState,
        lives: Duration,
        now: Now,
    ) -> Result<(), TooMuch> {
        let most = self.limits.sessions;
        let id = SessionId::Application(application.into());
        let known = self.person(person)?;
        if known.sessions.len() >= most && !known.sessions.contains_key(&id) {
            return Err(TooMuch::Sessions(most));
        }
        known.sessions.insert(id, Session { state, life: Life::begin(Some(lives), now) });
        self.touch(person, now);
        Ok(())
    }

    /// An application ends its session; `false` when it had none.
    pub fn clear_presence(&mut self, person: ObjectId, application: &str, now: Now) -> bool {
        let id = SessionId::Application(application.into());
        let known = self.people.get_mut(&person);
        let had_one = known.is_some_and(|known| known.sessions.remove(&id).is_some());
        if had_one {
            self.touch(person, now);
        }
        had_one
    }

    /// Another directory shows somebody as this, and is asked again before so long has passed. Whoever is offline
    /// there has no session there.
    pub fn hear_elsewhere(
        &mut self,
        person: ObjectId,
        words: (Availability, Activity),
        lives: Duration,
        now: Now,
    ) -> Result<(), TooMuch> {
        if matches!(words.0, Availability::Offline | Availability::PresenceUnknown) {
            if let Some(known) = self.people.get_mut(&person) {
                known.sessions.remove(&SessionId::Elsewhere);
                self.settle(person, now);
            }
            return Ok(());
        }
        let known = self.person(person)?;
        let state = SessionState::Elsewhere(words.0, words.1);
        known.sessions.insert(SessionId::Elsewhere, Session { state, life: Life::begin(Some(lives), now) });
        self.settle(person, now);
        Ok(())
    }

    /// Somebody wants to be shown as this, for so long.
    pub fn prefer(
        &mut self,
        person: ObjectId,
        state: PreferredState,
        lives: Duration,
        now: Now,
    ) -> Result<(), TooMuch> {
        self.person(person)?.preferred = Some(Preferred { state, life: Life::begin(Some(lives), now) });
        self.touch(person, now);
        Ok(())
    }

    /// Somebody no longer wants to be shown as anything; `false` when they did not.
    pub fn clear_preferred(&mut self, person: ObjectId, now: Now) -> bool {
        let had_one = self.people.get_mut(&person).is_some_and(|known| known.preferred.take().is_some());
        if had_one {
            self.touch(person, now);
        }
        had_one
    }

    /// Somebody says something about themselves, or nothing any more.
    pub fn set_status_message(
        &mut self,
        person: ObjectId,
        message: Option<StatusMessage>,
        now: Now,
    ) -> Result<(), TooMuch> {
        let lives = |message: &StatusMessage| {
            let until = message.expires_us?.saturating_sub(now.unix_us()).max(0);
            Some(Duration::from_micros(until as u64))
        };
        self.person(person)?.status_message = message.map(|message| {
            let life = Life::begin(lives(&message), now);
            (message, life)
        });
        self.touch(person, now);
        Ok(())
    }

    /// Somebody is no longer of the company.
    pub fn forget(&mut self, person: ObjectId, now: Now) {
        let Some(known) = self.people.get_mut(&person) else { return };
        known.sessions.clear();
        known.preferred = None;
        known.status_message = None;
        self.touch(person, now);
    }

    /// Somebody is shown differently than was last told. What was shown only between two of these is not told.
    pub fn poll_change(&mut self) -> Option<(ObjectId, Presence)> {
        loop {
            let person = self.changed.pop()?;
            let Some(known) = self.people.get_mut(&person).filter(|known| known.shown != known.told) else {
                continue;
            };
            known.told = known.shown.clone();
            let told = known.told.clone();
            self.unkept.push(person);
            return Some((person, told));
        }
    }

    /// Calls to somebody meet something else than was last told; at first everybody is [free](Reach::Free).
    pub fn poll_reach(&mut self) -> Option<(ObjectId, Reach)> {
        loop {
            let person = self.reached.pop()?;
            let Some(known) = self.people.get_mut(&person) else { continue };
            let reach = known.reach();
            if reach == known.reached {
                continue;
            }
            known.reached = reach;
            if known.is_forgettable() {
                self.unkept.push(person);
            }
            return Some((person, reach));
        }
    }

    /// What must last about somebody has changed; an empty one is forgotten.
    pub fn poll_record(&mut self) -> Option<(ObjectId, KeptPerson)> {
        let person = self.unkept.pop()?;
        let kept = self.people.get(&person).map(Person::kept).unwrap_or_default();
        if self.people.get(&person).is_some_and(Person::is_forgettable) {
            self.people.remove(&person);
            self.wakes.cancel(&person);
        }
        Some((person, kept))
    }

    /// When to come back, and why.
    pub fn poll_timeout(&self) -> Option<(Deadline, &'static str)> {
        self.wakes.next().map(|(deadline, _)| (deadline, "see what fades or ends"))
    }

    /// What somebody is shown as, as of the last time that was handed in.
    pub fn presence(&self, person: ObjectId) -> Presence {
        self.people.get(&person).map_or(Presence::OFFLINE, |known| known.shown.clone())
    }

    /// People about whom something is known.
    pub fn people(&self) -> usize {
        self.people.len()
    }

    fn person(&mut self, person: ObjectId) -> Result<&mut Person, TooMuch> {
        if self.people.len() >= self.limits.people && !self.people.contains_key(&person) {
            return Err(TooMuch::People(self.limits.people));
        }
        Ok(self.people.entry(person).or_default())
    }

    /// The platform's own session with somebody is as their calls are.
    fn follow_calls(&mut self, person: ObjectId, now: Now) {
        let state = self.calls.state(person);
        let before = self.people.get(&person).and_then(|known| known.sessions.get(&SessionId::Calls));
        if before.map(|session| session.state) == state {
            return;
        }
        match state {
            Some(state) => {
                // Whoever is beyond the limit is in the call all the same; only nobody sees it.
                let Ok(known) = self.person(person) else { return };
                known.sessions.insert(SessionId::Calls, Session { state, life: Life::begin(None, now) });
            }
            None => {
                if let Some(known) = self.people.get_mut(&person) {
                    known.sessions.remove(&SessionId::Calls);
                }
            }
        }
        self.settle(person, now);
    }

    fn touch(&mut self, person: ObjectId, now: Now) {
        self.unkept.push(person);
        self.settle(person, now);
    }

    fn settle(&mut self, person: ObjectId, now: Now) {
        let Some(known) = self.people.get_mut(&person) else { return };
        if known.settle(now) {
            self.unkept.push(person);
        }
        if known.reach() != known.reached {
            self.reached.push(person);
        }
        if known.shown != known.told {
            self.changed.push(person);
        } else if known.is_forgettable() {
            // The record that says so forgets the person.
            self.unkept.push(person);
        }
        match known.wakes(now) {
            Some(deadline) => self.wakes.set(person, deadline),
            None => self.wakes.cancel(&person),
        }
    }
}
