//! The flows of a contact center with Teams Phone, as ladders: who said what to whom, in which order. Each is driven
//! by real phones and an application, drawn from the journal, and compared with a file in `ladders`, which
//! `UPDATE_EXPECT=1` writes anew.

use std::net::Ipv4Addr;

use conformance::app::App;
use conformance::cli::ringdown;
use conformance::event::Event;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::signed::Client;
use conformance::sipp::{Scenario, Sipp};
use conformance::soft_phone::{Conversation, SoftPhone};
use expect_test::{ExpectFile, expect_file};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::company::{consents, does, json_of, of_account, teams, word};

/// A flow has a line of its own, an agent with two phones, and a carrier with a customer behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Inbound,
    OnBehalf,
    Emergency,
    Personas,
    Adding,
    Transfer,
    Recording,
}

const FLOWS: [Flow; 7] = [
    Flow::Inbound,
    Flow::OnBehalf,
    Flow::Emergency,
    Flow::Personas,
    Flow::Adding,
    Flow::Transfer,
    Flow::Recording,
];

impl Flow {
    fn carrier(self) -> Ipv4Addr {
        let process = std::process::id();
        Ipv4Addr::new(127, 251, (process >> 8) as u8, (process as u8 & 0xf0) | (self as u8 + 1))
    }

    fn line(self) -> String {
        format!("+49301234560{}", self as u8)
    }

    fn account(self) -> String {
        format!("00000000-0000-0000-0000-00000000010{}", self as u8)
    }

    fn agent(self) -> String {
        format!("00000000-0000-0000-0000-00000000020{}", self as u8)
    }

    fn agent_number(self) -> String {
        format!("+49301234561{}", self as u8)
    }

    fn customer(self) -> String {
        format!("+49888{}77", self as u8)
    }

    fn phone(self, persona: &str) -> String {
        format!("{persona}-{}", self as u8)
    }
}

/// A flow, and the application that takes part in it.
struct Stage {
    platform: &'static Platform,
    flow: Flow,
    app: App,
    client: Client,
}

/// The server of all flows, with the company.
async fn platform() -> &'static Platform {
    static PLATFORM: OnceCell<Platform> = OnceCell::const_new();
    let begin = || async {
        let platform = Platform::shared("flows", &configuration()).await;
        let file = platform.data().join("contoso.yaml");
        std::fs::write(&file, document(&platform.ready.resource_id)).expect("there is room");
        does(&platform, &["apply", "-f", &file.display().to_string()]).await;
        for flow in FLOWS {
            consents(&platform, &flow.account(), of_account()).await;
            let client = json!(["9f0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a09"]);
            let agent = json!({ "principalType": "user", "clientIds": client });
            consents(&platform, &flow.agent(), agent).await;
        }
        platform
    };
    PLATFORM.get_or_init(begin).await
}

fn configuration() -> String {
    let phones = FLOWS.iter().flat_map(|flow| ["teams", "desk"].map(|persona| flow.phone(persona)));
    let phones: String = phones
        .map(|name| format!("[[tenants.phones]]\nname = \"{name}\"\npassword = \"secret-of-{name}\"\n"))
        .collect();
    let trunks = FLOWS.map(|flow| {
        let (address, index) = (flow.carrier(), flow as u8);
        format!(
            "[[tenants.trunks]]\nname = \"carrier-{index}\"\nhost = \"{address}\"\nport = 5060\n\
             prefixes = [\"+49888{index}\"]\nemergency = {}\n",
            flow == Flow::Emergency
        )
    });
    format!(
        "[outgoing]\nallow-private = \"loopback\"\n[limits]\ndrain-seconds = 1\nlate-ms = \"off\"\n\
         [[tenants]]\nname = \"Contoso\"\n[[tenants.resources]]\nname = \"contoso\"\n{phones}{}",
        trunks.concat()
    )
}

fn document(resource: &str) -> String {
    let users = FLOWS.map(|flow| {
        format!(
            "  - userPrincipalName: agent-{0}@contoso.example\n    displayName: Agent {0}\n    objectId: {1}\n    \
             licenses: [Teams, TeamsPhone, CallingPlan]\n    phones:\n      - {{ name: {2}, persona: teams }}\n      \
             - {{ name: {3}, persona: contactCenter }}\n",
            flow as u8,
            flow.agent(),
            flow.phone("teams"),
            flow.phone("desk"),
        )
    });
    let accounts = FLOWS.map(|flow| {
        format!(
            "  - userPrincipalName: line-{0}@contoso.example\n    displayName: Line {0}\n    objectId: {1}\n    \
             applicationId: 5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01\n    acsResourceId: {resource}\n    \
             synchronized: true\n    licenses: [TeamsPhoneResourceAccount, CallingPlan]\n",
            flow as u8,
            flow.account(),
        )
    });
    let numbers = FLOWS.map(|flow| {
        format!(
            "  - telephoneNumber: \"{}\"\n    numberType: CallingPlan\n    capability: [VoiceApplicationAssignment]\n    \
             assignedPstnTargetId: line-{2}@contoso.example\n  - telephoneNumber: \"{}\"\n    \
             numberType: CallingPlan\n    assignedPstnTargetId: agent-{2}@contoso.example\n",
            flow.line(),
            flow.agent_number(),
            flow as u8,
        )
    });
    format!(
        "tenant:\n  name: Contoso\n  domains: [contoso.example]\n  usageLocation: DE\nusers:\n{}resourceAccounts:\n{}\
         phoneNumbers:\n{}",
        users.concat(),
        accounts.concat(),
        numbers.concat()
    )
}

impl Stage {
    /// The application hears of calls to the line, and of those on its behalf.
    async fn set(flow: Flow) -> Self {
        let platform = platform().await;
        let app = App::start().await;
        let url = app.url("/eventgrid");
        for (name, what, value) in [
            ("to", "data.to.rawId", format!("28:orgid:{}", flow.account())),
            ("obo", "data.onBehalfOfCallee.rawId", format!("28:orgid:{}", flow.account())),
        ] {
            let (name, filter) = (format!("{name}-{}", flow as u8), format!("{what}:StringIn:{value}"));
            let types = "Microsoft.Communication.IncomingCall";
            let arguments =
                ["subscribe", "--name", &name, "--url", &url, "--types", types, "--filter", &filter];
            subscribed(platform, &name, &arguments).await;
        }
        Self { platform, flow, app, client: Client::new(&platform.ready) }
    }

    fn server(&self) -> &str {
        &self.platform.ready.sip.udp
    }

    /// The agent's phone of a persona, waiting.
    async fn waits(&self, persona: &str) -> Conversation {
        let name = self.flow.phone(persona);
        SoftPhone::answering(self.platform, &name, &format!("secret-of-{name}")).start_registered().await
    }

    /// The same, which nobody answers.
    async fn waits_and_rings(&self, persona: &str) -> Conversation {
        let name = self.flow.phone(persona);
        let phone = SoftPhone::answering(self.platform, &name, &format!("secret-of-{name}"));
        phone.option("--ring-for", "60s").start_registered().await
    }

    /// The agent's phone of a persona calls.
    fn dials(&self, persona: &str, number: &str) -> SoftPhone {
        let name = self.flow.phone(persona);
        SoftPhone::dialing(self.platform, &name, &format!("secret-of-{name}"), number)
    }

    /// Somebody in the public network calls.
    fn customer_calls(&self, number: &str) -> Sipp {
        let scenario = Scenario::caller(self.flow.carrier().into(), self.server(), number);
        scenario.calling_as(&self.flow.customer()).start()
    }

    /// Somebody in the public network who answers.
    async fn customer_waits(&self) -> Sipp {
        Scenario::callee(self.flow.carrier().into()).start_listening().await
    }

    async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.client.post(path, &body).send().await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        answer.body
    }

    async fn answers(&self, incoming: &Event) -> Held {
        let body = json!({
            "incomingCallContext": incoming.text("incomingCallContext"),
            "callbackUri": self.app.url("/callbacks"),
        });
        let call = self.ask("/calling/callConnections:answer", body).await;
        self.app.event("CallConnected").await;
        Held { connection: word(&call["callConnectionId"]), call: word(&call["serverCallId"]) }
    }

    /// A customer calls the line, and the application answers.
    async fn a_customer_is_answered(&self) -> (Sipp, Held) {
        let customer = self.customer_calls(&self.flow.line());
        let incoming = self.app.event("IncomingCall").await;
        let held = self.answers(&incoming).await;
        customer.talks().await;
        (customer, held)
    }

    /// Something about the call; waits for the event that says that it has happened.
    async fn does(&self, held: &Held, operation: &str, body: Value, event: &str) -> Event {
        self.ask(&format!("/calling/callConnections/{}{operation}", held.connection), body).await;
        self.app.event(event).await
    }

    /// The identity of the agent at the desk.
    async fn desk_identity(&self) -> String {
        let resource = &self.platform.ready.resource_id;
        format!("8:acs:{resource}_{}_{}", self.tenant().await, self.flow.agent())
    }

    /// The id of the last call with a number that is over.
    async fn last_call_with(&self, number: &str) -> String {
        let data = self.platform.data().display().to_string();
        let list = ["calls", "list", "--number", number, "--state", "over", "--json", "--data", &data];
        until_async("the record of the call", || async {
            let calls: Value = serde_json::from_str(&ringdown(&list).await.output).ok()?;
            calls[0]["callId"].as_str().map(str::to_owned)
        })
        .await
    }

    /// Compares what has happened in a call, until there is an account of it, with the file of its flow.
    async fn ladder(&self, call: &str, expected: ExpectFile) {
        let data = self.platform.data().display().to_string();
        let said = until_async(&format!("the end of {call} to be in the journal"), || async {
            let said = ringdown(&["replay", call, "--reveal", "--json", "--data", &data]).await;
            let is_over = said.status == 0 && said.output.contains(ACCOUNT);
            is_over.then(|| json_of(&said.output))
        })
        .await;
        assert_eq!(said["verdict"], "equal");
        let known = [(&*self.platform.ready.resource_id, "RESOURCE"), (&*self.tenant().await, "TENANT")];
        expected.assert_eq(&drawn(&said, &known));
    }

    async fn tenant(&self) -> String {
        let tenant = json_of(&teams(self.platform, &["get-tenant", "Contoso", "--json"]).await);
        word(&tenant["tenantId"])
    }
}

/// A call that the application holds.
struct Held {
    connection: String,
    call: String,
}

/// The last line of a call.
const ACCOUNT: &str = "call record: ";

/// Whom, what and to whom; without what differs from run to run, and without the sound.
fn drawn(said: &Value, known: &[(&str, &str)]) -> String {
    let (mut drawn, mut has_rung) = (String::new(), false);
    for line in said["lines"].as_array().expect("lines") {
        let [from, to, text] = ["from", "to", "text"].map(|name| word(&line[name]));
        // Whether a phone has time to ring before it answers is chance, and so is when a timer looks.
        let (rings, had_rung) = (text.starts_with("180"), has_rung);
        has_rung = rings && to == "ringdown";
        let is_chance = text.contains("timer") || has_rung || (rings && had_rung);
        if from == "media" || to == "media" || is_chance {
            continue;
        }
        let text = known.iter().fold(text, |text, (id, name)| text.replace(id, name));
        drawn.push_str(&format!("{from:>8} -> {to:<8} {}\n", without_chance(&text)));
        if text.starts_with(ACCOUNT) {
            break;
        }
    }
    drawn
}

/// Without ids that nobody wrote and without how long it took.
fn without_chance(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let is_id = |part: &str| part.len() == 36 && part.matches('-').count() == 4;
        let parts = word.split_inclusive(['_', ':', ',', '[', ']']).map(|part| {
            let id = part.trim_end_matches(['_', ':', ',', '[', ']']);
            // Those of the document begin so.
            let is_chance = is_id(id) && !id.starts_with("00000000-0000-0000-0000-");
            if is_chance { part.replace(id, "ID") } else { part.to_owned() }
        });
        words.push(parts.collect::<String>());
    }
    for at in 1..words.len() {
        if words[at].trim_end_matches(',') == "s" && words[at - 1].parse::<f64>().is_ok() {
            words[at - 1] = "some".to_owned();
        }
    }
    words.join(" ")
}

#[tokio::test]
async fn inbound() {
    let stage = Stage::set(Flow::Inbound).await;
    let (customer, held) = stage.a_customer_is_answered().await;
    customer.nudge();
    customer.ends_well().await;
    stage.app.event("CallDisconnected").await;
    stage.ladder(&held.call, expect_file!["../../ladders/inbound.txt"]).await;
}

#[tokio::test]
async fn on_behalf_of() {
    let stage = Stage::set(Flow::OnBehalf).await;
    let line = format!("P-Preferred-Identity: <sip:line-{}@contoso.example>", stage.flow as u8);
    let desk = stage.dials("desk", &stage.flow.customer()).option("--header", &line).start();
    let incoming = stage.app.event("IncomingCall").await;
    let held = stage.answers(&incoming).await;
    let customer = stage.customer_waits().await;
    let target = json!({ "kind": "phoneNumber", "phoneNumber": { "value": stage.flow.customer() } });
    stage
        .does(&held, "/participants:add", json!({ "participantToAdd": target }), "AddParticipantSucceeded")
        .await;
    customer.talks().await;
    stage.client.delete(&format!("/calling/callConnections/{}", held.connection)).send().await;
    desk.hangs_up().await;
    customer.ends_well().await;
    stage.ladder(&held.call, expect_file!["../../ladders/on_behalf_of.txt"]).await;
}

#[tokio::test]
async fn emergency_and_callback() {
    let stage = Stage::set(Flow::Emergency).await;
    let help = stage.customer_waits().await;
    let phone = stage.dials("teams", "112").start();
    help.talks().await;
    phone.shows("200 OK (INVITE)").await;
    let memory = phone.hangs_up().await;
    assert_eq!(memory.report["answered"], true, "{}", memory.report);
    help.ends_well().await;
    let call = stage.last_call_with("112").await;
    stage.ladder(&call, expect_file!["../../ladders/emergency.txt"]).await;

    let (teams, desk) = (stage.waits("teams").await, stage.waits_and_rings("desk").await);
    let back = stage.customer_calls(&stage.flow.agent_number());
    back.talks().await;
    back.nudge();
    back.ends_well().await;
    teams.ends().await;
    drop(desk);
    let call = stage.last_call_with(&stage.flow.customer()).await;
    stage.ladder(&call, expect_file!["../../ladders/callback.txt"]).await;
}

#[tokio::test]
async fn multi_persona() {
    let stage = Stage::set(Flow::Personas).await;
    let (teams, desk) = (stage.waits("teams").await, stage.waits("desk").await);
    let (customer, held) = stage.a_customer_is_answered().await;
    for raw_id in [stage.desk_identity().await, format!("8:orgid:{}", stage.flow.agent())] {
        let target = json!({ "participantToAdd": { "rawId": raw_id }, "operationContext": raw_id });
        stage.ask(&format!("/calling/callConnections/{}/participants:add", held.connection), target).await;
        stage.app.event_of("AddParticipantSucceeded", &raw_id).await;
    }
    customer.nudge();
    customer.ends_well().await;
    let customer = format!("4:{}", stage.flow.customer());
    let is_gone = |event: &Event| !event.participants().contains(&&*customer);
    stage.app.event_where("ParticipantsUpdated", is_gone).await;
    stage.client.delete(&format!("/calling/callConnections/{}", held.connection)).send().await;
    teams.hangs_up().await;
    desk.hangs_up().await;
    stage.ladder(&held.call, expect_file!["../../ladders/multi_persona.txt"]).await;
}

#[tokio::test]
async fn add_participant() {
    let stage = Stage::set(Flow::Adding).await;
    let desk = stage.waits("desk").await;
    let (customer, held) = stage.a_customer_is_answered().await;
    let target = json!({ "participantToAdd": { "rawId": stage.desk_identity().await } });
    stage.does(&held, "/participants:add", target, "AddParticipantSucceeded").await;
    let desk_hears = desk.hangs_up().await;
    assert_eq!(desk_hears.report["answered"], true, "{}", desk_hears.report);
    customer.nudge();
    customer.ends_well().await;
    stage.app.event("CallDisconnected").await;
    stage.ladder(&held.call, expect_file!["../../ladders/add_participant.txt"]).await;
}

#[tokio::test]
async fn transfer() {
    let stage = Stage::set(Flow::Transfer).await;
    let desk = stage.waits("desk").await;
    let (customer, held) = stage.a_customer_is_answered().await;
    let target = json!({ "targetParticipant": { "rawId": stage.desk_identity().await } });
    stage.does(&held, ":transferToParticipant", target, "CallTransferAccepted").await;
    stage.app.event("CallDisconnected").await;
    customer.nudge();
    customer.ends_well().await;
    desk.ends().await;
    stage.ladder(&held.call, expect_file!["../../ladders/transfer.txt"]).await;
}

#[tokio::test]
async fn recording() {
    let stage = Stage::set(Flow::Recording).await;
    let (customer, held) = stage.a_customer_is_answered().await;
    let body = json!({
        "callConnectionId": held.connection,
        "recordingStateCallbackUri": stage.app.url("/recordings"),
        "recordingContentType": "audio",
        "recordingFormatType": "wav",
    });
    let begun = stage.ask("/calling/recordings", body).await;
    let is_on = |event: &Event| event.data()["state"] == "active";
    stage.app.event_where("RecordingStateChanged", is_on).await;
    let path = format!("/calling/recordings/{}", word(&begun["recordingId"]));
    assert_eq!(stage.client.delete(&path).send().await.status, 204);
    let is_off = |event: &Event| event.data()["state"] == "inactive";
    stage.app.event_where("RecordingStateChanged", is_off).await;
    customer.nudge();
    customer.ends_well().await;
    stage.app.event("CallDisconnected").await;
    stage.ladder(&held.call, expect_file!["../../ladders/recording.txt"]).await;
}
