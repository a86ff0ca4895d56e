//! What the platform refuses, as the application hears it.

use exchange::CommandError;
use serde_json::json;
use switchboard::BoardError;

use crate::surface::Surface;

#[tokio::test]
async fn every_refusal_has_its_status_and_code() {
    let surface = Surface::new();
    let play = json!({ "playSources": [{ "file": { "uri": "https://f/a.wav" } }] });
    let refusals = [
        (BoardError::Refused(CommandError::CallNotFound), "404/8522"),
        (BoardError::Refused(CommandError::ParticipantNotFound("4:+1".to_owned().into())), "404/8522"),
        (BoardError::Refused(CommandError::NotEstablished), "400/8501"),
        (BoardError::Refused(CommandError::AlreadyTerminated), "400/8528"),
        (
            BoardError::Refused(CommandError::InvalidArgument {
                property: "playTo",
                reason: "nobody".into(),
            }),
            "400/8523",
        ),
        (BoardError::Refused(CommandError::AlreadyTaken), "409/8519"),
        (BoardError::Refused(CommandError::NoLongerRinging), "400/8587"),
        (BoardError::Refused(CommandError::AlreadyInCall), "409/8519"),
        (BoardError::Refused(CommandError::IncompatibleMediaOperation), "412/8583"),
        (BoardError::Refused(CommandError::NotConfigured), "405/8522"),
        (BoardError::Refused(CommandError::Conflict("start what runs already")), "409/8519"),
        (BoardError::Refused(CommandError::AlreadyRecording), "400/8553"),
        (BoardError::Refused(CommandError::RecordingNotFound), "404/8522"),
        (BoardError::Refused(CommandError::RecordingEnded), "409/8571"),
        (BoardError::Refused(CommandError::RecordingUnchanged), "400/8573"),
        (BoardError::Refused(CommandError::Refused("no trunk leads there".into())), "403/7504"),
        (BoardError::Refused(CommandError::Overloaded { limit: 10 }), "429/9998"),
        (BoardError::Overloaded, "503/9998"),
        (BoardError::Stopping, "503/9998"),
        (BoardError::NotDurable, "500/9999"),
    ];
    for (refusal, heard) in refusals {
        surface.fails(refusal.clone());
        let answer = surface.on_call(":play", play.clone()).await;
        assert_eq!(answer.refusal(), heard, "{refusal:?}");
        let must_wait = answer.status == 429 || answer.status == 503;
        assert_eq!(answer.headers.contains_key("retry-after"), must_wait, "{refusal:?}");
    }
}

#[tokio::test]
async fn the_words_that_applications_look_for_are_there() {
    let surface = Surface::new();
    surface.refuses(CommandError::AlreadyTerminated);
    let answer = surface.on_call(":terminate", json!({})).await;
    assert!(answer.message().contains("call already terminated"), "{}", answer.message());
}

#[tokio::test]
async fn a_destination_that_may_not_be_called_is_told_in_one_sentence() {
    let surface = Surface::new();
    surface.refuses(CommandError::Refused("no trunk leads to this number".into()));
    let body = json!({ "participantToAdd": { "rawId": "4:+14255550199" } });
    let answer = surface.on_call("/participants:add", body).await;
    assert_eq!(answer.message(), "cannot call this destination: no trunk leads to this number");
}
