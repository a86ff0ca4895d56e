//! Requests recorded from the official clients: every body is understood, and
//! every request reaches its operation.

use acs::calling as wire;
use axum::body::Body;
use axum::http::Request;
use expect_test::expect_file;
use identifier::CallId;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::surface::{CONNECTION, RECORDING, Surface, signed_target};

#[derive(Deserialize)]
struct Recorded {
    name: String,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    signed: Vec<String>,
}

fn recordings() -> Vec<Recorded> {
    let recordings: Vec<Recorded> =
        include_str!("../../../../engine/access/fixtures/recorded_requests.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).expect("the fixture is JSON"))
            .collect();
    assert_eq!(recordings.len(), 121);
    recordings
}

fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<(), String> {
    acs::body::read::<T>(body.as_bytes()).map(drop).map_err(|error| error.to_string())
}

fn understand(recorded: &Recorded) -> Result<(), String> {
    let path = recorded.target.split('?').next().unwrap_or_default();
    let body = &recorded.body;
    let verb = path.rsplit_once(':').map_or("", |(_, verb)| verb);
    match (recorded.method.as_str(), path, verb) {
        ("POST", "/calling/callConnections", _) => read::<wire::CreateCallRequest>(body),
        ("POST", "/calling/recordings", _) => read::<wire::StartCallRecordingRequest>(body),
        ("POST", _, "answer") => read::<wire::AnswerCallRequest>(body),
        ("POST", _, "redirect") => read::<wire::RedirectCallRequest>(body),
        ("POST", _, "reject") => read::<wire::RejectCallRequest>(body),
        ("POST", _, "connect") => read::<wire::ConnectRequest>(body),
        ("POST", _, "transferToParticipant") => read::<wire::TransferToParticipantRequest>(body),
        ("POST", _, "add") => read::<wire::AddParticipantRequest>(body),
        ("POST", _, "remove") => read::<wire::RemoveParticipantRequest>(body),
        ("POST", _, "mute") => read::<wire::MuteParticipantsRequest>(body),
        ("POST", _, "cancelAddParticipant") => read::<wire::CancelAddParticipantRequest>(body),
        ("POST", _, "moveHere") => read::<wire::MoveParticipantsRequest>(body),
        ("POST", _, "play") => read::<wire::PlayRequest>(body),
        ("POST", _, "recognize") => read::<wire::RecognizeRequest>(body),
        ("POST", _, "startContinuousDtmfRecognition" | "stopContinuousDtmfRecognition") => {
            read::<wire::ContinuousDtmfRecognitionRequest>(body)
        }
        ("POST", _, "sendDtmfTones") => read::<wire::SendDtmfTonesRequest>(body),
        ("POST", _, "hold") => read::<wire::HoldRequest>(body),
        ("POST", _, "unhold") => read::<wire::UnholdRequest>(body),
        ("POST", _, "startTranscription" | "updateTranscription") => {
            read::<wire::StartTranscriptionRequest>(body)
        }
        ("POST", _, "stopTranscription") => read::<wire::StopTranscriptionRequest>(body),
        ("POST", _, "startMediaStreaming" | "stopMediaStreaming") => {
            read::<wire::StartMediaStreamingRequest>(body)
        }
        // Other services than Call Automation.
        ("POST", path, _) if !path.starts_with("/calling/") => read::<IgnoredAny>(body),
        _ if body.is_empty() => Ok(()),
        _ => Err("a body that nobody expects".to_owned()),
    }
}

#[test]
fn every_recorded_body_is_understood() {
    for recorded in recordings() {
        assert_eq!(understand(&recorded), Ok(()), "{} {}", recorded.name, recorded.target);
    }
}

/// As recorded, to the byte: the signature opens the door wherever the surface is asked at all.
#[tokio::test]
async fn every_recorded_request_is_let_in() {
    let surface = Surface::new();
    for recorded in recordings() {
        if !recorded.target.starts_with("/calling/") {
            continue;
        }
        let mut request = Request::builder().method(recorded.method.as_str()).uri(&recorded.target);
        for (name, value) in &recorded.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(recorded.body.clone())).expect("well-formed");
        let answer = surface.send(request).await;
        assert_eq!(answer.status == 401, recorded.signed.is_empty(), "{}: {answer:?}", recorded.name);
    }
}

/// With an id of ours in place of the recorded one: what becomes of each request.
#[tokio::test]
async fn every_recorded_request_reaches_its_operation() {
    let surface = Surface::new();
    let mut table = String::new();
    for recorded in recordings() {
        if !recorded.target.starts_with("/calling/") || recorded.signed.is_empty() {
            continue;
        }
        let target = recorded.target.replace("/cid-1", &format!("/{CONNECTION}"));
        let target = target.replace("/rec1", &format!("/{RECORDING}"));
        let body = recorded.body.replace("cid-1", &CONNECTION.to_string());
        let body = body.replace("cid-2", &CONNECTION.to_string());
        let body = body.replace(r#""sid""#, &format!(r#""{}""#, CallId::from_u128(2).server_call_id()));
        let request = signed_target(&recorded.method, &target, body.as_bytes());
        let answer = surface.send(request).await;
        let asked = surface.asked();
        let command = asked.first().map(|command| format!("{command:?}"));
        let command = command.as_deref().and_then(|text| text.split_whitespace().next()).unwrap_or("-");
        let outcome = if answer.status < 300 { answer.status.to_string() } else { answer.refusal() };
        table.push_str(&format!("{:<26} {outcome:<9} {command}\n", recorded.name));
    }
    expect_file!["../../fixtures/recorded_requests.txt"].assert_eq(&table);
}
