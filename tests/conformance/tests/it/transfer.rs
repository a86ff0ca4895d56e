//! An application hands its caller to somebody else.

use conformance::sipp::Scenario;
use serde_json::json;

with_each_sdk! {
    async fn a_caller_is_transferred_and_the_application_is_out(scene: Scene) {
        let call = scene.answers().await;
        let (number, agent) = scene.outsider().await;

        let headers = json!({ "User-To-User": "616263;encoding=hex", "case": "4711" });
        let arguments = json!({
            "target": format!("4:{number}"),
            "callerNumber": scene.number,
            "headers": headers,
            "operationContext": "to an agent",
        });
        scene.ask("transfer", &call, arguments).await;

        let accepted = scene.app.event_of("CallTransferAccepted", "to an agent").await;
        assert_eq!(accepted.data()["transferTarget"]["rawId"], format!("4:{number}"));
        assert_eq!(accepted.data()["transferee"]["rawId"], call.caller);
        scene.app.event("CallDisconnected").await;
        agent.talks().await;
        call.line.media.sing(1000.0);
        agent.media.sing(400.0);
        agent.media.hears_tone(1000.0).await;
        call.line.media.hears_tone(400.0).await;
        let invite = agent.messages();
        assert!(has_header(&invite, "user-to-user", "616263;encoding=hex"), "{invite}");
        assert!(has_header(&invite, "x-case", "4711"), "{invite}");
        let gone = scene.sdk.ask_refused("properties", json!({ "connection": call.connection })).await;
        assert_eq!(gone.status, Some(404));

        agent.nudge();
        agent.ends_well().await;
        call.line.ends_well().await;
        scene.sdk_reads_every_event().await;
    }

    async fn a_transfer_that_is_refused_leaves_the_caller_with_the_application(scene: Scene) {
        let call = scene.answers().await;
        let agent = Scenario::refusing_callee(scene.carrier.address, 486, "Busy Here").start_listening().await;

        let arguments = json!({ "target": format!("4:{}", scene.carrier.number(2)), "callerNumber": scene.number });
        scene.ask("transfer", &call, arguments).await;

        let failed = scene.app.event("CallTransferFailed").await;
        assert_eq!(failed.result(), (486, 8539));
        agent.ends_well().await;
        let file = json!({ "file": scene.app.tone_file(1000, 0.6) });
        scene.ask("play", &call, json!({ "sources": [file] })).await;
        call.line.media.hears_tone(1000.0).await;
        scene.sdk_reads_every_event().await;
    }
}

/// Whether a SIP message among these has a header with this value.
fn has_header(messages: &str, name: &str, value: &str) -> bool {
    messages.lines().any(|line| {
        let header = line.split_once(':');
        header.is_some_and(|(found, text)| found.trim().eq_ignore_ascii_case(name) && text.trim() == value)
    })
}
