//! A running administration surface with one call that failed to reach its application.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use access::{AdminToken, ContextKey};
use admin_edge::{
    AdminState, MetricsPage, PhoneContact, Readiness, ServerFacts, TrunkStatus, router, validation_router,
};
use call_engine::{
    Application, CallEvent, CallEventKind, CallNotice, CallProperties, CallRecord, CallState, Callback,
    EndCause, NoticeKind, Outcome, ResultInformation,
};
use clock::Now;
use event_edge::{Clock, EventSettings, Events, Surroundings};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, EventId, ResourceId, TenantId,
    TrunkName, UserId,
};
use outbound_http::{AllowedNetwork, OutboundHttp, OutboundPolicy};
use redact::Secret;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use store::Store;
use switchboard::{Batch, Ledger as _};
use tenant::{DirectoryBuilder, Phone, Resource, SipTransport, Tenant, Trunk};
use tokio::net::TcpListener;

pub const TOKEN: &str = "open sesame";
pub const METRICS_TOKEN: &str = "look, do not touch";

/// One for the whole process, as in the real one.
static EXPOSITION: LazyLock<meter::Exposition> =
    LazyLock::new(|| meter::Exposition::install().expect("the first of this process"));

pub struct Surface {
    pub events: Events,
    pub draining: Arc<AtomicBool>,
    origin: String,
    clock: Clock,
    _data: tempfile::TempDir,
}

impl Surface {
    pub async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let start = Instant::now();
        let clock: Clock = Arc::new(move || {
            let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            Now::new(start.elapsed().as_micros() as u64, unix.as_micros() as i64)
        });
        let directory = Arc::new(contoso().build().unwrap());
        let directory: event_edge::DirectorySource = Arc::new(move || directory.clone());
        let policy =
            OutboundPolicy { allow_private: vec![AllowedNetwork::Loopback], ..OutboundPolicy::default() };
        let surroundings = Surroundings {
            store: store.clone(),
            http: OutboundHttp::new(policy).unwrap(),
            clock: clock.clone(),
            directory: directory.clone(),
            contexts: Arc::new(ContextKey::new(&Secret::new([1; 32]))),
            lateness: Arc::default(),
        };
        let events = Events::start(surroundings, EventSettings::default()).await.unwrap();
        let draining = Arc::new(AtomicBool::new(false));
        let drains = draining.clone();
        let readiness = Readiness::new(store.clone(), Arc::new(move || drains.load(Ordering::Relaxed)));
        let metrics = MetricsPage {
            exposition: EXPOSITION.clone(),
            events: events.clone(),
            store,
            readiness: readiness.clone(),
            measure: Arc::new(|| meter::SIP_BINDINGS.set([], 7.0)),
        };
        let state = AdminState {
            events: events.clone(),
            directory,
            reload: Arc::new(|| {
                Box::pin(async { Err("cannot use ringdown.toml line 3: it is wrong".to_owned()) })
            }),
            recordings: None,
            traces: None,
            provisioning: None,
            graph: None,
            trunks: Arc::new(|| {
                vec![TrunkStatus {
                    name: "carrier".into(),
                    state: "down",
                    since_us: Some(1_000_000),
                    round_trip: Some(Duration::from_millis(12)),
                    registration: "registered",
                }]
            }),
            readiness,
            metrics: Some(metrics),
            metrics_token: Arc::new(AdminToken::new(&Secret::new(METRICS_TOKEN.into()))),
            contacts: Arc::new(|name| match name {
                "demo-1" => vec![PhoneContact {
                    contact: "sip:demo-1@127.0.0.1:5062".into(),
                    user_agent: None,
                    expires_us: 0,
                }],
                _ => Vec::new(),
            }),
            token: Arc::new(AdminToken::new(&Secret::new(TOKEN.into()))),
            facts: Arc::new(ServerFacts {
                endpoint: "https://localhost:8443".into(),
                ..ServerFacts::default()
            }),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new()
            .merge(validation_router(events.clone()))
            .route("/hook/{status}", axum::routing::any(hook))
            .fallback_service(router(state));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { events, draining, origin, clock, _data: data }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Asks as the administrator.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.ask_with(method, path, body, Some(&format!("Bearer {TOKEN}"))).await
    }

    pub async fn ask_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        authorization: Option<&str>,
    ) -> (StatusCode, Value) {
        let mut request = reqwest::Client::new().request(method, self.url(path));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    /// A call begins, and its application answers with this status.
    pub async fn call(&self, number: u128, status: u16) {
        let application = Application {
            resource: RESOURCE,
            callback: Callback::Uri(self.url(&format!("/hook/{status}")).into()),
            api_version: "2026-03-12".into(),
        };
        let (connection, call) = (CallConnectionId::from_u128(number), CallId::from_u128(number));
        let correlation = CorrelationId::from_u128(number);
        let properties = CallProperties {
            connection,
            call,
            correlation,
            application: application.clone(),
            state: CallState::Connected,
            targets: vec![CommunicationIdentifier::from_raw_id("4:+14255550100")],
            source: Some(CommunicationIdentifier::from_raw_id("4:+14255550199")),
            caller_number: None,
            display_name: None,
            answered_by: None,
            answered_for: None,
            on_behalf_of: None,
            has_joined: false,
            streaming: None,
            transcription: None,
        };
        let event = CallEvent {
            id: EventId::from_u128(number),
            application,
            connection,
            call,
            correlation,
            operation_context: None,
            result: Some(ResultInformation::of(Outcome::Completed)),
            at: (self.clock)(),
            kind: CallEventKind::CallConnected,
        };
        let batch = Batch { opened: vec![properties], events: vec![event], ..Batch::default() };
        self.events.commit(batch).await.unwrap().unwrap();
        self.events.drain(Duration::from_secs(10)).await;
    }

    /// Two phones talk.
    pub async fn phones_talk(&self, number: u128) {
        let notice = CallNotice {
            id: EventId::from_u128(number),
            resource: RESOURCE,
            call: CallId::from_u128(number),
            correlation: CorrelationId::from_u128(number),
            at: (self.clock)(),
            kind: NoticeKind::CallStarted {
                started_by: CommunicationIdentifier::from_raw_id("4:+14255550101"),
                is_two_party: true,
            },
        };
        self.events.commit(Batch { notices: vec![notice], ..Batch::default() }).await.unwrap().unwrap();
    }

    /// One phone has called another, which was busy.
    pub async fn busy_phone(&self, number: u128) {
        let now = (self.clock)();
        let record = CallRecord {
            call: CallId::from_u128(number),
            correlation: CorrelationId::from_u128(number),
            resource: Some(RESOURCE),
            connection: None,
            started_by: CommunicationIdentifier::from_raw_id("4:+14255550101"),
            called: vec![CommunicationIdentifier::from_raw_id("4:+14255550102")],
            participants: Vec::new(),
            rung: Vec::new(),
            stays: Vec::new(),
            is_two_party: true,
            began: now,
            connected: None,
            ended: now,
            cause: EndCause::Busy,
            ended_by: Some(CommunicationIdentifier::from_raw_id("4:+14255550102")),
        };
        self.events.commit(Batch { records: vec![record], ..Batch::default() }).await.unwrap().unwrap();
    }
}

const RESOURCE: ResourceId = ResourceId::from_u128(7);

async fn hook(axum::extract::Path(status): axum::extract::Path<u16>) -> axum::http::StatusCode {
    axum::http::StatusCode::from_u16(status).unwrap()
}

fn contoso() -> DirectoryBuilder {
    let tenant = TenantId::from_u128(1);
    let phone = |name: &str, user: u128| Phone {
        name: name.into(),
        display_name: name.to_uppercase().into(),
        user: UserId::from_u128(user),
        resource: RESOURCE,
        number: None,
        password: Secret::new("secret".into()),
        may_call_out: false,
        owner: None,
    };
    DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![Resource {
            id: RESOURCE,
            tenant,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: vec!["+14255550100".parse().unwrap(), "+14255550101".parse().unwrap()],
        }],
        phones: vec![phone("demo-1", 1), phone("demo-2", 2)],
        trunks: vec![carrier(tenant)],
    }
}

fn carrier(tenant: TenantId) -> Trunk {
    Trunk {
        name: TrunkName::new("carrier"),
        tenant,
        host: "sbc.example.net".into(),
        port: 5061,
        transport: SipTransport::Tls,
        sources: Vec::new(),
        prefixes: vec!["+".into()],
        account: None,
        certificate: None,
        emergency: false,
        limits: Default::default(),
        dialect: Default::default(),
        pairing: tenant::Pairing::default(),
    }
}
