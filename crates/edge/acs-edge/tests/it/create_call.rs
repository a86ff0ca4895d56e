//! Calling somebody, looking at the call, ending it.

use call_engine::Callback;
use exchange::Command;
use expect_test::expect;
use serde_json::json;

use crate::surface::{CONNECTION, RESOURCE, Surface};

#[tokio::test]
async fn a_call_is_created() {
    let surface = Surface::new();
    let body = json!({
        "targets": [{ "phoneNumber": { "value": "+14255550199" }, "rawId": "4:+14255550199" }],
        "sourceCallerIdNumber": { "value": "+14255550100" },
        "sourceDisplayName": "Contoso",
        "source": { "id": "8:acs:r_src" },
        "operationContext": "oc",
        "callbackUri": "https://localhost/cb/8:acs:1+2",
        "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://cog/" },
        "mediaStreamingOptions": null,
        "somethingNew": { "a": 1 },
    });
    let answer = surface.post("/calling/callConnections", body).await;
    assert_eq!(answer.status, 201);
    expect![[r#"
        {
          "callConnectionId": "00000000-0000-0000-0000-000000000001",
          "callConnectionState": "connecting",
          "callbackUri": "https://localhost/cb/8:acs:1+2",
          "correlationId": "00000000-0000-0000-0000-000000000003",
          "serverCallId": "aHR0cHM6Ly9jb252LnJpbmdkb3duLmludmFsaWQvMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAy",
          "source": {
            "communicationUser": {
              "id": "8:acs:r_src"
            },
            "kind": "communicationUser",
            "rawId": "8:acs:r_src"
          },
          "sourceCallerIdNumber": {
            "value": "+14255550100"
          },
          "sourceDisplayName": "Contoso",
          "targets": [
            {
              "kind": "phoneNumber",
              "phoneNumber": {
                "value": "+14255550199"
              },
              "rawId": "4:+14255550199"
            }
          ]
        }"#]].assert_eq(&serde_json::to_string_pretty(&answer.body).expect("JSON prints"));

    let asked = surface.asked();
    let [Command::CreateCall { application, targets, caller_number, options, operation_context, .. }] =
        &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!(application.resource, RESOURCE);
    assert_eq!(application.callback, Callback::Uri("https://localhost/cb/8:acs:1+2".into()));
    assert_eq!(&*application.api_version, "2026-03-12");
    assert_eq!(targets[0].raw_id(), "4:+14255550199");
    assert_eq!(caller_number.as_ref().map(|number| number.as_str()), Some("+14255550100"));
    assert_eq!(operation_context.as_deref(), Some("oc"));
    assert!(options.speech.is_some());
}

#[tokio::test]
async fn what_a_call_cannot_do_without_is_named() {
    let surface = Surface::new();
    let refused = async |body: serde_json::Value, property: &str| {
        let answer = surface.post("/calling/callConnections", body).await;
        assert_eq!(answer.refusal(), "400/8523", "{property}");
        assert!(answer.message().contains(property), "{}", answer.message());
    };
    let user = json!([{ "rawId": "8:acs:r_u" }]);
    let phone = json!([{ "rawId": "4:+14255550199" }]);
    refused(json!({ "callbackUri": "https://localhost/cb" }), "targets").await;
    refused(json!({ "targets": [], "callbackUri": "https://localhost/cb" }), "targets").await;
    refused(json!({ "targets": user }), "callbackUri").await;
    refused(json!({ "targets": user, "callbackUri": "ftp://localhost/cb" }), "callbackUri").await;
    refused(json!({ "targets": user, "callbackUri": "cb" }), "callbackUri").await;
    refused(json!({ "targets": phone, "callbackUri": "https://localhost/cb" }), "sourceCallerIdNumber").await;
    let nobody = json!([{ "kind": "phoneNumber" }]);
    refused(json!({ "targets": nobody, "callbackUri": "https://localhost/cb" }), "targets[0]").await;
    let no_number = json!([{ "phoneNumber": { "value": "4255550199" } }]);
    refused(json!({ "targets": no_number, "callbackUri": "https://localhost/cb" }), "targets[0]").await;
    assert!(surface.asked().is_empty());
}

#[tokio::test]
async fn whoever_calls_for_a_resource_account_shows_nothing_else() {
    let surface = Surface::new();
    let account = "5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01";
    let body = json!({
        "targets": [{ "rawId": "4:+14255550199" }], "callbackUri": "https://localhost/cb",
        "teamsAppSource": { "appId": account },
    });
    for (property, value) in [
        ("sourceCallerIdNumber", json!({ "value": "+14255550100" })),
        ("sourceDisplayName", json!("Contoso")),
        ("teamsAppSource", json!({ "appId": "nobody" })),
    ] {
        let mut wrong = body.clone();
        wrong[property] = value;
        let answer = surface.post("/calling/callConnections", wrong).await;
        assert_eq!(answer.refusal(), "400/8523", "{property}");
        assert!(answer.message().contains(property), "{}", answer.message());
    }
    assert_eq!(surface.post("/calling/callConnections", body).await.status, 201);
    let asked = surface.asked();
    let [Command::CreateCall { account: Some(named), caller_number: None, .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(named.to_string(), account);
}

#[tokio::test]
async fn a_call_is_looked_at_and_ended() {
    let surface = Surface::new();
    let path = format!("/calling/callConnections/{CONNECTION}");
    let call = surface.get(&path).await;
    assert_eq!(call.status, 200);
    assert_eq!(call.body["callConnectionId"], CONNECTION.to_string());
    assert_eq!(surface.delete(&path).await.status, 204);
    let ended = surface.send(crate::surface::signed("POST", &format!("{path}:terminate"), b"")).await;
    assert_eq!(ended.status, 204);
    let (connection, resource) = (CONNECTION, RESOURCE);
    let asked = [
        Command::Properties { connection, resource },
        Command::HangUp { connection, resource },
        Command::Terminate { connection, resource },
    ];
    assert_eq!(surface.asked(), asked);
}

#[tokio::test]
async fn a_call_is_transferred() {
    let surface = Surface::new();
    let body = json!({
        "targetParticipant": { "rawId": "4:+14255550198" },
        "transferee": { "rawId": "8:acs:r_u1" },
        "operationContext": "oc",
        "operationCallbackUri": "https://localhost/ocb",
        "customCallingContext": { "voipHeaders": {}, "sipHeaders": { "User-To-User": "uui", "X-MS-Custom-a": "b" } },
        "sourceCallerIdNumber": { "value": "+14255550100", "isAnonymous": false },
    });
    let answer = surface.on_call(":transferToParticipant", body).await;
    assert_eq!((answer.status, &answer.body), (202, &json!({ "operationContext": "oc" })));
    let asked = surface.asked();
    let [Command::Transfer { target, transferee, headers, callback, .. }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(target.raw_id(), "4:+14255550198");
    assert_eq!(transferee.as_ref().map(|who| who.raw_id()).as_deref(), Some("8:acs:r_u1"));
    assert_eq!(headers.user_to_user.as_deref(), Some("uui"));
    assert_eq!(headers.custom, [("X-MS-Custom-a".into(), "b".into())]);
    assert_eq!(*callback, Some(Callback::Uri("https://localhost/ocb".into())));
}
