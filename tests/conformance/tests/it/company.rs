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

/// What a command says with the data folder of the server.
async fn says(platform: &Platform, arguments: &[&str]) -> Said {
    let data = platform.data().display().to_string();
    let mut all = arguments.to_vec();
    all.extend(["--data", &data]);
    ringdown(&all).await
}

/// What it says when it works.
async fn does(platform: &Platform, arguments: &[&str]) -> String {
    let said = says(platform, arguments).await;
    assert_eq!(said.status, 0, "ringdown {} said: {}", arguments.join(" "), said.error);
    said.output
}

async fn teams(platform: &Platform, arguments: &[&str]) -> String {
    does(platform, &[&["teams"], arguments].concat()).await
}

/// What it says when it does not.
async fn refuses(platform: &Platform, arguments: &[&str], words: &str) {
    let said = says(platform, arguments).await;
    assert_ne!(said.status, 0, "{}", said.output);
    assert!(said.error.contains(words), "wanted {words:?}: {}", said.error);
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test]
async fn a_company_applies_twice_exports_without_a_difference_and_outlives_a_kill() {
    let mut platform = Platform::demo("company").await;
    let apply = ["apply", "-f", DOCUMENT, "--json"];
    let tried = json_of(&does(&platform, &["apply", "-f", DOCUMENT, "--json", "--dry-run"]).await);
    assert_eq!((&tried["dryRun"], &tried["version"]), (&json!(true), &json!(0)));
    let first = json_of(&does(&platform, &apply).await);
    assert_eq!((&first["changes"], &first["version"]), (&tried["changes"], &json!(1)));
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

fn word(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The owner of the communication resource lets it answer for an account.
async fn consents(platform: &Platform, account: &Value) {
    let tenant = json_of(&teams(platform, &["get-tenant", "Contoso", "--json"]).await);
    let path = format!(
        "/access/teamsExtension/tenants/{}/assignments/{}",
        word(&tenant["tenantId"]),
        word(&account["objectId"]),
    );
    let consent = json!({ "principalType": "teamsResourceAccount" }).to_string();
    let client = Client::new(&platform.ready);
    let answer = client.request(Method::PUT, &path).version("2025-06-30").bytes(consent).send().await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// Contract: Teams Phone §8.1, with the wrong turns that show before anybody calls.
#[tokio::test]
async fn a_line_is_brought_to_an_application_step_by_step() {
    let trunk =
        format!("[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{}\"\nprefixes = [\"+\"]\n", carrier(7));
    let platform = Platform::configured("onboarding", &configuration("", &trunk)).await;
    let (line, number) = ("line@contoso.example", "+493012345600");
    let application = "applicationId=5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01";
    let resource = format!("acsResourceId={}", platform.ready.resource_id);
    let goes = async || {
        let why = does(&platform, &["explain", number, "--from", "carrier", "--json"]).await;
        json_of(&why)["goesThrough"] == true
    };

    teams(&platform, &["set-tenant", "Contoso", "domains=contoso.example", "usageLocation=DE"]).await;
    let strange = ["teams", "new-resource-account", "line@fabrikam.example", application];
    refuses(&platform, &strange, "fabrikam.example is no domain of the tenant").await;
    teams(&platform, &["new-resource-account", line, application, "displayName=Service line"]).await;
    refuses(&platform, &["teams", "new-resource-account", line, application], "there is one of this name")
        .await;

    let kinds = ["numberType=CallingPlan", "capability=VoiceApplicationAssignment"];
    teams(&platform, &["new-phone-number", number, kinds[0], kinds[1]]).await;
    teams(&platform, &["new-phone-number", "+493012345610", kinds[0]]).await;
    let assign = ["teams", "set-phone-number-assignment", number, "--to", line];
    refuses(&platform, &assign, "without the license TeamsPhoneResourceAccount").await;
    teams(&platform, &["set-resource-account", line, "licenses=TeamsPhoneResourceAccount"]).await;
    let persons = ["teams", "set-phone-number-assignment", "+493012345610", "--to", line];
    refuses(&platform, &persons, "this number is for people").await;
    let assigned = does(&platform, &assign).await;
    assert!(assigned.contains("no acsResourceId; callers hear busy"), "{assigned}");
    assert!(!goes().await, "nobody answers for the account yet");

    let nobody = "acsResourceId=00000000-0000-0000-0000-0000000000ff";
    let incorrect = teams(&platform, &["set-resource-account", line, nobody]).await;
    assert!(incorrect.contains("no communication resource of this server has the id"), "{incorrect}");
    let linked = teams(&platform, &["set-resource-account", line, &resource]).await;
    assert!(linked.contains("is not synchronized; callers hear busy"), "{linked}");
    let synchronized = teams(&platform, &["sync-resource-account", line]).await;
    assert!(!synchronized.contains("warning"), "{synchronized}");
    assert!(!goes().await, "the resource has not consented");

    let account = json_of(&teams(&platform, &["get-resource-account", line, "--json"]).await);
    assert_eq!(account["phoneNumber"], format!("tel:{number}"));
    consents(&platform, &account).await;
    assert!(goes().await, "calls reach the application");

    refuses(&platform, &["teams", "remove-resource-account", line], "phone-number +493012345600 uses it")
        .await;
    teams(&platform, &["remove-phone-number-assignment", number]).await;
    teams(&platform, &["remove-resource-account", line]).await;
    assert!(!goes().await, "nobody holds the number");
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
    consents(&platform, &account).await;
    let account = word(&account["objectId"]);
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
