//! One person: what is said about them, and what follows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use clock::{Deadline, Now};

use crate::kept::{KeptPerson, KeptSession};
use crate::life::Life;
use crate::preferred::Preferred;
use crate::session::{Session, SessionId};
use crate::status_message::StatusMessage;
use crate::words::{Activity, Availability};

/// What somebody is shown as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// How available they are.
    pub availability: Availability,
    /// What they do.
    pub activity: Activity,
    /// What they say.
    pub status_message: Option<StatusMessage>,
}

impl Presence {
    /// Somebody of whom nobody says anything.
    pub const OFFLINE: Self =
        Self { availability: Availability::Offline, activity: Activity::Offline, status_message: None };
}

/// What somebody's calls meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reach {
    /// They take calls, or nobody says otherwise.
    #[default]
    Free,
    /// An application says that they are in a call. What the platform's own calls say is not in it: who holds
    /// them knows better.
    InACall,
    /// They do not want to be disturbed.
    DoNotDisturb,
}

/// All that is said about somebody.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) preferred: Option<Preferred>,
    pub(crate) status_message: Option<(StatusMessage, Life)>,
    /// As they are shown now.
    pub(crate) shown: Presence,
    /// As they were shown when it was last told.
    pub(crate) told: Presence,
    /// What calls were last told.
    pub(crate) reached: Reach,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            sessions: BTreeMap::new(),
            preferred: None,
            status_message: None,
            shown: Presence::OFFLINE,
            told: Presence::OFFLINE,
            reached: Reach::Free,
        }
    }
}

impl Person {
    /// What of a former process still holds.
    pub(crate) fn resume(kept: KeptPerson, now: Now) -> Self {
        let session = |(application, kept): (Box<str>, KeptSession)| {
            let life = Life::resume(kept.life, now)?;
            Some((SessionId::Application(application), Session { state: kept.state, life }))
        };
        let preferred = kept
            .preferred
            .and_then(|(state, life)| Some(Preferred { state, life: Life::resume(life, now)? }));
        let status_message = kept.status_message.and_then(|message| {
            let life = crate::kept::KeptLife { began_us: message.published_us, ends_us: message.expires_us };
            Some((message, Life::resume(life, now)?))
        });
        Self {
            sessions: kept.sessions.into_iter().filter_map(session).collect(),
            preferred,
            status_message,
            shown: Presence::OFFLINE,
            told: kept.told.unwrap_or(Presence::OFFLINE),
            reached: Reach::Free,
        }
    }

    /// What must last.
    pub(crate) fn kept(&self) -> KeptPerson {
        let session = |(id, session): (&SessionId, &Session)| match id {
            // Calls die with the process, and another directory is asked again.
            SessionId::Calls | SessionId::Elsewhere => None,
            SessionId::Application(application) => {
                Some((application.clone(), KeptSession { state: session.state, life: session.life.kept() }))
            }
        };
        KeptPerson {
            sessions: self.sessions.iter().filter_map(session).collect(),
            preferred: self.preferred.map(|preferred| (preferred.state, preferred.life.kept())),
            status_message: self.status_message.as_ref().map(|(message, _)| message.clone()),
            told: (self.told != Presence::OFFLINE).then(|| self.told.clone()),
        }
    }

    /// Forgets what is over, and decides what the person is shown as now. Says whether something was over.
    pub(crate) fn settle(&mut self, now: Now) -> bool {
        let before = (self.sessions.len(), self.preferred.is_some(), self.status_message.is_some());
        self.sessions.retain(|_, session| !session.life.is_over(now));
        self.preferred.take_if(|preferred| preferred.life.is_over(now));
        self.status_message.take_if(|(_, life)| life.is_over(now));
        let (availability, activity) = self.words(now);
        let status_message = self.status_message.as_ref().map(|(message, _)| message.clone());
        self.shown = Presence { availability, activity, status_message };
        before != (self.sessions.len(), self.preferred.is_some(), self.status_message.is_some())
    }

    /// A wish counts for more than sessions, but only while there is one; of sessions the busiest counts.
    fn words(&self, now: Now) -> (Availability, Activity) {
        let by_weight = |(id, session): &(&SessionId, &Session)| {
            // Of two that say as much the later one is right.
            (weight(session.says(now)), Reverse(session.life.age(now)), (*id).clone())
        };
        let Some((_, session)) = self.sessions.iter().max_by_key(by_weight) else {
            return (Availability::Offline, Activity::Offline);
        };
        self.preferred.map_or_else(|| session.says(now), |preferred| preferred.state.words())
    }

    /// What calls meet now. A wish counts for more than what applications say, as it does for what is shown.
    pub(crate) fn reach(&self) -> Reach {
        if self.shown.availability == Availability::DoNotDisturb {
            return Reach::DoNotDisturb;
        }
        let is_in_a_call = self.sessions.iter().any(|(id, session)| {
            let (_, activity) = session.state.words();
            let is_call = matches!(activity, Activity::InACall | Activity::InAConferenceCall);
            *id != SessionId::Calls && is_call
        });
        if self.preferred.is_none() && is_in_a_call { Reach::InACall } else { Reach::Free }
    }

    /// When something changes by itself.
    pub(crate) fn wakes(&self, now: Now) -> Option<Deadline> {
        let sessions = self.sessions.values().filter_map(|session| session.changes(now)).min();
        let preferred = self.preferred.and_then(|preferred| preferred.life.end());
        let message = self.status_message.as_ref().and_then(|(_, life)| life.end());
        [sessions, preferred, message].into_iter().flatten().min()
    }

    /// Nothing is said about the person, and all who want to know were told.
    pub(crate) fn is_forgettable(&self) -> bool {
        self.sessions.is_empty()
            && self.preferred.is_none()
            && self.status_message.is_none()
            && self.told == Presence::OFFLINE
            && self.reached == Reach::Free
    }
}

/// DoNotDisturb, then Busy, then Available, then Away; somebody active counts for more than somebody who was.
fn weight((availability, activity): (Availability, Activity)) -> u8 {
    match availability {
        Availability::DoNotDisturb => 5,
        Availability::Busy | Availability::BusyIdle => 4,
        Availability::Available if activity == Activity::Available => 3,
        Availability::Available | Availability::AvailableIdle => 2,
        Availability::Away | Availability::BeRightBack | Availability::OutOfOffice => 1,
        Availability::Offline | Availability::PresenceUnknown => 0,
    }
}
