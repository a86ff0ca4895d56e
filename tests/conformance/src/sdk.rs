//! The official SDKs, unmodified, in a process of their own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::patience::in_time;
use crate::platform::Ready;

/// Which SDK an application is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// JavaScript 1.6.0, api-version 2026-03-12.
    JavaScript,
    /// JavaScript 1.2.0, api-version 2024-04-15.
    JavaScript2024,
    /// JavaScript 1.0.0, api-version 2023-03-06.
    JavaScript2023,
    /// Python 1.6.0, api-version 2026-03-12.
    Python,
    /// Python 1.2.0, api-version 2024-04-15.
    Python2024,
    /// JavaScript of phone numbers and SIP routing, 1.5.0.
    JavaScriptNumbers,
    /// Python of phone numbers and SIP routing, 1.4.0.
    PythonNumbers,
    /// Python 1.6.0b1, api-version 2025-08-15-preview.
    PythonPreview,
}

/// A running SDK. All requests of all tests may share it.
#[derive(Clone, Debug)]
pub struct Sdk {
    /// Which one it is.
    pub kind: Kind,
    line: Arc<Mutex<Line>>,
}

#[derive(Debug)]
struct Line {
    input: ChildStdin,
    next: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, Refusal>>>,
}

/// What the SDK threw.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Refusal {
    pub name: String,
    pub status: Option<u16>,
    pub code: Option<String>,
    pub message: String,
}

impl Sdk {
    /// Starts it with the connection string and the authority of a server, by environment variables alone.
    pub fn start(kind: Kind, ready: &Ready) -> Self {
        let mut command = command(kind);
        let mut child = command
            .arg(&ready.connection_string)
            .env("NODE_EXTRA_CA_CERTS", &ready.ca_certificate)
            .env("REQUESTS_CA_BUNDLE", &ready.ca_certificate)
            .env("SSL_CERT_FILE", &ready.ca_certificate)
            // The names of recordings that newer SDKs insist on lead to this machine.
            .env("LD_PRELOAD", "libnss_wrapper.so")
            .env("NSS_WRAPPER_HOSTS", here("hosts"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{kind:?} starts ({error}); has tests/conformance/install run?"));
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let line = Arc::new(Mutex::new(Line { input, next: 0, waiting: HashMap::new() }));
        std::thread::spawn({
            let line = line.clone();
            move || {
                listen(&line, output);
                child.wait().expect("a child can be waited for")
            }
        });
        Self { kind, line }
    }

    /// Asks it for something that must work.
    pub async fn ask(&self, verb: &str, arguments: Value) -> Value {
        let shown = arguments.to_string();
        match self.try_ask(verb, arguments).await {
            Ok(answer) => answer,
            Err(refusal) => panic!("{verb} was refused: {refusal:?}; it was asked for {shown}"),
        }
    }

    /// Asks it for something that must be refused.
    pub async fn ask_refused(&self, verb: &str, arguments: Value) -> Refusal {
        match self.try_ask(verb, arguments).await {
            Ok(answer) => panic!("{verb} was not refused but answered {answer}"),
            Err(refusal) => refusal,
        }
    }

    /// Asks it for something.
    pub async fn try_ask(&self, verb: &str, arguments: Value) -> Result<Value, Refusal> {
        let (sender, answer) = oneshot::channel();
        self.line.lock().expect("nobody panics with the line in hand").send(verb, arguments, sender);
        in_time(&format!("{:?} to answer {verb}", self.kind), answer).await.expect("the SDK still runs")
    }
}

impl Line {
    fn send(&mut self, verb: &str, arguments: Value, sender: oneshot::Sender<Result<Value, Refusal>>) {
        self.next += 1;
        let mut request = arguments;
        request["id"] = json!(self.next);
        request["do"] = json!(verb);
        self.waiting.insert(self.next, sender);
        writeln!(self.input, "{request}").expect("the SDK still runs");
    }
}

fn listen(line: &Mutex<Line>, output: impl std::io::Read) {
    for answer in BufReader::new(output).lines().map_while(Result::ok) {
        let Ok(mut answer) = serde_json::from_str::<Value>(&answer) else { continue };
        let id = answer["id"].as_u64().unwrap_or_default();
        let waiting = line.lock().expect("nobody panics with the line in hand").waiting.remove(&id);
        let result = match answer.get("error") {
            Some(error) => Err(serde_json::from_value(error.clone()).expect("the driver names errors")),
            None => Ok(answer["ok"].take()),
        };
        // A test that gave up does not listen any more.
        let _ = waiting.map(|sender| sender.send(result));
    }
}

fn command(kind: Kind) -> Command {
    let node = |driver: &str| {
        let mut command = Command::new("node");
        command.arg(here(driver));
        command
    };
    let javascript = |package: &str| {
        let mut command = node("js/driver.mjs");
        command.arg(package);
        command
    };
    let python_driver = |environment: &str, driver: &str| {
        let mut command = Command::new(root().join(environment).join("bin/python"));
        command.arg(here(driver));
        command
    };
    let python = |environment: &str| python_driver(environment, "python/driver.py");
    match kind {
        Kind::JavaScript => javascript("@azure/communication-call-automation"),
        Kind::JavaScript2024 => javascript("call-automation-1-2"),
        Kind::JavaScript2023 => javascript("call-automation-1-0"),
        Kind::Python => python(".make/venv"),
        Kind::Python2024 => python(".make/venv-2024"),
        Kind::JavaScriptNumbers => node("js/phone_numbers.mjs"),
        Kind::PythonNumbers => python_driver(".make/venv", "python/phone_numbers.py"),
        Kind::PythonPreview => python(".make/venv-preview"),
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file beside the tests.
pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
