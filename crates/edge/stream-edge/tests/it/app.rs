//! An application: a WebSocket server that keeps what it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// What an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Keeps all messages.
    Listens,
    /// Sends back what it hears.
    Echoes,
    /// Takes the connection and never reads.
    Sleeps,
    /// Refuses the upgrade.
    Refuses(u16),
    /// Cuts every connection after the first message.
    Cuts,
}

pub struct App {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    outbox: Arc<Mutex<Option<mpsc::UnboundedSender<Message>>>>,
}

#[derive(Default)]
struct Seen {
    headers: HeaderMap,
    messages: Vec<Value>,
    connections: usize,
    closes: usize,
}

impl App {
    pub async fn start(habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let outbox = Arc::new(Mutex::new(None));
        let (sees, boxes) = (seen.clone(), outbox.clone());
        Handle::current().spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sender, messages) = mpsc::unbounded_channel();
                *boxes.lock().unwrap() = Some(sender);
                tokio::spawn(serve(stream, habit, sees.clone(), messages));
            }
        });
        Self { address, seen, outbox }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/stream?a=b", self.address)
    }

    pub fn say(&self, message: Message) {
        let outbox = self.outbox.lock().unwrap();
        outbox.as_ref().expect("somebody has connected").send(message).unwrap();
    }

    /// Says a sound in chunks of so many samples, all at once.
    pub fn say_sound(&self, samples: &[i16], chunk: usize) {
        for chunk in samples.chunks(chunk) {
            let bytes: Vec<u8> = chunk.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let data =
                json!({"kind": "audioData", "audioData": {"data": STANDARD.encode(bytes)}, "stopAudio": {}});
            self.say(Message::text(data.to_string()));
        }
    }

    pub fn messages(&self) -> Vec<Value> {
        self.seen.lock().unwrap().messages.clone()
    }

    pub fn of_kind(&self, kind: &str) -> Vec<Value> {
        self.messages().into_iter().filter(|message| message["kind"] == kind).collect()
    }

    pub fn header(&self, name: &str) -> String {
        let seen = self.seen.lock().unwrap();
        seen.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn closes(&self) -> usize {
        self.seen.lock().unwrap().closes
    }

    /// The samples that were said by somebody; `None`: mixed.
    pub fn sound(&self, who: Option<&str>) -> Vec<i16> {
        let of = |message: &Value| message["audioData"]["participantRawID"].as_str().map(str::to_owned);
        let frames = self.of_kind("AudioData");
        let frames = frames.iter().filter(|message| of(message).as_deref() == who);
        let bytes = frames
            .flat_map(|message| STANDARD.decode(message["audioData"]["data"].as_str().unwrap()).unwrap());
        let bytes: Vec<u8> = bytes.collect();
        bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect()
    }
}

async fn serve(
    stream: TcpStream,
    habit: Habit,
    seen: Arc<Mutex<Seen>>,
    mut messages: mpsc::UnboundedReceiver<Message>,
) {
    let _ = stream.set_nodelay(true);
    let kept = seen.clone();
    #[allow(clippy::result_large_err)]
    let upgrade = move |request: &Request, response: Response| {
        kept.lock().unwrap().headers = request.headers().clone();
        match habit {
            Habit::Refuses(status) => {
                let mut refused = ErrorResponse::new(None);
                *refused.status_mut() = StatusCode::from_u16(status).unwrap();
                Err(refused)
            }
            _ => Ok(response),
        }
    };
    let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, upgrade).await else { return };
    seen.lock().unwrap().connections += 1;
    if habit == Habit::Sleeps {
        let _kept = socket;
        return std::future::pending().await;
    }
    converse(socket, habit, &seen, &mut messages).await;
}

async fn converse(
    mut socket: WebSocketStream<TcpStream>,
    habit: Habit,
    seen: &Mutex<Seen>,
    messages: &mut mpsc::UnboundedReceiver<Message>,
) {
    loop {
        let message = tokio::select! {
            message = socket.next() => message,
            Some(message) = messages.recv() => {
                let _ = socket.send(message).await;
                continue;
            }
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(&text).expect("every message is JSON");
                if habit == Habit::Echoes && message["kind"] == "AudioData" {
                    let data = &message["audioData"]["data"];
                    let echo = json!({"Kind": "AudioData", "AudioData": {"Data": data}, "StopAudio": null});
                    let _ = socket.send(Message::text(echo.to_string())).await;
                }
                seen.lock().unwrap().messages.push(message);
                if habit == Habit::Cuts {
                    return;
                }
            }
            Some(Ok(Message::Close(_))) => seen.lock().unwrap().closes += 1,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return,
        }
    }
}
