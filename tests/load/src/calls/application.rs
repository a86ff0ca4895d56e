//! An application as the SDKs make it: signed requests over HTTP, events by webhook, a sound to be played.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use aws_lc_rs::{digest, hmac};
use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use codec::tone;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;

const API_VERSION: &str = "2026-03-12";
/// Where the sound lies that is played to callers.
const SOUND: &str = "/prompt.wav";
/// Where a longer one lies.
const LONG_SOUND: &str = "/long.wav";
/// Connections to the server that are kept for the next request.
const KEPT: usize = 256;

/// What the application was told.
pub(crate) enum News {
    /// Somebody calls; the caller's number and the context to answer with.
    IncomingCall { caller: String, context: String },
    /// An event of the call whose callback URL ends so.
    Event { call: usize, kind: String, connection: String },
}

/// The application's side of the REST API.
pub(crate) struct Client {
    server: SocketAddr,
    key: hmac::Key,
    idle: RefCell<Vec<SendRequest<Full<Bytes>>>>,
}

#[derive(Deserialize)]
struct GridEvent {
    #[serde(rename = "eventType")]
    kind: String,
    data: Value,
}

#[derive(Deserialize)]
struct CallbackEvent {
    r#type: String,
    data: CallbackData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallbackData {
    call_connection_id: String,
}

impl Client {
    pub(crate) fn new(server: SocketAddr, access_key: &str) -> anyhow::Result<Self> {
        let key = BASE64_STANDARD.decode(access_key).context("the access key is not base64")?;
        Ok(Self { server, key: hmac::Key::new(hmac::HMAC_SHA256, &key), idle: RefCell::default() })
    }

    /// Answers a call; events go to `callback`.
    pub(crate) async fn answer(&self, context: &str, callback: &str) -> anyhow::Result<()> {
        // Without a speech service words are not recognized; it costs nothing to name one.
        let intelligence = json!({ "cognitiveServicesEndpoint": "https://speech.example/" });
        let body = json!({
            "incomingCallContext": context,
            "callbackUri": callback,
            "callIntelligenceOptions": intelligence,
        });
        self.post("/calling/callConnections:answer", &body).await
    }

    /// Plays the file to everybody in the call.
    pub(crate) async fn play(&self, connection: &str, sound: &str) -> anyhow::Result<()> {
        let body = json!({ "playSources": [{ "kind": "file", "file": { "uri": sound } }], "playTo": [] });
        self.post(&format!("/calling/callConnections/{connection}:play"), &body).await
    }

    /// Wants to hear of every key that the caller presses.
    pub(crate) async fn listen_to_keys(&self, connection: &str, caller: &str) -> anyhow::Result<()> {
        let body =
            json!({ "targetParticipant": { "kind": "phoneNumber", "phoneNumber": { "value": caller } } });
        self.post(&format!("/calling/callConnections/{connection}:startContinuousDtmfRecognition"), &body)
            .await
    }

    /// Plays a prompt into which the caller may say one of two words.
    pub(crate) async fn listen_to_words(
        &self,
        connection: &str,
        caller: &str,
        prompt: &str,
        word: &str,
    ) -> anyhow::Result<()> {
        let body = json!({
            "recognizeInputType": "choices",
            "playPrompts": [{ "kind": "file", "file": { "uri": prompt } }],
            "recognizeOptions": {
                "interruptPrompt": true,
                "initialSilenceTimeoutInSeconds": 20,
                "targetParticipant": { "kind": "phoneNumber", "phoneNumber": { "value": caller } },
                "speechLanguage": "en-US",
                "choices": [
                    { "label": "Word", "phrases": [word] },
                    { "label": "Other", "phrases": ["account balance"] },
                ],
            },
        });
        self.post(&format!("/calling/callConnections/{connection}:recognize"), &body).await
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let body = Bytes::from(body.to_string());
        let request = self.signed(&format!("{path}?api-version={API_VERSION}"), body)?;
        let mut connection = self.connection().await?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        let answer = response.into_body().collect().await?.to_bytes();
        let mut idle = self.idle.borrow_mut();
        if idle.len() < KEPT {
            idle.push(connection);
        }
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(())
    }

    fn signed(&self, target: &str, body: Bytes) -> anyhow::Result<Request<Full<Bytes>>> {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let content = BASE64_STANDARD.encode(digest::digest(&digest::SHA256, &body));
        let host = self.server;
        let text = format!("POST\n{target}\n{date};{host};{content}");
        let signature = BASE64_STANDARD.encode(hmac::sign(&self.key, text.as_bytes()));
        let request = Request::builder()
            .method(Method::POST)
            .uri(target)
            .header("host", host.to_string())
            .header("content-type", "application/json")
            .header("x-ms-date", date)
            .header("x-ms-content-sha256", content)
            .header(
                "authorization",
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"),
            );
        Ok(request.body(Full::new(body))?)
    }

    async fn connection(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        loop {
            let Some(idle) = self.idle.borrow_mut().pop() else { break };
            if idle.is_ready() {
                return Ok(idle);
            }
        }
        let stream = TcpStream::connect(self.server).await.context("cannot reach the server over HTTP")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        spawn_local(connection);
        Ok(sender)
    }
}

/// Starts the application's web server.
pub(crate) async fn listen(told: Rc<dyn Fn(News)>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Only delays what is measured.
            let _ = stream.set_nodelay(true);
            let told = told.clone();
            let service = service_fn(move |request| take(request, told.clone()));
            spawn_local(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    Ok(address)
}

/// Where events of incoming calls go.
pub(crate) fn grid_url(application: SocketAddr) -> String {
    format!("http://{application}/grid")
}

/// Where events of a call go.
pub(crate) fn callback_url(application: SocketAddr, call: usize) -> String {
    format!("http://{application}/calls/{call}")
}

/// Where the sound is.
pub(crate) fn sound_url(application: SocketAddr) -> String {
    format!("http://{application}{SOUND}")
}

/// Where the longer one is.
pub(crate) fn long_sound_url(application: SocketAddr) -> String {
    format!("http://{application}{LONG_SOUND}")
}

async fn take(
    request: Request<Incoming>,
    told: Rc<dyn Fn(News)>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let path = parts.uri.path();
    let answer = if path == SOUND {
        Some(Bytes::from(prompt(Duration::from_millis(200))))
    } else if path == LONG_SOUND {
        Some(Bytes::from(prompt(Duration::from_secs(20))))
    } else if let Some(call) = path.strip_prefix("/calls/") {
        take_callbacks(call, &body, &*told)
    } else {
        take_grid_events(&body, &*told)
    };
    let mut response = Response::new(Full::new(answer.clone().unwrap_or_default()));
    if answer.is_none() {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

fn take_callbacks(call: &str, body: &[u8], told: &dyn Fn(News)) -> Option<Bytes> {
    let call = call.parse().ok()?;
    for event in serde_json::from_slice::<Vec<CallbackEvent>>(body).ok()? {
        let kind = event.r#type.trim_start_matches("Microsoft.Communication.").to_owned();
        told(News::Event { call, kind, connection: event.data.call_connection_id });
    }
    Some(Bytes::new())
}

fn take_grid_events(body: &[u8], told: &dyn Fn(News)) -> Option<Bytes> {
    for event in serde_json::from_slice::<Vec<GridEvent>>(body).ok()? {
        if let Some(code) = event.data["validationCode"].as_str() {
            return Some(Bytes::from(json!({ "validationResponse": code }).to_string()));
        }
        if event.kind == "Microsoft.Communication.IncomingCall" {
            let caller = event.data["from"]["phoneNumber"]["value"].as_str().unwrap_or_default().to_owned();
            let context = event.data["incomingCallContext"].as_str()?.to_owned();
            told(News::IncomingCall { caller, context });
        }
    }
    Some(Bytes::new())
}

/// A tone: 16 kHz, 16 bit, mono.
fn prompt(lasting: Duration) -> Vec<u8> {
    let samples = tone::sine(16_000, 440.0, lasting, 0.3).samples;
    let length = (samples.len() * 2) as u32;
    let mut wav = Vec::with_capacity(samples.len() * 2 + 44);
    wav.extend(b"RIFF");
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(16_000u32.to_le_bytes());
    wav.extend(32_000u32.to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    wav
}
