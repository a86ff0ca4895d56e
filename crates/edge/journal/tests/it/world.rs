//! One exchange that writes a journal, and a phone that calls a service number.

use std::sync::Arc;

use call_engine::{
    Answer, Application, CallOptions, CallProperties, Callback, CustomHeaders, EndCause, Invitation,
    LegOutcome, LegReport, NoticeKind, Origin,
};
use clock::Now;
use entropy::Seed;
use exchange::{Command, Exchange, Limits, Reply};
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, Home, LegId, ResourceId, TenantId};
use journal::{Said, Scribe, Seen, Sink};
use redact::Pii;
use tenant::{Directory, DirectoryBuilder, Resource, Tenant};

pub const RESOURCE: ResourceId = ResourceId::from_u128(1);
pub const CALLER: &str = "+4930123456";
const SERVICE_NUMBER: &str = "+14255550100";

pub struct World<S> {
    pub exchange: Exchange,
    pub scribe: Scribe<S>,
    pub now: Now,
    offered: Option<CallId>,
    legs: u128,
}

pub fn directory() -> Arc<Directory> {
    let tenant = TenantId::from_u128(1);
    let directory = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![Resource {
            id: RESOURCE,
            tenant,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: vec![SERVICE_NUMBER.parse().unwrap()],
        }],
        phones: Vec::new(),
        trunks: Vec::new(),
    };
    Arc::new(directory.build().unwrap())
}

impl<S: Sink> World<S> {
    pub fn new(limits: Limits, sink: S) -> Self {
        let directory = directory();
        Self {
            scribe: Scribe::new(Home::default(), limits, &directory, sink),
            exchange: Exchange::new(Home::default(), directory, limits),
            now: Now::new(0, 1_795_268_402_123_456),
            offered: None,
            legs: 0,
        }
    }

    /// Somebody calls the service number.
    pub fn call(&mut self) -> LegId {
        self.legs += 1;
        let (leg, seed) = (LegId::from_u128(self.legs), Seed::from_number(self.legs));
        let invitation = Invitation {
            origin: Origin::Platform,
            from: CommunicationIdentifier::phone(CALLER.parse().unwrap()),
            preferred: None,
            client: call_engine::Client::default(),
            display_name: Some(Pii::new("Ada".into())),
            dialled: Pii::new(SERVICE_NUMBER.into()),
            headers: CustomHeaders::default(),
            diversions: Vec::new(),
            replaces: None,
        };
        self.scribe.seen(&self.exchange, Seen::Invitation(leg, &invitation, seed), self.now);
        self.exchange.handle_invitation(leg, invitation, seed, self.now);
        self.drain();
        self.scribe.end(&self.exchange, None);
        leg
    }

    pub fn report(&mut self, leg: LegId, report: LegReport) {
        self.scribe.seen(&self.exchange, Seen::Leg(leg, &report), self.now);
        self.exchange.handle_leg(leg, report, self.now);
        self.drain();
        self.scribe.end(&self.exchange, None);
    }

    pub fn ask(&mut self, command: Command) -> Result<Reply, exchange::CommandError> {
        let seed = Seed::from_number(0);
        self.scribe.seen(&self.exchange, Seen::Command(&command, seed), self.now);
        let answer = self.exchange.handle_command(command, seed, self.now);
        self.drain();
        self.scribe.end(&self.exchange, Some(&answer));
        answer
    }

    /// The application takes the call that was offered last.
    pub fn answer(&mut self) -> CallProperties {
        let application = Application {
            resource: RESOURCE,
            callback: Callback::Uri("https://app.example/events?code=secret".into()),
            api_version: "2025-06-15".into(),
        };
        let answer = Answer {
            application,
            answered_by: None,
            operation_context: None,
            options: CallOptions::default(),
        };
        let call = self.offered.expect("a call waits");
        match self.ask(Command::Answer { call, answer }) {
            Ok(Reply::Call(properties)) => *properties,
            other => panic!("{other:?}"),
        }
    }

    /// A whole call: answered by the application, and hung up by the caller.
    pub fn whole_call(&mut self) -> (LegId, CallProperties) {
        let leg = self.call();
        let properties = self.answer();
        self.report(leg, LegReport::Answered);
        self.report(leg, LegReport::Ended(LegOutcome::local(EndCause::HungUp)));
        (leg, properties)
    }

    pub fn hang_up(&mut self, connection: CallConnectionId) -> Result<Reply, exchange::CommandError> {
        self.ask(Command::HangUp { connection, resource: RESOURCE })
    }

    /// What the exchange says is written, and the last call that it offered remembered.
    pub fn drain(&mut self) {
        while let Some((call, leg, request)) = self.exchange.poll_leg() {
            self.scribe.said(Said::Leg(call, leg, &request));
        }
        while let Some((call, request)) = self.exchange.poll_media() {
            self.scribe.said(Said::Media(call, &request));
        }
        while let Some(event) = self.exchange.poll_event() {
            self.scribe.said(Said::Event(&event));
        }
        while let Some(notice) = self.exchange.poll_notice() {
            if let NoticeKind::IncomingCall(_) = &notice.kind {
                self.offered = Some(notice.call);
            }
            self.scribe.said(Said::Notice(&notice));
        }
        while let Some(record) = self.exchange.poll_record() {
            self.scribe.said(Said::Record(&record));
        }
    }
}
