//! Consents to people and resource accounts of a company.

use serde_json::{Value, json};
use store::ConsentFilter;

use crate::office::{EXTENSION, Office, Who};

const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const ACCOUNT: &str = "aaaaaaaa-2222-3333-4444-555555555555";
const AGENT: &str = "bbbbbbbb-2222-3333-4444-555555555555";
const CLIENT: &str = "cccccccc-2222-3333-4444-555555555555";

fn path(object: &str) -> String {
    format!("/access/teamsExtension/tenants/{TENANT}/assignments/{object}?{EXTENSION}")
}

fn short(object: &str) -> String {
    format!("/access/teamsExtension/assignments/{object}?{EXTENSION}")
}

#[tokio::test]
async fn a_resource_account_is_consented_to_until_that_is_taken_back() {
    let office = Office::new().await;
    let account = json!({ "principalType": "teamsResourceAccount" });
    assert_eq!(office.get(&path(ACCOUNT)).await.refusal(), "404/NotFound");
    let made = office.put(&path(ACCOUNT), account.clone()).await;
    let expected =
        json!({ "objectId": ACCOUNT, "tenantId": TENANT, "principalType": "teamsResourceAccount" });
    assert_eq!((made.status, &made.body), (201, &expected));
    // The same again replaces it.
    assert_eq!(office.put(&path(ACCOUNT), account).await.status, 200);
    for there in [path(ACCOUNT), short(ACCOUNT), path(&ACCOUNT.to_uppercase())] {
        assert_eq!(office.get(&there).await.body, expected);
    }
    // It is this resource that consents, and no other.
    assert_eq!(office.ask(Who::Support, "GET", &path(ACCOUNT), Value::Null).await.refusal(), "404/NotFound");
    let filter = ConsentFilter { object: Some(ACCOUNT.to_owned()), ..ConsentFilter::default() };
    assert_eq!(office.store.consents(&filter).await.unwrap().len(), 1);

    assert_eq!(office.delete(&short(ACCOUNT)).await.status, 204);
    assert_eq!(office.delete(&path(ACCOUNT)).await.status, 204);
    assert_eq!(office.get(&path(ACCOUNT)).await.refusal(), "404/NotFound");
    assert_eq!(office.store.consents(&filter).await.unwrap(), []);
}

#[tokio::test]
async fn a_consent_that_calls_cannot_see_is_none_and_one_that_cannot_be_taken_back_stays() {
    let office = Office::new().await;
    let refuse = |reason: Option<&str>| {
        *office.refuse_to_publish.lock().unwrap() = reason.map(ToOwned::to_owned);
    };
    let agent = json!({ "principalType": "user", "clientIds": [CLIENT] });
    refuse(Some("the file is contradictory"));
    assert_eq!(office.put(&path(AGENT), agent.clone()).await.refusal(), "409/Conflict");
    assert_eq!(office.get(&path(AGENT)).await.refusal(), "404/NotFound");
    refuse(None);
    assert_eq!(office.put(&path(AGENT), agent).await.status, 201, "the repetition does it");
    refuse(Some("the file is contradictory"));
    let more = json!({ "clientIds": [CLIENT, ACCOUNT] });
    assert_eq!(office.patch(&path(AGENT), more).await.refusal(), "409/Conflict");
    assert_eq!(office.delete(&path(AGENT)).await.refusal(), "409/Conflict");
    assert_eq!(office.get(&path(AGENT)).await.body["clientIds"], json!([CLIENT]));
    refuse(None);
    assert_eq!(office.delete(&path(AGENT)).await.status, 204);
    assert_eq!(office.get(&path(AGENT)).await.refusal(), "404/NotFound");
}

#[tokio::test]
async fn a_person_is_consented_to_through_applications() {
    let office = Office::new().await;
    let agent = json!({ "principalType": "User", "clientIds": [CLIENT, CLIENT.to_uppercase()] });
    let made = office.put(&path(AGENT), agent).await;
    assert_eq!((made.status, &made.body["clientIds"]), (201, &json!([CLIENT])));
    let more = office.patch(&path(AGENT), json!({ "clientIds": [CLIENT, ACCOUNT] })).await;
    assert_eq!((more.status, &more.body["clientIds"]), (200, &json!([CLIENT, ACCOUNT])));
    let same = office.patch(&short(AGENT), json!({})).await;
    assert_eq!((same.status, &same.body), (200, &more.body));
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_name() {
    let office = Office::new().await;
    let check = async |method: &str, path: &str, body: Value, refusal: &str, target: &str| {
        let answer = office.ask(Who::Sales, method, path, body).await;
        assert_eq!(answer.refusal(), refusal, "{answer:?}");
        assert_eq!(answer.body["error"]["target"].as_str().unwrap_or_default(), target, "{answer:?}");
    };
    let account = json!({ "principalType": "teamsResourceAccount" });
    check("PUT", &path("me"), account.clone(), "400/BadRequest", "objectId").await;
    check("PUT", &path(ACCOUNT).replace(TENANT, "contoso"), account.clone(), "400/BadRequest", "tenantId")
        .await;
    check("PUT", &path(ACCOUNT), json!({}), "400/BadRequest", "principalType").await;
    check("PUT", &path(ACCOUNT), json!({ "principalType": "bot" }), "400/BadRequest", "principalType").await;
    let with_client = json!({ "principalType": "teamsResourceAccount", "clientIds": [CLIENT] });
    check("PUT", &path(ACCOUNT), with_client, "400/BadRequest", "clientIds").await;
    check("PUT", &path(AGENT), json!({ "principalType": "user" }), "400/BadRequest", "clientIds").await;
    let wrong = json!({ "principalType": "user", "clientIds": [CLIENT, "x"] });
    check("PUT", &path(AGENT), wrong, "400/BadRequest", "clientIds[1]").await;
    let many: Vec<&str> = vec![CLIENT; 101];
    check(
        "PUT",
        &path(AGENT),
        json!({ "principalType": "user", "clientIds": many }),
        "400/BadRequest",
        "clientIds",
    )
    .await;
    check("PATCH", &path(ACCOUNT), json!({}), "404/NotFound", "").await;
    check("PUT", &short(ACCOUNT), account.clone(), "405/MethodNotAllowed", "").await;

    assert_eq!(office.put(&path(ACCOUNT), account.clone()).await.status, 201);
    let person = json!({ "principalType": "user", "clientIds": [CLIENT] });
    check("PUT", &path(ACCOUNT), person.clone(), "409/Conflict", "principalType").await;
    check("PATCH", &path(ACCOUNT), person, "409/Conflict", "principalType").await;
    // The same object in two tenants: then the tenant has to be named.
    let elsewhere = path(ACCOUNT).replace("1111-2222", "1111-3333").replace("11111111", "99999999");
    assert_eq!(office.put(&elsewhere, account).await.status, 201);
    check("GET", &short(ACCOUNT), Value::Null, "409/Conflict", "").await;
    check(
        "GET",
        &path(ACCOUNT).replace("2025-06-30", "2024-01-01"),
        Value::Null,
        "400/BadRequest",
        "api-version",
    )
    .await;
}
