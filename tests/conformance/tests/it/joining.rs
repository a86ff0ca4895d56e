//! Applications that hold calls of others, and people who move between calls.

use conformance::app::App;
use serde_json::json;

with_each_sdk! {
    async fn a_supervisor_connects_to_a_call_and_plays_into_it(scene: Scene) {
        let call = scene.answers().await;
        let properties = scene.ask("properties", &call, json!({})).await;
        let supervisor = App::start().await;
        let arguments = json!({
            "serverCallId": properties["serverCallId"],
            "callback": supervisor.url("/callbacks"),
            "operationContext": "supervisor",
        });
        let joined = scene.sdk.ask("connect", arguments).await;
        assert_ne!(joined["connection"], call.connection.as_str());
        assert_eq!(joined["serverCallId"], properties["serverCallId"]);
        supervisor.event_of("CallConnected", "supervisor").await;
        let roster = supervisor.event("ParticipantsUpdated").await;
        assert_eq!(roster.participants(), [call.caller.as_str()]);

        let prompt = json!([{ "file": scene.app.tone_file(523, 1.0) }]);
        scene.sdk.ask("play", json!({ "connection": joined["connection"], "sources": prompt })).await;
        call.line.media.hears_tone(523.0).await;
        supervisor.event("PlayCompleted").await;
        assert!(!scene.app.kinds().contains(&"PlayCompleted".to_owned()), "it was not asked for there");

        scene.sdk.ask("hangUp", json!({ "connection": joined["connection"] })).await;
        supervisor.event_of("CallDisconnected", "supervisor").await;
        assert_eq!(scene.ask("properties", &call, json!({})).await["state"], "connected");
    }

    async fn a_call_that_is_not_there_cannot_be_connected_to(scene: Scene) {
        let arguments = json!({ "serverCallId": "aHR0cHM6Ly9ub2JvZHk", "callback": scene.callback() });
        let refused = scene.sdk.ask_refused("connect", arguments).await;
        assert_eq!((refused.status, refused.code.as_deref()), (Some(404), Some("8522")));
    }

    async fn somebody_moves_from_the_lobby_into_the_call(scene: Scene) {
        let lobby = scene.answers().await;
        let (number, agent) = scene.outsider().await;
        let target = format!("4:{number}");
        let arguments = json!({
            "target": target, "callback": scene.callback(), "callerNumber": scene.number,
            "operationContext": "the other call",
        });
        let created = scene.sdk.ask("create", arguments).await;
        agent.talks().await;
        scene.app.event_of("CallConnected", "the other call").await;

        let arguments = json!({
            "connection": created["connection"], "from": lobby.connection,
            "targets": [lobby.caller], "operationContext": "move",
        });
        scene.sdk.ask("move", arguments).await;
        let moved = scene.app.event_of("MoveParticipantSucceeded", "move").await;
        assert_eq!(moved.text("fromCall"), lobby.connection);
        assert_eq!(moved.data()["participant"]["rawId"], lobby.caller.as_str());
        scene.app.event_of("CallDisconnected", "the call").await;
        lobby.line.media.sing(700.0);
        agent.media.hears_tone(700.0).await;

        let arguments = json!({
            "connection": created["connection"], "from": lobby.connection,
            "targets": [lobby.caller],
        });
        let gone = scene.sdk.ask_refused("move", arguments).await;
        assert_eq!((gone.status, gone.code.as_deref()), (Some(400), Some("8523")));
        scene.sdk_reads_every_event().await;
    }
}
