//! The CloudEvent around a callback event.

use std::sync::Arc;

use identifier::{CallConnectionId, CallId, CorrelationId, EventId};
use serde::Serialize;

use crate::event::detail::EventDetail;
use crate::event::event_type::EventType;
use crate::event::result_information::ResultInformation;
use crate::timestamp;
use crate::version::ApiVersion;

/// One event for one application.
#[derive(Clone, Debug, PartialEq)]
pub struct CallbackEvent {
    /// The same across all attempts to deliver it.
    pub id: EventId,
    /// When it happened: microseconds since 1970-01-01T00:00:00Z.
    pub unix_us: i64,
    /// The version of the request that made the connection.
    pub version: ApiVersion,
    /// The application's hold on the call; a recording may have been asked for without one.
    pub connection: Option<CallConnectionId>,
    /// The call.
    pub call: CallId,
    /// The chain of calls.
    pub correlation: CorrelationId,
    /// Echoed exactly, also when empty; the property is absent when the request had none.
    pub operation_context: Option<Arc<str>>,
    /// How it ended.
    pub result: Option<ResultInformation>,
    /// What happened.
    pub detail: EventDetail,
}

#[derive(Serialize)]
struct Envelope<'a> {
    id: String,
    source: &'a str,
    r#type: &'a str,
    data: Data<'a>,
    time: String,
    specversion: &'static str,
    datacontenttype: &'static str,
    subject: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_connection_id: Option<String>,
    server_call_id: String,
    correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_information: Option<&'a ResultInformation>,
    #[serde(flatten)]
    detail: &'a EventDetail,
    public_event_type: &'a str,
}

impl CallbackEvent {
    /// The type under which the application's version learns of it, if it learns of it at all.
    pub fn event_type(&self) -> Option<EventType> {
        self.version.spelling_of(self.detail.event_type())
    }

    /// The JSON body: an array of exactly one CloudEvent. `None`: the
    /// application's version does not know the event, and it is not told.
    pub fn body(&self) -> Option<Vec<u8>> {
        let name = self.event_type()?.full_name();
        let source = match (self.detail.recording(), &self.connection) {
            (Some(recording), _) => {
                format!("calling/recordings/{}/recordingId/{recording}", self.call.server_call_id())
            }
            (None, Some(connection)) => format!("calling/callConnections/{connection}"),
            (None, None) => "calling/callConnections".to_owned(),
        };
        let envelope = Envelope {
            id: self.id.to_string(),
            source: &source,
            r#type: &name,
            data: Data {
                version: self.version.as_str(),
                call_connection_id: self.connection.map(|connection| connection.to_string()),
                server_call_id: self.call.server_call_id(),
                correlation_id: self.correlation.to_string(),
                operation_context: self.operation_context.as_deref(),
                result_information: self.result.as_ref(),
                detail: &self.detail,
                public_event_type: &name,
            },
            time: timestamp::with_offset(self.unix_us),
            specversion: "1.0",
            datacontenttype: "application/json",
            subject: &source,
        };
        Some(serde_json::to_vec(&[envelope]).expect("an event has only text keys"))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::calling::{CallParticipant, Tone};
    use crate::event::{Hearing, RecognitionResult};
    use crate::identifier_model::Identifier;

    fn event(detail: EventDetail) -> CallbackEvent {
        CallbackEvent {
            id: EventId::from_u128(1),
            unix_us: 1_795_228_370_123_456,
            version: ApiVersion::V2026_03_12,
            connection: Some(CallConnectionId::from_u128(2)),
            call: CallId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            operation_context: Some("oc".into()),
            result: Some(ResultInformation::new(200, 0, "")),
            detail,
        }
    }

    #[track_caller]
    fn check(event: &CallbackEvent, body: Expect) {
        let bytes = event.body().expect("the version knows the event");
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("a body is JSON");
        body.assert_eq(&serde_json::to_string_pretty(&value).expect("JSON prints"));
    }

    fn number() -> Identifier {
        Identifier(identifier::CommunicationIdentifier::from_raw_id("4:+14255550100"))
    }

    #[test]
    fn call_connected() {
        check(
            &event(EventDetail::CallConnected {}),
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "operationContext": "oc",
                  "publicEventType": "Microsoft.Communication.CallConnected",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2026-03-12"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.CallConnected"
              }
            ]"#]],
        );
    }

    #[test]
    fn an_absent_context_is_absent_and_an_empty_one_is_empty() {
        let mut event = event(EventDetail::PlayCompleted {});
        event.operation_context = None;
        let text = |event: &CallbackEvent| String::from_utf8(event.body().expect("known")).expect("UTF-8");
        assert!(!text(&event).contains("operationContext"));
        event.operation_context = Some("".into());
        assert!(text(&event).contains(r#""operationContext":"""#));
    }

    #[test]
    fn participants_updated() {
        let participants = vec![CallParticipant { identifier: number(), is_muted: false, is_on_hold: true }];
        check(
            &event(EventDetail::ParticipantsUpdated { sequence_number: 2, participants }),
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "operationContext": "oc",
                  "participants": [
                    {
                      "identifier": {
                        "kind": "phoneNumber",
                        "phoneNumber": {
                          "value": "+14255550100"
                        },
                        "rawId": "4:+14255550100"
                      },
                      "isMuted": false,
                      "isOnHold": true
                    }
                  ],
                  "publicEventType": "Microsoft.Communication.ParticipantsUpdated",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "sequenceNumber": 2,
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2026-03-12"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.ParticipantsUpdated"
              }
            ]"#]],
        );
    }

    #[test]
    fn tones_were_recognized() {
        let result = RecognitionResult::Dtmf(vec![Tone::One, Tone::Pound]);
        check(
            &event(EventDetail::RecognizeCompleted(result)),
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "dtmfResult": {
                    "tones": [
                      "one",
                      "pound"
                    ]
                  },
                  "operationContext": "oc",
                  "publicEventType": "Microsoft.Communication.RecognizeCompleted",
                  "recognitionType": "dtmf",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2026-03-12"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.RecognizeCompleted"
              }
            ]"#]],
        );
    }

    #[test]
    fn a_choice_was_recognized_by_its_key() {
        let result = RecognitionResult::Choice {
            label: "Yes".into(),
            recognized_phrase: None,
            hearing: Hearing::default(),
        };
        check(
            &event(EventDetail::RecognizeCompleted(result)),
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "choiceResult": {
                    "label": "Yes"
                  },
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "operationContext": "oc",
                  "publicEventType": "Microsoft.Communication.RecognizeCompleted",
                  "recognitionType": "choices",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2026-03-12"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.RecognizeCompleted"
              }
            ]"#]],
        );
    }

    #[test]
    fn a_participant_could_not_be_added() {
        check(
            &event(EventDetail::AddParticipantFailed { participant: number() }),
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "operationContext": "oc",
                  "participant": {
                    "kind": "phoneNumber",
                    "phoneNumber": {
                      "value": "+14255550100"
                    },
                    "rawId": "4:+14255550100"
                  },
                  "publicEventType": "Microsoft.Communication.AddParticipantFailed",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2026-03-12"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.AddParticipantFailed"
              }
            ]"#]],
        );
    }

    #[test]
    fn an_old_client_learns_of_a_failed_call_as_a_disconnect() {
        let mut event = event(EventDetail::CreateCallFailed {});
        event.version = ApiVersion::V2023_10_15;
        check(
            &event,
            expect![[r#"
            [
              {
                "data": {
                  "callConnectionId": "00000000-0000-0000-0000-000000000002",
                  "correlationId": "00000000-0000-0000-0000-000000000004",
                  "operationContext": "oc",
                  "publicEventType": "Microsoft.Communication.CallDisconnected",
                  "resultInformation": {
                    "code": 200,
                    "message": "",
                    "subCode": 0
                  },
                  "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAz",
                  "version": "2023-10-15"
                },
                "datacontenttype": "application/json",
                "id": "00000000-0000-0000-0000-000000000001",
                "source": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "specversion": "1.0",
                "subject": "calling/callConnections/00000000-0000-0000-0000-000000000002",
                "time": "2026-11-21T02:32:50.1234560+00:00",
                "type": "Microsoft.Communication.CallDisconnected"
              }
            ]"#]],
        );
    }

    #[test]
    fn an_old_client_is_not_told_what_it_has_no_word_for() {
        let mut event = event(EventDetail::PlayStarted {});
        event.version = ApiVersion::V2023_10_15;
        assert_eq!(event.body(), None);
    }
}
