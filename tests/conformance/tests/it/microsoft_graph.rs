//! Microsoft Graph, with the official clients: people, presence, change notifications, resource accounts, and what
//! calls make of it.

use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use conformance::cli::ringdown;
use conformance::patience::{in_time, until_async};
use conformance::platform::Platform;
use conformance::sdk::here;
use conformance::soft_phone::SoftPhone;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, mpsc};

use crate::shared_configuration::configuration;

const DESK: &str = "00000000-0000-0000-0000-0000000000d1";
const ADELE: &str = "00000000-0000-0000-0000-0000000000a1";
const SECRET: &str = "secret";

const ALEX: &str = "00000000-0000-0000-0000-0000000000a2";

/// A company of three people, a service number, and a contact center that may do all that Graph has.
const CONTOSO: &str = r#"
tenant: { name: Contoso, domains: [contoso.example], usageLocation: US, synchronizePersonas: true }
users:
- { userPrincipalName: adele@contoso.example, objectId: 00000000-0000-0000-0000-0000000000a1, displayName: Adele Vance,
    givenName: Adele, surname: Vance, department: Sales, jobTitle: Account Executive, mail: adele@contoso.example,
    licenses: [Teams, TeamsPhone, CallingPlan], phones: [{ name: demo-1, persona: teams }] }
- { userPrincipalName: alex@contoso.example, objectId: 00000000-0000-0000-0000-0000000000a2, displayName: Alex Wilber,
    department: Support, licenses: [Teams, TeamsPhone], phones: [{ name: demo-2, persona: contactCenter }] }
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
phoneNumbers:
- { telephoneNumber: "+14255550177", numberType: CallingPlan, assignedPstnTargetId: adele@contoso.example }
"#;

/// An official client in a process of its own.
struct Client {
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Client {
    fn javascript(platform: &Platform, secret: &str) -> Self {
        Self::start("node", "js/graph.mjs", platform, &[secret])
    }

    fn python(platform: &Platform, secret_and_token: &[&str]) -> Self {
        let program = here("../../.make/venv/bin/python");
        Self::start(&program.display().to_string(), "python/graph.py", platform, secret_and_token)
    }

    fn start(program: &str, script: &str, platform: &Platform, secret_and_token: &[&str]) -> Self {
        let mut process = Command::new(program)
            .arg(here(script))
            .args([platform.ready.endpoint.as_str(), "contoso.example", DESK])
            .args(secret_and_token)
            .env("NODE_EXTRA_CA_CERTS", &platform.ready.ca_certificate)
            .env("SSL_CERT_FILE", &platform.ready.ca_certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the client starts; has tests/conformance/install run?");
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
async fn the_official_graph_clients_find_people_and_resource_accounts() {
    let platform = company("graph_people").await;
    finds(&mut Client::javascript(&platform, SECRET)).await;
    finds(&mut Client::python(&platform, &[SECRET])).await;
    let strangers =
        [Client::javascript(&platform, "a wrong one"), Client::python(&platform, &["a wrong one"])];
    for mut stranger in strangers {
        let refused = stranger.try_ask(json!({ "method": "get", "path": "/users" })).await;
        let refused = refused.expect_err("nobody gets a token");
        assert!(refused["message"].to_string().contains("invalid_client"), "{refused}");
    }
}

/// Whoever administers the machine lets a portal ask in the name of somebody who administers the company.
#[tokio::test]
async fn a_portal_asks_in_the_name_of_a_person() {
    let platform = company("graph_portal").await;
    let data = platform.data().display().to_string();
    let told = |scopes: &'static str| {
        let words = ["teams", "new-delegated-token", "adele@contoso.example", "--application", DESK, scopes];
        words
            .into_iter()
            .chain(["--data", &*data, "--tenant", "Contoso"])
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let told = async |scopes| {
        let words = told(scopes);
        ringdown(&words.iter().map(String::as_str).collect::<Vec<_>>()).await
    };
    let given = told("scopes=TeamsResourceAccount.Read.All").await;
    assert_eq!(given.status, 0, "{}", given.error);
    let mut portal = Client::python(&platform, &["no secret", given.output.trim()]);
    let accounts = json!({ "method": "get", "version": "beta", "path": "/admin/teams/resourceAccounts",
        "filter": format!("appid eq '{DESK}'") });
    assert_eq!(portal.ask(accounts).await["value"][0]["userPrincipalName"], "line@contoso.example");
    let refused = portal.try_ask(json!({ "method": "get", "path": "/users" })).await;
    assert_eq!(refused.expect_err("that was not granted")["status"], 403);
    let refused = told("scopes=Presence.ReadWrite.All").await;
    assert!(refused.status != 0 && refused.error.contains("in their own name only"), "{}", refused.error);
}

async fn finds(client: &mut Client) {
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
    assert_eq!(refused["status"], 404);
    // The one for Python tells no code.
    assert!(refused["code"].is_null() || refused["code"] == "Request_ResourceNotFound", "{refused}");
}

#[tokio::test]
async fn the_official_graph_clients_are_told_of_presence_also_after_a_crash() {
    let mut platform = company("graph_presence").await;
    let endpoint = Endpoint::start().await;
    let mut client = Client::javascript(&platform, SECRET);
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
    let mut client = Client::python(&platform, &[SECRET]);
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

#[tokio::test]
async fn whoever_does_not_want_to_be_disturbed_does_not_ring_and_whoever_talks_is_shown_busy() {
    let platform = company("graph_calls").await;
    let password = |name: &str| platform.phone(name).password.clone().expect("it is our own");
    let adele = SoftPhone::answering(&platform, "demo-1", &password("demo-1")).start_registered().await;
    let call = || SoftPhone::dialing(&platform, "demo-2", &password("demo-2"), "+14255550177").start();
    let mut client = Client::python(&platform, &[SECRET]);
    let act = |verb: &str, body: Value| json!({ "method": "post", "path": format!("/users/{ADELE}/presence/{verb}"), "body": body });
    let here = json!({ "sessionId": DESK, "availability": "Available", "activity": "Available", "expirationDuration": "PT1H" });
    client.ask(act("setPresence", here)).await;
    let wish = json!({ "availability": "DoNotDisturb", "activity": "DoNotDisturb" });
    client.ask(act("setUserPreferredPresence", wish)).await;
    let alex = call();
    alex.shows("480").await;
    alex.ends().await;
    assert!(!adele.ladder().contains("INVITE"), "it did not ring: {}", adele.ladder());

    client.ask(act("clearUserPreferredPresence", json!({}))).await;
    let alex = call();
    are_shown(&mut client, ["InACall", "InACall"]).await;
    alex.hangs_up().await;
    are_shown(&mut client, ["Available", "Offline"]).await;
}

/// The people of the second server are those of the first, whose Graph stands in for that of the cloud.
#[tokio::test]
async fn people_and_presence_of_another_directory_are_those_of_the_company() {
    let cloud = company("graph_cloud").await;
    let (ca, endpoint) = (&cloud.ready.ca_certificate, cloud.ready.endpoint.trim_end_matches('/'));
    let more = format!(
        "[tenants.directory]\nendpoint = \"{endpoint}\"\nauthority = \"{endpoint}/contoso.example\"\n\
         client-id = \"{DESK}\"\nclient-secret = \"{SECRET}\"\npeople-seconds = 1\npresence-seconds = 1\n"
    );
    let trusted = format!("[outgoing]\nextra-ca = \"{}\"\n", ca.display());
    let configuration = configuration("", &more).replace("[outgoing]\n", &trusted);
    let platform = Platform::configured("graph_source", &configuration).await;
    let data = platform.data().display().to_string();
    let teams = async |words: &[&str]| {
        let words = [&["teams"], words, &["--data", &data, "--tenant", "Contoso"]].concat();
        ringdown(&words).await
    };
    let adele = async || teams(&["get-user", "adele@contoso.example", "--json"]).await;
    until_async("the people of the directory", || async {
        adele().await.output.contains("Adele Vance").then_some(())
    })
    .await;
    let refused = teams(&["set-user", "adele@contoso.example", "displayName=Me"]).await;
    assert!(refused.status != 0 && refused.error.contains("another directory"), "{}", refused.error);

    // What the directory does not know of her is the company's own; the document names nobody else of it.
    let document = platform.data().join("contoso.yaml");
    let own =
        CONTOSO.lines().skip_while(|line| !line.starts_with("applications")).collect::<Vec<_>>().join("\n");
    let own = format!(
        "tenant: {{ name: Contoso, domains: [contoso.example], usageLocation: US }}\nusers:\n\
         - {{ userPrincipalName: adele@contoso.example, licenses: [Teams, TeamsPhone, CallingPlan],\n    \
         phones: [{{ name: alice, persona: teams }}] }}\n{own}\n"
    );
    std::fs::write(&document, own).expect("the data folder can be written");
    let said = ringdown(&["apply", "-f", &document.display().to_string(), "--data", &data]).await;
    assert_eq!(said.status, 0, "{}{}", said.output, said.error);
    let phone = SoftPhone::answering(&platform, "alice", "secret-of-alice").start_registered().await;

    let mut there = Client::javascript(&cloud, SECRET);
    let path = format!("/users/{ADELE}/presence/setPresence");
    let left_alone = json!({ "sessionId": DESK, "availability": "DoNotDisturb", "activity": "Presenting" });
    there.ask(json!({ "method": "post", "path": path, "body": left_alone })).await;
    let mut here = Client::python(&platform, &[SECRET]);
    let presence = json!({ "method": "get", "path": format!("/users/{ADELE}/presence") });
    let began = std::time::Instant::now();
    while here.ask(presence.clone()).await["availability"] != "DoNotDisturb" {
        assert!(
            began.elapsed().as_secs() < 20,
            "she is not seen as in her own directory: {}",
            platform.log()
        );
    }
    let bob = SoftPhone::dialing(&platform, "bob", "secret-of-bob", "+14255550177").start();
    bob.shows("480").await;
    bob.ends().await;
    assert!(!phone.ladder().contains("INVITE"), "it did not ring: {}", phone.ladder());
}

/// What Adele and Alex are shown to be doing, sooner or later.
async fn are_shown(client: &mut Client, words: [&str; 2]) {
    let many = json!({ "method": "post", "path": "/communications/getPresencesByUserId", "body": { "ids": [ADELE, ALEX] } });
    let began = std::time::Instant::now();
    loop {
        let told = client.ask(many.clone()).await;
        let told = told["value"].as_array().expect("a list").iter();
        let shown: Vec<_> = told.filter_map(|one| one["activity"].as_str()).collect();
        if shown == words {
            return;
        }
        assert!(began.elapsed().as_secs() < 20, "wanted {words:?}, and not {shown:?}");
    }
}
