//! Answering, redirecting and rejecting a call that waits.

use std::time::Duration;

use call_engine::RejectReason;
use exchange::{Command, CommandError};
use identifier::{CallId, ResourceId};
use serde_json::json;

use crate::surface::{RESOURCE, Surface};

const RINGING: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_call_is_answered() {
    let surface = Surface::new();
    let context = surface.context(RESOURCE, RINGING);
    let body = json!({ "incomingCallContext": context, "callbackUri": "https://localhost/cb", "answeredBy": { "id": "8:acs:r_app" } });
    let answer = surface.post("/calling/callConnections:answer", body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["callbackUri"], "https://localhost/cb");
    let asked = surface.asked();
    let [Command::Answer { call, answer }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*call, CallId::from_u128(2));
    assert_eq!(answer.answered_by.as_ref().map(|who| who.raw_id()).as_deref(), Some("8:acs:r_app"));
    assert!(answer.options.speech.is_none());
}

#[tokio::test]
async fn a_call_is_redirected_or_rejected() {
    let surface = Surface::new();
    let context = surface.context(RESOURCE, RINGING);
    let body = json!({ "incomingCallContext": context, "target": { "rawId": "8:acs:r_u" } });
    assert_eq!(surface.post("/calling/callConnections:redirect", body).await.status, 204);
    for reason in [json!(null), json!("Busy"), json!("forbidden")] {
        let body = json!({ "incomingCallContext": context, "callRejectReason": reason });
        assert_eq!(surface.post("/calling/callConnections:reject", body).await.status, 204);
    }
    let reasons: Vec<RejectReason> = surface
        .asked()
        .iter()
        .filter_map(|command| match command {
            Command::Reject { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, [RejectReason::Declined, RejectReason::Busy, RejectReason::Forbidden]);
}

#[tokio::test]
async fn a_context_opens_once_in_time_and_only_for_its_resource() {
    let surface = Surface::new();
    let answer = async |context: String| {
        let body = json!({ "incomingCallContext": context, "callbackUri": "https://localhost/cb" });
        surface.post("/calling/callConnections:answer", body).await
    };
    let mut forged = surface.context(RESOURCE, RINGING).into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).expect("ASCII");
    assert_eq!(answer(forged).await.refusal(), "400/8523");
    assert_eq!(answer("ICTX".to_owned()).await.refusal(), "400/8523");
    assert_eq!(answer(surface.context(ResourceId::from_u128(8), RINGING)).await.refusal(), "400/8523");
    assert_eq!(answer(surface.context(RESOURCE, Duration::ZERO)).await.refusal(), "400/8587");
    assert!(surface.asked().is_empty());

    surface.refuses(CommandError::AlreadyTaken);
    assert_eq!(answer(surface.context(RESOURCE, RINGING)).await.refusal(), "409/8519");
    surface.refuses(CommandError::NoLongerRinging);
    assert_eq!(answer(surface.context(RESOURCE, RINGING)).await.refusal(), "400/8587");
}
