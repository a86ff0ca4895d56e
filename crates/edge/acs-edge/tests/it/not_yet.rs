//! What is not served yet says so.

use acs_edge::Operation;
use serde_json::{Value, json};

use crate::surface::{CONNECTION, Surface, signed};

#[tokio::test]
async fn operations_of_later_answer_clearly() {
    let surface = Surface::new();
    let later = [
        Operation::Connect,
        Operation::MoveParticipants,
        Operation::StartMediaStreaming,
        Operation::StopMediaStreaming,
        Operation::StartTranscription,
        Operation::UpdateTranscription,
        Operation::StopTranscription,
        Operation::SummarizeCall,
        Operation::StartRecording,
        Operation::GetRecording,
        Operation::StopRecording,
        Operation::PauseRecording,
        Operation::ResumeRecording,
    ];
    for operation in later {
        let path = operation.path().replace("{id}", &CONNECTION.to_string());
        let answer = surface.send(signed(operation.method().as_str(), &path, b"")).await;
        assert_eq!(answer.refusal(), "405/8520", "{operation:?}");
        assert!(answer.message().contains("not supported by this server yet"), "{operation:?}");
    }
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn options_of_later_are_not_silently_ignored() {
    let surface = Surface::new();
    let streaming =
        json!({ "transportType": "websocket", "audioChannelType": "mixed", "audioFormat": "Pcm24KMono" });
    let transcription = json!({ "transportType": "websocket", "locale": "en-US" });
    let context = surface.context(crate::surface::RESOURCE, std::time::Duration::from_secs(30));
    for (property, value) in [("mediaStreamingOptions", streaming), ("transcriptionOptions", transcription)] {
        let mut create =
            json!({ "targets": [{ "rawId": "8:acs:r_u" }], "callbackUri": "https://localhost/cb" });
        create[property] = Value::clone(&value);
        let answer = surface.post("/calling/callConnections", create).await;
        assert_eq!(
            (answer.refusal().as_str(), &answer.body["error"]["target"]),
            ("405/8520", &json!(property))
        );
        let mut answered = json!({ "incomingCallContext": context, "callbackUri": "https://localhost/cb" });
        answered[property] = value;
        let answer = surface.post("/calling/callConnections:answer", answered).await;
        assert_eq!(
            (answer.refusal().as_str(), &answer.body["error"]["target"]),
            ("405/8520", &json!(property))
        );
    }
    let teams = json!({ "targets": [{ "rawId": "8:acs:r_u" }], "callbackUri": "https://localhost/cb", "teamsAppSource": { "appId": "a" } });
    let answer = surface.post("/calling/callConnections", teams).await;
    assert_eq!(answer.refusal(), "405/8520");
    assert!(surface.asked().is_empty());
}
