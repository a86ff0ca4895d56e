//! A company's phone system, as its administrator sets it up from the command line.

use conformance::app::App;
use conformance::cli::{Said, ringdown};
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::sdk::{Kind, Sdk};
use conformance::signed::Client;
use conformance::sipp::Scenario;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared_configuration::{carrier, configuration};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/contoso.yaml");

/// Every kind of policy there is, but those whose names are fixed.
const POLICIES: [&str; 12] = [
    "CallHoldPolicy",
    "CallParkPolicy",
    "CallingLineIdentity",
    "CallingPolicy",
    "EmergencyCallRoutingPolicy",
    "EmergencyCallingPolicy",
    "ExternalAccessPolicy",
    "SharedCallingRoutingPolicy",
    "TenantDialPlan",
    "VoiceApplicationsPolicy",
    "VoiceRoutingPolicy",
    "VoicemailPolicy",
];

/// What a command says with the data folder of the server.
pub(crate) async fn says(platform: &Platform, arguments: &[&str]) -> Said {
    let data = platform.data().display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--data", &data]);
    ringdown(&all).await
}

/// What it says when it works.
pub(crate) async fn does(platform: &Platform, arguments: &[&str]) -> String {
    let said = says(platform, arguments).await;
    assert_eq!(said.status, 0, "ringdown {} said: {}", arguments.join(" "), said.error);
    said.output
}

pub(crate) async fn teams(platform: &Platform, arguments: &[&str]) -> String {
    does(platform, &[&["teams"], arguments].concat()).await
}

/// What it says when it does not.
pub(crate) async fn refuses(platform: &Platform, arguments: &[&str], words: &str) {
    let said = says(platform, arguments).await;
    assert_ne!(said.status, 0, "{}", said.output);
    assert!(said.error.contains(words), "wanted {words:?}: {}", said.error);
}

pub(crate) fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn changes_of(outcome: &Value, kind: &str) -> usize {
    let changes = outcome["changes"].as_array().expect("changes");
    changes.iter().filter(|change| change["kind"] == kind).count()
}

#[tokio::test]
async fn a_company_applies_twice_exports_without_a_difference_and_outlives_a_kill() {
    let mut platform = Platform::demo("company").await;
    let apply = ["apply", "-f", DOCUMENT, "--json"];
    let tried = json_of(&does(&platform, &["apply", "-f", DOCUMENT, "--json", "--dry-run"]).await);
    assert_eq!((&tried["dryRun"], &tried["version"]), (&json!(true), &json!(0)));
    let first = json_of(&does(&platform, &apply).await);
    assert_eq!((&first["changes"], &first["version"]), (&tried["changes"], &json!(1)));
    for (kind, count) in [("User", 20), ("ResourceAccount", 2), ("PstnGateway", 3)] {
        assert_eq!(changes_of(&first, kind), count, "{kind}");
    }
    for policy in POLICIES {
        assert!(changes_of(&first, policy) > 0, "{policy}");
    }
    assert_eq!(json_of(&does(&platform, &apply).await)["changes"], json!([]));

    platform.kill();
    platform.restart().await;
    let export = does(&platform, &["export", "Contoso"]).await;
    let file = platform.data().join("export.yaml");
    std::fs::write(&file, &export).expect("there is room");
    let again = does(&platform, &["apply", "-f", &file.display().to_string(), "--json"]).await;
    assert_eq!(json_of(&again)["changes"], json!([]), "what was acknowledged is there");

    let alice =
        teams(&platform, &["get-user", "alice@contoso.example", "--tenant", "Contoso", "--json"]).await;
    assert_eq!(json_of(&alice)["lineUri"], "tel:+493012345610");
    // People, numbers and dial plans decide what is explained.
    let why = does(&platform, &["explain", "611", "--from", "alice@contoso.example"]).await;
    assert!(why.contains("+493012345611"), "{why}");

    let wrong = platform.data().join("wrong.yaml");
    std::fs::write(&wrong, export.replace("unansweredDelay: 30", "unansweredDelay: 31"))
        .expect("there is room");
    refuses(&platform, &["apply", "-f", &wrong.display().to_string()], "expected one of 5, 10, 15, 20, 30")
        .await;
}

pub(crate) fn word(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The owner of the communication resource lets it answer for an account, or be used by a person.
pub(crate) async fn consents(platform: &Platform, object: &str, consent: Value) {
    let tenant = json_of(&teams(platform, &["get-tenant", "Contoso", "--json"]).await);
    let path = format!("/access/teamsExtension/tenants/{}/assignments/{object}", word(&tenant["tenantId"]));
    let client = Client::new(&platform.ready);
    let answer =
        client.request(Method::PUT, &path).version("2025-06-30").bytes(consent.to_string()).send().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// What the owner says of an account.
pub(crate) fn of_account() -> Value {
    json!({ "principalType": "teamsResourceAccount" })
}

/// Contract: Teams Phone §8.4, §8.5.
async fn an_application_answers_and_calls_for_a_line(kind: Kind, last: u8) {
    let carrier = carrier(last);
    let trunk = format!(
        "[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\nprefixes = [\"+\"]\n"
    );
    let platform = Platform::configured("line", &configuration("", &trunk)).await;
    let (line, number) = ("line@contoso.example", "+493012345600");
    teams(&platform, &["set-tenant", "Contoso", "domains=contoso.example", "usageLocation=DE"]).await;
    let link = format!("acsResourceId={}", platform.ready.resource_id);
    let application = "applicationId=5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01";
    let licenses = "licenses=TeamsPhoneResourceAccount,CallingPlan";
    teams(&platform, &["new-resource-account", line, application, licenses, &link]).await;
    let kinds = ["numberType=CallingPlan", "capability=VoiceApplicationAssignment"];
    teams(&platform, &["new-phone-number", number, kinds[0], kinds[1]]).await;
    teams(&platform, &["set-phone-number-assignment", number, "--to", line]).await;
    teams(&platform, &["sync-resource-account", line]).await;
    let account = json_of(&teams(&platform, &["get-resource-account", line, "--json"]).await);
    let account = word(&account["objectId"]);
    consents(&platform, &account, of_account()).await;
    let raw_id = format!("28:orgid:{account}");

    let app = App::start().await;
    let filter = format!("data.to.rawId:StringIn:{raw_id}");
    let url = app.url("/eventgrid");
    subscribed(&platform, "line", &["subscribe", "--name", "line", "--url", &url, "--filter", &filter]).await;
    let sdk = Sdk::start(kind, &platform.ready);
    let caller =
        Scenario::caller(carrier.into(), &platform.ready.sip.udp, number).calling_as("+4930999").start();
    let incoming = app.event("IncomingCall").await;
    assert_eq!(incoming.data()["to"], json!({ "kind": "unknown", "rawId": raw_id }));
    let callback = app.url("/callbacks");
    let answer = json!({ "context": incoming.text("incomingCallContext"), "callback": callback });
    let answered = sdk.ask("answer", answer).await;
    caller.talks().await;
    sdk.ask("hangUp", json!({ "connection": answered["connection"], "everyone": true })).await;
    caller.ends_well().await;

    let callee = Scenario::callee(carrier.into()).start_listening().await;
    let call = json!({ "target": "4:+4930999", "callback": callback, "account": account });
    let mut too_much = call.clone();
    too_much["displayName"] = json!("Service");
    let refused = sdk.ask_refused("create", too_much).await;
    assert_eq!((refused.status, refused.code.as_deref()), (Some(400), Some("8523")), "{refused:?}");
    let made = sdk.ask("create", call).await;
    callee.talks().await;
    assert!(callee.messages().contains(&format!("sip:{number}@")), "{}", callee.messages());
    sdk.ask("hangUp", json!({ "connection": made["connection"], "everyone": true })).await;
    callee.ends_well().await;
}

#[tokio::test]
async fn an_application_in_javascript_answers_and_calls_for_a_line_of_a_company() {
    an_application_answers_and_calls_for_a_line(Kind::JavaScript, 9).await;
}

#[tokio::test]
async fn an_application_in_python_answers_and_calls_for_a_line_of_a_company() {
    an_application_answers_and_calls_for_a_line(Kind::Python, 10).await;
}
