//! A webhook on loopback that remembers what it was sent and behaves as its path is told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One request.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

/// What a path does; each answer is given once, the last one for ever.
#[derive(Clone, Debug)]
pub enum Answer {
    Status(u16),
    Text(u16, String),
    /// The validation code of the question.
    Code,
    /// Another code.
    ForgedCode,
    /// `WebHook-Allowed-Origin` with this value.
    Allow(&'static str),
    /// Nothing at all.
    Hang,
}

#[derive(Default)]
struct Behavior {
    answers: HashMap<String, Vec<Answer>>,
}

pub struct Receiver {
    origin: String,
    behavior: Arc<Mutex<Behavior>>,
    received: mpsc::UnboundedReceiver<Received>,
}

#[derive(Clone)]
struct Shared {
    behavior: Arc<Mutex<Behavior>>,
    received: mpsc::UnboundedSender<Received>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let behavior = Arc::new(Mutex::new(Behavior::default()));
        let (sender, received) = mpsc::unbounded_channel();
        let router = Router::new()
            .fallback(receive)
            .with_state(Shared { behavior: Arc::clone(&behavior), received: sender });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, behavior, received }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Says what a path does from now on; without that it answers 200.
    pub fn answer(&self, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let answers = answers.into_iter().collect::<Vec<_>>();
        self.behavior.lock().unwrap().answers.insert(path.to_owned(), answers);
    }

    /// The next request.
    pub async fn next(&mut self) -> Received {
        let next = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        next.expect("a request comes in time").expect("the receiver runs")
    }

    /// The next so many requests.
    pub async fn take(&mut self, count: usize) -> Vec<Received> {
        let mut taken = Vec::new();
        for _ in 0..count {
            taken.push(self.next().await);
        }
        taken
    }

    /// Whether anything else has come.
    pub fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

impl Received {
    /// The event: callbacks and the Event Grid schema wrap it in an array of one.
    pub fn event(&self) -> &Value {
        match &self.body {
            Value::Array(events) => {
                assert_eq!(events.len(), 1, "exactly one event in each request");
                &events[0]
            }
            event => event,
        }
    }

    /// The type without its prefix.
    pub fn event_type(&self) -> String {
        let event = self.event();
        let name = event.get("type").or_else(|| event.get("eventType")).and_then(Value::as_str).unwrap();
        name.strip_prefix("Microsoft.Communication.").unwrap_or(name).to_owned()
    }

    pub fn id(&self) -> String {
        self.event()["id"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("there is a header {name}")).to_str().unwrap()
    }
}

async fn receive(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().unwrap().to_string();
    let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let answer = shared.behavior.lock().unwrap().next(&path);
    let code = body.pointer("/0/data/validationCode").and_then(Value::as_str).unwrap_or_default().to_owned();
    let _ = shared.received.send(Received { method, path, headers, body });
    match answer {
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Text(status, text) => (StatusCode::from_u16(status).unwrap(), text).into_response(),
        Answer::Code => format!(r#"{{"validationResponse":"{code}"}}"#).into_response(),
        Answer::ForgedCode => {
            r#"{"validationResponse":"00000000-0000-0000-0000-000000000000"}"#.into_response()
        }
        Answer::Allow(origin) => [("webhook-allowed-origin", origin)].into_response(),
        Answer::Hang => std::future::pending().await,
    }
}

impl Behavior {
    fn next(&mut self, path: &str) -> Answer {
        let Some(answers) = self.answers.get_mut(path) else { return Answer::Status(200) };
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}
