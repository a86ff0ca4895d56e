//! What Azure refuses, and an operator may allow.

use std::net::SocketAddr;

use conformance::app::App;
use conformance::crowd::Crowd;
use conformance::patience::until;
use conformance::platform::Platform;
use conformance::scene::{subscribed, text};
use conformance::sdk::{Kind, Sdk};
use conformance::soft_phone::SoftPhone;
use serde_json::json;

const NUMBER: &str = "+14255550100";
const AGENT: &str = "+14255550102";
const CARRIER: &str = "127.0.0.79";
const OUTSIDE: &str = "+19995550123";

#[tokio::test]
async fn where_the_operator_allows_it_a_number_is_called_twice_and_keys_wait_for_whoever_is_being_called() {
    let platform = Platform::configured("beyond", &configuration()).await;
    let app = App::start().await;
    let url = app.url("/eventgrid");
    let arguments =
        ["subscribe", "--name", "app", "--url", &url, "--types", "Microsoft.Communication.IncomingCall"];
    subscribed(&platform, "app", &arguments).await;
    let sdk = Sdk::start(Kind::Python, &platform.ready);
    let caller = SoftPhone::dialing(&platform, "caller", "a long one", NUMBER).start();
    let incoming = app.event("IncomingCall").await;
    let answer =
        json!({ "context": incoming.text("incomingCallContext"), "callback": app.url("/callbacks") });
    let connection = text(&sdk.ask("answer", answer).await, "connection");
    app.event("CallConnected").await;
    let add = async |number: &str, context: &str| {
        let target = format!("4:{number}");
        let more = json!({ "callerNumber": NUMBER, "operationContext": context });
        let mut arguments = json!({ "connection": connection, "target": target });
        arguments.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        sdk.ask("add", arguments).await;
    };

    let agent = SoftPhone::answering(&platform, "agent", "a long one").option("--ring-for", "2s");
    let agent = agent.start_registered().await;
    add(AGENT, "agent").await;
    until("the agent's phone to ring", || agent.ladder().contains("180")).await;
    let keys = json!({ "connection": connection, "target": format!("4:{AGENT}"), "tones": ["four", "two"] });
    sdk.ask("sendDtmf", keys).await;
    app.event_of("AddParticipantSucceeded", "agent").await;
    app.event("SendDtmfTonesCompleted").await;
    assert_eq!(agent.hangs_up().await.report["tonesReceived"], "42");

    let at: SocketAddr = format!("{CARRIER}:5060").parse().expect("an address");
    let _callees = Crowd::takes("crowd_answers.xml", at).start();
    for context in ["once", "twice"] {
        add(OUTSIDE, context).await;
        app.event_of("AddParticipantSucceeded", context).await;
    }
    let list = sdk.ask("participants", json!({ "connection": connection })).await;
    let names: Vec<_> = list.as_array().expect("a list").iter().map(|one| text(one, "identifier")).collect();
    assert_eq!(names[1..], [format!("4:{OUTSIDE}"), format!("4:{OUTSIDE}_2")]);
    caller.hangs_up().await;
}

fn configuration() -> String {
    format!(
        "[outgoing]\nallow-private = \"loopback\"\n\n[calls]\nsame-number-twice = true\ntones-wait-for-answer = true\n\n\
         [[tenants]]\nname = \"Contoso\"\n\n[[tenants.resources]]\nname = \"contoso\"\nnumbers = [\"{NUMBER}\"]\n\n\
         [[tenants.phones]]\nname = \"caller\"\nnumber = \"+14255550101\"\npassword = \"a long one\"\n\n\
         [[tenants.phones]]\nname = \"agent\"\nnumber = \"{AGENT}\"\npassword = \"a long one\"\n\n\
         [[tenants.trunks]]\nname = \"carrier\"\nhost = \"{CARRIER}\"\nport = 5060\nsources = [\"{CARRIER}\"]\n\
         prefixes = [\"+1999\"]\n"
    )
}
