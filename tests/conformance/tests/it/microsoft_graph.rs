//! Microsoft Graph, with the official client: people, presence, change notifications, resource accounts.

use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conformance::cli::ringdown;
use conformance::patience::in_time;
use conformance::platform::Platform;
use conformance::sdk::here;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, mpsc};

const DESK: &str = "00000000-0000-0000-0000-0000000000d1";
const ADELE: &str = "00000000-0000-0000-0000-0000000000a1";
const SECRET: &str = "secret";

/// A company of three people, a service number, and a contact center that may do all that Graph has.
const CONTOSO: &str = r#"
tenant: { name: Contoso, domains: [contoso.example], usageLocation: US }
users:
- { userPrincipalName: adele@contoso.example, objectId: 00000000-0000-0000-0000-0000000000a1, displayName: Adele Vance,
    givenName: Adele, surname: Vance, department: Sales, jobTitle: Account Executive, mail: adele@contoso.example }
- { userPrincipalName: alex@contoso.example, displayName: Alex Wilber, department: Support }
- { userPrincipalName: lee@contoso.example, displayName: Lee Gu, department: Support }
resourceAccounts:
- userPrincipalName: line@contoso.example
  displayName: Contoso Line
  applicationId: 00000000-0000-0000-0000-0000000000d1
  licenses: [TeamsPhoneResourceAccount]
applications:
- clientId: 00000000-0000-0000-0000-0000000000d1
  displayName: Contact center
  secrets: ["sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"]
  permissions: [User.Read.All, Presence.ReadWrite.All, TeamsResourceAccount.Read.All]
"#;

/// The official client in a process of its own.
struct Client {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Client {
    fn start(platform: &Platform, secret: &str) -> Self {
        let mut process = Command::new("node")
            .arg(here("js/graph.mjs"))
            .args([platform.ready.endpoint.as_str(), "contoso.example", DESK, secret])
            .env("NODE_EXTRA_CA_CERTS", &platform.ready.ca_certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node starts; has tests/conformance/install run?");
        let output = BufReader::new(process.stdout.take().expect("piped")).lines();
        Self { input: process.stdin.take().expect("piped"), output, _process: process }
    }

    async fn try_ask(&mut self, request: Value) -> Result<Value, Value> {
        self.input.write_all(format!("{request}\n").as_bytes()).await.expect("the client runs");
        let line = in_time("the client to answer", self.output.next_line()).await;
        let line = line.expect("the client runs").expect("the client has not ended");
        let mut answer: Value = serde_json::from_str(&line).expect("the driver writes JSON");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["ok"].take()),
        }
    }

    async fn ask(&mut self, request: Value) -> Value {
        let shown = request.to_string();
        self.try_ask(request).await.unwrap_or_else(|error| panic!("{shown} was refused: {error}"))
    }
}

/// An application's endpoint.
struct Endpoint {
    url: String,
    told: Mutex<mpsc::UnboundedReceiver<Value>>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let url = format!("http://{}/hook", listener.local_addr().expect("it is bound"));
        let (sender, told) = mpsc::unbounded_channel();
        let router = Router::new().fallback(receive).with_state(Arc::new(sender));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, told: Mutex::new(told) }
    }

    async fn next(&self) -> Value {
        let mut told = self.told.lock().await;
        in_time("a notification", told.recv()).await.expect("the endpoint runs")
    }
}

async fn receive(
    State(told): State<Arc<mpsc::UnboundedSender<Value>>>,
    Query(query): Query<Vec<(String, String)>>,
    body: Bytes,
) -> Response {
    match query.into_iter().find(|(name, _)| name == "validationToken") {
        Some((_, token)) => token.into_response(),
        None => {
            // A test that has ended does not listen any more.
            let _ = told.send(serde_json::from_slice(&body).expect("a notification is JSON"));
            StatusCode::ACCEPTED.into_response()
        }
    }
}

async fn company(name: &str) -> Platform {
    let platform = Platform::demo(name).await;
    let document = platform.data().join("contoso.yaml");
    std::fs::write(&document, CONTOSO).expect("the data folder can be written");
    let (document, data) = (document.display().to_string(), platform.data().display().to_string());
    let said = ringdown(&["apply", "-f", &document, "--data", &data]).await;
    assert_eq!(said.status, 0, "{}{}", said.output, said.error);
    platform
}

fn in_minutes(minutes: u64) -> String {
    let now = std::time::SystemTime::now() + std::time::Duration::from_secs(60 * minutes);
    let date = httpdate::fmt_http_date(now);
    // `Sat, 21 Nov 2026 20:00:00 GMT`, the other way round.
    let words: Vec<&str> = date.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(words[2]).expect("a month") / 3 + 1;
    format!("{}-{month:02}-{}T{}Z", words[3], words[1], words[4])
}

#[tokio::test]
async fn the_official_graph_client_finds_people_and_resource_accounts() {
    let platform = company("graph_people").await;
    let mut client = Client::start(&platform, SECRET);
    let adele = client.ask(json!({ "method": "get", "path": "/users/adele@contoso.example" })).await;
    assert_eq!((&adele["id"], &adele["jobTitle"]), (&json!(ADELE), &json!("Account Executive")));
    let found = client
        .ask(json!({ "method": "get", "path": "/users", "eventual": true, "select": "displayName",
            "filter": "startswith(displayName,'A') and department ne 'Support'" }))
        .await;
    assert_eq!(
        (&found["@odata.count"], &found["value"]),
        (&json!(1), &json!([{ "displayName": "Adele Vance" }]))
    );
    let found = client
        .ask(json!({ "method": "get", "path": "/users", "eventual": true, "search": "\"displayName:gu\"" }))
        .await;
    assert_eq!(found["value"][0]["userPrincipalName"], "lee@contoso.example");
    let all = client
        .ask(json!({ "method": "get", "path": "/users", "top": 1, "orderby": "displayName", "allPages": true }))
        .await;
    let names: Vec<&str> =
        all.as_array().expect("a list").iter().filter_map(|user| user["displayName"].as_str()).collect();
    assert_eq!(names, ["Adele Vance", "Alex Wilber", "Contoso Line", "Lee Gu"], "page by page");
    let accounts = client
        .ask(json!({ "method": "get", "version": "beta", "path": "/admin/teams/resourceAccounts",
            "filter": format!("appid eq '{DESK}'") }))
        .await;
    assert_eq!(accounts["value"][0]["displayName"], "Contoso Line");

    let refused = client.try_ask(json!({ "method": "get", "path": "/users/nobody@contoso.example" })).await;
    let refused = refused.expect_err("there is nobody of this name");
    assert_eq!((&refused["status"], &refused["code"]), (&json!(404), &json!("Request_ResourceNotFound")));
    let mut stranger = Client::start(&platform, "a wrong one");
    let refused = stranger.try_ask(json!({ "method": "get", "path": "/users" })).await;
    assert!(refused.expect_err("nobody gets a token")["message"].to_string().contains("invalid_client"));
}

#[tokio::test]
async fn the_official_graph_client_is_told_of_presence_also_after_a_crash() {
    let mut platform = company("graph_presence").await;
    let endpoint = Endpoint::start().await;
    let mut client = Client::start(&platform, SECRET);
    let act = |verb: &str, body: Value| json!({ "method": "post", "path": format!("/users/{ADELE}/presence/{verb}"), "body": body });
    let made = client
        .ask(json!({ "method": "post", "path": "/subscriptions", "body": {
            "changeType": "updated",
            "notificationUrl": endpoint.url,
            "resource": format!("/communications/presences?$filter=id in ('{ADELE}')"),
            "expirationDateTime": in_minutes(50),
            "clientState": "ours",
        } }))
        .await;
    let busy = json!({ "sessionId": DESK, "availability": "Busy", "activity": "InACall", "expirationDuration": "PT1H" });
    client.ask(act("setPresence", busy)).await;
    let told = endpoint.next().await;
    let told = &told["value"][0];
    assert_eq!((&told["subscriptionId"], &told["clientState"]), (&made["id"], &json!("ours")));
    assert_eq!(told["resourceData"]["id"], ADELE);
    let path = format!("/users/{ADELE}/presence");
    let presence = client.ask(json!({ "method": "get", "path": path })).await;
    assert_eq!((&presence["availability"], &presence["activity"]), (&json!("Busy"), &json!("InACall")));
    let wish =
        json!({ "availability": "DoNotDisturb", "activity": "DoNotDisturb", "expirationDuration": "PT8H" });
    client.ask(act("setUserPreferredPresence", wish)).await;
    endpoint.next().await;

    platform.kill();
    platform.restart().await;
    let mut client = Client::start(&platform, SECRET);
    let many = json!({ "method": "post", "path": "/communications/getPresencesByUserId", "body": { "ids": [ADELE] } });
    let shown = client.ask(many).await;
    assert_eq!(shown["value"][0]["availability"], "DoNotDisturb");
    client.ask(act("clearUserPreferredPresence", json!({}))).await;
    assert_eq!(endpoint.next().await["value"][0]["subscriptionId"], made["id"]);
    let path = format!("/subscriptions/{}", made["id"].as_str().expect("an id"));
    let renewal = json!({ "expirationDateTime": in_minutes(59) });
    client.ask(json!({ "method": "patch", "path": path, "body": renewal })).await;
    client.ask(json!({ "method": "delete", "path": path })).await;
    let list = client.ask(json!({ "method": "get", "path": "/subscriptions" })).await;
    assert_eq!(list["value"], json!([]));
    client.ask(act("clearPresence", json!({ "sessionId": DESK }))).await;
    let refused = client.try_ask(act(
        "setPresence",
        json!({ "sessionId": ADELE, "availability": "Away", "activity": "Away" }),
    ));
    assert_eq!(refused.await.expect_err("a session of somebody else")["status"], 400);
}
