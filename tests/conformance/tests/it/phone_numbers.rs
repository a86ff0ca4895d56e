//! Numbers that a resource purchases with the official SDKs: they are reached at once, also after a crash, and
//! until they are released.

use std::net::IpAddr;

use conformance::app::App;
use conformance::cli::ringdown;
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::sdk::{Kind, Sdk};
use conformance::signed::{Client, Signature};
use conformance::sipp::Scenario;
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared_configuration::{NUMBER, carrier, configuration};

const BERLIN: &str = "+4930555000";

fn numbers(carrier: IpAddr) -> String {
    let trunk = format!(
        "[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\nprefixes = [\"+1999\"]\n\
         [[tenants.trunks.numbers]]\nrange = \"{BERLIN}-+4930555009\"\ncountry = \"DE\"\narea-code = \"30\"\n\
         locality = \"Berlin\"\n\
         [[tenants.trunks.numbers]]\nrange = \"+18005550000-+18005550009\"\ncountry = \"US\"\ntype = \"toll-free\"\n\
         assignment = \"application\"\nsms = \"inbound+outbound\"\nmonthly-cost = 2.5\n"
    );
    configuration("", &trunk)
}

fn wanted(quantity: usize) -> Value {
    json!({ "wanted": {
        "countryCode": "DE", "phoneNumberType": "geographic", "assignmentType": "application", "areaCode": "30",
        "capabilities": { "calling": "inbound+outbound", "sms": "none" }, "quantity": quantity,
    } })
}

/// Somebody calls the number, and the application is told.
async fn rings(platform: &Platform, app: &App, carrier: IpAddr, number: &str) {
    let line = Scenario::caller(carrier, &platform.ready.sip.udp, number).calling_as("+1999555").start();
    let incoming =
        app.event_where("IncomingCall", |event| event.data()["to"]["phoneNumber"]["value"] == number).await;
    let reject = json!({ "incomingCallContext": incoming.text("incomingCallContext") });
    let rejected = Client::new(&platform.ready).post("/calling/callConnections:reject", &reject).send().await;
    assert_eq!(rejected.status, 204, "{}", rejected.body);
    drop(line);
}

async fn is_nobodys(platform: &Platform, carrier: IpAddr, number: &str) {
    Scenario::refused(carrier, &platform.ready.sip.udp, number, 403).start().ends_well().await;
}

async fn a_number_is_purchased_and_released(kind: Kind, last: u8) {
    let carrier: IpAddr = carrier(last).into();
    let mut platform = Platform::configured("numbers", &numbers(carrier)).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let sdk = Sdk::start(kind, &platform.ready);
    is_nobodys(&platform, carrier, BERLIN).await;

    let found = sdk.ask("search", wanted(2)).await;
    assert_eq!(found["numbers"], json!([BERLIN, "+4930555001"]));
    is_nobodys(&platform, carrier, BERLIN).await;
    sdk.ask("purchase", json!({ "search": found["search"] })).await;
    let held = sdk.ask("list", json!({})).await;
    let held: Vec<&str> =
        held.as_array().unwrap().iter().filter_map(|number| number["number"].as_str()).collect();
    assert_eq!(held, [NUMBER, BERLIN, "+4930555001"]);

    // It is reached at once, and shown to whom the application calls.
    rings(&platform, &app, carrier, BERLIN).await;
    let callee = Scenario::callee(carrier).start_listening().await;
    let call = json!({
        "targets": [{ "kind": "phoneNumber", "phoneNumber": { "value": "+1999555" } }],
        "sourceCallerIdNumber": { "value": BERLIN }, "callbackUri": app.url("/callbacks"),
    });
    let client = Client::new(&platform.ready);
    let called = client.post("/calling/callConnections", &call).send().await;
    assert_eq!(called.status, 201, "{}", called.body);
    callee.talks().await;
    assert!(callee.messages().contains(&format!("sip:{BERLIN}@")), "{}", callee.messages());
    client.delete(&format!("/calling/callConnections/{}", called.text("callConnectionId"))).send().await;
    callee.ends_well().await;

    platform.kill();
    platform.restart().await;
    let sdk = Sdk::start(kind, &platform.ready);
    rings(&platform, &app, carrier, BERLIN).await;
    assert_eq!(sdk.ask("get", json!({ "number": BERLIN })).await["calling"], "inbound+outbound");
    let said = ringdown(&["reload", "--data", &platform.data().display().to_string()]).await;
    assert_eq!(said.status, 0, "{}", said.error);
    rings(&platform, &app, carrier, BERLIN).await;

    sdk.ask("release", json!({ "number": BERLIN })).await;
    is_nobodys(&platform, carrier, BERLIN).await;
    assert_eq!(sdk.ask_refused("get", json!({ "number": BERLIN })).await.status, Some(404));
    rings(&platform, &app, carrier, "+4930555001").await;
}

#[tokio::test]
async fn a_purchased_number_is_reached_at_once_and_after_a_crash_until_javascript_releases_it() {
    a_number_is_purchased_and_released(Kind::JavaScriptNumbers, 6).await;
}

#[tokio::test]
async fn a_purchased_number_is_reached_at_once_and_after_a_crash_until_python_releases_it() {
    a_number_is_purchased_and_released(Kind::PythonNumbers, 7).await;
}

/// What else the clients can, each with numbers of its own.
async fn everything_else(platform: &Platform, kind: Kind, reservation: &str) {
    let sdk = Sdk::start(kind, &platform.ready);
    let free = sdk.ask("browse", json!({ "country": "US", "type": "tollFree" })).await;
    let made = json!({ "country": "US", "type": "tollFree", "count": 2, "reservation": reservation });
    let made = sdk.ask("reserve", made).await;
    let reserved = |status: &str| {
        json!([format!("{} {status}", text(&free[0])), format!("{} {status}", text(&free[1]))])
    };
    assert_eq!((&made["status"], &made["numbers"]), (&json!("active"), &reserved("reserved")));
    let left = sdk.ask("browse", json!({ "country": "US", "type": "tollFree" })).await;
    assert!(!left.as_array().unwrap().contains(&free[0]), "{left}");
    sdk.ask("purchaseReservation", json!({ "reservation": reservation })).await;
    let done = sdk.ask("reservation", json!({ "reservation": reservation })).await;
    assert_eq!((&done["status"], &done["numbers"]), (&json!("completed"), &reserved("purchased")));
    assert!(sdk.ask("reservations", json!({})).await.as_array().unwrap().contains(&json!(reservation)));
    let refused = sdk.ask_refused("deleteReservation", json!({ "reservation": reservation })).await;
    assert_eq!(refused.status, Some(409), "{refused:?}");

    let update = json!({ "number": free[0], "capabilities": { "calling": "inbound", "sms": "outbound" } });
    let changed = sdk.ask("update", update).await;
    assert_eq!((&changed["calling"], &changed["sms"]), (&json!("inbound"), &json!("outbound")));

    assert_eq!(sdk.ask("countries", json!({})).await[0], "DE Germany");
    assert_eq!(sdk.ask("localities", json!({ "country": "DE" })).await, json!(["Berlin"]));
    assert_eq!(sdk.ask("areaCodes", json!({ "country": "DE" })).await, json!(["30"]));
    assert_eq!(sdk.ask("tollFreeAreaCodes", json!({ "country": "US" })).await, json!(["800"]));
    assert_eq!(sdk.ask("offerings", json!({ "country": "US" })).await, json!(["tollFree application"]));
    let told = sdk.ask("lookUp", json!({ "numbers": ["+14255550100"] })).await;
    assert_eq!(told, json!(["(425) 555-0100, US"]));
    let mut elsewhere = wanted(1);
    elsewhere["wanted"]["countryCode"] = json!("FR");
    let refused = sdk.ask_refused("search", elsewhere).await;
    assert!(refused.message.contains("OutOfStock"), "{refused:?}");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[tokio::test]
async fn everything_that_the_clients_can_do_with_numbers_is_done() {
    let platform = Platform::configured("numbers-more", &numbers(carrier(8).into())).await;
    everything_else(&platform, Kind::JavaScriptNumbers, "6227aeb8-8086-4824-9586-05c3138c4cb8").await;
    everything_else(&platform, Kind::PythonNumbers, "7227aeb8-8086-4824-9586-05c3138c4cb8").await;
}

#[tokio::test]
async fn trunks_and_routes_are_set_up_with_the_clients() {
    let platform = Platform::configured("sip-routing", &configuration("", "")).await;
    let fqdn = |kind: Kind, name: &str| format!("{name}-{kind:?}.contoso.com").to_lowercase();
    for kind in [Kind::JavaScriptNumbers, Kind::PythonNumbers] {
        let sdk = Sdk::start(kind, &platform.ready);
        let (one, two) = (fqdn(kind, "one"), fqdn(kind, "two"));
        let trunk = |name: &str, port: u16| json!({ "fqdn": name, "sipSignalingPort": port });
        sdk.ask("setTrunks", json!({ "trunks": [trunk(&one, 5061)] })).await;
        sdk.ask("setTrunk", json!({ "trunk": trunk(&two, 1234) })).await;
        let trunks = sdk.ask("trunks", json!({})).await;
        assert_eq!(trunks, json!([trunk(&one, 5061), trunk(&two, 1234)]));
        assert_eq!(sdk.ask("trunk", json!({ "trunk": two })).await["sipSignalingPort"], 1234);
        let route = json!({ "name": "all", "numberPattern": r"\+.*", "trunks": [two] });
        sdk.ask("setRoutes", json!({ "routes": [route] })).await;
        assert_eq!(sdk.ask("routes", json!({})).await[0]["numberPattern"], r"\+.*");
        let refused = sdk.ask_refused("deleteTrunk", json!({ "trunk": two })).await;
        assert_eq!(refused.status, Some(422), "{refused:?}");
        sdk.ask("setRoutes", json!({ "routes": [] })).await;
        sdk.ask("setTrunks", json!({ "trunks": [] })).await;
        assert_eq!(sdk.ask("trunks", json!({})).await, json!([]));
    }
}

#[tokio::test]
async fn a_consent_is_kept_when_the_server_dies() {
    let mut platform = Platform::configured("consents", &configuration("", "")).await;
    let path = "/access/teamsExtension/tenants/11111111-2222-3333-4444-555555555555/assignments/aaaaaaaa-2222-3333-4444-555555555555";
    let client = Client::new(&platform.ready);
    let put = |signature| {
        let body = json!({ "principalType": "teamsResourceAccount" }).to_string();
        client.request(Method::PUT, path).version("2025-06-30").bytes(body).signed(signature).send()
    };
    for forged in [Signature::Missing, Signature::OfAnotherKey, Signature::OfAnotherPath, Signature::Old] {
        assert_eq!(put(forged).await.refusal().0, 401, "{forged:?}");
    }
    assert_eq!(put(Signature::Right).await.status, 201);
    platform.kill();
    platform.restart().await;
    let kept = Client::new(&platform.ready).get(path).version("2025-06-30").send().await;
    assert_eq!((kept.status, kept.text("principalType")), (200, "teamsResourceAccount"));
}

#[tokio::test]
async fn ranges_that_overlap_are_refused_at_the_start_and_at_a_reload_with_their_place() {
    let good = numbers(carrier(8).into());
    let platform = Platform::configured("numbers-overlap", &good).await;
    let overlapping = good.replace("+18005550000-+18005550009", "+4930555009-+4930555010");
    platform.configure(&overlapping);
    let said = ringdown(&["reload", "--data", &platform.data().display().to_string()]).await;
    let file = platform.data().join("ringdown.toml").display().to_string();
    let expected = "+4930555009-+4930555010 overlaps +4930555000-+4930555009 (line 24)";
    assert!(said.status == 1 && said.error.contains(expected), "{}", said.error);
    let said = ringdown(&["config", "--config", &file]).await;
    assert!(said.status != 0 && said.error.contains(expected), "{}{}", said.output, said.error);
    assert!(said.error.contains("line 29"), "{}", said.error);
}
