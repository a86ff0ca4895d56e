//! A request that is sent again acts once (the Repeatability headers).

use conformance::scene::Scene;
use conformance::sdk::Kind;
use conformance::signed::Client;
use serde_json::json;

#[tokio::test]
async fn a_repeated_call_is_made_once_and_answered_the_same() {
    let scene = Scene::new(Kind::Python).await;
    let (number, callee) = scene.outsider().await;
    let client = Client::new(&scene.world.platform.ready);
    let body = json!({
        "targets": [{ "rawId": format!("4:{number}"), "phoneNumber": { "value": number } }],
        "sourceCallerIdNumber": { "value": scene.number },
        "callbackUri": scene.callback(),
    });
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let id = format!("5ea50000-0000-4000-8000-{:012}", std::process::id());
    let post = || {
        let request = client.post("/calling/callConnections", &body);
        request.header("repeatability-request-id", &id).header("repeatability-first-sent", &now).send()
    };

    let (first, second) = tokio::join!(post(), post());
    let third = post().await;

    assert_eq!((first.status, second.status, third.status), (201, 201, 201));
    assert_eq!(first.text("callConnectionId"), second.text("callConnectionId"));
    assert_eq!(first.body, third.body);
    scene.app.event("CallConnected").await;
    let invites = callee.messages().matches("INVITE sip:").count();
    assert_eq!(invites, 1);
    let path = format!("/calling/callConnections/{}", first.text("callConnectionId"));
    assert_eq!(client.delete(&path).send().await.status, 204);
    callee.ends_well().await;
}

#[tokio::test]
async fn the_id_of_another_request_is_refused() {
    let scene = Scene::new(Kind::Python).await;
    let call = scene.answers().await;
    let client = Client::new(&scene.world.platform.ready);
    let path = format!("/calling/callConnections/{}:sendDtmfTones", call.connection);
    let now = httpdate::fmt_http_date(std::time::SystemTime::now());
    let id = format!("5ea50001-0000-4000-8000-{:012}", std::process::id());
    let target =
        json!({ "rawId": call.caller, "phoneNumber": { "value": call.caller.trim_start_matches("4:") } });
    let post = |tone: &str| {
        let request = client.post(&path, &json!({ "tones": [tone], "targetParticipant": target }));
        request.header("repeatability-request-id", &id).header("repeatability-first-sent", &now).send()
    };
    assert_eq!(post("one").await.status, 202);
    assert_eq!(post("one").await.status, 202);
    let other = post("two").await;
    assert!((400..500).contains(&other.status), "{}", other.status);
    call.line.media.hears_keys("1").await;
}
