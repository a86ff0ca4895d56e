//! An application's endpoint: a real HTTP server that repeats validation tokens and remembers what it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);

pub struct Endpoint {
    pub url: String,
    told: mpsc::UnboundedReceiver<Value>,
    shared: Arc<Shared>,
}

struct Shared {
    told: mpsc::UnboundedSender<Value>,
    /// What the next notifications are answered with; 202 when it is empty.
    statuses: Mutex<VecDeque<u16>>,
    /// What validation is answered with instead of the token.
    refuses: Mutex<Option<(u16, String)>>,
    asked: Mutex<Vec<String>>,
}

impl Endpoint {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (sender, told) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            told: sender,
            statuses: Mutex::default(),
            refuses: Mutex::default(),
            asked: Mutex::default(),
        });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, told, shared }
    }

    pub fn answers(&self, statuses: &[u16]) {
        self.shared.statuses.lock().unwrap().extend(statuses);
    }

    pub fn refuses_validation(&self, status: u16, text: &str) {
        *self.shared.refuses.lock().unwrap() = Some((status, text.to_owned()));
    }

    /// Validation tokens that it was asked to repeat.
    pub fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// The next request, all of it.
    pub async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(PATIENCE, self.told.recv()).await;
        next.expect("a notification comes in time").expect("the endpoint runs")
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some((_, token)) = query.into_iter().find(|(name, _)| name == "validationToken") {
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/plain"));
        shared.asked.lock().unwrap().push(token.clone());
        return match shared.refuses.lock().unwrap().clone() {
            Some((status, text)) => (StatusCode::from_u16(status).unwrap(), text).into_response(),
            None => token.into_response(),
        };
    }
    let status = shared.statuses.lock().unwrap().pop_front().unwrap_or(202);
    let _ = shared.told.send(serde_json::from_slice(&body).unwrap());
    StatusCode::from_u16(status).unwrap().into_response()
}
