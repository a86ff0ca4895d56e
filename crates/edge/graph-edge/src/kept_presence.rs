//! What the engine wants to be kept, as a row of the store.

use identifier::ObjectId;
use presence::{
    Activity, Availability, ContentType, KeptLife, KeptPerson, KeptSession, PreferredState, Presence,
    SessionState, StatusMessage,
};
use redact::Pii;
use serde::{Deserialize, Serialize};
use store::{KeptPresence, Write};

#[derive(Serialize, Deserialize)]
struct State {
    #[serde(default)]
    sessions: Vec<Said>,
    preferred: Option<Said>,
    status: Option<Message>,
    told: Option<Told>,
}

/// What somebody says, with the two words that say it.
#[derive(Serialize, Deserialize)]
struct Said {
    #[serde(default)]
    by: String,
    availability: String,
    activity: String,
    began_us: i64,
    ends_us: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Message {
    content: String,
    html: bool,
    published_us: i64,
    expires_us: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    availability: String,
    activity: String,
    status: Option<Message>,
}

/// The write that keeps it.
pub(crate) fn write(person: ObjectId, kept: &KeptPerson) -> Write {
    if kept.is_empty() {
        return Write::RemovePresence(person.to_string());
    }
    let state = State {
        sessions: kept
            .sessions
            .iter()
            .map(|(by, session)| said(by, session.state.words(), session.life))
            .collect(),
        preferred: kept.preferred.map(|(state, life)| said("", state.words(), life)),
        status: kept.status_message.as_ref().map(message),
        told: kept.told.as_ref().map(|told| Told {
            availability: told.availability.to_string(),
            activity: told.activity.to_string(),
            status: told.status_message.as_ref().map(message),
        }),
    };
    let state = serde_json::to_string(&state).expect("it is plain JSON");
    Write::PutPresence(KeptPresence { person: person.to_string(), state })
}

/// What a row says. `None`: this version cannot read it.
pub(crate) fn read(row: &KeptPresence) -> Option<(ObjectId, KeptPerson)> {
    let state: State = serde_json::from_str(&row.state).ok()?;
    let session = |said: &Said| {
        let (availability, activity) = words(&said.availability, &said.activity)?;
        let state = SessionState::from_words(availability, activity)?;
        Some((said.by.as_str().into(), KeptSession { state, life: life(said) }))
    };
    let preferred = |said: &Said| {
        let (availability, activity) = words(&said.availability, &said.activity)?;
        Some((PreferredState::from_words(availability, activity)?, life(said)))
    };
    let told = |told: Told| {
        let (availability, activity) = words(&told.availability, &told.activity)?;
        Some(Presence { availability, activity, status_message: told.status.map(status_message) })
    };
    let kept = KeptPerson {
        sessions: state.sessions.iter().filter_map(session).collect(),
        preferred: state.preferred.as_ref().and_then(preferred),
        status_message: state.status.map(status_message),
        told: state.told.and_then(told),
    };
    Some((row.person.parse().ok()?, kept))
}

fn said(by: &str, (availability, activity): (Availability, Activity), life: KeptLife) -> Said {
    Said {
        by: by.to_owned(),
        availability: availability.to_string(),
        activity: activity.to_string(),
        began_us: life.began_us,
        ends_us: life.ends_us,
    }
}

fn life(said: &Said) -> KeptLife {
    KeptLife { began_us: said.began_us, ends_us: said.ends_us }
}

fn words(availability: &str, activity: &str) -> Option<(Availability, Activity)> {
    Some((availability.parse().ok()?, activity.parse().ok()?))
}

fn message(message: &StatusMessage) -> Message {
    Message {
        content: message.content.expose().to_string(),
        html: message.content_type == ContentType::Html,
        published_us: message.published_us,
        expires_us: message.expires_us,
    }
}

fn status_message(message: Message) -> StatusMessage {
    StatusMessage {
        content: Pii::new(message.content.into()),
        content_type: if message.html { ContentType::Html } else { ContentType::Text },
        published_us: message.published_us,
        expires_us: message.expires_us,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back() {
        let life = KeptLife { began_us: 5, ends_us: Some(9) };
        let words = StatusMessage {
            content: Pii::new("back at noon".into()),
            content_type: ContentType::Html,
            published_us: 5,
            expires_us: None,
        };
        let kept = KeptPerson {
            sessions: vec![("app".into(), KeptSession { state: SessionState::InAConferenceCall, life })],
            preferred: Some((PreferredState::OffWork, life)),
            status_message: Some(words.clone()),
            told: Some(Presence {
                availability: Availability::Offline,
                activity: Activity::OffWork,
                status_message: Some(words),
            }),
        };
        let person = ObjectId::from_u128(7);
        let Write::PutPresence(row) = write(person, &kept) else { panic!("there is something to keep") };
        assert_eq!(read(&row), Some((person, kept)));
        assert!(matches!(write(person, &KeptPerson::default()), Write::RemovePresence(_)));
        assert_eq!(read(&KeptPresence { state: "{".into(), ..row }), None);
    }
}
