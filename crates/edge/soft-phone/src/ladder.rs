//! The ladder of a call: what went over the wire, and what was heard, as it happens.

use std::fmt;
use std::time::Duration;

use rsipstack::sip::headers::Header;
use rsipstack::sip::prelude::{HasHeaders, HeadersExt};
use rsipstack::sip::{Response, SipMessage};
use serde::Serialize;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// One line: prints as text for a terminal, and serializes as an object for a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LadderLine {
    /// Since the phone was started.
    #[serde(rename = "atMs", serialize_with = "milliseconds")]
    pub at: Duration,
    /// What happened.
    #[serde(flatten)]
    pub step: LadderStep,
}

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// From this phone.
    Sent,
    /// To this phone.
    Received,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum LadderStep {
    /// A SIP request.
    Request {
        /// Which way.
        direction: Direction,
        /// `INVITE`, `BYE`, …
        method: String,
        /// The Request-URI.
        target: String,
        /// The `Call-ID`.
        #[serde(rename = "callId")]
        call_id: String,
    },
    /// A SIP response.
    Response {
        /// Which way.
        direction: Direction,
        /// 100 to 699.
        status: u16,
        /// The reason phrase.
        phrase: String,
        /// The request it answers.
        method: String,
        /// The `Call-ID`.
        #[serde(rename = "callId")]
        call_id: String,
    },
    /// A key.
    Key {
        /// Which way.
        direction: Direction,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        key: char,
    },
    /// Something about sound.
    Media {
        /// In words.
        fact: String,
    },
    /// Something the phone itself did.
    Note {
        /// In words.
        text: String,
    },
}

fn milliseconds<S: serde::Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(at.as_millis() as u64)
}

impl LadderLine {
    /// The line as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl fmt::Display for LadderLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:8.3}  ", self.at.as_secs_f64())?;
        match &self.step {
            LadderStep::Request { direction, method, target, .. } => {
                write!(f, "{} {method} {target}", direction.arrow())
            }
            LadderStep::Response { direction, status, phrase, method, .. } => {
                write!(f, "{} {status} {phrase} ({method})", direction.arrow())
            }
            LadderStep::Key { direction, key } => write!(f, "{} key {key}", direction.arrow()),
            LadderStep::Media { fact } => write!(f, "  ~~ {fact}"),
            LadderStep::Note { text } => write!(f, "  -- {text}"),
        }
    }
}

impl Direction {
    fn arrow(self) -> &'static str {
        match self {
            Self::Sent => "──>",
            Self::Received => "<──",
        }
    }
}

/// The pen: cheap to clone, and never in anybody's way.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    started: Instant,
    lines: UnboundedSender<LadderLine>,
}

impl Ladder {
    pub(crate) fn new(lines: UnboundedSender<LadderLine>) -> Self {
        Self { started: Instant::now(), lines }
    }

    /// Since the phone was started.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn write(&self, step: LadderStep) {
        // Nobody reads any more once the phone is being put away.
        let _ = self.lines.send(LadderLine { at: self.now(), step });
    }

    pub(crate) fn note(&self, text: impl Into<String>) {
        self.write(LadderStep::Note { text: text.into() });
    }

    pub(crate) fn media(&self, fact: impl Into<String>) {
        self.write(LadderStep::Media { fact: fact.into() });
    }

    pub(crate) fn key(&self, direction: Direction, key: char) {
        self.write(LadderStep::Key { direction, key });
    }

    pub(crate) fn message(&self, direction: Direction, message: &SipMessage) {
        let call_id = message.call_id_header().map(|id| id.value().to_owned()).unwrap_or_default();
        self.write(match message {
            SipMessage::Request(request) => LadderStep::Request {
                direction,
                method: request.method.to_string(),
                target: request.uri.to_string(),
                call_id,
            },
            SipMessage::Response(response) => LadderStep::Response {
                direction,
                status: response.status_code.code(),
                phrase: phrase_of(response),
                method: method_of(message),
                call_id,
            },
        });
    }
}

/// What a response says beside its status, in the words of whoever sent it.
pub(crate) fn phrase_of(response: &Response) -> String {
    match response.wire_reason.as_deref().map(str::trim) {
        Some(said) if !said.is_empty() => said.to_owned(),
        Some(_) | None => phrase(&response.status_code),
    }
}

/// `Busy Here` of `486 Busy Here`.
pub(crate) fn phrase(status: &rsipstack::sip::StatusCode) -> String {
    let whole = status.to_string();
    whole.strip_prefix(&status.code().to_string()).map(|rest| rest.trim().to_owned()).unwrap_or(whole)
}

fn method_of(message: &SipMessage) -> String {
    let sequence = message.headers().iter().find_map(|header| match header {
        Header::CSeq(sequence) => Some(sequence.value()),
        _ => None,
    });
    sequence.and_then(|value| value.split_whitespace().nth(1)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_well_and_parses_well() {
        let line = LadderLine {
            at: Duration::from_millis(1_234),
            step: LadderStep::Response {
                direction: Direction::Received,
                status: 486,
                phrase: "Busy Here".into(),
                method: "INVITE".into(),
                call_id: "abc".into(),
            },
        };
        assert_eq!(line.to_string(), "   1.234  <── 486 Busy Here (INVITE)");
        assert_eq!(
            line.to_json(),
            r#"{"atMs":1234,"kind":"response","direction":"received","status":486,"phrase":"Busy Here","method":"INVITE","callId":"abc"}"#
        );
        let key =
            LadderLine { at: Duration::ZERO, step: LadderStep::Key { direction: Direction::Sent, key: '#' } };
        assert_eq!(key.to_string(), "   0.000  ──> key #");
    }
}
