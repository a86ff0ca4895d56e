//! An application's WebSocket: takes what the platform sends, and speaks back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Message;

use crate::patience::in_time;
use crate::sound::Sound;

/// A WebSocket server that remembers every frame.
#[derive(Clone, Debug)]
pub struct Socket {
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
    frames: Vec<Value>,
    opened: usize,
    open: usize,
    speakers: Vec<mpsc::UnboundedSender<String>>,
}

impl Socket {
    /// Starts a server; it ends with the runtime of the test.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let memory = Arc::new(Memory::default());
        let kept = Arc::clone(&memory);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&kept)));
            }
        });
        Self { address, memory }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// Waits for a frame of this kind that `is_it` holds for.
    pub async fn frame(&self, kind: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let found =
            |book: &Book| book.frames.iter().find(|frame| frame["kind"] == kind && is_it(frame)).cloned();
        self.until(&format!("a {kind} frame"), found).await
    }

    /// Waits for the frame of this number of its kind, from 0.
    pub async fn nth(&self, kind: &str, number: usize) -> Value {
        let found = |book: &Book| {
            let mut frames = book.frames.iter().filter(|frame| frame["kind"] == kind);
            frames.nth(number).cloned()
        };
        self.until(&format!("{kind} frame {number}"), found).await
    }

    /// Waits until so many connections have been made, ever.
    pub async fn connected(&self, times: usize) {
        self.until(&format!("connection {times}"), |book| (book.opened >= times).then_some(())).await;
    }

    /// Waits until the platform has hung up.
    pub async fn hung_up(&self) {
        self.until("the platform to hang up", |book| (book.opened > 0 && book.open == 0).then_some(())).await;
    }

    /// The application says something, on every connection that there is.
    pub fn say(&self, message: &Value) {
        for speaker in &self.book().speakers {
            // Whoever has hung up is not told.
            let _ = speaker.send(message.to_string());
        }
    }

    /// How many frames of this kind have come.
    pub fn count(&self, kind: &str) -> usize {
        self.book().frames.iter().filter(|frame| frame["kind"] == kind).count()
    }

    /// The sound that has come, from the frame of this number on, at 8 kHz.
    pub fn sound(&self, from: usize) -> Sound {
        let book = self.book();
        let frames = book.frames.iter().filter(|frame| frame["kind"] == "AudioData").skip(from);
        let data = frames.filter_map(|frame| frame["audioData"]["data"].as_str());
        let bytes: Vec<u8> = data.flat_map(|data| BASE64_STANDARD.decode(data).unwrap_or_default()).collect();
        let wide = bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair));
        // Tones of tests lie far below half of the rate that is left.
        Sound { samples: wide.step_by(2).collect() }
    }

    /// The application hangs up.
    pub fn hang_up(&self) {
        self.book().speakers.clear();
    }

    async fn until<T>(&self, what: &str, found: impl Fn(&Book) -> Option<T>) -> T {
        in_time(what, async {
            loop {
                let news = self.memory.news.notified();
                if let Some(found) = found(&self.book()) {
                    return found;
                }
                news.await;
            }
        })
        .await
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.memory.book.lock().expect("nobody panics with the book in hand")
    }
}

async fn talk(stream: TcpStream, memory: Arc<Memory>) {
    let Ok(socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (mut sink, mut source) = socket.split();
    let (speaker, mut said) = mpsc::unbounded_channel::<String>();
    let note = |change: &dyn Fn(&mut Book)| {
        change(&mut memory.book.lock().expect("nobody panics with the book in hand"));
        memory.news.notify_waiters();
    };
    note(&|book| {
        book.opened += 1;
        book.open += 1;
        book.speakers.push(speaker.clone());
    });
    drop(speaker);
    loop {
        tokio::select! {
            frame = source.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    if let Ok(frame) = serde_json::from_str::<Value>(&text) {
                        note(&|book| book.frames.push(frame.clone()));
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            words = said.recv() => match words {
                Some(words) => {
                    let _ = sink.send(Message::text(words)).await;
                }
                // The application has hung up.
                None => {
                    let _ = sink.send(Message::Close(None)).await;
                    break;
                }
            },
        }
    }
    note(&|book| book.open -= 1);
}
