//! One application with a number of its own, and the calls it takes.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::app::App;
use crate::cli;
use crate::event::Event;
use crate::patience::until_async;
use crate::platform::Platform;
use crate::sdk::{Kind, Sdk};
use crate::sipp::{Scenario, Sipp};
use crate::soft_phone::SoftPhone;
use crate::world::{Carrier, World, number_of, password_of, world};

/// An application written with one of the SDKs, attached to a service number.
#[derive(Debug)]
pub struct Scene {
    /// The server and what is around it.
    pub world: &'static World,
    /// The application's SDK.
    pub sdk: Sdk,
    /// The application's webhooks.
    pub app: App,
    /// The application's number.
    pub number: String,
    /// A carrier of its own.
    pub carrier: Carrier,
}

/// A call that the application has answered.
#[derive(Debug)]
pub struct Call {
    /// Whose it is.
    pub connection: String,
    /// The caller's raw id.
    pub caller: String,
    /// The caller's end.
    pub line: Sipp,
}

impl Scene {
    /// Subscribes an application of this kind to the calls of a fresh number.
    pub async fn new(kind: Kind) -> Self {
        let world = world().await;
        let (app, number) = (App::start().await, world.service_number());
        subscribe_to(world, &app, &number, &[]).await;
        Self { world, sdk: world.sdk(kind), app, number, carrier: world.carrier() }
    }

    /// Where phones and trunks send SIP over UDP.
    pub fn server(&self) -> &str {
        &self.world.platform.ready.sip.udp
    }

    /// The URL of the application's callbacks.
    pub fn callback(&self) -> String {
        self.app.url("/callbacks")
    }

    /// Somebody in the public network calls the application.
    pub async fn is_called(&self) -> (Sipp, Event) {
        let line = self.caller().start();
        let event = self.app.event("IncomingCall").await;
        (line, event)
    }

    /// The scenario of somebody in the public network who calls the application.
    pub fn caller(&self) -> Scenario {
        let scenario = Scenario::caller(self.carrier.address, self.server(), &self.number);
        scenario.calling_as(&self.carrier.number(1))
    }

    /// Somebody calls, and the application answers.
    pub async fn answers(&self) -> Call {
        let (line, event) = self.is_called().await;
        self.answer(line, &event).await
    }

    /// The application answers a call.
    pub async fn answer(&self, line: Sipp, incoming: &Event) -> Call {
        self.answer_wanting(line, incoming, json!({})).await
    }

    /// The same, and wants something besides.
    pub async fn answer_wanting(&self, line: Sipp, incoming: &Event, wanted: Value) -> Call {
        let mut arguments = json!({
            "context": incoming.text("incomingCallContext"),
            "callback": self.callback(),
            "operationContext": "the call",
        });
        for (name, value) in wanted.as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        let answer = self.sdk.ask("answer", arguments).await;
        line.talks().await;
        let connection = text(&answer, "connection");
        self.app.event_where("CallConnected", |event| event.text("callConnectionId") == connection).await;
        Call { connection, caller: text(&incoming.data()["from"], "rawId"), line }
    }

    /// A phone of the tenant that answers when it is called, and its number.
    pub fn colleague(&self) -> (String, SoftPhone) {
        let name = self.world.phone();
        let phone = SoftPhone::answering(&self.world.platform, &name, &password_of(&name));
        (number_of(&name), phone)
    }

    /// Somebody in the public network who answers when called, and their number.
    pub async fn outsider(&self) -> (String, Sipp) {
        (self.carrier.number(2), Scenario::callee(self.carrier.address).start_listening().await)
    }

    /// Brings somebody in the public network into a call, and waits until they talk.
    pub async fn brings_in(&self, call: &Call) -> (String, Sipp) {
        let (number, line) = self.outsider().await;
        let target = format!("4:{number}");
        self.ask("add", call, json!({ "target": target, "callerNumber": self.number })).await;
        line.talks().await;
        self.app.event("AddParticipantSucceeded").await;
        (target, line)
    }

    /// Asks the SDK for something about a call.
    pub async fn ask(&self, verb: &str, call: &Call, arguments: Value) -> Value {
        self.sdk.ask(verb, with_connection(&call.connection, arguments)).await
    }

    /// Checks every event so far with the parser of the SDK that the application uses.
    pub async fn sdk_reads_every_event(&self) {
        let callbacks = self.app.events().into_iter().filter(|event| event.body.get("specversion").is_some());
        for event in callbacks {
            let parsed = self.sdk.ask("parse", json!({ "event": event.body })).await;
            assert_eq!(parsed["kind"], event.kind(), "the SDK understands {}", event.body);
        }
    }
}

/// Subscribes an application to the calls of a number; gives the name of the subscription.
pub async fn subscribe_to(world: &World, app: &App, number: &str, more: &[&str]) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("app-{}-{}", number.trim_start_matches('+'), COUNT.fetch_add(1, Ordering::Relaxed));
    let filter = format!("data.to.phoneNumber.value:StringIn:{number}");
    let url = app.url("/eventgrid");
    let types = "Microsoft.Communication.IncomingCall";
    let mut arguments =
        vec!["subscribe", "--name", &name, "--url", &url, "--types", types, "--filter", &filter];
    arguments.extend(more);
    subscribed(&world.platform, &name, &arguments).await;
    name
}

/// Subscribes, and waits until the endpoint has agreed.
pub async fn subscribed(platform: &Platform, name: &str, arguments: &[&str]) {
    cli::events(platform.data(), arguments).await;
    until_async(&format!("the subscription {name} to be active"), || async {
        let list = cli::events(platform.data(), &["list"]).await;
        let mine = list.as_array()?.iter().find(|one| one["name"] == name)?;
        (mine["state"] == "active").then_some(())
    })
    .await;
}

/// The same arguments about a connection.
pub fn with_connection(connection: &str, mut arguments: Value) -> Value {
    arguments["connection"] = json!(connection);
    arguments
}

/// A text in a JSON object.
#[track_caller]
pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{value} has no {name}")).to_owned()
}
