//! Keeping somebody waiting with music, and keeping somebody quiet.

use conformance::signed::Client;
use serde_json::json;

with_each_sdk! {
    async fn somebody_on_hold_hears_music_and_nobody_else(scene: Scene) {
        let call = scene.answers().await;
        let (_, other) = scene.brings_in(&call).await;
        other.media.sing(400.0);
        call.line.media.hears_tone(400.0).await;

        let music = json!({ "file": scene.app.tone_file(1500, 1.0) });
        scene.ask("hold", &call, json!({ "target": call.caller, "source": music })).await;
        call.line.media.hears_for("music alone", 1.0, |sound| {
            sound.seconds_of_tone(1500.0) > 0.8 && sound.seconds_with_tone(400.0) < 0.1
        })
        .await;
        call.line.media.sing(1000.0);
        other.media.hears_for("nobody", 1.0, |sound| sound.seconds_with_tone(1000.0) < 0.05).await;
        let held = scene.ask("participant", &call, json!({ "target": call.caller })).await;
        assert_eq!(held["onHold"], true);

        scene.ask("unhold", &call, json!({ "target": call.caller })).await;
        call.line.media.hears_for("the other again", 1.0, |sound| {
            sound.seconds_with_tone(400.0) > 0.8 && sound.seconds_with_tone(1500.0) < 0.1
        })
        .await;
        other.media.hears_tone(1000.0).await;
        let back = scene.ask("participant", &call, json!({ "target": call.caller })).await;
        assert_eq!(back["onHold"], false);
        scene.sdk_reads_every_event().await;
    }

    async fn somebody_on_hold_without_a_choice_hears_the_music_of_the_platform(scene: Scene) {
        let call = scene.answers().await;
        scene.ask("hold", &call, json!({ "target": call.caller })).await;
        call.line.media.hears_for("music", 1.0, |sound| sound.seconds_of_sound() > 0.5).await;
        scene.ask("unhold", &call, json!({ "target": call.caller })).await;
        call.line.media.hears_silence().await;
    }

    async fn music_that_cannot_be_played_is_told_and_ends_the_hold(scene: Scene) {
        let call = scene.answers().await;
        let music = json!({ "file": scene.app.url("/sounds/broken-1.wav") });
        scene.ask("hold", &call, json!({ "target": call.caller, "source": music, "operationContext": "wait" })).await;
        let failed = scene.app.event_of("HoldFailed", "wait").await;
        assert_eq!(failed.result(), (400, 8535), "{}", failed.body);
        assert_eq!(scene.ask("participant", &call, json!({ "target": call.caller })).await["onHold"], false);
        scene.sdk_reads_every_event().await;
    }

    async fn somebody_in_the_public_network_who_is_muted_hears_but_is_not_heard_until_they_are_unmuted(scene: Scene) {
        let call = scene.answers().await;
        let (other_id, other) = scene.brings_in(&call).await;
        other.media.sing(400.0);
        call.line.media.sing(1000.0);
        call.line.media.hears_tone(400.0).await;

        scene.ask("mute", &call, json!({ "target": other_id })).await;

        call.line.media.hears_no_tone(400.0).await;
        other.media.hears_tone(1000.0).await;
        let muted = scene.app.event_where("ParticipantsUpdated", |event| {
            let participants = event.data()["participants"].as_array().cloned().unwrap_or_default();
            participants.iter().any(|one| one["isMuted"] == true && one["identifier"]["rawId"] == other_id)
        });
        muted.await;
        assert_eq!(scene.ask("participant", &call, json!({ "target": other_id })).await["muted"], true);

        // No SDK of today has it.
        let path = format!("/calling/callConnections/{}/participants:unmute", call.connection);
        let body = json!({ "targetParticipants": [{ "rawId": other_id }], "operationContext": "heard again" });
        let answer = Client::new(&scene.world.platform.ready).post(&path, &body).send().await;
        assert_eq!((answer.status, &answer.body), (200, &json!({ "operationContext": "heard again" })));
        call.line.media.hears_tone(400.0).await;
        assert_eq!(scene.ask("participant", &call, json!({ "target": other_id })).await["muted"], false);
        scene.sdk_reads_every_event().await;
    }
}
