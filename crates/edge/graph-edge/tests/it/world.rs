//! The surface on a store of its own, and requests to it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use access::ContextKey;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use clock::Now;
use event_delivery::RetryPolicy;
use event_edge::{EventSettings, Events, Surroundings};
use graph_edge::{Graph, GraphParts, Permission, Signer};
use http_body_util::BodyExt;
use http_kit::{ClientNetwork, Clock};
use identifier::ObjectId;
use outbound_http::{AllowedNetwork, OutboundHttp, OutboundPolicy};
use redact::Secret;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use store::Store;
use tower::ServiceExt;

use crate::company::{CONTOSO, DESK, OTHER, POOR, Town, town};

pub const ORIGIN: &str = "https://ringdown.test:8443";

pub struct World {
    pub graph: Graph,
    pub town: Arc<Town>,
    pub events: Events,
    store: Store,
    clock: Clock,
    ahead_us: Arc<AtomicU64>,
    data: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl World {
    pub async fn new() -> Self {
        Self::with_pace(1_000_000).await
    }

    pub async fn with_pace(requests_per_second: u32) -> Self {
        let ahead_us = Arc::new(AtomicU64::new(0));
        let data = tempfile::tempdir().unwrap();
        let (town, clock) = (Arc::new(town()), movable_clock(&ahead_us));
        let (graph, events, store) = start(data.path(), &town, &clock, requests_per_second).await;
        Self { graph, town, events, store, clock, ahead_us, data }
    }

    /// The process ends without ceremony and another one begins on the same data.
    pub async fn restart(self) -> Self {
        let Self { graph, town, events, store, clock, ahead_us, data } = self;
        drop((graph, events, store));
        wait_for_release(data.path()).await;
        let (graph, events, store) = start(data.path(), &town, &clock, 1_000_000).await;
        Self { graph, town, events, store, clock, ahead_us, data }
    }

    /// Time passes at once, and whoever waits for it is woken by something that changes nothing.
    pub async fn pass(&self, time: Duration) {
        self.jump(time);
        let body = serde_json::json!({ "sessionId": DESK.to_string() });
        let path = format!("/v1.0/users/{}/presence/clearPresence", ObjectId::from_u128(0xe0));
        self.ask("POST", &path, Some(body)).await;
    }

    /// From now on the store cannot `INSERT`, or cannot `DELETE`, subscriptions.
    pub async fn store_refuses(&self, what: &str) {
        self.execute(format!(
            "CREATE TRIGGER refuse_{what} BEFORE {what} ON graph_subscription
             BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END"
        ))
        .await;
    }

    pub async fn store_takes_all(&self) {
        self.execute("DROP TRIGGER refuse_INSERT; DROP TRIGGER refuse_DELETE".into()).await;
    }

    async fn execute(&self, statement: String) {
        let options = SqliteConnectOptions::new().filename(self.data.path().join("ringdown.sqlite"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Time passes, and nobody notices.
    pub fn jump(&self, time: Duration) {
        self.ahead_us.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
    }

    pub fn now_us(&self) -> i64 {
        (self.clock)().unix_us()
    }

    /// The moment so many minutes from now.
    pub fn in_minutes(&self, minutes: i64) -> String {
        let moment = jiff::Timestamp::from_microsecond(self.now_us() + minutes * 60_000_000).unwrap();
        moment.to_string()
    }

    /// An application that may do everything asks.
    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask_as(&self.token(DESK), method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(body)).await
    }

    pub async fn ask_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("consistencylevel", "eventual")
            .header("client-request-id", "mine")
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
        self.send(request.unwrap()).await
    }

    /// Somebody in another network asks.
    pub async fn send_from(&self, client: &str, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ClientNetwork::of(client.parse().unwrap()));
        self.send(request).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.graph.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A token of an application of Contoso, with all that it was granted.
    pub fn token(&self, application: ObjectId) -> String {
        let granted = match application {
            DESK | OTHER => Permission::ALL,
            POOR => &[],
            _ => panic!("there is no such application"),
        };
        self.graph.tokens().for_application(CONTOSO, application, granted).into_inner()
    }

    /// A token with which the application asks in the name of somebody.
    pub fn token_of(&self, person: ObjectId, permissions: &[Permission]) -> String {
        self.graph.tokens().for_person(CONTOSO, DESK, person, permissions, 3_600).into_inner()
    }
}

impl Answer {
    /// `status code`, as refusals are compared.
    #[track_caller]
    pub fn refusal(&self) -> String {
        let code = self.body["error"]["code"].as_str();
        format!("{} {}", self.status.as_u16(), code.unwrap_or_else(|| panic!("no refusal: {self:?}")))
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.body
    }
}

async fn start(
    data: &Path,
    town: &Arc<Town>,
    clock: &Clock,
    requests_per_second: u32,
) -> (Graph, Events, Store) {
    let store = Store::open(data).await.unwrap();
    let policy =
        OutboundPolicy { allow_private: vec![AllowedNetwork::Loopback], ..OutboundPolicy::default() };
    let http = OutboundHttp::new(policy).unwrap();
    let surroundings = Surroundings {
        store: store.clone(),
        http: http.clone(),
        clock: clock.clone(),
        directory: Arc::new(Arc::default),
        contexts: Arc::new(ContextKey::new(&Secret::new([3; 32]))),
        lateness: Arc::default(),
    };
    let settings = EventSettings {
        graph_policy: RetryPolicy {
            waits: vec![Duration::from_millis(30)],
            max_attempts: 3,
            max_attempts_on_error: 3,
            ..RetryPolicy::graph()
        },
        ..EventSettings::default()
    };
    let events = Events::start(surroundings, settings).await.unwrap();
    let (signing, publishing) = (events.clone(), events.clone());
    let graph = Graph::start(GraphParts {
        companies: Arc::clone(town) as Arc<dyn graph_edge::Companies>,
        signer: Signer {
            sign: Arc::new(move |claims| signing.sign(claims)),
            key_set: Arc::new(move || publishing.signing_keys()),
        },
        origin: ORIGIN.into(),
        clock: clock.clone(),
        store: store.clone(),
        http,
        events: events.clone(),
        reachability: Arc::new(|_, _| {}),
        requests_per_second: std::num::NonZeroU32::new(requests_per_second),
    });
    (graph.await.unwrap(), events, store)
}

fn movable_clock(ahead_us: &Arc<AtomicU64>) -> Clock {
    let (start, ahead_us) = (Instant::now(), Arc::clone(ahead_us));
    Arc::new(move || {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let ahead_us = ahead_us.load(Ordering::Relaxed);
        Now::new(start.elapsed().as_micros() as u64 + ahead_us, unix.as_micros() as i64 + ahead_us as i64)
    })
}

// The tasks of the former process end when they notice that nobody holds them any more.
async fn wait_for_release(directory: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let lock = std::fs::File::open(directory.join("ringdown.lock")).unwrap();
    while lock.try_lock().is_err() {
        assert!(Instant::now() < deadline, "the former store is released");
        tokio::task::yield_now().await;
    }
    lock.unlock().unwrap();
}
