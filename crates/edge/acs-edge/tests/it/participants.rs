//! The people in a call.

use std::time::Duration;

use exchange::Command;
use expect_test::expect;
use serde_json::json;

use crate::surface::{CONNECTION, Surface, phone};

#[tokio::test]
async fn they_are_listed_and_found() {
    let surface = Surface::new();
    let path = format!("/calling/callConnections/{CONNECTION}/participants");
    let list = surface.get(&path).await;
    assert_eq!(list.status, 200);
    expect![[r#"
        {
          "value": [
            {
              "identifier": {
                "kind": "phoneNumber",
                "phoneNumber": {
                  "value": "+14255550199"
                },
                "rawId": "4:+14255550199"
              },
              "isMuted": false,
              "isOnHold": true
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&list.body).expect("JSON prints"));
    let one = surface.get(&format!("{path}/4%3A%2B14255550199")).await;
    assert_eq!((one.status, &one.body), (200, &list.body["value"][0]));
    assert_eq!(surface.get(&format!("{path}/4%3A%2B14255550198")).await.refusal(), "404/8522");
    assert_eq!(surface.get(&format!("{path}/8%3Aacs%3Ar_u")).await.refusal(), "404/8522");
}

#[tokio::test]
async fn somebody_is_added() {
    let surface = Surface::new();
    let body = json!({
        "participantToAdd": { "kind": "phoneNumber", "rawId": "4:+14255550199", "phoneNumber": { "value": "+14255550199" } },
        "sourceCallerIdNumber": { "value": "+14255550100" },
        "sourceDisplayName": "Me",
        "invitationTimeoutInSeconds": 30,
        "operationContext": "oc",
        "customCallingContext": { "voipHeaders": { "vk": "vv" }, "sipHeaders": { "User-To-User": "u", "X-k": "v" } },
    });
    let answer = surface.on_call("/participants:add", body).await;
    assert_eq!(answer.status, 202);
    expect![[r#"
        {
          "invitationId": "00000000-0000-0000-0000-000000000005",
          "operationContext": "oc",
          "participant": {
            "identifier": {
              "kind": "phoneNumber",
              "phoneNumber": {
                "value": "+14255550199"
              },
              "rawId": "4:+14255550199"
            },
            "isMuted": false,
            "isOnHold": false
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&answer.body).expect("JSON prints"));
    let asked = surface.asked();
    let [Command::AddParticipant { target, ring_for, headers, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(*target, phone("+14255550199"));
    assert_eq!(*ring_for, Some(Duration::from_secs(30)));
    assert_eq!(headers.user_to_user.as_deref(), Some("u"));
}

#[tokio::test]
async fn what_is_out_of_range_is_named() {
    let surface = Surface::new();
    let refused = async |body: serde_json::Value, property: &str| {
        let answer = surface.on_call("/participants:add", body).await;
        assert_eq!(answer.refusal(), "400/8523", "{property}");
        assert!(answer.message().contains(property), "{}", answer.message());
    };
    let who = json!({ "rawId": "8:acs:r_u" });
    refused(json!({}), "participantToAdd").await;
    for seconds in [-1, 181] {
        let body = json!({ "participantToAdd": who, "invitationTimeoutInSeconds": seconds });
        refused(body, "invitationTimeoutInSeconds").await;
    }
    let body = json!({ "participantToAdd": who, "operationCallbackUri": "gopher://x" });
    refused(body, "operationCallbackUri").await;
    let body = json!({ "participantToAdd": who, "operationContext": "x".repeat(10_000) });
    refused(body, "operationContext").await;
    let body = json!({ "participantToAdd": who, "customCallingContext": { "sipHeaders": { "Via": "x" } } });
    refused(body, "customCallingContext.sipHeaders").await;
    let body = json!({ "participantToAdd": who, "customCallingContext": { "voipHeaders": { "k": "v".repeat(2000) } } });
    refused(body, "customCallingContext.voipHeaders").await;
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn somebody_is_removed_muted_or_no_longer_invited() {
    let surface = Surface::new();
    let who = json!({ "rawId": "8:acs:r_u" });
    let body = json!({ "participantToRemove": who, "operationContext": "oc" });
    let removed = surface.on_call("/participants:remove", body).await;
    assert_eq!((removed.status, removed.body), (202, json!({ "operationContext": "oc" })));

    let muted = surface.on_call("/participants:mute", json!({ "targetParticipants": [who] })).await;
    assert_eq!((muted.status, muted.body), (200, json!({})));
    let nobody = surface.on_call("/participants:mute", json!({ "targetParticipants": [] })).await;
    assert_eq!(nobody.refusal(), "400/8523");

    let id = "00000000-0000-0000-0000-000000000005";
    let canceled = surface.on_call("/participants:cancelAddParticipant", json!({ "invitationId": id })).await;
    assert_eq!((canceled.status, canceled.body), (202, json!({ "invitationId": id })));
    let junk = surface.on_call("/participants:cancelAddParticipant", json!({ "invitationId": "inv" })).await;
    assert_eq!(junk.refusal(), "400/8523");
}
