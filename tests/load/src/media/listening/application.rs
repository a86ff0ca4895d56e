//! An application at the other end of WebSockets. It lives on the generator's core.

use std::net::SocketAddr;

use anyhow::Context;
use base64::prelude::{BASE64_STANDARD, Engine};
use codec::tone;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_tungstenite::tungstenite::Message;

/// Louder is speech.
const LOUD: u16 = 1_500;
/// Frames of its answer: a fifth of a second.
const ANSWER: usize = 10;

/// What it does with what it hears.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    Listens,
    /// Says it.
    Echoes,
    /// Says something as soon as the caller is silent.
    Answers,
}

pub(super) struct Application {
    pub(super) address: SocketAddr,
    #[expect(dead_code, reason = "it runs as long as this lives")]
    runtime: Runtime,
}

impl Application {
    /// On the core of the calling thread.
    pub(super) fn start(habit: Habit) -> anyhow::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("application").enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).context("cannot listen")?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, habit));
            }
        });
        Ok(Self { address, runtime })
    }
}

/// Until the platform closes, or does not understand.
async fn converse(stream: TcpStream, habit: Habit) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut socket = tokio_tungstenite::accept_async(stream).await.ok()?;
    let answer = answer();
    let mut has_heard = false;
    while let Some(Ok(message)) = socket.next().await {
        match &message {
            Message::Text(text) if habit == Habit::Echoes && text.contains("\"AudioData\"") => {
                // What it is told is what it may say.
                socket.send(message).await.ok()?;
            }
            Message::Text(text) if habit == Habit::Answers => {
                let is_loud = is_loud(text);
                if has_heard && !is_loud {
                    for _ in 0..ANSWER {
                        socket.feed(Message::Text(answer.as_str().into())).await.ok()?;
                    }
                    socket.flush().await.ok()?;
                }
                has_heard = is_loud;
            }
            _ => {}
        }
    }
    Some(())
}

fn is_loud(text: &str) -> bool {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    let data = message["audioData"]["data"].as_str().and_then(|data| BASE64_STANDARD.decode(data).ok());
    let samples = data.iter().flat_map(|data| data.as_chunks().0);
    samples.map(|pair| i16::from_le_bytes(*pair)).any(|sample| sample.unsigned_abs() > LOUD)
}

/// 20 ms of a tone.
fn answer() -> String {
    let samples = tone::sine(16_000, 1_000.0, std::time::Duration::from_millis(20), 0.5).samples;
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    json!({ "kind": "AudioData", "audioData": { "data": BASE64_STANDARD.encode(bytes) } }).to_string()
}
