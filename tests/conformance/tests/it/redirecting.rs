//! An application sends a call elsewhere, or does not want it.

use conformance::sipp::Scenario;
use serde_json::json;

with_each_sdk! {
    async fn a_redirected_caller_talks_to_the_phone_and_not_to_the_application(scene: Scene) {
        let (number, phone) = scene.colleague();
        let phone = phone.saying(conformance::sound::Sound::tone(400.0, 30.0)).start_registered().await;
        let (line, incoming) = scene.is_called().await;

        let arguments = json!({ "context": incoming.text("incomingCallContext"), "target": format!("4:{number}") });
        scene.sdk.ask("redirect", arguments).await;

        line.talks().await;
        line.media.hears_tone(400.0).await;
        phone.hangs_up().await;
        line.ends_well().await;
        let told: Vec<_> = scene.app.kinds().into_iter().filter(|kind| kind != "IncomingCall").collect();
        assert!(told.is_empty(), "the application has no part in it: {told:?}");
    }

    async fn a_rejected_caller_hears_why(scene: Scene) {
        for (reason, status) in [(json!("busy"), 486), (json!("forbidden"), 403), (json!("none"), 603), (json!(null), 603)] {
            let caller = Scenario::refused(scene.carrier.address, scene.server(), &scene.number, status)
                .calling_as(&scene.carrier.number(1))
                .start();
            let incoming = scene.app.event("IncomingCall").await;
            let arguments = json!({ "context": incoming.text("incomingCallContext"), "reason": reason });
            scene.sdk.ask("reject", arguments).await;
            caller.ends_well().await;
        }
    }
}
