//! Recordings, as the application controls them.

use serde_json::json;

with_each_sdk! {
    async fn a_recording_is_started_paused_resumed_and_stopped(scene: Scene) {
        let call = scene.answers().await;
        let callback = scene.app.url("/recordings");
        let arguments = json!({ "callback": callback, "content": "audio", "channel": "mixed", "format": "wav" });
        let started = scene.ask("startRecording", &call, arguments).await;
        let recording = json!({ "recording": started["recording"] });
        assert_eq!(started["state"], "active");

        let active = scene.app.event("RecordingStateChanged").await;
        assert_eq!((active.text("state"), active.target.as_str()), ("active", "/recordings"));
        assert_eq!(active.text("recordingId"), started["recording"]);
        assert_eq!(active.text("callConnectionId"), call.connection);

        let again = scene.sdk.ask_refused("startRecording", json!({ "connection": call.connection })).await;
        assert_eq!((again.status, again.code.as_deref()), (Some(400), Some("8553")));
        let early = scene.sdk.ask_refused("resumeRecording", recording.clone()).await;
        assert_eq!((early.status, early.code.as_deref()), (Some(400), Some("8573")));

        scene.sdk.ask("pauseRecording", recording.clone()).await;
        assert_eq!(scene.app.event("RecordingStateChanged").await.text("state"), "inactive");
        assert_eq!(scene.sdk.ask("recordingState", recording.clone()).await["state"], "inactive");
        let twice = scene.sdk.ask_refused("pauseRecording", recording.clone()).await;
        assert_eq!((twice.status, twice.code.as_deref()), (Some(400), Some("8573")));
        scene.sdk.ask("resumeRecording", recording.clone()).await;
        assert_eq!(scene.app.event("RecordingStateChanged").await.text("state"), "active");

        scene.sdk.ask("stopRecording", recording.clone()).await;
        assert_eq!(scene.app.event("RecordingStateChanged").await.text("state"), "inactive");
        for verb in ["stopRecording", "stopRecording", "pauseRecording", "resumeRecording"] {
            let late = scene.sdk.ask_refused(verb, recording.clone()).await;
            assert_eq!((late.status, late.code.as_deref()), (Some(409), Some("8571")), "{verb}");
        }
        assert_eq!(scene.sdk.ask_refused("recordingState", recording).await.status, Some(404));
        let people = scene.ask("participants", &call, json!({})).await;
        assert_eq!(people.as_array().map(Vec::len), Some(1), "whoever records is nobody in the call");
        scene.sdk_reads_every_event().await;
    }

    async fn group_calls_and_rooms_cannot_be_recorded_and_that_is_said(scene: Scene) {
        for (kind, word) in [("groupCallLocator", "group calls"), ("roomCallLocator", "rooms")] {
            let locator = json!({ "kind": kind, "id": "29228d3e-040e-4656-a70e-890ab4e173e5" });
            let refused = scene.sdk.ask_refused("startRecording", json!({ "locator": locator })).await;
            assert_eq!((refused.status, refused.code.as_deref()), (Some(404), Some("8522")), "{refused:?}");
            assert!(refused.message.contains(word), "{refused:?}");
        }
    }

    async fn a_recording_by_server_call_goes_on_when_the_application_leaves(scene: Scene) {
        let call = scene.answers().await;
        let (_, other) = scene.brings_in(&call).await;
        let properties = scene.ask("properties", &call, json!({})).await;
        let arguments = json!({
            "serverCallId": properties["serverCallId"],
            "callback": scene.app.url("/recordings"),
            "paused": true,
        });
        let started = scene.sdk.ask("startRecording", arguments).await;
        let recording = json!({ "recording": started["recording"] });
        assert_eq!(scene.app.event("RecordingStateChanged").await.text("state"), "inactive");
        scene.sdk.ask("resumeRecording", recording.clone()).await;
        assert_eq!(scene.app.event("RecordingStateChanged").await.text("state"), "active");

        scene.ask("hangUp", &call, json!({})).await;
        scene.app.event("CallDisconnected").await;
        assert_eq!(scene.sdk.ask("recordingState", recording).await["state"], "active");

        other.nudge();
        let ended = scene.app.event("RecordingStateChanged").await;
        assert_eq!(ended.text("state"), "inactive");
        assert!(ended.data().get("callConnectionId").is_none(), "no connection asked for it");
    }
}
