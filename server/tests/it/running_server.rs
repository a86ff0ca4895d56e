//! A server of one's own: the real binary on free ports, in a folder that goes away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// The binary, with an environment that says nothing to it.
pub fn ringdown(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringdown"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("RINGDOWN_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Output {
    ringdown(arguments).output().expect("the binary runs")
}

/// What a command printed to standard error.
pub fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A server that is ready, or has been.
pub struct RunningServer {
    process: Child,
    folder: TempDir,
}

impl RunningServer {
    /// Starts a demo on free ports and waits until it is ready.
    pub fn start() -> Self {
        Self::start_with(&["--demo"])
    }

    /// Starts it on free ports with these flags besides, and waits until it is ready.
    pub fn start_with(flags: &[&str]) -> Self {
        let server = Self::start_in(tempfile::tempdir().expect("a folder"), flags);
        server.ready();
        server
    }

    /// Starts a demo that finds no other program on its machine.
    pub fn start_without_programs() -> Self {
        let server =
            Self::start_in_with(tempfile::tempdir().expect("a folder"), &["--demo"], &[("PATH", "/nowhere")]);
        server.ready();
        server
    }

    /// Starts a demo that may open so many files at first, and so many if it asks.
    pub fn start_with_files(soft: u64, hard: u64) -> Self {
        let limit = format!("--nofile={soft}:{hard}");
        let folder = tempfile::tempdir().expect("a folder");
        let server = Self::launch(
            Command::new("prlimit"),
            &[&limit, env!("CARGO_BIN_EXE_ringdown")],
            folder,
            &["--demo"],
        );
        server.ready();
        server
    }

    /// A line of `/proc/PID/limits`.
    pub fn kernel_limit(&self, name: &str) -> String {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.process.id())).expect("it runs");
        limits.lines().find(|line| line.starts_with(name)).expect("the kernel tells it").to_owned()
    }

    fn start_in(folder: TempDir, flags: &[&str]) -> Self {
        Self::start_in_with(folder, flags, &[])
    }

    fn start_in_with(folder: TempDir, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut program = ringdown(&[]);
        program.envs(environment.iter().copied());
        Self::launch(program, &[], folder, flags)
    }

    fn launch(mut program: Command, first: &[&str], folder: TempDir, flags: &[&str]) -> Self {
        let log = fs::File::create(folder.path().join("log")).expect("a log file");
        let banner = fs::File::create(folder.path().join("banner")).expect("a file for the banner");
        let process = program
            .args(first)
            .args(["serve", "--api", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .args(flags)
            .stdout(banner)
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        Self { process, folder }
    }

    /// What it printed once it was ready.
    pub fn banner(&self) -> String {
        let path = self.folder.path().join("banner");
        let whole = || fs::read_to_string(&path).ok().filter(|text| text.contains("events subscribe"));
        wait_for("banner", whole, || self.log()).unwrap_or_default()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its `ready.json`, as soon as it is there.
    pub fn ready(&self) -> Value {
        let path = self.data().join("ready.json");
        wait_for("ready.json", || fs::read(&path).ok(), || self.log())
            .and_then(|text| serde_json::from_slice(&text).ok())
            .expect("ready.json is JSON")
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Sends a signal such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until the process has ended.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts it again in the same folder, after it has ended.
    pub fn again(mut self) -> Self {
        self.ended();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        let server = Self::start_in(folder, &["--demo"]);
        server.ready();
        server
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>, log: impl Fn() -> String) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        assert!(Instant::now() < deadline, "no {what}: {}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether there is a file.
pub fn exists(path: &Path) -> bool {
    path.exists()
}
