//! Whoever wants to know is told when somebody's presence changes.

use std::time::Duration;

use graph_edge::Permission;
use identifier::ObjectId;
use serde_json::{Value, json};

use crate::company::{ADELE, ALEX, CONTOSO, DESK, DIEGO, OTHER, contoso, contoso_closed};
use crate::endpoint::Endpoint;
use crate::world::{Answer, World};

const MINUTE: Duration = Duration::from_secs(60);

pub fn wanted(world: &World, endpoint: &Endpoint) -> Value {
    json!({
        "changeType": "updated",
        "notificationUrl": endpoint.url,
        "resource": format!("/communications/presences/{ADELE}"),
        "expirationDateTime": world.in_minutes(59),
        "clientState": "ours",
    })
}

pub async fn subscribe(world: &World, body: Value) -> Value {
    let answer = world.post("/v1.0/subscriptions", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body
}

pub async fn busy(world: &World, person: ObjectId, words: (&str, &str)) {
    let body = json!({
        "sessionId": DESK.to_string(),
        "availability": words.0,
        "activity": words.1,
        "expirationDuration": "PT4H",
    });
    world.post(&format!("/v1.0/users/{person}/presence/setPresence"), body).await.ok();
}

#[tokio::test]
async fn a_change_is_told() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let made = subscribe(&world, wanted(&world, &endpoint)).await;
    assert_eq!(endpoint.asked().len(), 1, "the endpoint was asked before");
    assert!(endpoint.asked()[0].contains(' '), "and repeated the token as it was");
    assert_eq!(made["applicationId"], DESK.to_string());
    busy(&world, ADELE, ("Busy", "InACall")).await;
    let told = endpoint.next().await;
    assert_eq!(
        told,
        json!({ "value": [{
            "subscriptionId": made["id"],
            "clientState": "ours",
            "changeType": "updated",
            "tenantId": CONTOSO.to_string(),
            "organizationId": CONTOSO.to_string(),
            "resource": format!("communications/presences/{ADELE}"),
            "subscriptionExpirationDateTime": made["expirationDateTime"],
            "resourceData": {
                "@odata.id": format!("users/{ADELE}/presence"),
                "@odata.type": "#microsoft.graph.presence",
                "id": ADELE.to_string(),
            },
        }] })
    );
}

/// Of whom it is told, and what they are shown as now.
async fn told(world: &World, endpoint: &mut Endpoint) -> (String, String) {
    let told = endpoint.next().await;
    let person = told["value"][0]["resourceData"]["id"].as_str().expect("of somebody").to_owned();
    let shown = world.get(&format!("/v1.0/users/{person}/presence")).await.ok();
    (person, shown["activity"].as_str().unwrap().to_owned())
}

fn both(world: &World, endpoint: &Endpoint, others: ObjectId) -> Value {
    let mut body = wanted(world, endpoint);
    body["resource"] = format!("/communications/presences?$filter=id in ('{ADELE}','{others}')").into();
    body
}

#[tokio::test]
async fn what_stays_the_same_and_whom_nobody_asked_for_is_not_told() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    subscribe(&world, both(&world, &endpoint, DIEGO)).await;
    busy(&world, ADELE, ("Busy", "InACall")).await;
    assert_eq!(told(&world, &mut endpoint).await, (ADELE.to_string(), "InACall".into()));
    busy(&world, ADELE, ("Busy", "InACall")).await;
    busy(&world, ALEX, ("Busy", "InACall")).await;
    // All of one subscription is told in its order: this is the next that there is.
    busy(&world, DIEGO, ("Away", "Away")).await;
    assert_eq!(told(&world, &mut endpoint).await, (DIEGO.to_string(), "Away".into()));
}

#[tokio::test]
async fn what_changes_by_itself_is_told_too() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    busy(&world, ADELE, ("Available", "Available")).await;
    subscribe(&world, wanted(&world, &endpoint)).await;
    world.pass(6 * MINUTE).await;
    assert_eq!(told(&world, &mut endpoint).await, (ADELE.to_string(), "AvailableInactive".into()));
    world.pass(6 * MINUTE).await;
    assert_eq!(told(&world, &mut endpoint).await, (ADELE.to_string(), "Away".into()));
}

#[tokio::test]
async fn an_endpoint_that_does_not_repeat_the_token_is_not_subscribed() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    for (status, text) in [(200, "yes"), (202, "Validation"), (404, "")] {
        endpoint.refuses_validation(status, text);
        let answer = world.post("/v1.0/subscriptions", wanted(&world, &endpoint)).await;
        assert_eq!(answer.refusal(), "400 ValidationError", "{status}");
    }
    let list = world.get("/v1.0/subscriptions").await.ok();
    assert_eq!(list["value"], json!([]));
}

#[tokio::test]
async fn a_subscription_that_makes_no_sense_is_refused_before_anybody_is_asked() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    let refused = async |property: &str, value: Value, word: &str| {
        let mut body = wanted(&world, &endpoint);
        body[property] = value;
        let answer = world.post("/v1.0/subscriptions", body).await;
        assert_eq!(answer.status, 400, "{property}");
        assert!(answer.message().contains(word), "{property}: {}", answer.message());
    };
    refused("changeType", json!("created"), "changeType").await;
    refused("notificationUrl", json!("http://example.com/hook"), "https").await;
    refused("notificationUrl", json!("https://10.1.2.3/hook"), "notificationUrl").await;
    refused("notificationUrl", json!("ftp://127.0.0.1/hook"), "notificationUrl").await;
    refused("resource", json!("/users"), "communications/presences").await;
    refused("resource", json!(format!("/communications/presences/{CONTOSO}")), "no user").await;
    refused("expirationDateTime", json!(world.in_minutes(90)), "60 minutes").await;
    refused("expirationDateTime", json!(world.in_minutes(-1)), "passed").await;
    refused("clientState", json!("x".repeat(129)), "128").await;
    refused("includeResourceData", json!(true), "encryptionCertificate").await;
    assert!(endpoint.asked().is_empty());
}

#[tokio::test]
async fn a_subscription_is_renewed_and_ends() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let made = subscribe(&world, wanted(&world, &endpoint)).await;
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    world.pass(50 * MINUTE).await;
    let renewal = json!({ "expirationDateTime": world.in_minutes(59) });
    let renewed = world.ask("PATCH", &path, Some(renewal)).await.ok();
    assert!(renewed["expirationDateTime"].as_str() > made["expirationDateTime"].as_str());
    world.pass(30 * MINUTE).await;
    busy(&world, ADELE, ("Busy", "InACall")).await;
    endpoint.next().await;
    world.pass(40 * MINUTE).await;
    busy(&world, ADELE, ("Away", "Away")).await;
    assert_eq!(gone(&world, &path).await.refusal(), "404 ResourceNotFound");
    let second = subscribe(&world, wanted(&world, &endpoint)).await;
    busy(&world, ADELE, ("Busy", "InACall")).await;
    assert_eq!(
        endpoint.next().await["value"][0]["subscriptionId"],
        second["id"],
        "the first is told no more"
    );
}

/// The keeper ends it in its own time.
async fn gone(world: &World, path: &str) -> Answer {
    loop {
        let answer = world.get(path).await;
        if answer.status != 200 {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_subscription_that_is_deleted_is_told_nothing() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let made = subscribe(&world, wanted(&world, &endpoint)).await;
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    // What is still on its way is withdrawn.
    endpoint.answers(&[503]);
    busy(&world, ADELE, ("Busy", "InACall")).await;
    endpoint.next().await;
    assert_eq!(world.ask("DELETE", &path, None).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    let second = subscribe(&world, wanted(&world, &endpoint)).await;
    busy(&world, ADELE, ("Away", "Away")).await;
    assert_eq!(endpoint.next().await["value"][0]["subscriptionId"], second["id"]);
}

#[tokio::test]
async fn what_the_store_does_not_take_does_not_hold_and_what_it_does_not_let_go_still_does() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let made = subscribe(&world, wanted(&world, &endpoint)).await;
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    world.store_refuses("INSERT").await;
    let answer = world.post("/v1.0/subscriptions", wanted(&world, &endpoint)).await;
    assert_eq!(answer.refusal(), "503 ServiceUnavailable");
    let list = world.get("/v1.0/subscriptions").await.ok();
    assert_eq!(list["value"].as_array().map(Vec::len), Some(1), "the second one does not hold");
    world.jump(5 * MINUTE);
    let renewal = json!({ "expirationDateTime": world.in_minutes(59) });
    assert_eq!(world.ask("PATCH", &path, Some(renewal.clone())).await.status, 503);
    assert_eq!(world.get(&path).await.ok()["expirationDateTime"], made["expirationDateTime"]);
    world.store_refuses("DELETE").await;
    assert_eq!(world.ask("DELETE", &path, None).await.status, 503);
    busy(&world, ADELE, ("Busy", "InACall")).await;
    assert_eq!(endpoint.next().await["value"][0]["subscriptionId"], made["id"], "it still holds");

    world.store_takes_all().await;
    let renewed = world.ask("PATCH", &path, Some(renewal)).await.ok();
    let world = world.restart().await;
    assert_eq!(world.get(&path).await.ok()["expirationDateTime"], renewed["expirationDateTime"]);
}

#[tokio::test]
async fn what_has_ended_is_not_brought_back_by_a_renewal_beside_it() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    for _ in 0..20 {
        let made = subscribe(&world, wanted(&world, &endpoint)).await;
        let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
        let renewal =
            || world.ask("PATCH", &path, Some(json!({ "expirationDateTime": made["expirationDateTime"] })));
        let (_, ended, _) = tokio::join!(renewal(), world.ask("DELETE", &path, None), renewal());
        assert_eq!(ended.status, 204);
    }
    let world = world.restart().await;
    assert_eq!(world.get("/v1.0/subscriptions").await.ok()["value"], json!([]));
}

#[tokio::test]
async fn subscriptions_of_others_do_not_exist() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    let made = subscribe(&world, wanted(&world, &endpoint)).await;
    let path = format!("/v1.0/subscriptions/{}", made["id"].as_str().unwrap());
    let other = world.token(OTHER);
    let renewal = json!({ "expirationDateTime": world.in_minutes(30) });
    for (method, body) in [("GET", None), ("PATCH", Some(renewal)), ("DELETE", None)] {
        assert_eq!(world.ask_as(&other, method, &path, body).await.status, 404, "{method}");
    }
    let list = world.ask_as(&other, "GET", "/v1.0/subscriptions", None).await.ok();
    assert_eq!(list["value"], json!([]));
    assert_eq!(world.get("/v1.0/subscriptions").await.ok()["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_tried_again() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    subscribe(&world, wanted(&world, &endpoint)).await;
    endpoint.answers(&[503, 500]);
    busy(&world, ADELE, ("Busy", "InACall")).await;
    let first = endpoint.next().await;
    assert_eq!(endpoint.next().await, first);
    assert_eq!(endpoint.next().await, first);
}

#[tokio::test]
async fn an_application_hears_of_its_subscription_itself() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let mut body = wanted(&world, &endpoint);
    body["lifecycleNotificationUrl"] = endpoint.url.replace("/hook", "/life").into();
    let made = subscribe(&world, body).await;
    assert_eq!(endpoint.asked().len(), 2, "both endpoints were asked");
    let event = |told: Value| {
        assert_eq!(told["value"][0]["subscriptionId"], made["id"]);
        told["value"][0]["lifecycleEvent"].as_str().unwrap_or("a change").to_owned()
    };
    endpoint.answers(&[503, 503, 503]);
    busy(&world, ADELE, ("Busy", "InACall")).await;
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(event(endpoint.next().await));
    }
    assert_eq!(heard, ["a change", "a change", "a change", "missed"]);
    world.pass(46 * MINUTE).await;
    assert_eq!(event(endpoint.next().await), "reauthorizationRequired");
    // The administrator takes back what the application was granted.
    *world.town.contoso.write().unwrap() = Some(contoso(false));
    world.jump(2 * MINUTE);
    world.graph.call_watch().ended(identifier::CallId::from_u128(1));
    assert_eq!(event(endpoint.next().await), "subscriptionRemoved");
}

#[tokio::test]
async fn in_somebodys_name_only_what_was_made_in_it_is_seen_and_ended() {
    let (world, endpoint) = (World::new().await, Endpoint::start().await);
    let own = subscribe(&world, wanted(&world, &endpoint)).await;
    let (adele, alex) = (
        world.token_of(ADELE, &[Permission::PresenceReadAll]),
        world.token_of(ALEX, &[Permission::PresenceReadAll]),
    );
    let hers =
        world.ask_as(&adele, "POST", "/v1.0/subscriptions", Some(wanted(&world, &endpoint))).await.body;
    let path = |one: &Value| format!("/v1.0/subscriptions/{}", one["id"].as_str().unwrap());
    let seen = async |token: &str| {
        let list = world.ask_as(token, "GET", "/v1.0/subscriptions", None).await.ok();
        let mut ids: Vec<Value> =
            list["value"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        ids.sort_by_key(Value::to_string);
        ids
    };
    assert_eq!(seen(&adele).await, [hers["id"].clone()]);
    assert_eq!(seen(&alex).await, [Value::Null; 0]);
    assert_eq!(seen(&world.token(DESK)).await.len(), 2, "the application sees all that are its own");
    for method in ["GET", "DELETE", "PATCH"] {
        for (token, one) in [(&adele, &own), (&alex, &own), (&alex, &hers)] {
            let body = (method == "PATCH").then(|| json!({ "expirationDateTime": world.in_minutes(50) }));
            let answer = world.ask_as(token, method, &path(one), body).await;
            assert_eq!(answer.refusal(), "404 ResourceNotFound", "{method}");
        }
    }
    assert_eq!(world.ask_as(&adele, "DELETE", &path(&hers), None).await.status, 204);
    assert_eq!(world.ask_as(&world.token(DESK), "DELETE", &path(&own), None).await.status, 204);
}

#[tokio::test]
async fn what_was_made_in_the_name_of_somebody_is_silent_once_they_cannot_sign_in_and_ends() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let token = world.token_of(ADELE, &[Permission::PresenceReadAll]);
    let hers =
        world.ask_as(&token, "POST", "/v1.0/subscriptions", Some(wanted(&world, &endpoint))).await.body;
    *world.town.contoso.write().unwrap() = Some(contoso_closed());
    busy(&world, ADELE, ("Busy", "InACall")).await;
    let own = subscribe(&world, wanted(&world, &endpoint)).await;
    busy(&world, ADELE, ("Away", "Away")).await;
    assert_eq!(endpoint.next().await["value"][0]["subscriptionId"], own["id"], "hers was not told");
    let path = format!("/v1.0/subscriptions/{}", hers["id"].as_str().unwrap());
    world.pass(2 * MINUTE).await;
    assert_eq!(gone(&world, &path).await.refusal(), "404 ResourceNotFound");
}
