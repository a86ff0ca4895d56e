//! What the process died with goes on in the next one.

use std::time::Duration;

use serde_json::json;

use crate::company::{ADELE, ALEX, DIEGO};
use crate::endpoint::Endpoint;
use crate::subscriptions::{busy, subscribe, wanted};
use crate::world::World;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn subscriptions_sessions_and_wishes_outlive_the_process() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let mut wanted = wanted(&world, &endpoint);
    wanted["resource"] = format!("/communications/presences?$filter=id in ('{ADELE}','{ALEX}')").into();
    let made = subscribe(&world, wanted).await;
    busy(&world, ADELE, ("Available", "Available")).await;
    endpoint.next().await;
    let wish = json!({ "availability": "BeRightBack", "activity": "BeRightBack" });
    let path = format!("/v1.0/users/{ADELE}/presence");
    world.post(&format!("{path}/setUserPreferredPresence"), wish).await.ok();
    endpoint.next().await;
    // What has arrived may come twice if the process dies before it knows.
    world.events.drain(PATIENCE).await;

    let world = world.restart().await;
    assert_eq!(world.get(&path).await.ok()["availability"], "BeRightBack");
    let id = made["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("/v1.0/subscriptions/{id}")).await.ok()["clientState"], "ours");
    busy(&world, ALEX, ("Available", "Available")).await;
    let told = endpoint.next().await;
    assert_eq!(told["value"][0]["resourceData"]["id"], ALEX.to_string(), "nothing has changed but this");
    world.post(&format!("{path}/clearUserPreferredPresence"), json!({})).await.ok();
    assert_eq!(endpoint.next().await["value"][0]["subscriptionId"], made["id"]);
}

#[tokio::test]
async fn a_notification_that_did_not_arrive_comes_from_the_next_process() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    subscribe(&world, wanted(&world, &endpoint)).await;
    endpoint.answers(&[503]);
    busy(&world, ADELE, ("Busy", "InACall")).await;
    let first = endpoint.next().await;
    let world = world.restart().await;
    assert_eq!(endpoint.next().await, first);
    drop(world);
}

#[tokio::test]
async fn what_has_ended_in_the_meantime_is_told() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    subscribe(&world, wanted(&world, &endpoint)).await;
    busy(&world, ADELE, ("Available", "Available")).await;
    endpoint.next().await;
    world.events.drain(PATIENCE).await;
    // Nobody is woken: the process is down while the time passes.
    world.jump(Duration::from_secs(7 * 60));
    let world = world.restart().await;
    endpoint.next().await;
    let shown = world.get(&format!("/v1.0/users/{ADELE}/presence")).await.ok();
    assert_eq!(shown["activity"], "AvailableInactive");
}

#[tokio::test]
async fn what_happens_while_an_endpoint_is_away_is_told_in_its_order_also_by_the_next_process() {
    let (world, mut endpoint) = (World::new().await, Endpoint::start().await);
    let people = [ADELE, ALEX, DIEGO];
    let named: Vec<String> = people.iter().map(|person| format!("'{person}'")).collect();
    let mut wanted = wanted(&world, &endpoint);
    wanted["resource"] = format!("/communications/presences?$filter=id in ({})", named.join(",")).into();
    subscribe(&world, wanted).await;
    endpoint.answers(&[503, 503]);
    let person =
        |told: serde_json::Value| told["value"][0]["resourceData"]["id"].as_str().unwrap().to_owned();
    busy(&world, ADELE, ("Busy", "InACall")).await;
    assert_eq!(person(endpoint.next().await), ADELE.to_string());
    // It is told to whoever comes next what waits behind the one that was not taken.
    for changed in [ALEX, DIEGO] {
        busy(&world, changed, ("Busy", "InACall")).await;
    }
    let world = world.restart().await;
    let mut heard = Vec::new();
    while heard.last() != Some(&DIEGO.to_string()) {
        heard.push(person(endpoint.next().await));
    }
    heard.dedup();
    assert_eq!(heard, people.map(|person| person.to_string()));
    drop(world);
}
