//! What becomes of a call: started, ended, somebody added or removed.

use identifier::{CallId, CorrelationId};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::identifier_model::Identifier;

/// `Microsoft.Communication.CallStarted`, and the part that its sisters repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStarted {
    /// Who called.
    pub started_by: Identifier,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// Two parties rather than a group.
    pub is_two_party: bool,
}

/// `Microsoft.Communication.CallEnded`.
#[derive(Clone, Debug, PartialEq)]
pub struct CallEnded {
    /// How it began.
    pub started: CallStarted,
    /// Who ended it; the platform when absent.
    pub ended_by: Option<Identifier>,
    /// Why.
    pub reason: CallEndReason,
    /// From the first connection to the end.
    pub duration_seconds: f64,
}

/// Why a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallEndReason {
    /// Like an HTTP status.
    pub code: u16,
    /// What happened exactly.
    pub sub_code: u32,
    /// The same in words.
    pub phrase: String,
}

/// `Microsoft.Communication.CallParticipantAdded` and `…Removed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallParticipantChanged {
    /// How the call began.
    pub started: CallStarted,
    /// Who came or went.
    pub participant: Identifier,
    /// Their name, or nothing.
    pub display_name: String,
    /// Tells two appearances of one identity apart.
    pub participant_id: String,
}

fn party(identifier: &Identifier) -> Value {
    json!({ "communicationIdentifier": identifier, "role": "Attendee" })
}

impl CallStarted {
    fn value(&self) -> Value {
        json!({
            "startedBy": party(&self.started_by),
            "serverCallId": self.call.server_call_id(),
            "isTwoParty": self.is_two_party,
            "isRoomsCall": false,
            "correlationId": self.correlation.to_string(),
        })
    }

    pub(crate) fn subject(&self) -> String {
        format!("call/{}/startedBy/{}", self.call.server_call_id(), self.started_by.0.raw_id())
    }
}

impl CallEnded {
    fn value(&self) -> Value {
        let mut value = self.started.value();
        value["endedBy"] = match &self.ended_by {
            Some(identifier) => json!({
                "communicationIdentifier": identifier,
                "type": "Participant",
                "name": identifier.0.raw_id(),
            }),
            None => json!({ "type": "MicrosoftInternal", "name": "platform" }),
        };
        value["reason"] = json!(self.reason);
        value["callDurationInSeconds"] = json!(self.duration_seconds);
        value
    }

    pub(crate) fn subject(&self) -> String {
        format!("call/{}", self.started.call.server_call_id())
    }
}

impl CallParticipantChanged {
    fn value(&self) -> Value {
        let mut value = self.started.value();
        value["user"] = party(&self.participant);
        value["displayName"] = json!(self.display_name);
        value["participantId"] = json!(self.participant_id);
        value["userAgent"] = json!("");
        value
    }

    pub(crate) fn subject(&self) -> String {
        format!("call/{}/participant/{}", self.started.call.server_call_id(), self.participant.0.raw_id())
    }
}

macro_rules! serialize_as_value {
    ($($name:ident)+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.value().serialize(serializer)
            }
        }
    )+};
}

serialize_as_value!(CallStarted CallEnded CallParticipantChanged);
