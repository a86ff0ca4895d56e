//! What an administrator sees and does.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::surface::{METRICS_TOKEN, Surface, TOKEN};

const OPERATIONS: [(&str, &str); 29] = [
    ("GET", "/admin/v1/explain"),
    ("POST", "/admin/v1/apply"),
    ("GET", "/admin/v1/tenants"),
    ("GET", "/admin/v1/tenants/x/document"),
    ("POST", "/admin/v1/tenants/x/grants"),
    ("GET", "/admin/v1/tenants/x/objects/user"),
    ("POST", "/admin/v1/tenants/x/objects/user"),
    ("PATCH", "/admin/v1/tenants/x/objects/user/y"),
    ("DELETE", "/admin/v1/tenants/x/objects/user/y"),
    ("GET", "/metrics"),
    ("GET", "/admin/v1/trunks"),
    ("GET", "/health"),
    ("GET", "/admin/v1/server"),
    ("GET", "/admin/v1/numbers"),
    ("GET", "/admin/v1/phones"),
    ("GET", "/admin/v1/calls"),
    ("GET", "/admin/v1/call-records"),
    ("GET", "/admin/v1/recordings"),
    ("GET", "/admin/v1/recordings/x"),
    ("DELETE", "/admin/v1/recordings/x"),
    ("GET", "/admin/v1/subscriptions"),
    ("POST", "/admin/v1/subscriptions"),
    ("GET", "/admin/v1/subscriptions/x"),
    ("DELETE", "/admin/v1/subscriptions/x"),
    ("POST", "/admin/v1/subscriptions/x/validate"),
    ("GET", "/admin/v1/deliveries"),
    ("GET", "/admin/v1/dead-letters"),
    ("POST", "/admin/v1/dead-letters/redeliver"),
    ("POST", "/admin/v1/dead-letters/x/redeliver"),
];

#[tokio::test]
async fn nothing_is_told_or_done_without_the_token() {
    let surface = Surface::start().await;
    for (method, path) in OPERATIONS.into_iter().chain([("GET", "/admin/v1/nothing")]) {
        for authorization in [None, Some("Bearer wrong"), Some("Basic b3Blbg=="), Some("Bearer ")] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let (status, body) = surface.ask_with(method, path, None, authorization).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} with {authorization:?}");
            assert_eq!(body["error"]["code"], "7509");
        }
    }
}

#[tokio::test]
async fn only_the_page_is_open_and_it_runs_no_script_of_strangers() {
    let surface = Surface::start().await;
    for (path, kind) in [("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")] {
        let answer = reqwest::get(surface.url(path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind));
        assert!(header("content-security-policy").contains("default-src 'none'"));
    }
}

#[tokio::test]
async fn answers_about_people_are_kept_nowhere() {
    let surface = Surface::start().await;
    for (path, token) in
        [("/admin/v1/calls", "open sesame"), ("/admin/v1/nothing", "open sesame"), ("/health", "x")]
    {
        let asked = reqwest::Client::new().get(surface.url(path)).bearer_auth(token);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
    }
}

#[tokio::test]
async fn phones_and_numbers_are_listed_filtered_and_paged() {
    let surface = Surface::start().await;
    let server = surface.get("/admin/v1/server").await;
    assert_eq!(server["endpoint"], "https://localhost:8443");
    assert_eq!(server["numbers"].as_array().unwrap().len(), 2);

    let registered = surface.get("/admin/v1/phones?registered=true").await;
    assert_eq!(registered["value"].as_array().unwrap().len(), 1);
    assert_eq!(registered["value"][0]["contacts"][0]["contact"], "sip:demo-1@127.0.0.1:5062");
    let away = surface.get("/admin/v1/phones?registered=false").await;
    assert_eq!(away["value"][0]["name"], "demo-2");

    let first = surface.get("/admin/v1/numbers?top=1&kind=service").await;
    let second = surface.get(first["nextLink"].as_str().unwrap()).await;
    assert_eq!(
        (&first["value"][0]["number"], &second["value"][0]["number"]),
        (&json!("+14255550100"), &json!("+14255550101"))
    );
    assert_eq!(second["nextLink"], Value::Null);

    for wrong in ["top=0", "top=501", "after=x", "registered=perhaps", "nmae=demo-1"] {
        let (status, body) = surface.ask(Method::GET, &format!("/admin/v1/phones?{wrong}"), None).await;
        assert_eq!((status, &body["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("8523")), "{wrong}");
    }
}

#[tokio::test]
async fn trunks_are_listed_with_how_they_are() {
    let surface = Surface::start().await;
    let trunks = surface.get("/admin/v1/trunks?state=down").await;
    let trunk = &trunks["value"][0];
    assert_eq!((&trunk["name"], &trunk["host"]), (&json!("carrier"), &json!("sbc.example.net")));
    assert_eq!((&trunk["since"], &trunk["tenant"]), (&json!("1970-01-01T00:00:01Z"), &json!("Contoso")));
    assert_eq!(trunk["roundTripMilliseconds"], 12.0);
    assert_eq!(trunk["registration"], "registered");
    assert_eq!(surface.get("/admin/v1/trunks?state=up").await["value"], json!([]));
}

#[tokio::test]
async fn prometheus_has_a_token_that_opens_nothing_else() {
    let surface = Surface::start().await;
    let ask = async |path: &str, token: &str| {
        let answer = reqwest::Client::new().get(surface.url(path)).bearer_auth(token).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    for token in [TOKEN, METRICS_TOKEN] {
        let (status, page) = ask("/metrics", token).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("\nringdown_sip_bindings 7\n"), "{page}");
        assert!(page.contains("\nringdown_ready 1\n"), "{page}");
    }
    for path in ["/admin/v1/calls", "/health", "/admin/v1/dead-letters"] {
        assert_eq!(ask(path, METRICS_TOKEN).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn everybody_hears_whether_it_is_ready_and_the_administrator_why_not() {
    let surface = Surface::start().await;
    let ask = async |path: &str, token: &str| {
        let answer = reqwest::Client::new().get(surface.url(path)).bearer_auth(token).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    assert_eq!(ask("/health/live", "").await, (StatusCode::OK, json!({ "status": "live" })));
    assert_eq!(ask("/health/ready", "").await, (StatusCode::OK, json!({ "status": "ready" })));
    surface.draining.store(true, std::sync::atomic::Ordering::Relaxed);
    let stranger = ask("/health/ready", "").await;
    assert_eq!(stranger, (StatusCode::SERVICE_UNAVAILABLE, json!({ "status": "not ready" })));
    let (status, told) = ask("/health/ready", TOKEN).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(told["reasons"][0].as_str().unwrap().contains("draining"), "{told}");
    assert_eq!(ask("/health/live", "").await.0, StatusCode::OK, "it lives while it drains");
}

#[tokio::test]
async fn every_call_that_is_over_is_listed() {
    let surface = Surface::start().await;
    surface.busy_phone(1).await;
    let records = surface.get("/admin/v1/call-records").await;
    let record = &records["value"][0];
    assert_eq!(record["called"], json!(["4:+14255550102"]));
    assert_eq!((&record["endReason"], &record["lastedSeconds"]), (&json!("Busy"), &json!(0.0)));
    assert_eq!((&record["connected"], &record["callConnectionId"]), (&Value::Null, &Value::Null));
    let none = surface.get("/admin/v1/call-records?callId=00000000-0000-0000-0000-000000000002").await;
    assert_eq!(none["value"], json!([]));
}

#[tokio::test]
async fn a_lost_callback_is_found_and_sent_again() {
    let surface = Surface::start().await;
    surface.call(1, 200).await;
    surface.call(2, 410).await;
    surface.call(3, 404).await;
    surface.phones_talk(4).await;

    let calls = surface.get("/admin/v1/calls").await;
    assert_eq!(calls["value"].as_array().unwrap().len(), 4);
    let phones = surface.get("/admin/v1/calls?callId=00000000-0000-0000-0000-000000000004").await;
    assert_eq!(
        (&phones["value"][0]["source"], &phones["value"][0]["callConnectionId"]),
        (&json!("4:+14255550101"), &Value::Null),
        "a call that no application holds is a call"
    );
    let pages = surface.get("/admin/v1/calls?top=3").await;
    let rest = surface.get(pages["nextLink"].as_str().unwrap()).await;
    assert_eq!((pages["value"].as_array().unwrap().len(), rest["value"].as_array().unwrap().len()), (3, 1));
    let one = surface.get("/admin/v1/calls?callId=00000000-0000-0000-0000-000000000002").await;
    assert_eq!(one["value"][0]["source"], "4:+14255550199");

    let delivered = surface.get("/admin/v1/deliveries?state=delivered&eventType=CallConnected").await;
    assert_eq!(delivered["value"].as_array().unwrap().len(), 1);
    assert_eq!(delivered["value"][0]["attempts"][0]["status"], 200);
    let pages = surface.get("/admin/v1/deliveries?top=2").await;
    let rest = surface.get(pages["nextLink"].as_str().unwrap()).await;
    assert_eq!((pages["value"].as_array().unwrap().len(), rest["value"].as_array().unwrap().len()), (2, 1));

    let letters = surface.get("/admin/v1/dead-letters").await;
    let letter = &letters["value"][0];
    assert_eq!(letter["deadLetterReason"], "UndeliverableDueToClientError");
    assert_eq!((&letter["deliveryAttempts"], &letter["lastStatus"]), (&json!(1), &json!(404)));
    let path = format!("/admin/v1/dead-letters/{}/redeliver", letter["id"].as_str().unwrap());
    let (status, body) = surface.ask(Method::POST, &path, None).await;
    assert_eq!((status, &body["redelivered"]), (StatusCode::OK, &json!(1)));
    let (status, _) = surface.ask(Method::POST, "/admin/v1/dead-letters/nobody/redeliver", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let redeliver =
        async |body: Value| surface.ask(Method::POST, "/admin/v1/dead-letters/redeliver", Some(body)).await;
    let (_, unknown) = redeliver(json!({ "ids": ["nobody"] })).await;
    assert_eq!((&unknown["redelivered"], &unknown["unknown"]), (&json!(0), &json!(["nobody"])));
    assert_eq!(redeliver(json!({ "all": true, "eventType": "PlayFailed" })).await.1["redelivered"], 0);
    for wrong in [json!({}), json!({ "ids": ["x"], "all": true }), json!({ "everything": true }), json!([])] {
        assert_eq!(redeliver(wrong.clone()).await.0, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[tokio::test]
async fn subscriptions_are_made_shown_and_deleted() {
    let surface = Surface::start().await;
    let create = async |body: Value| surface.ask(Method::POST, "/admin/v1/subscriptions", Some(body)).await;
    let sound = json!({
        "name": "calls",
        "endpoint": surface.url("/hook/202"),
        "filter": { "includedEventTypes": ["IncomingCall"] },
    });
    let (status, made) = create(sound.clone()).await;
    assert_eq!((status, &made["state"]), (StatusCode::CREATED, &json!("awaiting-validation")));
    assert_eq!(made["eventDeliverySchema"], "EventGridSchema");
    assert_eq!(create(sound).await.0, StatusCode::CONFLICT);
    for wrong in [
        json!({}),
        json!({ "name": "inside", "endpoint": "http://10.0.0.1/" }),
        json!({ "name": "x", "endpoint": "nowhere" }),
        json!({ "name": "x", "endpoint": "https://example.org", "filter": { "includedEventTypes": ["Ringing"] } }),
        json!({ "name": "x", "endpoint": "https://example.org", "colour": "blue" }),
    ] {
        let (status, body) = create(wrong.clone()).await;
        assert_eq!((status, &body["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("8523")), "{wrong}");
    }

    let (status, asked) = surface.ask(Method::POST, "/admin/v1/subscriptions/calls/validate", None).await;
    assert_eq!((status, &asked["state"]), (StatusCode::OK, &json!("awaiting-validation")));
    assert!(asked["lastAnswer"].as_str().unwrap().contains("202"));
    let id = made["id"].as_str().unwrap();
    let forged = reqwest::get(surface.url(&format!("/eventgrid/subscriptions/{id}/validate?code=x"))).await;
    assert_eq!(forged.unwrap().status(), StatusCode::BAD_REQUEST);

    let listed = surface.get("/admin/v1/subscriptions?state=awaiting-validation&name=calls").await;
    assert_eq!(listed["value"][0]["id"], id);
    assert!(
        surface.get("/admin/v1/subscriptions?state=active").await["value"].as_array().unwrap().is_empty()
    );
    assert_eq!(surface.get("/admin/v1/subscriptions/calls").await["id"], id);
    let path = format!("/admin/v1/subscriptions/{id}");
    assert_eq!(surface.ask(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    assert_eq!(surface.ask(Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
}
