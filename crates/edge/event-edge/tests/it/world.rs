//! An event edge on a store of its own, and the calls that it hears of.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use access::ContextKey;
use call_engine::{
    Application, CallEvent, CallEventKind, CallNotice, CallProperties, CallRecord, CallState, Callback,
    CustomHeaders, EndCause, IncomingCall, NoticeKind, Outcome, ResultInformation,
};
use clock::Now;
use event_delivery::RetryPolicy;
use event_edge::{Clock, EventSettings, Events, Surroundings};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, EventId, ResourceId, TenantId,
};
use outbound_http::{AllowedNetwork, OutboundHttp, OutboundPolicy};
use redact::Secret;
use store::Store;
use switchboard::Batch;
use tenant::{Directory, DirectoryBuilder, Resource, Tenant};

pub const RESOURCE: ResourceId = ResourceId::from_u128(7);
const CONTEXT_SECRET: [u8; 32] = [3; 32];

pub struct World {
    pub events: Events,
    pub store: Store,
    pub clock: Clock,
    directory: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::with(quick()).await
    }

    pub async fn with(settings: EventSettings) -> Self {
        Self::on(tempfile::tempdir().unwrap(), settings).await
    }

    async fn on(directory: tempfile::TempDir, settings: EventSettings) -> Self {
        let clock = real_clock();
        let (events, store) = start(directory.path(), &clock, settings).await;
        Self { events, store, clock, directory }
    }

    /// The process ends without ceremony and another one begins on the same data.
    pub async fn restart(self) -> Self {
        let Self { events, store, clock, directory } = self;
        drop((events, store));
        wait_for_release(directory.path()).await;
        let (events, store) = start(directory.path(), &clock, quick()).await;
        Self { events, store, clock, directory }
    }

    /// The database.
    pub fn file(&self) -> std::path::PathBuf {
        self.directory.path().join("ringdown.sqlite")
    }

    pub async fn commit(&self, batch: Batch) {
        self.events.ledger().commit(batch).await.unwrap().unwrap();
    }

    /// A call whose events go to `url`.
    pub fn call(&self, number: u128, url: &str) -> Call {
        Call {
            number,
            callback: Callback::Uri(url.into()),
            api_version: "2026-03-12",
            clock: self.clock.clone(),
        }
    }

    pub fn now(&self) -> Now {
        (self.clock)()
    }
}

/// Nobody waits in these tests longer than needed.
pub fn quick() -> EventSettings {
    let waits = vec![Duration::from_millis(30)];
    let quick = |policy: RetryPolicy| RetryPolicy { waits: waits.clone(), patient: false, ..policy };
    EventSettings {
        origin: "https://ringdown.test:8443".into(),
        callback_policy: RetryPolicy { max_attempts: 3, ..quick(RetryPolicy::callback()) },
        callback_timeout: Duration::from_millis(500),
        grid_policy: RetryPolicy { max_attempts: 3, ..quick(RetryPolicy::event_grid()) },
        ringing_policy: quick(RetryPolicy::ringing()),
        ask_schedule: event_delivery::AskSchedule { waits: vec![Duration::from_millis(30); 50] },
        ..EventSettings::default()
    }
}

pub async fn start(directory: &Path, clock: &Clock, settings: EventSettings) -> (Events, Store) {
    let store = Store::open(directory).await.unwrap();
    let policy =
        OutboundPolicy { allow_private: vec![AllowedNetwork::Loopback], ..OutboundPolicy::default() };
    let contoso = contoso();
    let surroundings = Surroundings {
        store: store.clone(),
        http: OutboundHttp::new(policy).unwrap(),
        clock: clock.clone(),
        directory: Arc::new(move || contoso.clone()),
        contexts: Arc::new(ContextKey::new(&Secret::new(CONTEXT_SECRET))),
        lateness: Arc::default(),
    };
    (Events::start(surroundings, settings).await.unwrap(), store)
}

pub fn contexts() -> ContextKey {
    ContextKey::new(&Secret::new(CONTEXT_SECRET))
}

pub fn real_clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Now::new(start.elapsed().as_micros() as u64, unix.as_micros() as i64)
    })
}

// The tasks of the former edge end when they notice that nobody holds them any more.
async fn wait_for_release(directory: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let lock = std::fs::File::open(directory.join("ringdown.lock")).unwrap();
    while lock.try_lock().is_err() {
        assert!(Instant::now() < deadline, "the former store is released");
        tokio::task::yield_now().await;
    }
    lock.unlock().unwrap();
}

fn contoso() -> Arc<Directory> {
    let tenant = TenantId::from_u128(1);
    let builder = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![Resource {
            id: RESOURCE,
            tenant,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: vec!["+14255550100".parse().unwrap()],
        }],
        ..DirectoryBuilder::default()
    };
    Arc::new(builder.build().unwrap())
}

/// What the switchboard says about one call.
pub struct Call {
    pub number: u128,
    pub callback: Callback,
    pub api_version: &'static str,
    pub clock: Clock,
}

pub fn raw(raw: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(raw)
}

impl Call {
    pub fn connection(&self) -> CallConnectionId {
        CallConnectionId::from_u128(self.number)
    }

    fn application(&self) -> Application {
        Application {
            resource: RESOURCE,
            callback: self.callback.clone(),
            api_version: self.api_version.into(),
        }
    }

    pub fn event(&self, id: u128, kind: CallEventKind) -> CallEvent {
        CallEvent {
            id: EventId::from_u128(id),
            application: self.application(),
            connection: self.connection(),
            call: CallId::from_u128(self.number),
            correlation: CorrelationId::from_u128(self.number),
            operation_context: Some("order 66".into()),
            result: Some(ResultInformation::of(Outcome::Completed)),
            at: (self.clock)(),
            kind,
        }
    }

    pub fn says(&self, id: u128, kind: CallEventKind) -> Batch {
        Batch { events: vec![self.event(id, kind)], ..Batch::default() }
    }

    /// It is answered: the connection, CallConnected, CallStarted.
    pub fn connects(&self, id: u128) -> Batch {
        let properties = CallProperties {
            connection: self.connection(),
            call: CallId::from_u128(self.number),
            correlation: CorrelationId::from_u128(self.number),
            application: self.application(),
            state: CallState::Connecting,
            targets: vec![raw("4:+14255550100")],
            source: Some(raw("4:+14255550199")),
            caller_number: None,
            display_name: None,
            answered_by: None,
            answered_for: Some("+14255550100".parse().unwrap()),
            on_behalf_of: None,
            has_joined: false,
            streaming: None,
            transcription: None,
        };
        let started = NoticeKind::CallStarted { started_by: raw("4:+14255550199"), is_two_party: true };
        Batch {
            opened: vec![properties],
            events: vec![self.event(id, CallEventKind::CallConnected)],
            notices: vec![self.notice(id + 1, started)],
            ..Batch::default()
        }
    }

    /// It is over: CallDisconnected, CallEnded.
    pub fn disconnects(&self, id: u128) -> Batch {
        let ended = NoticeKind::CallEnded {
            started_by: raw("4:+14255550199"),
            ended_by: Some(raw("4:+14255550199")),
            cause: EndCause::HungUp,
            lasted: Duration::from_secs(12),
            is_two_party: true,
        };
        Batch {
            opened: Vec::new(),
            events: vec![self.event(id, CallEventKind::CallDisconnected)],
            notices: vec![self.notice(id + 1, ended)],
            records: vec![self.record()],
            closed: vec![self.connection()],
            reserved: Vec::new(),
        }
    }

    /// The account of the call, which lasted 12 seconds and has just ended.
    pub fn record(&self) -> CallRecord {
        let ended = (self.clock)();
        let ago = |seconds: i64| Now::new(0, ended.unix_us() - seconds * 1_000_000);
        CallRecord {
            call: CallId::from_u128(self.number),
            correlation: CorrelationId::from_u128(self.number),
            resource: Some(RESOURCE),
            connection: Some(self.connection()),
            started_by: raw("4:+14255550199"),
            called: vec![raw("4:+14255550100")],
            rung: Vec::new(),
            participants: vec![raw("4:+14255550199")],
            stays: Vec::new(),
            is_two_party: true,
            began: ago(15),
            connected: Some(ago(12)),
            ended: Now::new(12_000_000, ended.unix_us()),
            cause: EndCause::HungUp,
            ended_by: Some(raw("4:+14255550199")),
        }
    }

    pub fn rings(&self, id: u128, to: &str) -> CallNotice {
        let incoming = IncomingCall {
            to: raw(to),
            dialled: None,
            from: raw("4:+14255550199"),
            on_behalf_of: None,
            display_name: None,
            headers: CustomHeaders { user_to_user: Some("616d".into()), ..CustomHeaders::default() },
            ring_for: Duration::from_secs(30),
        };
        self.notice(id, NoticeKind::IncomingCall(Box::new(incoming)))
    }

    pub fn notice(&self, id: u128, kind: NoticeKind) -> CallNotice {
        CallNotice {
            id: EventId::from_u128(id),
            resource: RESOURCE,
            call: CallId::from_u128(self.number),
            correlation: CorrelationId::from_u128(self.number),
            at: (self.clock)(),
            kind,
        }
    }
}

pub fn notices(notices: Vec<CallNotice>) -> Batch {
    Batch { notices, ..Batch::default() }
}
