//! An application shows its secret and is given a token.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::company::{CONTOSO, DESK, POOR, SECRET};
use crate::world::{Answer, ORIGIN, World};

async fn ask(world: &World, tenant: &str, form: &str) -> Answer {
    ask_from(world, "127.0.0.1", tenant, form).await
}

async fn ask_from(world: &World, client: &str, tenant: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded");
    world.send_from(client, request.body(Body::from(form.to_owned())).unwrap()).await
}

fn form(id: &str, secret: &str, scope: &str) -> String {
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}")
}

const SCOPE: &str = "https%3A%2F%2Fgraph.microsoft.com%2F.default";

#[tokio::test]
async fn an_application_is_given_a_token_that_opens_what_it_was_granted() {
    let world = World::new().await;
    let secret = SECRET.replace(' ', "%20");
    for tenant in ["contoso.example".to_owned(), CONTOSO.to_string()] {
        let given = ask(&world, &tenant, &form(&DESK.to_string(), &secret, SCOPE)).await;
        assert_eq!(given.headers["cache-control"], "no-store");
        let given = given.ok();
        assert_eq!((&given["token_type"], &given["expires_in"]), (&"Bearer".into(), &3600.into()));
        let token = given["access_token"].as_str().unwrap();
        world.ask_as(token, "GET", "/v1.0/users", None).await.ok();
    }
    let own = format!("{ORIGIN}/.default").replace(':', "%3A").replace('/', "%2F");
    let given = ask(&world, "contoso.example", &form(&POOR.to_string(), &secret, &own)).await.ok();
    let token = given["access_token"].as_str().unwrap();
    assert_eq!(world.ask_as(token, "GET", "/v1.0/users", None).await.status, 403);

    let basic = STANDARD.encode(format!("{DESK}:{secret}"));
    let request = Request::builder()
        .method("POST")
        .uri("/contoso.example/oauth2/v2.0/token")
        .header("authorization", format!("Basic {basic}"));
    let body = Body::from(format!("grant_type=client_credentials&scope={SCOPE}"));
    world.send(request.body(body).unwrap()).await.ok();
}

#[tokio::test]
async fn a_wrong_secret_opens_nothing_and_is_not_guessed() {
    let world = World::new().await;
    let error = |answer: &Answer| (answer.status.as_u16(), answer.body["error"].clone());
    let right = form(&DESK.to_string(), &SECRET.replace(' ', "%20"), SCOPE);
    let guess = form(&DESK.to_string(), "guess", SCOPE);
    let wrong = ask_from(&world, "192.0.2.1", "contoso.example", &guess).await;
    assert_eq!(error(&wrong), (401, "invalid_client".into()));
    let unknown = ask_from(&world, "192.0.2.1", "contoso.example", &form("nobody", "guess", SCOPE)).await;
    assert_eq!(error(&unknown), (401, "invalid_client".into()));
    // However the company is called, however the id is written: it is one secret.
    for number in 0..9 {
        let tenant = if number % 2 == 0 { CONTOSO.to_string() } else { "contoso.example".into() };
        let guess = form(&DESK.to_string().to_uppercase(), "guess", SCOPE);
        assert_eq!(ask_from(&world, "192.0.2.1", &tenant, &guess).await.status, 401, "{number}");
    }
    let looked = world.town.refreshed.load(Ordering::Relaxed);
    let refused = ask_from(&world, "192.0.2.1", "contoso.example", &right).await;
    assert_eq!(
        error(&refused),
        (429, "temporarily_unavailable".into()),
        "not even the right one is looked at"
    );
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(world.town.refreshed.load(Ordering::Relaxed), looked, "and nothing is done for it");

    ask_from(&world, "192.0.2.2", "contoso.example", &right).await.ok();
    let other = form(&POOR.to_string(), &SECRET.replace(' ', "%20"), SCOPE);
    ask_from(&world, "192.0.2.1", "contoso.example", &other).await.ok();
    world.jump(Duration::from_secs(61));
    ask_from(&world, "192.0.2.1", "contoso.example", &right).await.ok();
}

#[tokio::test]
async fn whoever_has_a_network_has_one_set_of_guesses() {
    let world = World::new().await;
    let guess = form(&DESK.to_string(), "guess", SCOPE);
    for host in 1..=10 {
        let client = format!("2001:db8:0:1::{host:x}");
        assert_eq!(ask_from(&world, &client, "contoso.example", &guess).await.status, 401);
    }
    assert_eq!(ask_from(&world, "2001:db8:0:1:ffff::1", "contoso.example", &guess).await.status, 429);
    assert_eq!(ask_from(&world, "2001:db8:0:2::1", "contoso.example", &guess).await.status, 401);
}

#[tokio::test]
async fn many_guesses_at_a_time_are_as_few() {
    let world = std::sync::Arc::new(World::new().await);
    let guess = form(&DESK.to_string(), "guess", SCOPE);
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (world, guess) = (std::sync::Arc::clone(&world), guess.clone());
        asked.spawn(async move { ask(&world, "contoso.example", &guess).await.status.as_u16() });
    }
    let mut statuses = asked.join_all().await;
    statuses.sort_unstable();
    let looked_up = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!((looked_up, statuses.last()), (10, Some(&429)));
}

#[tokio::test]
async fn a_form_that_asks_for_something_else_is_refused() {
    let world = World::new().await;
    let desk = DESK.to_string();
    let error = |answer: Answer| (answer.status.as_u16(), answer.body["error"].clone());
    let refused = |status: u16, word: &str| (status, Value::from(word));
    let answer = ask(&world, "nowhere.example", &form(&desk, "x", SCOPE)).await;
    assert_eq!(error(answer), refused(400, "invalid_request"));
    let answer = ask(&world, "contoso.example", &form(&desk, "x", "openid")).await;
    assert_eq!(error(answer), refused(400, "invalid_scope"));
    let answer = ask(&world, "contoso.example", "grant_type=password&username=a&password=b").await;
    assert_eq!(error(answer), refused(400, "unsupported_grant_type"));
    assert_eq!(error(ask(&world, "contoso.example", "").await), refused(400, "invalid_request"));
    let huge = "x".repeat(100_000);
    assert_eq!(error(ask(&world, "contoso.example", &huge).await), refused(413, "invalid_request"));
}

#[tokio::test]
async fn clients_find_the_endpoint_and_the_keys() {
    let world = World::new().await;
    let read =
        async |path: &str| world.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await.ok();
    let document = read("/contoso.example/v2.0/.well-known/openid-configuration").await;
    assert_eq!(document["token_endpoint"], format!("{ORIGIN}/{CONTOSO}/oauth2/v2.0/token"));
    assert_eq!(document["issuer"], format!("{ORIGIN}/{CONTOSO}/v2.0"));
    let keys = read(&format!("/{CONTOSO}/discovery/v2.0/keys")).await;
    assert_eq!(keys["keys"][0]["alg"], "RS256");
}
