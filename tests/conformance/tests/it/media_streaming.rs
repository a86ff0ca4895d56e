//! The sound of a call on an application's WebSocket: set up, started, stopped, lost.

use conformance::socket::Socket;
use serde_json::json;

with_each_sdk! {
    async fn sound_streams_from_the_beginning_of_the_call_to_its_end(scene: Scene) {
        let socket = Socket::start().await;
        let (line, incoming) = scene.is_called().await;
        let wanted = json!({ "streaming": { "url": socket.url(), "start": true } });
        let call = scene.answer_wanting(line, &incoming, wanted).await;

        let metadata = socket.frame("AudioMetadata", |_| true).await;
        assert_eq!(metadata["audioMetadata"]["sampleRate"], 16_000);
        socket.frame("AudioData", |_| true).await;
        let started = scene.app.event_of("MediaStreamingStarted", "the call").await;
        let update = &started.data()["mediaStreamingUpdate"];
        assert_eq!(update["mediaStreamingStatus"], "mediaStreamingStarted");
        assert_eq!(update["mediaStreamingStatusDetails"], "subscriptionStarted");
        let properties = scene.ask("properties", &call, json!({})).await;
        assert_eq!(properties["streaming"], "active");

        scene.ask("hangUp", &call, json!({ "everyone": true })).await;
        scene.app.event_of("MediaStreamingStopped", "the call").await;
        scene.app.event("CallDisconnected").await;
        socket.hung_up().await;
        assert_eq!(scene.app.kinds().last().map(String::as_str), Some("CallDisconnected"));
        scene.sdk_reads_every_event().await;
    }

    async fn sound_is_started_and_stopped_when_the_application_wants(scene: Scene) {
        let socket = Socket::start().await;
        let (line, incoming) = scene.is_called().await;
        let wanted = json!({ "streaming": { "url": socket.url() } });
        let call = scene.answer_wanting(line, &incoming, wanted).await;
        let stopped = scene.sdk.ask_refused("stopStreaming", json!({ "connection": call.connection })).await;
        assert_eq!((stopped.status, stopped.code.as_deref()), (Some(409), Some("8519")));

        for times in 1..=2 {
            scene.ask("startStreaming", &call, json!({ "operationContext": "start" })).await;
            socket.connected(times).await;
            scene.app.event_of("MediaStreamingStarted", "start").await;
            let twice = scene.sdk.ask_refused("startStreaming", json!({ "connection": call.connection })).await;
            assert_eq!((twice.status, twice.code.as_deref()), (Some(409), Some("8519")));
            scene.ask("stopStreaming", &call, json!({ "operationContext": "stop" })).await;
            scene.app.event_of("MediaStreamingStopped", "stop").await;
            socket.hung_up().await;
        }
    }

    async fn a_socket_that_is_not_there_is_told_and_the_call_goes_on(scene: Scene) {
        let (line, incoming) = scene.is_called().await;
        let wanted = json!({ "streaming": { "url": "ws://127.0.0.1:9/", "start": true } });
        let call = scene.answer_wanting(line, &incoming, wanted).await;

        let failed = scene.app.event("MediaStreamingFailed").await;
        assert_eq!(failed.result().1, 8603);
        let update = &failed.data()["mediaStreamingUpdate"];
        assert_eq!(update["mediaStreamingStatusDetails"], "initialWebSocketConnectionFailed");
        let prompt = json!([{ "file": scene.app.tone_file(440, 1.0) }]);
        scene.ask("play", &call, json!({ "sources": prompt })).await;
        call.line.media.hears_tone(440.0).await;
        scene.sdk_reads_every_event().await;
    }

    async fn what_was_not_set_up_with_the_call_cannot_be_started(scene: Scene) {
        let call = scene.answers().await;
        for (verb, more) in [
            ("startStreaming", json!({})),
            ("stopStreaming", json!({})),
            ("startTranscription", json!({ "locale": "en-US" })),
            ("updateTranscription", json!({ "locale": "en-US" })),
            ("stopTranscription", json!({})),
        ] {
            let mut arguments = more;
            arguments["connection"] = json!(call.connection);
            let refused = scene.sdk.ask_refused(verb, arguments).await;
            assert_eq!((refused.status, refused.code.as_deref()), (Some(405), Some("8522")), "{verb}");
            assert!(refused.message.contains("not configured"), "{verb}: {refused:?}");
        }
    }
}
