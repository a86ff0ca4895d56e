//! A line of a company is brought to an application, step by step as its administrator does it, with each wrong turn
//! and what whoever calls then hears (contract: Teams Phone §8.1, §8.5, §8.6).

use std::net::Ipv4Addr;

use conformance::app::App;
use conformance::event::Event;
use conformance::platform::Platform;
use conformance::scene::{subscribed, text};
use conformance::sdk::{Kind, Sdk};
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use serde_json::{Value, json};

use crate::company::{consents, does, json_of, of_account, refuses, teams, word};
use crate::shared_configuration::{carrier, configuration};

const LINE: &str = "line@contoso.example";
const NUMBER: &str = "+493012345600";
const CUSTOMER: &str = "+4930999";
const BUSY: u16 = 486;
const UNAVAILABLE: u16 = 480;
const FORBIDDEN: u16 = 403;

/// The company, the contact center's application, and a carrier.
struct Onboarding {
    platform: Platform,
    carrier: Ipv4Addr,
    app: App,
    sdk: Sdk,
}

impl Onboarding {
    /// The application is there from the beginning, and hears of whatever concerns its resource.
    async fn begins() -> Self {
        let carrier = carrier(7);
        let trunk = format!(
            "[[tenants.trunks]]\nname = \"carrier\"\nhost = \"{carrier}\"\nport = 5060\nprefixes = [\"+\"]\n"
        );
        let platform = Platform::configured("onboarding", &configuration("", &trunk)).await;
        let app = App::start().await;
        let url = app.url("/eventgrid");
        subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &url]).await;
        let sdk = Sdk::start(Kind::Python, &platform.ready);
        teams(&platform, &["set-tenant", "Contoso", "domains=contoso.example", "usageLocation=DE"]).await;
        Self { platform, carrier, app, sdk }
    }

    async fn teams(&self, arguments: &[&str]) -> String {
        teams(&self.platform, arguments).await
    }

    async fn refuses(&self, arguments: &[&str], words: &str) {
        refuses(&self.platform, &[&["teams"], arguments].concat(), words).await;
    }

    /// Whoever calls the line now hears this, and no application is told.
    async fn callers_hear(&self, status: u16) {
        let server = &self.platform.ready.sip.udp;
        let caller = Scenario::refused(self.carrier.into(), server, NUMBER, status).calling_as(CUSTOMER);
        caller.start().ends_well().await;
        assert!(!self.app.kinds().contains(&"IncomingCall".to_owned()), "nobody may be told");
        let why = does(&self.platform, &["explain", NUMBER, "--from", "carrier", "--json"]).await;
        assert_ne!(json_of(&why)["goesThrough"], true, "what is explained is what happens: {why}");
    }

    /// The desk of the agent calls a customer under an identity, and is refused with these words.
    async fn desk_is_refused(&self, identity: &str, words: &str) {
        let report = self.desk(identity).start().ends().await.report;
        assert_eq!(report["finalStatus"], FORBIDDEN, "{report}");
        let reason = report["reason"].as_str().expect("a phrase");
        assert!(reason.contains(words), "wanted {words:?}: {reason}");
    }

    fn desk(&self, identity: &str) -> SoftPhone {
        SoftPhone::dialing(&self.platform, "alice", "secret-of-alice", CUSTOMER)
            .option("--header", &format!("P-Preferred-Identity: <sip:{identity}>"))
    }

    async fn answers(&self, incoming: &Event) -> String {
        let context = incoming.text("incomingCallContext");
        let answer = json!({ "context": context, "callback": self.app.url("/callbacks") });
        text(&self.sdk.ask("answer", answer).await, "connection")
    }

    async fn hangs_up(&self, connection: &str) {
        self.sdk.ask("hangUp", json!({ "connection": connection, "everyone": true })).await;
    }

    /// Makes the account and gives it its number: what is missing is said, and callers hear that it is busy.
    async fn account_gets_its_number(&self) {
        let application = "applicationId=5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01";
        let strange = ["new-resource-account", "line@fabrikam.example", application];
        self.refuses(&strange, "fabrikam.example is no domain of the tenant").await;
        self.teams(&["new-resource-account", LINE, application, "displayName=Service line"]).await;
        self.refuses(&["new-resource-account", LINE, application], "there is one of this name").await;

        let kinds = ["numberType=CallingPlan", "capability=VoiceApplicationAssignment"];
        self.teams(&["new-phone-number", NUMBER, kinds[0], kinds[1]]).await;
        self.teams(&["new-phone-number", "+493012345610", kinds[0]]).await;
        let assign = ["set-phone-number-assignment", NUMBER, "--to", LINE];
        self.refuses(&assign, "without the license TeamsPhoneResourceAccount").await;
        let licenses = "licenses=TeamsPhoneResourceAccount,CallingPlan";
        self.teams(&["set-resource-account", LINE, licenses]).await;
        let persons = ["set-phone-number-assignment", "+493012345610", "--to", LINE];
        self.refuses(&persons, "this number is for people").await;
        let assigned = self.teams(&assign).await;
        assert!(assigned.contains("no acsResourceId; callers hear busy"), "{assigned}");
        self.callers_hear(BUSY).await;
    }

    /// Links the account to the communication resource; gives its object id.
    async fn account_is_linked(&self) -> String {
        let nobody = "acsResourceId=00000000-0000-0000-0000-0000000000ff";
        let incorrect = self.teams(&["set-resource-account", LINE, nobody]).await;
        assert!(incorrect.contains("no communication resource of this server has the id"), "{incorrect}");
        self.callers_hear(BUSY).await;
        let resource = format!("acsResourceId={}", self.platform.ready.resource_id);
        let linked = self.teams(&["set-resource-account", LINE, &resource]).await;
        assert!(linked.contains("is not synchronized; callers hear busy"), "{linked}");
        self.callers_hear(BUSY).await;
        let synchronized = self.teams(&["sync-resource-account", LINE]).await;
        assert!(!synchronized.contains("warning"), "{synchronized}");
        // The owner of the resource has not consented.
        self.callers_hear(UNAVAILABLE).await;
        let account = json_of(&self.teams(&["get-resource-account", LINE, "--json"]).await);
        assert_eq!(account["phoneNumber"], format!("tel:{NUMBER}"));
        word(&account["objectId"])
    }

    async fn a_customer_is_answered(&self, account: &str) {
        let server = &self.platform.ready.sip.udp;
        let caller = Scenario::caller(self.carrier.into(), server, NUMBER).calling_as(CUSTOMER).start();
        let incoming = self.app.event("IncomingCall").await;
        let raw_id = format!("28:orgid:{account}");
        assert_eq!(incoming.data()["to"], json!({ "kind": "unknown", "rawId": raw_id }));
        let connection = self.answers(&incoming).await;
        caller.talks().await;
        self.hangs_up(&connection).await;
        caller.ends_well().await;
        let calls = self.app.kinds().iter().filter(|kind| *kind == "IncomingCall").count();
        assert_eq!(calls, 1, "of all who have called so far the application has heard of one");
    }

    async fn the_application_calls(&self, account: &str) {
        let callee = Scenario::callee(self.carrier.into()).start_listening().await;
        let call = json!({
            "target": format!("4:{CUSTOMER}"),
            "callback": self.app.url("/callbacks"),
            "account": account,
        });
        for (name, value) in [("displayName", "Service"), ("callerNumber", NUMBER)] {
            let mut too_much = call.clone();
            too_much[name] = json!(value);
            let refused = self.sdk.ask_refused("create", too_much).await;
            assert_eq!((refused.status, refused.code.as_deref()), (Some(400), Some("8523")), "{refused:?}");
        }
        let made = self.sdk.ask("create", call).await;
        callee.talks().await;
        assert!(callee.messages().contains(&format!("sip:{NUMBER}@")), "{}", callee.messages());
        self.hangs_up(&text(&made, "connection")).await;
        callee.ends_well().await;
    }

    /// An agent with a desk in the contact center and a phone of the company; gives her object id.
    async fn an_agent_gets_her_phones(&self) -> String {
        let phones = json!([
            { "name": "alice", "persona": "contactCenter" },
            { "name": "bob", "persona": "teams" },
        ]);
        let phones = format!("phones={phones}");
        self.teams(&["new-user", "alice@contoso.example", "displayName=Alice", &phones]).await;
        self.desk_is_refused(LINE, "UserLicenseNotPresentForbidden").await;
        let licenses = "licenses=Teams,TeamsPhone";
        self.teams(&["set-user", "alice@contoso.example", licenses, "enterpriseVoiceEnabled=true"]).await;
        self.desk_is_refused(LINE, "has not consented to this user").await;
        let alice = json_of(&self.teams(&["get-user", "alice@contoso.example", "--json"]).await);
        word(&alice["objectId"])
    }

    /// The agent calls a customer in the name of the line; gives her identity there.
    async fn the_agent_calls(&self, account: &str) -> Value {
        // As a service that answers 422 would say it.
        self.desk_is_refused(&format!("{NUMBER}@contoso.example"), "Invalid CommunicationUser identifier")
            .await;
        let desk = self.desk(LINE).start();
        let is_hers = |event: &Event| event.data()["onBehalfOfCallee"].is_object();
        let incoming = self.app.event_where("IncomingCall", is_hers).await;
        let raw_id = format!("28:orgid:{account}");
        assert_eq!(incoming.data()["onBehalfOfCallee"]["rawId"], raw_id);
        assert_eq!(incoming.data()["to"]["rawId"], format!("4:{CUSTOMER}"));
        let agent = incoming.data()["from"]["rawId"].clone();

        let redirect = json!({ "context": incoming.text("incomingCallContext"), "target": "4:+4930888" });
        let refused = self.sdk.ask_refused("redirect", redirect).await;
        assert_eq!(refused.status, Some(400), "{refused:?}");

        let connection = self.answers(&incoming).await;
        let customer = Scenario::callee(self.carrier.into()).start_listening().await;
        let target = format!("4:{CUSTOMER}");
        self.sdk.ask("add", json!({ "connection": connection, "target": target })).await;
        customer.talks().await;
        assert!(customer.messages().contains(&format!("sip:{NUMBER}@")), "{}", customer.messages());
        self.app.event("AddParticipantSucceeded").await;
        self.hangs_up(&connection).await;
        customer.ends_well().await;
        desk.ends().await;
        agent
    }

    /// Her company's phone is registered, her desk is not: whoever asks for her at the desk waits in vain.
    async fn the_agent_is_signed_in_as_the_other(&self, agent: &Value) {
        let phone = SoftPhone::answering(&self.platform, "bob", "secret-of-bob").start_registered().await;
        let server = &self.platform.ready.sip.udp;
        let caller = Scenario::caller(self.carrier.into(), server, NUMBER).calling_as("+4930777").start();
        let is_this = |event: &Event| event.data()["from"]["rawId"] == "4:+4930777";
        let incoming = self.app.event_where("IncomingCall", is_this).await;
        let connection = self.answers(&incoming).await;
        caller.talks().await;
        let add = json!({ "connection": connection, "target": agent, "timeout": 2 });
        self.sdk.ask("add", add).await;
        let failed = self.app.event("AddParticipantFailed").await;
        assert_eq!(failed.result(), (408, 10_057), "{:?}", failed.body);
        assert!(!phone.ladder().contains("INVITE"), "{}", phone.ladder());
        self.hangs_up(&connection).await;
        caller.ends_well().await;
        phone.hangs_up().await;
    }
}

#[tokio::test]
async fn a_line_is_brought_to_an_application_step_by_step() {
    let onboarding = Onboarding::begins().await;
    onboarding.account_gets_its_number().await;
    let account = onboarding.account_is_linked().await;
    consents(&onboarding.platform, &account, of_account()).await;
    onboarding.a_customer_is_answered(&account).await;
    onboarding.the_application_calls(&account).await;

    let agent = onboarding.an_agent_gets_her_phones().await;
    let client = "9f0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a09";
    let consent = json!({ "principalType": "user", "clientIds": [client] });
    consents(&onboarding.platform, &agent, consent).await;
    let agent = onboarding.the_agent_calls(&account).await;
    onboarding.the_agent_is_signed_in_as_the_other(&agent).await;

    onboarding.refuses(&["remove-resource-account", LINE], "phone-number +493012345600 uses it").await;
    onboarding.teams(&["remove-phone-number-assignment", NUMBER]).await;
    onboarding.teams(&["remove-resource-account", LINE]).await;
    let why = does(&onboarding.platform, &["explain", NUMBER, "--from", "carrier", "--json"]).await;
    assert_ne!(json_of(&why)["goesThrough"], true, "nobody holds the number");
}
