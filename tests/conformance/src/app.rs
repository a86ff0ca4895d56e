//! An application's side of the wire: a web server that takes events, and serves the sounds to be played.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::event::Event;
use crate::patience::in_time;
use crate::sound::{sine, wav};

/// A receiver that remembers everything and answers 200 unless told otherwise.
#[derive(Clone, Debug)]
pub struct App {
    address: SocketAddr,
    memory: Arc<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    book: Mutex<Book>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Book {
    all: Vec<Event>,
    unread: VecDeque<Event>,
    fetches: HashMap<String, usize>,
    posts: HashMap<String, usize>,
    moods: HashMap<String, VecDeque<Mood>>,
}

/// How the receiver takes a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// With this status; the event counts as received only when it is a success.
    Answers(u16),
    /// Never answers.
    Hangs,
}

impl App {
    /// Starts a receiver; it ends with the runtime of the test.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let memory = Arc::new(Memory::default());
        let router = Router::new()
            .route("/sounds/{name}", axum::routing::get(serve_sound))
            .fallback(receive)
            .with_state(memory.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, memory }
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The URL of a WAV file with a tone: 16 kHz, 16 bit, mono, as the documentation asks for.
    pub fn tone_file(&self, hertz: u32, seconds: f64) -> String {
        self.url(&format!("/sounds/{hertz}-{seconds}.wav"))
    }

    /// How often a path was fetched.
    pub fn fetches(&self, url: &str) -> usize {
        let path = url.strip_prefix(&self.url("")).unwrap_or(url).to_owned();
        self.book().fetches.get(&path).copied().unwrap_or_default()
    }

    /// How often something was posted to a path, whatever the answer.
    pub fn posts(&self, path: &str) -> usize {
        self.book().posts.get(path).copied().unwrap_or_default()
    }

    /// How the next POSTs to a path are taken; after these, well.
    pub fn moods(&self, path: &str, moods: impl IntoIterator<Item = Mood>) {
        self.book().moods.insert(path.to_owned(), moods.into_iter().collect());
    }

    /// Waits for the next event of this type that no other wait has taken.
    pub async fn event(&self, kind: &str) -> Event {
        self.event_where(kind, |_| true).await
    }

    /// Waits for the next event of this type and this operation context.
    pub async fn event_of(&self, kind: &str, operation_context: &str) -> Event {
        self.event_where(kind, |event| event.operation_context() == Some(operation_context)).await
    }

    /// Waits for the next event of this type for which `is_it` holds.
    pub async fn event_where(&self, kind: &str, is_it: impl Fn(&Event) -> bool) -> Event {
        let waiting = async {
            loop {
                let news = self.memory.news.notified();
                if let Some(event) = self.take(kind, &is_it) {
                    return event;
                }
                news.await;
            }
        };
        let so_far = || self.kinds().join(", ");
        tokio::select! {
            event = waiting => event,
            () = in_time_quietly() => panic!("no {kind} came; there were: {}", so_far()),
        }
    }

    /// Waits for this many POSTs to a path.
    pub async fn posted(&self, path: &str, times: usize) {
        let waiting = async {
            loop {
                let news = self.memory.news.notified();
                if self.posts(path) >= times {
                    return;
                }
                news.await;
            }
        };
        in_time(&format!("{times} POSTs to {path}"), waiting).await;
    }

    /// All events so far, in the order of arrival.
    pub fn events(&self) -> Vec<Event> {
        self.book().all.clone()
    }

    /// The types of all events so far.
    pub fn kinds(&self) -> Vec<String> {
        self.book().all.iter().map(|event| event.kind().to_owned()).collect()
    }

    fn take(&self, kind: &str, is_it: &impl Fn(&Event) -> bool) -> Option<Event> {
        let unread = &mut self.book().unread;
        let index = unread.iter().position(|event| event.kind() == kind && is_it(event))?;
        unread.remove(index)
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.memory.book.lock().expect("nobody panics with the book in hand")
    }
}

async fn in_time_quietly() {
    tokio::time::sleep(crate::patience::PATIENCE).await;
}

async fn receive(
    State(memory): State<Arc<Memory>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // The handshake of CloudEvents webhooks.
    if method == Method::OPTIONS {
        let origin = headers.get("webhook-request-origin").cloned();
        return match origin {
            Some(origin) => [("webhook-allowed-origin", origin)].into_response(),
            None => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
    }
    let path = uri.path().to_owned();
    let mood = {
        let mut book = memory.book.lock().expect("nobody panics with the book in hand");
        *book.posts.entry(path.clone()).or_default() += 1;
        book.moods.get_mut(&path).and_then(VecDeque::pop_front)
    };
    match mood {
        Some(Mood::Hangs) => {
            memory.news.notify_waiters();
            std::future::pending::<()>().await;
        }
        Some(Mood::Answers(status)) if !(200..300).contains(&status) => {
            memory.news.notify_waiters();
            return StatusCode::from_u16(status).expect("a status").into_response();
        }
        Some(Mood::Answers(_)) | None => {}
    }
    let events = match serde_json::from_slice(&body) {
        Ok(Value::Array(events)) => events,
        Ok(event) => vec![event],
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    // The handshake of the Event Grid schema.
    if let Some(code) = events.iter().find_map(|event| event["data"]["validationCode"].as_str()) {
        return axum::Json(json!({ "validationResponse": code })).into_response();
    }
    let headers = plain(&headers);
    let target = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let mut book = memory.book.lock().expect("nobody panics with the book in hand");
    for body in events {
        let event = Event { target: target.clone(), headers: headers.clone(), body, at: Instant::now() };
        book.all.push(event.clone());
        book.unread.push_back(event);
    }
    drop(book);
    memory.news.notify_waiters();
    StatusCode::OK.into_response()
}

fn plain(headers: &HeaderMap) -> BTreeMap<String, String> {
    let pairs =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()));
    pairs.collect()
}

/// `440-1.5.wav`: a tone of 440 Hz for 1.5 s. `broken-….wav`: not a sound. `huge-….wav`: far too much.
async fn serve_sound(State(memory): State<Arc<Memory>>, Path(name): Path<String>) -> Response {
    let path = format!("/sounds/{name}");
    *memory.book.lock().expect("nobody panics with the book in hand").fetches.entry(path).or_default() += 1;
    let parts = name.strip_suffix(".wav").and_then(|name| name.split_once('-'));
    let bytes = match parts {
        Some(("broken", _)) => b"this is not a sound".to_vec(),
        Some(("huge", _)) => vec![0; 80_000_000],
        Some((hertz, seconds)) => match (hertz.parse(), seconds.parse()) {
            (Ok(hertz), Ok(seconds)) => wav(&sine(hertz, seconds, 16_000), 16_000),
            _ => return StatusCode::NOT_FOUND.into_response(),
        },
        None => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, "audio/wav")], bytes).into_response()
}
