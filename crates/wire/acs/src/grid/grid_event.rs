//! The envelope around an Event Grid event, in both schemas.

use identifier::EventId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::grid::call_lifecycle::{CallEnded, CallParticipantChanged, CallStarted};
use crate::grid::incoming_call::IncomingCall;
use crate::grid::recording_file::RecordingFileStatusUpdated;
use crate::grid::validation::SubscriptionValidation;
use crate::spelling::spelled;
use crate::timestamp;

spelled! {
    /// How events are wrapped.
    pub enum GridSchema {
        /// The Event Grid schema: an array.
        EventGrid = "EventGridSchema",
        /// CloudEvents 1.0: one object.
        CloudEvents = "CloudEventSchemaV1_0",
    }
}

/// One event for subscribers.
#[derive(Clone, Debug, PartialEq)]
pub struct GridEvent {
    /// The same across all attempts and subscribers.
    pub id: EventId,
    /// When it happened: microseconds since 1970-01-01T00:00:00Z.
    pub unix_us: i64,
    /// The resource: `/subscriptions/…/communicationservices/{name}`.
    pub topic: String,
    /// What happened.
    pub data: GridData,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)]
pub enum GridData {
    IncomingCall(IncomingCall),
    CallStarted(CallStarted),
    CallEnded(CallEnded),
    CallParticipantAdded(CallParticipantChanged),
    CallParticipantRemoved(CallParticipantChanged),
    RecordingFileStatusUpdated(RecordingFileStatusUpdated),
    SubscriptionValidation(SubscriptionValidation),
}

impl GridData {
    /// `eventType` of the Event Grid schema, `type` of CloudEvents.
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::IncomingCall(_) => "Microsoft.Communication.IncomingCall",
            Self::CallStarted(_) => "Microsoft.Communication.CallStarted",
            Self::CallEnded(_) => "Microsoft.Communication.CallEnded",
            Self::CallParticipantAdded(_) => "Microsoft.Communication.CallParticipantAdded",
            Self::CallParticipantRemoved(_) => "Microsoft.Communication.CallParticipantRemoved",
            Self::RecordingFileStatusUpdated(_) => "Microsoft.Communication.RecordingFileStatusUpdated",
            Self::SubscriptionValidation(_) => "Microsoft.EventGrid.SubscriptionValidationEvent",
        }
    }

    /// What the event is about.
    pub fn subject(&self) -> String {
        match self {
            Self::IncomingCall(call) => call.subject(),
            Self::CallStarted(call) => call.subject(),
            Self::CallEnded(call) => call.subject(),
            Self::CallParticipantAdded(change) | Self::CallParticipantRemoved(change) => change.subject(),
            Self::RecordingFileStatusUpdated(file) => file.subject(),
            Self::SubscriptionValidation(_) => String::new(),
        }
    }
}

impl GridSchema {
    /// The `Content-Type` of a delivery.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::EventGrid => "application/json; charset=utf-8",
            Self::CloudEvents => "application/cloudevents+json; charset=utf-8",
        }
    }
}

impl GridEvent {
    /// The event as one JSON object, as filters look at it.
    pub fn value(&self, schema: GridSchema) -> Value {
        let (id, subject, kind) = (self.id.to_string(), self.data.subject(), self.data.event_type());
        let time = timestamp::zulu(self.unix_us);
        match schema {
            GridSchema::EventGrid => json!({
                "id": id,
                "topic": self.topic,
                "subject": subject,
                "data": self.data,
                "eventType": kind,
                "dataVersion": "1.0",
                "metadataVersion": "1",
                "eventTime": time,
            }),
            GridSchema::CloudEvents => json!({
                "id": id,
                "source": self.topic,
                "subject": subject,
                "data": self.data,
                "type": kind,
                "specversion": "1.0",
                "time": time,
            }),
        }
    }

    /// The JSON body of a delivery.
    pub fn body(&self, schema: GridSchema) -> Vec<u8> {
        let value = self.value(schema);
        match schema {
            GridSchema::EventGrid => Value::Array(vec![value]).to_string().into_bytes(),
            GridSchema::CloudEvents => value.to_string().into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use expect_test::{Expect, expect};
    use identifier::{CallId, CommunicationIdentifier, CorrelationId};

    use super::*;
    use crate::grid::CallEndReason;
    use crate::identifier_model::Identifier;

    fn who(raw: &str) -> Identifier {
        Identifier(CommunicationIdentifier::from_raw_id(raw))
    }

    fn event(data: GridData) -> GridEvent {
        GridEvent {
            id: EventId::from_u128(1),
            unix_us: 0,
            topic: "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso".into(),
            data,
        }
    }

    fn started() -> CallStarted {
        CallStarted {
            started_by: who("8:acs:r_u"),
            call: CallId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            is_two_party: true,
        }
    }

    #[track_caller]
    fn check(schema: GridSchema, data: GridData, body: Expect) {
        let value: Value = serde_json::from_slice(&event(data).body(schema)).expect("a body is JSON");
        body.assert_eq(&serde_json::to_string_pretty(&value).expect("JSON prints"));
    }

    #[test]
    fn incoming_call() {
        let call = IncomingCall {
            to: who("4:+14255550100"),
            from: who("4:+14255550199"),
            on_behalf_of_callee: None,
            call: CallId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            caller_display_name: Some(std::sync::Arc::<str>::from("Ada").into()),
            sip_headers: BTreeMap::from([("User-To-User".to_owned(), "616d".to_owned())]),
            voip_headers: BTreeMap::new(),
            incoming_call_context: "sealed".to_owned().into(),
        };
        check(
            GridSchema::EventGrid,
            GridData::IncomingCall(call),
            expect![[r#"
            [
              {
                "data": {
                  "callerDisplayName": "Ada",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "customContext": {
                    "sipHeaders": {
                      "User-To-User": "616d"
                    },
                    "voipHeaders": {}
                  },
                  "from": {
                    "kind": "phoneNumber",
                    "phoneNumber": {
                      "value": "+14255550199"
                    },
                    "rawId": "4:+14255550199"
                  },
                  "incomingCallContext": "sealed",
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "to": {
                    "kind": "phoneNumber",
                    "phoneNumber": {
                      "value": "+14255550100"
                    },
                    "rawId": "4:+14255550100"
                  }
                },
                "dataVersion": "1.0",
                "eventTime": "1970-01-01T00:00:00.0000000Z",
                "eventType": "Microsoft.Communication.IncomingCall",
                "id": "00000000-0000-0000-0000-000000000001",
                "metadataVersion": "1",
                "subject": "/caller/4:+14255550199/recipient/4:+14255550100",
                "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso"
              }
            ]"#]],
        );
    }

    #[test]
    fn call_started_as_a_cloud_event() {
        check(
            GridSchema::CloudEvents,
            GridData::CallStarted(started()),
            expect![[r#"
            {
              "data": {
                "correlationId": "00000000-0000-0000-0000-000000000004",
                "isRoomsCall": false,
                "isTwoParty": true,
                "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                "startedBy": {
                  "communicationIdentifier": {
                    "communicationUser": {
                      "id": "8:acs:r_u"
                    },
                    "kind": "communicationUser",
                    "rawId": "8:acs:r_u"
                  },
                  "role": "Attendee"
                }
              },
              "id": "00000000-0000-0000-0000-000000000001",
              "source": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso",
              "specversion": "1.0",
              "subject": "call/aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz/startedBy/8:acs:r_u",
              "time": "1970-01-01T00:00:00.0000000Z",
              "type": "Microsoft.Communication.CallStarted"
            }"#]],
        );
    }

    #[test]
    fn call_ended() {
        let ended = CallEnded {
            started: started(),
            ended_by: Some(who("8:acs:r_u")),
            reason: CallEndReason {
                code: 200,
                sub_code: 560_000,
                phrase: "The conversation has ended.".into(),
            },
            duration_seconds: 12.5,
        };
        check(
            GridSchema::EventGrid,
            GridData::CallEnded(ended),
            expect![[r#"
            [
              {
                "data": {
                  "callDurationInSeconds": 12.5,
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "endedBy": {
                    "communicationIdentifier": {
                      "communicationUser": {
                        "id": "8:acs:r_u"
                      },
                      "kind": "communicationUser",
                      "rawId": "8:acs:r_u"
                    },
                    "name": "8:acs:r_u",
                    "type": "Participant"
                  },
                  "isRoomsCall": false,
                  "isTwoParty": true,
                  "reason": {
                    "code": 200,
                    "phrase": "The conversation has ended.",
                    "subCode": 560000
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "startedBy": {
                    "communicationIdentifier": {
                      "communicationUser": {
                        "id": "8:acs:r_u"
                      },
                      "kind": "communicationUser",
                      "rawId": "8:acs:r_u"
                    },
                    "role": "Attendee"
                  }
                },
                "dataVersion": "1.0",
                "eventTime": "1970-01-01T00:00:00.0000000Z",
                "eventType": "Microsoft.Communication.CallEnded",
                "id": "00000000-0000-0000-0000-000000000001",
                "metadataVersion": "1",
                "subject": "call/aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso"
              }
            ]"#]],
        );
    }

    #[test]
    fn participant_added() {
        let added = CallParticipantChanged {
            started: started(),
            participant: who("8:acs:r_u2"),
            display_name: String::new(),
            participant_id: "p".into(),
        };
        check(
            GridSchema::EventGrid,
            GridData::CallParticipantAdded(added),
            expect![[r#"
            [
              {
                "data": {
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "displayName": "",
                  "isRoomsCall": false,
                  "isTwoParty": true,
                  "participantId": "p",
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "startedBy": {
                    "communicationIdentifier": {
                      "communicationUser": {
                        "id": "8:acs:r_u"
                      },
                      "kind": "communicationUser",
                      "rawId": "8:acs:r_u"
                    },
                    "role": "Attendee"
                  },
                  "user": {
                    "communicationIdentifier": {
                      "communicationUser": {
                        "id": "8:acs:r_u2"
                      },
                      "kind": "communicationUser",
                      "rawId": "8:acs:r_u2"
                    },
                    "role": "Attendee"
                  },
                  "userAgent": ""
                },
                "dataVersion": "1.0",
                "eventTime": "1970-01-01T00:00:00.0000000Z",
                "eventType": "Microsoft.Communication.CallParticipantAdded",
                "id": "00000000-0000-0000-0000-000000000001",
                "metadataVersion": "1",
                "subject": "call/aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz/participant/8:acs:r_u2",
                "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso"
              }
            ]"#]],
        );
    }

    #[test]
    fn recording_file_status_updated() {
        let at = |place: &str| format!("https://storage.asm.skype.com/v1/objects/0-rd-d1-8{place}");
        let updated = RecordingFileStatusUpdated {
            call: CallId::from_u128(3),
            recording: identifier::RecordingId::from_u128(5),
            chunks: vec![crate::grid::RecordingChunk {
                document_id: "0-rd-d1-8".into(),
                index: 0,
                end_reason: "SessionEnded".into(),
                content_location: at("/content/audio"),
                metadata_location: at("/content/acsmetadata"),
                delete_location: at(""),
            }],
            started_us: 0,
            duration_ms: 6_620,
            session_end_reason: "CallEnded".into(),
            content_type: "Audio",
            channel_type: "Mixed",
            format_type: "Mp3",
        };
        check(
            GridSchema::EventGrid,
            GridData::RecordingFileStatusUpdated(updated),
            expect![[r#"
                [
                  {
                    "data": {
                      "recordingChannelType": "Mixed",
                      "recordingContentType": "Audio",
                      "recordingDurationMs": 6620,
                      "recordingFormatType": "Mp3",
                      "recordingStartTime": "1970-01-01T00:00:00.0000000Z",
                      "recordingStorageInfo": {
                        "recordingChunks": [
                          {
                            "contentLocation": "https://storage.asm.skype.com/v1/objects/0-rd-d1-8/content/audio",
                            "deleteLocation": "https://storage.asm.skype.com/v1/objects/0-rd-d1-8",
                            "documentId": "0-rd-d1-8",
                            "endReason": "SessionEnded",
                            "index": 0,
                            "metadataLocation": "https://storage.asm.skype.com/v1/objects/0-rd-d1-8/content/acsmetadata"
                          }
                        ]
                      },
                      "sessionEndReason": "CallEnded"
                    },
                    "dataVersion": "1.0",
                    "eventTime": "1970-01-01T00:00:00.0000000Z",
                    "eventType": "Microsoft.Communication.RecordingFileStatusUpdated",
                    "id": "00000000-0000-0000-0000-000000000001",
                    "metadataVersion": "1",
                    "subject": "/recording/call/00000000-0000-0000-0000-000000000003/serverCallId/aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz/recordingId/00000000-0000-0000-0000-000000000005",
                    "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso"
                  }
                ]"#]],
        );
    }

    #[test]
    fn validation() {
        let question = SubscriptionValidation {
            validation_code: "code".into(),
            validation_url: "https://localhost/validate".into(),
        };
        check(
            GridSchema::EventGrid,
            GridData::SubscriptionValidation(question),
            expect![[r#"
            [
              {
                "data": {
                  "validationCode": "code",
                  "validationUrl": "https://localhost/validate"
                },
                "dataVersion": "1.0",
                "eventTime": "1970-01-01T00:00:00.0000000Z",
                "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
                "id": "00000000-0000-0000-0000-000000000001",
                "metadataVersion": "1",
                "subject": "",
                "topic": "/subscriptions/0/providers/microsoft.communication/communicationservices/contoso"
              }
            ]"#]],
        );
    }
}
