//! Agents who call under the company's number, and people who are reached at one of their clients.

use conformance::app::App;
use conformance::platform::Platform;
use conformance::scene::{subscribed, text};
use conformance::sdk::{Kind, Sdk};
use conformance::sipp::Scenario;
use conformance::soft_phone::{Conversation, SoftPhone};
use conformance::sound::Sound;
use serde_json::{Value, json};

use crate::company::{consents, does, json_of, of_account, word};
use crate::shared_configuration::{carrier, configuration};

const LINE: &str = "+493012345600";
const CUSTOMER: &str = "+4930999";

/// An agent with a desk and a phone of the company, an expert, and a second agent.
const DOCUMENT: &str = r#"
tenant: { name: Contoso, domains: [contoso.example], usageLocation: DE }
users:
  - userPrincipalName: agent@contoso.example
    licenses: [Teams, TeamsPhone, CallingPlan]
    callingSettings: { ringingClients: contactCenter }
    phones:
      - { name: bob, persona: contactCenter, onBehalfOf: line@contoso.example }
      - { name: bob-teams }
  - { userPrincipalName: expert@contoso.example, licenses: [Teams, TeamsPhone], enterpriseVoiceEnabled: true, phones: [{ name: alice }] }
  - { userPrincipalName: second@contoso.example, licenses: [Teams, TeamsPhone], enterpriseVoiceEnabled: true, phones: [{ name: carol, persona: contactCenter }] }
resourceAccounts:
  - userPrincipalName: line@contoso.example
    displayName: Contoso Service
    applicationId: 5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01
    acsResourceId: RESOURCE
    licenses: [TeamsPhoneResourceAccount, CallingPlan]
    concurrentOutboundCalls: 1
phoneNumbers:
  - { telephoneNumber: "+493012345600", numberType: CallingPlan, capability: [VoiceApplicationAssignment], assignedPstnTargetId: line@contoso.example }
  - { telephoneNumber: "+493012345610", numberType: CallingPlan, assignedPstnTargetId: agent@contoso.example }
"#;

struct Desk {
    platform: Platform,
    carrier: std::net::Ipv4Addr,
    app: App,
    sdk: Sdk,
    account: String,
}

impl Desk {
    async fn set(last: u8) -> Self {
        let carrier = carrier(last);
        let phone =
            |name: &str| format!("[[tenants.phones]]\nname = \"{name}\"\npassword = \"secret-of-{name}\"\n");
        let more = format!(
            "{}{}[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\nprefixes = [\"+\"]\n",
            phone("bob-teams"),
            phone("carol"),
        );
        let platform = Platform::configured("on-behalf", &configuration("", &more)).await;
        let file = platform.data().join("contoso.yaml");
        std::fs::write(&file, DOCUMENT.replace("RESOURCE", &platform.ready.resource_id))
            .expect("there is room");
        does(&platform, &["apply", "-f", &file.display().to_string()]).await;
        let id = async |noun: &str, name: &str| {
            let found = does(&platform, &["teams", noun, &format!("{name}@contoso.example"), "--json"]).await;
            word(&json_of(&found)["objectId"])
        };
        let account = id("get-resource-account", "line").await;
        consents(&platform, &account, of_account()).await;
        for name in ["agent", "second"] {
            let client = json!(["9f0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a09"]);
            let consent = json!({ "principalType": "user", "clientIds": client });
            consents(&platform, &id("get-user", name).await, consent).await;
        }
        let app = App::start().await;
        let filter = format!("data.onBehalfOfCallee.rawId:StringIn:28:orgid:{account}");
        let url = app.url("/eventgrid");
        subscribed(&platform, "line", &["subscribe", "--name", "line", "--url", &url, "--filter", &filter])
            .await;
        let sdk = Sdk::start(Kind::JavaScript, &platform.ready);
        Self { platform, carrier, app, sdk, account }
    }

    async fn waits(&self, name: &str) -> Conversation {
        SoftPhone::answering(&self.platform, name, &format!("secret-of-{name}"))
            .saying(Sound::tone(1500.0, 30.0))
            .start_registered()
            .await
    }

    async fn id_of(&self, name: &str) -> String {
        let user = format!("{name}@contoso.example");
        word(&json_of(&does(&self.platform, &["teams", "get-user", &user, "--json"]).await)["objectId"])
    }

    async fn calls_of(&self, name: &str, persona: &str) -> Value {
        let person = format!("{name}@contoso.example");
        let arguments = ["calls", "--of", &person, "--persona", persona, "--reveal", "--json"];
        json_of(&does(&self.platform, &arguments).await)
    }
}

/// What there is of a call of somebody, in a line.
fn told(calls: &Value) -> Vec<String> {
    let calls = calls.as_array().expect("a list").iter();
    calls.map(|call| format!("{} {} {}", call["direction"], call["with"], call["outcome"])).collect()
}

/// Contract: Teams Phone §8.5, §8.7, §8.8.
#[tokio::test]
async fn an_agent_calls_under_the_companys_number_and_the_application_brings_in_experts_and_agents() {
    let desk = Desk::set(12).await;
    let customer = Scenario::callee(desk.carrier.into()).start_listening().await;
    let agent = SoftPhone::dialing(&desk.platform, "bob", "secret-of-bob", CUSTOMER)
        .saying(Sound::tone(400.0, 60.0))
        .start();
    let incoming = desk.app.event("IncomingCall").await;
    let from = text(&incoming.data()["from"], "rawId");
    let resource = &desk.platform.ready.resource_id;
    assert!(from.starts_with(&format!("8:acs:{resource}_")), "{from}");
    assert!(from.ends_with(&desk.id_of("agent").await), "{from}");
    assert_eq!(incoming.data()["from"]["kind"], "teamsExtensionUser");
    assert_eq!(incoming.data()["to"]["phoneNumber"]["value"], CUSTOMER);
    let account = json!({ "kind": "unknown", "rawId": format!("28:orgid:{}", desk.account) });
    assert_eq!(incoming.data()["onBehalfOfCallee"], account);
    let answer =
        json!({ "context": incoming.text("incomingCallContext"), "callback": desk.app.url("/callbacks") });
    let connection = text(&desk.sdk.ask("answer", answer).await, "connection");
    desk.app.event("CallConnected").await;
    let with = |mut arguments: Value| {
        arguments["connection"] = json!(connection);
        arguments
    };

    // The number of the account is shown, and none may be named.
    let target = format!("4:{CUSTOMER}");
    let named = desk.sdk.ask_refused("add", with(json!({ "target": target, "callerNumber": LINE }))).await;
    assert_eq!((named.status, named.code.as_deref()), (Some(400), Some("8523")), "{named:?}");
    desk.sdk.ask("add", with(json!({ "target": target, "operationContext": "customer" }))).await;
    customer.talks().await;
    customer.media.hears_tone(400.0).await;
    desk.app.event_of("AddParticipantSucceeded", "customer").await;
    let invite = customer.messages();
    assert!(invite.contains(&format!("sip:{LINE}@")) && invite.contains("Contoso Service"), "{invite}");
    let full = desk.sdk.ask_refused("add", with(json!({ "target": "4:+4930998" }))).await;
    assert_eq!(full.status, Some(429), "{full:?}");

    // An expert at the phone of the company.
    let expert = desk.waits("alice").await;
    let expert_id = format!("8:orgid:{}", desk.id_of("expert").await);
    desk.sdk.ask("add", with(json!({ "target": expert_id, "operationContext": "expert" }))).await;
    let added = desk.app.event_of("AddParticipantSucceeded", "expert").await;
    assert_eq!(added.data()["participant"]["rawId"], expert_id);
    customer.media.hears_tone(1500.0).await;
    desk.sdk.ask("mute", with(json!({ "target": expert_id }))).await;
    customer.media.hears_no_tone(1500.0).await;
    let everybody = desk.sdk.ask("participants", with(json!({}))).await.to_string();
    for who in [&from, &target, &expert_id] {
        assert!(everybody.contains(who.as_str()), "{everybody}");
    }
    desk.sdk.ask("remove", with(json!({ "target": expert_id, "operationContext": "out" }))).await;
    desk.app.event_of("RemoveParticipantSucceeded", "out").await;
    expert.ends().await;

    // A second agent, to whom the customer is transferred.
    let second = desk.waits("carol").await;
    let tenant = from.split('_').nth(1).expect("three parts");
    let second_id = format!("8:acs:{resource}_{tenant}_{}", desk.id_of("second").await);
    let transfer = json!({ "target": second_id, "transferee": target, "operationContext": "second" });
    desk.sdk.ask("transfer", with(transfer)).await;
    desk.app.event_of("CallTransferAccepted", "second").await;
    customer.media.hears_tone(1500.0).await;
    second.hangs_up().await;
    customer.ends_well().await;
    desk.sdk.ask("hangUp", with(json!({ "everyone": true }))).await;
    agent.ends().await;

    desk.app.event("CallDisconnected").await;
    let is_over =
        async || !desk.calls_of("agent", "contactCenter").await.as_array().expect("a list").is_empty();
    conformance::patience::until_async("the call to be told of", || async { is_over().await.then_some(()) })
        .await;
    assert_eq!(
        told(&desk.calls_of("agent", "contactCenter").await),
        [format!("\"outgoing\" [{target:?}] \"answered\"")]
    );
    assert_eq!(
        told(&desk.calls_of("agent", "teams").await),
        [""; 0],
        "the phone of the company knows nothing of it"
    );
    assert_eq!(
        told(&desk.calls_of("expert", "teams").await),
        [format!("\"incoming\" [{from:?}] \"answered\"")]
    );
    assert_eq!(told(&desk.calls_of("second", "contactCenter").await).len(), 1);

    // It is personal: without the token nobody sees it, and it is forgotten when asked.
    let url = format!("{}/admin/v1/people/agent@contoso.example/calls", desk.platform.ready.web);
    let client = reqwest::Client::new();
    let status = client.get(&url).send().await.expect("the server answers").status();
    assert_eq!(status, 401);
    let wrong = client.get(format!("{url}?persona=desk")).bearer_auth(&desk.platform.ready.admin_token);
    assert_eq!(wrong.send().await.expect("the server answers").status(), 400);
    let forget = client.delete(&url).bearer_auth(&desk.platform.ready.admin_token);
    assert_eq!(forget.send().await.expect("the server answers").status(), 204);
    assert_eq!(told(&desk.calls_of("agent", "contactCenter").await), [""; 0]);
}

/// Contract: Teams Phone §8.8.
#[tokio::test]
async fn calls_to_a_persons_number_ring_the_client_that_the_person_wants() {
    let desk = Desk::set(13).await;
    let (teams, agent) = (desk.waits("bob-teams").await, desk.waits("bob").await);
    let server = &desk.platform.ready.sip.udp;
    let caller = Scenario::caller(desk.carrier.into(), server, "+493012345610").calling_as(CUSTOMER).start();
    caller.talks().await;
    caller.media.hears_tone(1500.0).await;
    assert!(!teams.ladder().contains("INVITE"), "{}", teams.ladder());
    caller.nudge();
    caller.ends_well().await;
    agent.ends().await;
    let calls = conformance::patience::until_async("the call to be told of", || async {
        let calls = told(&desk.calls_of("agent", "contactCenter").await);
        (!calls.is_empty()).then_some(calls)
    });
    assert_eq!(calls.await, [format!("\"incoming\" [\"4:{CUSTOMER}\"] \"answered\"")]);
    assert_eq!(told(&desk.calls_of("agent", "teams").await), [""; 0]);
}
