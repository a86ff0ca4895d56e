//! Presence in Graph's JSON.

use std::time::Duration;

use identifier::ObjectId;
use presence::{Activity, Availability, ContentType, PreferredState, Presence, SessionState, StatusMessage};
use redact::Pii;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::graph_error::GraphError;
use crate::when;

/// The longest words that somebody may say about themselves, in characters.
const LONGEST_MESSAGE: usize = 280;

/// `presence`.
pub(crate) fn presence(person: ObjectId, presence: &Presence) -> Value {
    json!({
        "id": person.to_string(),
        "availability": presence.availability.as_str(),
        "activity": presence.activity.as_str(),
        "statusMessage": presence.status_message.as_ref().map(status_message),
        "outOfOfficeSettings": { "message": null, "isOutOfOffice": false },
    })
}

/// Somebody who has no presence.
pub(crate) const UNKNOWN: Presence = Presence {
    availability: Availability::PresenceUnknown,
    activity: Activity::PresenceUnknown,
    status_message: None,
};

fn status_message(message: &StatusMessage) -> Value {
    let content_type = match message.content_type {
        ContentType::Text => "text",
        ContentType::Html => "html",
    };
    let expires =
        message.expires_us.map(|unix_us| json!({ "dateTime": when::civil(unix_us), "timeZone": "UTC" }));
    json!({
        "message": { "content": message.content.expose(), "contentType": content_type },
        "publishedDateTime": when::moment(message.published_us),
        "expiryDateTime": expires,
    })
}

/// The body of `setPresence`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetPresence {
    pub(crate) session_id: String,
    availability: String,
    activity: String,
    expiration_duration: Option<String>,
}

/// The body of `clearPresence`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClearPresence {
    pub(crate) session_id: String,
}

/// The body of `setUserPreferredPresence`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetPreferred {
    availability: String,
    activity: String,
    expiration_duration: Option<String>,
}

/// The body of `setStatusMessage`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SetStatusMessage {
    status_message: Option<StatusMessageBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusMessageBody {
    message: Option<MessageBody>,
    expiry_date_time: Option<DateTimeTimeZone>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageBody {
    content: Option<String>,
    content_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DateTimeTimeZone {
    date_time: String,
    #[serde(default)]
    time_zone: String,
}

impl SetPresence {
    /// What is said, and for how long.
    pub(crate) fn meaning(&self) -> Result<(SessionState, Duration), GraphError> {
        let words = words(&self.availability, &self.activity)?;
        let state = SessionState::from_words(words.0, words.1).ok_or_else(|| {
            apart(&self.availability, &self.activity, SessionState::ALL.map(SessionState::words).as_slice())
        })?;
        let lives = span(self.expiration_duration.as_deref())?.unwrap_or(SessionState::SHORTEST);
        if !(SessionState::SHORTEST..=SessionState::LONGEST).contains(&lives) {
            return Err(GraphError::property("expirationDuration", "it must be from PT5M to PT4H."));
        }
        Ok((state, lives))
    }
}

impl SetPreferred {
    /// What is wished for, and for how long.
    pub(crate) fn meaning(&self) -> Result<(PreferredState, Duration), GraphError> {
        let words = words(&self.availability, &self.activity)?;
        let state = PreferredState::from_words(words.0, words.1).ok_or_else(|| {
            apart(
                &self.availability,
                &self.activity,
                PreferredState::ALL.map(PreferredState::words).as_slice(),
            )
        })?;
        let lives = span(self.expiration_duration.as_deref())?.unwrap_or(state.usual_life());
        if lives.is_zero() || lives > PreferredState::LONGEST {
            return Err(GraphError::property(
                "expirationDuration",
                "it must be longer than nothing and at most P30D.",
            ));
        }
        Ok((state, lives))
    }
}

impl SetStatusMessage {
    /// The words; none when they are taken back.
    pub(crate) fn meaning(self, now_us: i64) -> Result<Option<StatusMessage>, GraphError> {
        let body = self.status_message;
        let Some(body) = body else {
            return Err(GraphError::property("statusMessage", "it is missing."));
        };
        let (content, content_type) =
            body.message.map_or((None, None), |said| (said.content, said.content_type));
        let content = content.unwrap_or_default();
        if content.is_empty() {
            return Ok(None);
        }
        if content.chars().count() > LONGEST_MESSAGE {
            let reason = format!("it must have at most {LONGEST_MESSAGE} characters.");
            return Err(GraphError::property("statusMessage.message.content", reason));
        }
        let content_type = match content_type.as_deref() {
            None => ContentType::Text,
            Some(text) if text.eq_ignore_ascii_case("text") => ContentType::Text,
            Some(html) if html.eq_ignore_ascii_case("html") => ContentType::Html,
            Some(_) => {
                return Err(GraphError::property("statusMessage.message.contentType", "it is text or html."));
            }
        };
        let expires = |until: &DateTimeTimeZone| {
            let unix_us = when::read_civil(&until.date_time, &until.time_zone);
            unix_us.filter(|unix_us| *unix_us > now_us).ok_or_else(|| {
                let reason =
                    "it must be a moment in the future, in UTC or in a time zone of the IANA database.";
                GraphError::property("statusMessage.expiryDateTime", reason)
            })
        };
        Ok(Some(StatusMessage {
            content: Pii::new(content.into()),
            content_type,
            published_us: now_us,
            expires_us: body.expiry_date_time.as_ref().map(expires).transpose()?,
        }))
    }
}

fn words(availability: &str, activity: &str) -> Result<(Availability, Activity), GraphError> {
    let unknown =
        |property: &'static str| move |_| GraphError::property(property, "it is no word of presence.");
    let availability = availability.parse().map_err(unknown("availability"))?;
    Ok((availability, activity.parse().map_err(unknown("activity"))?))
}

fn apart(availability: &str, activity: &str, allowed: &[(Availability, Activity)]) -> GraphError {
    let pairs: Vec<String> =
        allowed.iter().map(|(availability, activity)| format!("{availability}/{activity}")).collect();
    let (availability, activity) = (cut(availability), cut(activity));
    let message =
        format!("The pair {availability}/{activity} is not supported; these are: {}.", pairs.join(", "));
    GraphError::invalid(message)
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

fn span(text: Option<&str>) -> Result<Option<Duration>, GraphError> {
    let wrong =
        || GraphError::property("expirationDuration", "it must be a duration such as PT1H (ISO 8601).");
    text.map(|text| when::read_span(text).ok_or_else(wrong)).transpose()
}
