//! Applications say how somebody is, and read it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::company::{ADELE, ALEX, DESK, LINE, OTHER};
use crate::world::{Answer, World};

const MINUTE: Duration = Duration::from_secs(60);

async fn say(world: &World, application: identifier::ObjectId, words: (&str, &str), lives: &str) -> Answer {
    let path = format!("/v1.0/users/{ADELE}/presence/setPresence");
    let body = json!({
        "sessionId": application.to_string(),
        "availability": words.0,
        "activity": words.1,
        "expirationDuration": lives,
    });
    world.ask_as(&world.token(application), "POST", &path, Some(body)).await
}

async fn act(world: &World, verb: &str, body: Value) -> Answer {
    world.post(&format!("/v1.0/users/{ADELE}/presence/{verb}"), body).await
}

async fn shown(world: &World) -> String {
    let presence = world.get(&format!("/v1.0/users/{ADELE}/presence")).await.ok();
    assert_eq!(presence["id"], ADELE.to_string());
    format!("{}/{}", presence["availability"].as_str().unwrap(), presence["activity"].as_str().unwrap())
}

#[tokio::test]
async fn what_applications_say_is_aggregated_and_fades() {
    let world = World::new().await;
    assert_eq!(shown(&world).await, "Offline/Offline");
    assert_eq!(say(&world, DESK, ("Available", "Available"), "PT1H").await.status, 200);
    assert_eq!(shown(&world).await, "Available/Available");
    say(&world, OTHER, ("Busy", "InACall"), "PT5M").await.ok();
    assert_eq!(shown(&world).await, "Busy/InACall");
    world.pass(6 * MINUTE).await;
    assert_eq!(shown(&world).await, "Available/AvailableInactive");
    world.pass(5 * MINUTE).await;
    assert_eq!(shown(&world).await, "Away/Away");
    assert_eq!(act(&world, "clearPresence", json!({ "sessionId": DESK.to_string() })).await.status, 200);
    assert_eq!(shown(&world).await, "Offline/Offline");
}

#[tokio::test]
async fn a_wish_counts_while_there_is_a_session() {
    let world = World::new().await;
    let wish =
        json!({ "availability": "DoNotDisturb", "activity": "DoNotDisturb", "expirationDuration": "PT8H" });
    assert_eq!(act(&world, "setUserPreferredPresence", wish).await.status, 200);
    assert_eq!(shown(&world).await, "Offline/Offline");
    say(&world, DESK, ("Available", "Available"), "PT4H").await.ok();
    assert_eq!(shown(&world).await, "DoNotDisturb/DoNotDisturb");
    act(&world, "clearUserPreferredPresence", json!({})).await.ok();
    assert_eq!(shown(&world).await, "Available/Available");
}

#[tokio::test]
async fn many_are_asked_for_at_once() {
    let world = World::new().await;
    say(&world, DESK, ("Away", "Away"), "PT5M").await.ok();
    let ids = json!({ "ids": [ADELE.to_string(), ALEX.to_string(), LINE.to_string(), "nobody"] });
    let found = world.post("/v1.0/communications/getPresencesByUserId", ids).await.ok();
    let words: Vec<&str> =
        found["value"].as_array().unwrap().iter().map(|one| one["availability"].as_str().unwrap()).collect();
    assert_eq!(words, ["Away", "Offline", "PresenceUnknown"]);
    for ids in [vec![], vec![ADELE.to_string(); 651]] {
        let answer = world.post("/v1.0/communications/getPresencesByUserId", json!({ "ids": ids })).await;
        assert_eq!(answer.refusal(), "400 BadRequest");
        assert!(answer.message().contains("650"));
    }
    let one = world.get(&format!("/v1.0/communications/presences/{ALEX}")).await.ok();
    assert_eq!(one["availability"], "Offline");
}

#[tokio::test]
async fn words_of_ones_own_are_shown_until_they_expire() {
    let world = World::new().await;
    let until = world.in_minutes(30);
    let body = json!({ "statusMessage": {
        "message": { "content": "Back at noon", "contentType": "text" },
        "expiryDateTime": { "dateTime": until, "timeZone": "UTC" },
    } });
    assert_eq!(act(&world, "setStatusMessage", body).await.status, 200);
    let path = format!("/v1.0/users/{ADELE}/presence");
    let said = &world.get(&path).await.ok()["statusMessage"];
    assert_eq!(said["message"], json!({ "content": "Back at noon", "contentType": "text" }));
    assert_eq!(said["expiryDateTime"]["timeZone"], "UTC");
    world.pass(31 * MINUTE).await;
    assert_eq!(world.get(&path).await.ok()["statusMessage"], Value::Null);
    let long = json!({ "statusMessage": { "message": { "content": "x".repeat(281) } } });
    assert!(act(&world, "setStatusMessage", long).await.message().contains("280"));
}

#[tokio::test]
async fn what_presence_does_not_have_is_refused_with_the_reason() {
    let world = World::new().await;
    let answer = say(&world, DESK, ("Busy", "Busy"), "PT1H").await;
    assert_eq!(answer.refusal(), "400 BadRequest");
    assert!(answer.message().contains("Busy/InACall"), "{}", answer.message());
    assert!(say(&world, DESK, ("Gone", "Fishing"), "PT1H").await.message().contains("availability"));
    for lives in ["PT4M59S", "PT4H1S", "P1Y", "an hour"] {
        let answer = say(&world, DESK, ("Away", "Away"), lives).await;
        assert!(answer.message().contains("expirationDuration"), "{lives}: {}", answer.message());
    }
    let body = json!({ "sessionId": OTHER.to_string(), "availability": "Away", "activity": "Away" });
    let answer = act(&world, "setPresence", body).await;
    assert!(answer.message().contains("sessionId"), "an application speaks for itself alone");
    let body = json!({ "availability": "Offline", "activity": "Offline" });
    assert!(act(&world, "setUserPreferredPresence", body).await.message().contains("Offline/OffWork"));
    let body = json!({ "sessionId": DESK.to_string(), "availability": "Away", "activity": "Away" });
    let answer = world.post(&format!("/v1.0/users/{LINE}/presence/setPresence"), body).await;
    assert_eq!(answer.refusal(), "400 BadRequest");
    assert_eq!(shown(&world).await, "Offline/Offline");
}

#[tokio::test]
async fn somebody_in_a_call_is_busy() {
    let world = World::new().await;
    let (watch, call) = (world.graph.call_watch(), identifier::CallId::from_u128(5));
    watch.joined(ADELE, call, presence::CallSize::TwoParty);
    assert_eq!(shown(&world).await, "Busy/InACall");
    watch.sized(call, presence::CallSize::Group);
    assert_eq!(shown(&world).await, "Busy/InAConferenceCall");
    watch.ended(call);
    assert_eq!(shown(&world).await, "Offline/Offline");
}
