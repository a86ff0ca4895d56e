//! A running server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context;
use serde::Deserialize;

use crate::patience::until_some;
use crate::tether::Tethered;

/// A server with a data folder of its own, on ports that were free.
#[derive(Debug)]
pub struct Platform {
    /// Where it can be reached, as it says itself.
    pub ready: Ready,
    data: PathBuf,
    arguments: Vec<String>,
    process: Process,
}

/// `ready.json`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Ready {
    pub endpoint: String,
    pub http_endpoint: Option<String>,
    pub web: String,
    pub connection_string: String,
    pub ca_certificate: PathBuf,
    pub admin_token: String,
    pub sip: SipAddresses,
    pub numbers: Vec<String>,
    pub resource_id: String,
    #[serde(default)]
    pub phones: Vec<ReadyPhone>,
}

/// Where phones point, as `host:port`.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct SipAddresses {
    pub udp: String,
    pub tcp: String,
    pub tls: Option<String>,
    /// `udp 127.0.0.1:5060`, for each transport and family.
    pub all: Vec<String>,
}

/// A phone account.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct ReadyPhone {
    pub name: String,
    pub number: Option<String>,
    pub identifier: String,
    pub password: Option<String>,
}

#[derive(Debug)]
enum Process {
    Shared { _tethered: Tethered },
    Owned(std::process::Child),
    Gone,
}

impl Platform {
    /// Demo mode, as a newcomer has it.
    pub async fn demo(name: &str) -> Self {
        Self::owned(name, None, &["--demo"], ANY_PORT).await
    }

    /// With a configuration file, ended with the value.
    pub async fn configured(name: &str, configuration: &str) -> Self {
        Self::owned(name, Some(configuration), &[], ANY_PORT).await
    }

    /// The same with SIP at these addresses.
    pub async fn listening(name: &str, configuration: &str, sip: &str) -> Self {
        Self::owned(name, Some(configuration), &[], sip).await
    }

    async fn owned(name: &str, configuration: Option<&str>, flags: &[&str], sip: &str) -> Self {
        let (data, arguments) = prepare(name, configuration, flags, sip);
        let child = launch(&data, &arguments);
        let mut platform = Self { ready: no_facts_yet(), data, arguments, process: Process::Owned(child) };
        platform.ready = platform.wait_until_ready().await;
        platform
    }

    /// With a configuration file, for all tests of this process; it ends with the process.
    pub async fn shared(name: &str, configuration: &str) -> Self {
        let (data, arguments) = prepare(name, Some(configuration), &[], ANY_PORT);
        let tethered = Tethered::start(&binary(), &arguments, &data.join("log")).expect("the server starts");
        let process = Process::Shared { _tethered: tethered };
        let mut platform = Self { ready: no_facts_yet(), data, arguments, process };
        platform.ready = platform.wait_until_ready().await;
        platform
    }

    /// Pulls the plug.
    pub fn kill(&mut self) {
        let Process::Owned(child) = &mut self.process else { panic!("a shared server is not killed") };
        child.kill().expect("the server runs");
        child.wait().expect("the server has ended");
        self.process = Process::Gone;
        std::fs::remove_file(self.data.join("ready.json")).expect("it was ready");
    }

    /// Starts it again on the same data.
    pub async fn restart(&mut self) {
        self.process = Process::Owned(launch(&self.data, &self.arguments));
        self.ready = self.wait_until_ready().await;
    }

    /// Writes another configuration file; the server reads it when it is told to.
    pub fn configure(&self, configuration: &str) {
        std::fs::write(self.data.join("ringdown.toml"), configuration).expect("the file can be written");
    }

    /// Sends a signal such as `-HUP`.
    pub fn signal(&self, signal: &str) {
        let process = self.process().expect("an owned server has a process").to_string();
        let done = Command::new("kill").args([signal, &process]).status().expect("kill is there");
        assert!(done.success(), "the server runs");
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("log")).unwrap_or_default()
    }

    /// A number that the kernel tells of it in `/proc/PID/status`, such as `VmRSS:`, in kilobytes.
    pub fn kernel_says(&self, name: &str) -> u64 {
        let process = self.process().expect("an owned server has a process");
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the kernel tells it");
        line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        match &mut self.process {
            Process::Owned(child) => matches!(child.try_wait(), Ok(None)),
            Process::Shared { .. } => true,
            Process::Gone => false,
        }
    }

    /// The number of its process, when it is not shared.
    pub fn process(&self) -> Option<u32> {
        match &self.process {
            Process::Owned(child) => Some(child.id()),
            Process::Shared { .. } | Process::Gone => None,
        }
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A phone account by name.
    pub fn phone(&self, name: &str) -> &ReadyPhone {
        let found = self.ready.phones.iter().find(|phone| phone.name == name);
        found.unwrap_or_else(|| panic!("ready.json names no phone {name}"))
    }

    async fn wait_until_ready(&mut self) -> Ready {
        let path = self.data.join("ready.json");
        let what = format!("{} (the log is {})", path.display(), self.data.join("log").display());
        until_some(&what, || {
            assert!(self.is_alive(), "the server ended at once: {}", log_tail(&self.data));
            serde_json::from_slice(&std::fs::read(&path).ok()?).ok()
        })
        .await
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        if let Process::Owned(child) = &mut self.process {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Any free port of loopback.
const ANY_PORT: &str = "127.0.0.1:0";

/// The binary under test; `make test` builds it first.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.ancestors().nth(2).expect("tests lie in <target>/<profile>/deps");
    let binary = folder.join("ringdown");
    if !binary.exists() {
        build().expect("the server builds");
    }
    binary
}

fn build() -> anyhow::Result<()> {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "ringdown"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cargo runs")?;
    anyhow::ensure!(status.success(), "cargo build ended with {status}");
    Ok(())
}

fn prepare(name: &str, configuration: Option<&str>, flags: &[&str], sip: &str) -> (PathBuf, Vec<String>) {
    let data = folder(name);
    let mut arguments = vec!["serve".to_owned()];
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    if let Some(configuration) = configuration {
        let path = data.join("ringdown.toml");
        std::fs::write(&path, configuration).expect("the data folder can be written");
        arguments.extend(["--config".to_owned(), path.display().to_string()]);
    }
    for listener in ["--api", "--http", "--web"] {
        arguments.extend([listener.to_owned(), ANY_PORT.to_owned()]);
    }
    arguments.extend(["--sip".to_owned(), sip.to_owned()]);
    arguments.extend(["--data".to_owned(), data.display().to_string()]);
    (data, arguments)
}

/// A fresh folder that stays after the tests, because its log explains a failure.
pub fn folder(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let root = std::env::temp_dir().join("ringdown-conformance");
    forget_finished_runs(&root);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = root.join(format!("{}-{count}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    folder
}

fn forget_finished_runs(root: &Path) {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.split('-').next().unwrap_or_default();
        let age = entry.metadata().ok().and_then(|facts| facts.modified().ok()?.elapsed().ok());
        let is_old = age.is_some_and(|age| age > Duration::from_secs(30 * 60));
        if is_old && !Path::new("/proc").join(process).exists() {
            // Somebody else may be forgetting it as well.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn launch(data: &Path, arguments: &[String]) -> std::process::Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("log")).expect("a log");
    Command::new(binary())
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("the server starts")
}

fn log_tail(data: &Path) -> String {
    let log = std::fs::read_to_string(data.join("log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn no_facts_yet() -> Ready {
    Ready {
        endpoint: String::new(),
        http_endpoint: None,
        web: String::new(),
        connection_string: String::new(),
        ca_certificate: PathBuf::new(),
        admin_token: String::new(),
        sip: SipAddresses { udp: String::new(), tcp: String::new(), tls: None, all: Vec::new() },
        numbers: Vec::new(),
        resource_id: String::new(),
        phones: Vec::new(),
    }
}
