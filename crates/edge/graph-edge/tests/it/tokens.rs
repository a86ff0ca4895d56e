//! An application shows its secret and is given a token.

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::company::{CONTOSO, DESK, POOR, SECRET};
use crate::world::{Answer, ORIGIN, World};

async fn ask(world: &World, tenant: &str, form: &str) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri(format!("/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded");
    world.send(request.body(Body::from(form.to_owned())).unwrap()).await
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
    let wrong = ask(&world, "contoso.example", &form(&DESK.to_string(), "guess", SCOPE)).await;
    assert_eq!(error(&wrong), (401, "invalid_client".into()));
    let unknown = ask(&world, "contoso.example", &form("nobody", "guess", SCOPE)).await;
    assert_eq!(error(&unknown), (401, "invalid_client".into()));
    let mut last = wrong;
    for _ in 0..20 {
        last = ask(&world, "contoso.example", &form(&DESK.to_string(), "guess", SCOPE)).await;
    }
    assert_eq!(error(&last), (429, "temporarily_unavailable".into()));
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
