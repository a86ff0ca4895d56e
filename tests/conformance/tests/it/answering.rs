//! Somebody calls a service number, and an application written with an official SDK takes the call.

use conformance::sipp::Scenario;
use serde_json::json;

with_each_sdk! {
    async fn an_application_answers_a_call_and_sees_who_calls(scene: Scene) {
        let (line, incoming) = scene.is_called().await;
        let caller = format!("4:{}", scene.carrier.number(1));
        let data = incoming.data();
        assert_eq!(data["from"]["kind"], "phoneNumber");
        assert_eq!(data["from"]["rawId"], caller);
        assert_eq!(data["from"]["phoneNumber"]["value"], scene.carrier.number(1));
        assert_eq!(data["to"]["phoneNumber"]["value"], scene.number);
        assert_eq!(data["callerDisplayName"], "Casey Caller");
        let subject = incoming.body["subject"].as_str().expect("a subject").to_owned();
        assert_eq!(subject, format!("/caller/{caller}/recipient/4:{}", scene.number));

        let call = scene.answer(line, &incoming).await;

        let properties = scene.ask("properties", &call, json!({})).await;
        assert_eq!(properties["state"], "connected");
        assert_eq!(properties["source"], caller);
        assert_eq!(properties["answeredFor"], scene.number);
        assert_eq!(properties["serverCallId"], data["serverCallId"]);
        assert_eq!(properties["correlationId"], data["correlationId"]);
        let participants = scene.ask("participants", &call, json!({})).await;
        assert_eq!(participants, json!([{ "identifier": caller, "muted": false, "onHold": false }]));
        let one = scene.ask("participant", &call, json!({ "target": caller })).await;
        assert_eq!(one["identifier"], caller);
        let updated = scene.app.event("ParticipantsUpdated").await;
        assert_eq!(updated.participants(), [caller]);
        scene.sdk_reads_every_event().await;
    }

    async fn a_caller_who_hangs_up_ends_the_call(scene: Scene) {
        let call = scene.answers().await;

        call.line.nudge();
        let last = scene.app.event("CallDisconnected").await;
        call.line.ends_well().await;

        assert_eq!(last.operation_context(), Some("the call"));
        assert_eq!(last.result(), (200, 560_000));
        let gone = scene.sdk.ask_refused("properties", json!({ "connection": call.connection })).await;
        assert_eq!(gone.status, Some(404), "{gone:?}");
        assert_eq!(scene.app.kinds().last().map(String::as_str), Some("CallDisconnected"));
        scene.sdk_reads_every_event().await;
    }

    async fn an_application_that_hangs_up_ends_a_call_of_two(scene: Scene) {
        let call = scene.answers().await;
        scene.ask("hangUp", &call, json!({})).await;
        call.line.ends_well().await;
        scene.app.event("CallDisconnected").await;
    }

    async fn an_application_ends_the_call_for_everyone(scene: Scene) {
        let call = scene.answers().await;
        let (_, other) = scene.brings_in(&call).await;

        scene.ask("hangUp", &call, json!({ "everyone": true })).await;

        call.line.ends_well().await;
        other.ends_well().await;
        scene.app.event("CallDisconnected").await;
    }

    async fn an_application_that_leaves_a_call_of_three_leaves_the_others_talking(scene: Scene) {
        let call = scene.answers().await;
        let (_, other) = scene.brings_in(&call).await;

        scene.ask("hangUp", &call, json!({})).await;
        scene.app.event("CallDisconnected").await;

        call.line.media.sing(1000.0);
        other.media.hears_tone(1000.0).await;
        call.line.nudge();
        call.line.ends_well().await;
        other.ends_well().await;
    }

    async fn a_call_is_answered_only_once(scene: Scene) {
        let (line, incoming) = scene.is_called().await;
        let _call = scene.answer(line, &incoming).await;

        let again = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
        let refused = scene.sdk.ask_refused("answer", again).await;

        assert!(matches!(refused.status, Some(400..=499)), "{refused:?}");
    }

    async fn a_call_whose_caller_gave_up_cannot_be_answered(scene: Scene) {
        let caller = Scenario::gives_up(scene.carrier.address, scene.server(), &scene.number)
            .calling_as(&scene.carrier.number(1))
            .start();
        let incoming = scene.app.event("IncomingCall").await;
        caller.sees("180 Ringing").await;
        caller.nudge();
        caller.ends_well().await;

        let late = json!({ "context": incoming.text("incomingCallContext"), "callback": scene.callback() });
        let refused = scene.sdk.ask_refused("answer", late).await;

        assert!(matches!(refused.status, Some(400..=499)), "{refused:?}");
    }
}
