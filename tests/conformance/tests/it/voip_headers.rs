//! What applications and phones of the platform tell each other with a call (`customContext.voipHeaders`).

use std::net::{IpAddr, Ipv4Addr};

use conformance::app::App;
use conformance::scene::{Scene, subscribe_to};
use conformance::sdk::Kind;
use conformance::sipp::Scenario;
use conformance::world::{number_of, password_of};
use serde_json::{Value, json};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Another application of the same resource, and its number.
async fn colleague(scene: &Scene) -> (App, String) {
    let (app, number) = (App::start().await, scene.world.service_number());
    subscribe_to(scene.world, &app, &number, &[]).await;
    (app, number)
}

fn told() -> Value {
    json!({ "order": "4711", "a note": "two lines,\nand an ü" })
}

with_each_sdk! {
    async fn whom_an_application_brings_in_learns_what_it_tells_and_so_does_whom_they_send_the_call_on_to(scene: Scene) {
        let call = scene.answers().await;
        let (second, second_number) = colleague(&scene).await;
        let (third, third_number) = colleague(&scene).await;

        let arguments = json!({
            "target": format!("4:{second_number}"),
            "callerNumber": scene.number,
            "headers": { "User-To-User": "616263;encoding=hex" },
            "voip": told(),
        });
        scene.ask("add", &call, arguments).await;
        let incoming = second.event("IncomingCall").await;
        let context = &incoming.data()["customContext"];
        assert_eq!(context["voipHeaders"], told());
        assert_eq!(context["sipHeaders"], json!({ "userToUser": "616263;encoding=hex" }));

        let redirect = json!({ "context": incoming.text("incomingCallContext"), "target": format!("4:{third_number}") });
        scene.sdk.ask("redirect", redirect).await;
        let sent_on = third.event("IncomingCall").await;
        assert_eq!(sent_on.data()["customContext"]["voipHeaders"], told());
        let answer = json!({ "context": sent_on.text("incomingCallContext"), "callback": third.url("/callbacks") });
        scene.sdk.ask("answer", answer).await;
        scene.app.event("AddParticipantSucceeded").await;
        third.event("CallConnected").await;
    }

    async fn whom_a_caller_is_transferred_to_learns_what_the_application_tells(scene: Scene) {
        let call = scene.answers().await;
        let (second, number) = colleague(&scene).await;
        // A thousand are as many as there may be.
        let many: Value = (0..1000).map(|key| (format!("key-{key}"), json!(format!("value {key}")))).collect();
        scene.ask("transfer", &call, json!({ "target": format!("4:{number}"), "voip": many })).await;

        let incoming = second.event("IncomingCall").await;
        assert_eq!(incoming.data()["from"]["rawId"], call.caller);
        assert_eq!(incoming.data()["customContext"]["voipHeaders"], many);
        let answer = json!({ "context": incoming.text("incomingCallContext"), "callback": second.url("/callbacks") });
        scene.sdk.ask("answer", answer).await;
        scene.app.event("CallTransferAccepted").await;
        second.event("CallConnected").await;

        let too_many: Value = (0..1001).map(|key| (key.to_string(), json!(""))).collect();
        let call = scene.answers().await;
        let arguments = json!({ "connection": call.connection, "target": format!("4:{number}"), "voip": too_many });
        let refused = scene.sdk.ask_refused("transfer", arguments).await;
        assert_eq!((refused.status, refused.code.as_deref()), (Some(400), Some("8523")), "{refused:?}");
        assert!(refused.message.contains("voipHeaders"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_phone_of_the_platform_gets_them_as_headers_and_the_public_network_never_does() {
    let scene = Scene::new(Kind::JavaScript).await;
    let name = scene.world.phone();
    let phone = Scenario::registered_callee(HERE, scene.server(), &name, &password_of(&name)).await;
    let call = scene.answers().await;
    let voip = json!({ "order": "4711", "two words": "no name of a header" });
    let target = format!("4:{}", number_of(&name));
    scene.ask("add", &call, json!({ "target": target, "callerNumber": scene.number, "voip": voip })).await;
    phone.talks().await;
    assert!(phone.messages().contains("X-MS-Custom-order: 4711"), "{}", phone.messages());

    let (number, outsider) = scene.outsider().await;
    let arguments = json!({ "target": format!("4:{number}"), "callerNumber": scene.number, "voip": voip });
    scene.ask("add", &call, arguments).await;
    outsider.talks().await;
    assert!(!outsider.messages().contains("4711"), "{}", outsider.messages());
}

#[tokio::test]
async fn what_a_phone_of_the_platform_tells_reaches_the_application_that_it_calls() {
    let scene = Scene::new(Kind::Python).await;
    let name = scene.world.phone();
    let phone = Scenario::phone(HERE, scene.server(), &name, &password_of(&name), &scene.number)
        .header("X-MS-Custom-order: 4711")
        .start();
    let incoming = scene.app.event("IncomingCall").await;
    let context = &incoming.data()["customContext"];
    assert_eq!(context["voipHeaders"], json!({ "order": "4711" }));
    assert_eq!(context["sipHeaders"]["X-MS-Custom-order"], "4711");
    drop(phone);
}
