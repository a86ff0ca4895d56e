//! What an application is told of how a far end ended a call.

use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::sipp::Scenario;
use serde_json::json;

/// With the BYE right behind the ACK, both are on their way through the server at once.
#[tokio::test]
async fn a_caller_who_hangs_up_at_once_was_connected_and_says_why() {
    let scene = Scene::new(Kind::Python).await;
    for call in 1..=10 {
        let line = Scenario::leaves_at_once(scene.carrier.address, scene.server(), &scene.number)
            .calling_as(&scene.carrier.number(call))
            .header("Reason: Q.850;cause=16;text=\"Normal call clearing\"")
            .start();
        let from = format!("4:{}", scene.carrier.number(call));
        let is_theirs = |event: &conformance::event::Event| event.data()["from"]["rawId"] == from.as_str();
        let incoming = scene.app.event_where("IncomingCall", is_theirs).await;
        let context = format!("call {call}");
        let arguments = json!({
            "context": incoming.text("incomingCallContext"),
            "callback": scene.callback(),
            "operationContext": context,
        });

        scene.sdk.ask("answer", arguments).await;

        scene.app.event_of("CallConnected", &context).await;
        let ended = scene.app.event_of("CallDisconnected", &context).await;
        let cause = json!({ "code": 16, "message": "Normal call clearing" });
        assert_eq!(ended.data()["resultInformation"]["q850Details"], cause, "{}", ended.body);
        line.ends_well().await;
    }
    assert!(!scene.app.kinds().iter().any(|kind| kind == "AnswerFailed"));
}

#[tokio::test]
async fn a_carrier_that_refuses_a_call_says_why_in_the_words_of_its_network() {
    let scene = Scene::new(Kind::JavaScript).await;
    // The cause says more than a general status, and no more than one that says something itself.
    let answers = [
        (404, "Not Found", 1, "Unallocated (unassigned) number", (404, 8544)),
        (503, "Service Unavailable", 17, "User busy", (486, 8539)),
        (480, "Temporarily Unavailable", 19, "No answer from user", (408, 10_057)),
        (500, "Server Internal Error", 34, "No circuit/channel available", (500, 8544)),
    ];
    for (status, phrase, cause, meaning, told) in answers {
        let callee = Scenario::refusing_callee(scene.carrier.address, status, phrase);
        let callee = callee.header(&format!("Reason: Q.850;cause={cause}")).start_listening().await;
        let context = format!("refused with cause {cause}");
        let arguments = json!({
            "target": format!("4:{}", scene.carrier.number(2)),
            "callerNumber": scene.number,
            "callback": scene.callback(),
            "operationContext": context,
        });
        scene.sdk.ask("create", arguments).await;

        let failed = scene.app.event_of("CreateCallFailed", &context).await;

        let details = &failed.data()["resultInformation"];
        assert_eq!(details["q850Details"], json!({ "code": cause, "message": meaning }), "{}", failed.body);
        assert_eq!(details["sipDetails"]["code"], status);
        assert_eq!(failed.result(), told, "{}", failed.body);
        callee.ends_well().await;
    }
    scene.sdk_reads_every_event().await;
}
