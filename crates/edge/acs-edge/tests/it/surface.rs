//! The surface over a scripted platform, and a client that signs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{ContextKey, IncomingCallContext, SignatureRules};
use acs_edge::{AcsEdge, CallControl, Commanded, PublicKeys};
use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use call_engine::{Application, CallProperties, CallState, Callback, ParticipantView, RecordingView};
use clock::Now;
use exchange::{Accepted, Command, CommandError, Reply};
use http_body_util::BodyExt;
use http_kit::{Gatekeeper, Repeatability};
use identifier::{
    CallConnectionId, CallId, CommunicationIdentifier, CorrelationId, OperationId, RecordingId, ResourceId,
    TenantId,
};
use redact::Secret;
use serde_json::Value;
use switchboard::BoardError;
use tenant::{Directory, DirectoryBuilder, Resource, Tenant};
use tower::ServiceExt;

pub const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
pub const HOST: &str = "localhost:8443";
pub const VERSION: &str = "api-version=2026-03-12";
/// 2026-11-21T02:33:00Z.
pub const NOW: Now = Now::new(0, 1_795_228_380_000_000);
const DATE: &str = "Sat, 21 Nov 2026 02:33:00 GMT";

pub const RESOURCE: ResourceId = ResourceId::from_u128(7);
pub const CONNECTION: CallConnectionId = CallConnectionId::from_u128(1);
pub const RECORDING: RecordingId = RecordingId::from_u128(6);

/// What the platform was asked, and what it says.
pub struct Script {
    asked: Mutex<Vec<Command>>,
    refusal: Mutex<Option<BoardError>>,
    /// Commands wait for a permit each.
    pace: tokio::sync::Semaphore,
}

impl CallControl for Script {
    fn command(&self, command: Command) -> Commanded<'_> {
        let reply = match self.refusal.lock().expect("no test panics with it").clone() {
            Some(refusal) => Err(refusal),
            None => Ok(reply_to(&command)),
        };
        self.asked.lock().expect("no test panics with it").push(command);
        Box::pin(async {
            let _permit = self.pace.acquire().await.expect("never closed");
            reply
        })
    }
}

fn reply_to(command: &Command) -> Reply {
    match command {
        Command::CreateCall { application, .. } => Reply::Call(Box::new(properties(application.clone()))),
        Command::Answer { answer, .. } => Reply::Call(Box::new(properties(answer.application.clone()))),
        Command::Join { join, .. } => Reply::Call(Box::new(properties(join.application.clone()))),
        Command::RecordConnection { .. } | Command::RecordCall { .. } | Command::Recording { .. } => {
            Reply::Recording(RecordingView { recording: RECORDING, is_active: true })
        }
        Command::Properties { resource, .. } => Reply::Call(Box::new(properties(Application {
            resource: *resource,
            callback: Callback::Uri("https://localhost/cb".into()),
            api_version: "2026-03-12".into(),
        }))),
        Command::Participants { .. } => Reply::Participants(vec![ParticipantView {
            identifier: phone("+14255550199"),
            is_muted: false,
            is_on_hold: true,
        }]),
        _ => Reply::Accepted(Accepted { operation: Some(OperationId::from_u128(5)) }),
    }
}

fn properties(application: Application) -> CallProperties {
    CallProperties {
        connection: CONNECTION,
        call: CallId::from_u128(2),
        correlation: CorrelationId::from_u128(3),
        application,
        state: CallState::Connecting,
        targets: vec![phone("+14255550199")],
        source: Some(CommunicationIdentifier::from_raw_id("8:acs:r_src")),
        caller_number: Some("+14255550100".parse().expect("a number")),
        display_name: Some(Arc::<str>::from("Contoso").into()),
        answered_by: None,
        answered_for: None,
        on_behalf_of: None,
        has_joined: false,
        streaming: None,
        transcription: None,
    }
}

pub fn phone(number: &str) -> CommunicationIdentifier {
    CommunicationIdentifier::phone(number.parse().expect("a number"))
}

/// An answer, taken in.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub body: Value,
    pub headers: axum::http::HeaderMap,
}

impl Answered {
    /// Status and code of a refusal, such as `404/8522`.
    pub fn refusal(&self) -> String {
        format!("{}/{}", self.status, self.body["error"]["code"].as_str().unwrap_or("?"))
    }

    /// A header that must be there.
    pub fn header(&self, name: &str) -> String {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("there is no {name}: {self:?}"));
        value.to_str().expect("it is text").to_owned()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().expect("a refusal has a message")
    }
}

#[derive(Clone)]
pub struct Surface {
    router: Router,
    script: Arc<Script>,
    contexts: Arc<ContextKey>,
}

impl Surface {
    pub fn new() -> Self {
        let script = Arc::new(Script {
            asked: Mutex::default(),
            refusal: Mutex::default(),
            pace: tokio::sync::Semaphore::new(1000),
        });
        let contexts = Arc::new(ContextKey::new(&Secret::new([9; 32])));
        let directory = Arc::new(directory());
        let rules = SignatureRules { endpoints: vec![HOST.to_owned()], ..SignatureRules::default() };
        let edge = AcsEdge {
            calls: script.clone(),
            gatekeeper: Gatekeeper::new(Arc::new(move || directory.clone()), Arc::new(|| NOW), rules),
            repeatability: Repeatability::in_memory(Arc::new(|| NOW)),
            contexts: contexts.clone(),
            public_keys: PublicKeys {
                issuer: "https://acscallautomation.communication.azure.com".into(),
                origin: "https://localhost:8443".into(),
                key_set: Arc::new(|| serde_json::json!({ "keys": [{ "kid": "1" }] })),
            },
            recording_announcement: None,
        };
        Self { router: edge.router(), script, contexts }
    }

    /// From now on the platform refuses.
    pub fn refuses(&self, refusal: CommandError) {
        self.fails(BoardError::Refused(refusal));
    }

    /// From now on the platform fails.
    pub fn fails(&self, error: BoardError) {
        *self.script.refusal.lock().expect("no test panics with it") = Some(error);
    }

    /// From now on the platform does as it is told.
    pub fn obeys(&self) {
        *self.script.refusal.lock().expect("no test panics with it") = None;
    }

    /// Commands are answered only as permits are given.
    pub fn pause(&self) {
        self.script.pace.forget_permits(1000);
    }

    pub fn resume(&self) {
        self.script.pace.add_permits(1000);
    }

    /// What the platform was asked since the last time.
    pub fn asked(&self) -> Vec<Command> {
        std::mem::take(&mut self.script.asked.lock().expect("no test panics with it"))
    }

    /// A context that some resource may use for a while.
    pub fn context(&self, resource: ResourceId, valid_for: Duration) -> String {
        let context = IncomingCallContext {
            call: CallId::from_u128(2),
            resource,
            expires_unix_us: NOW.advanced(valid_for).unix_us(),
        };
        self.contexts.seal(&context).into_inner()
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.send(signed("GET", path, b"")).await
    }

    pub async fn delete(&self, path: &str) -> Answered {
        self.send(signed("DELETE", path, b"")).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answered {
        self.send(signed("POST", path, body.to_string().as_bytes())).await
    }

    /// A request under the connection of the script.
    pub async fn on_call(&self, rest: &str, body: Value) -> Answered {
        self.post(&format!("/calling/callConnections/{CONNECTION}{rest}"), body).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response: Response<Body> =
            self.router.clone().oneshot(request).await.expect("a router never fails");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("the body is in memory").to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("every body is JSON")
        };
        Answered { status: parts.status.as_u16(), body, headers: parts.headers }
    }
}

/// A signed request for `path` in the newest version.
pub fn signed(method: &str, path: &str, body: &[u8]) -> Request<Body> {
    signed_target(method, &format!("{path}?{VERSION}"), body)
}

/// A signed request for a whole target.
pub fn signed_target(method: &str, target: &str, body: &[u8]) -> Request<Body> {
    signed_by(method, target, body, HOST, KEY)
}

/// A signed request for a whole target, of whoever has this key.
pub fn signed_by(method: &str, target: &str, body: &[u8], host: &str, key: &[u8]) -> Request<Body> {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, body));
    let text = format!("{method}\n{target}\n{DATE};{host};{hash}");
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let authorization = format!(
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={}",
        STANDARD.encode(signature)
    );
    Request::builder()
        .method(method)
        .uri(target)
        .header("host", host)
        .header("x-ms-date", DATE)
        .header("x-ms-content-sha256", hash)
        .header("authorization", authorization)
        .body(Body::from(body.to_vec()))
        .expect("the request is well-formed")
}

fn directory() -> Directory {
    let tenant = TenantId::from_u128(1);
    let resource = |id, name: &str, hosts: Vec<Box<str>>, key: &[u8]| Resource {
        id,
        tenant,
        name: name.into(),
        hosts,
        access_keys: vec![Secret::new(b"primary".as_slice().into()), Secret::new(key.into())],
        numbers: Vec::new(),
    };
    let builder = DirectoryBuilder {
        tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
        resources: vec![
            resource(RESOURCE, "contoso", vec!["localhost".into()], KEY),
            resource(ResourceId::from_u128(8), "fabrikam", vec!["fabrikam.test".into()], b"another"),
        ],
        ..DirectoryBuilder::default()
    };
    builder.build().expect("the directory is sound")
}
