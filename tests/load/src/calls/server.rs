//! The server under load: the release build that lies beside this program.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::unistd::{SysconfVar, sysconf};
use serde_json::Value;
use tempfile::TempDir;

/// Chosen on the command line.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
/// Whether servers that are started write down what enters their calls, as they usually do.
static KEEPS_JOURNAL: AtomicBool = AtomicBool::new(true);

/// A running server and how to reach it.
pub(crate) struct Server {
    process: Child,
    pub(crate) sip: SocketAddr,
    pub(crate) http: SocketAddr,
    /// The application's number; the demo line's in demo mode.
    pub(crate) number: String,
    pub(crate) access_key: String,
    _folder: TempDir,
}

/// Processor time by the kernel's accounting.
#[derive(Clone, Debug, Default)]
pub(crate) struct CpuTime {
    pub(crate) total: Duration,
    /// By the names of threads; only those that live.
    pub(crate) threads: BTreeMap<String, Duration>,
}

/// Measures this program from now on.
pub(crate) fn use_server(program: &Path) {
    PROGRAM.get_or_init(|| program.to_owned());
}

fn program() -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe().context("cannot find this program")?.with_file_name("ringdown");
    Ok(PROGRAM.get().cloned().unwrap_or(beside))
}

/// Servers that are started from now on keep a journal, or none.
pub(crate) fn keep_journal(is_kept: bool) {
    KEEPS_JOURNAL.store(is_kept, Ordering::Relaxed);
}

impl Server {
    /// With a configuration file, on these cores (as `taskset` lists them).
    pub(crate) fn configured(configuration: &str, cores: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let file = folder.path().join("ringdown.toml");
        fs::write(&file, configuration)?;
        let arguments = vec!["--config".to_owned(), file.display().to_string()];
        Self::start(folder, arguments, cores)
    }

    /// In demo mode.
    pub(crate) fn demo(cores: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        Self::start(folder, vec!["--demo".to_owned()], cores)
    }

    fn start(folder: TempDir, arguments: Vec<String>, cores: &str) -> anyhow::Result<Self> {
        let program = program()?;
        let data = folder.path().join("data");
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", cores]).arg(&program).arg("serve").args(arguments);
        for listener in ["--api", "--http", "--sip", "--web"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        if !KEEPS_JOURNAL.load(Ordering::Relaxed) {
            command.env("RINGDOWN_JOURNAL_MAX_MB", "0");
        }
        let log = fs::File::create(folder.path().join("log"))?;
        let process = command
            .arg("--data")
            .arg(&data)
            .env("RINGDOWN_LOG_LEVEL", "warn")
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}; `make bench` builds it", program.display()))?;
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Self {
            process,
            sip: nowhere,
            http: nowhere,
            number: String::new(),
            access_key: String::new(),
            _folder: folder,
        };
        let ready = server.wait_until_ready(data.join("ready.json"))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        server.sip = text(&ready["sip"]["udp"]).parse().context("ready.json names no SIP address")?;
        let http = text(&ready["httpEndpoint"]);
        let http = http.trim_start_matches("http://").trim_end_matches('/').replace("localhost", "127.0.0.1");
        server.http = http.parse().context("ready.json names no HTTP address")?;
        server.number = text(&ready["numbers"][0]);
        let key = text(&ready["connectionString"]);
        let key = key.split("accesskey=").nth(1).unwrap_or_default();
        server.access_key = key.trim_end_matches(';').to_owned();
        Ok(server)
    }

    fn wait_until_ready(&mut self, file: PathBuf) -> anyhow::Result<Value> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(ready) = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
                return Ok(ready);
            }
            if self.process.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self._folder.path().join("log")).unwrap_or_default();
                bail!("the server does not start: {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets the command line do something with the running server; what it says.
    pub(crate) fn command(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let data = self._folder.path().join("data");
        let output = Command::new(program()?).args(arguments).arg("--data").arg(data).output()?;
        if !output.status.success() {
            bail!("ringdown {} says: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What it has used so far.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<CpuTime> {
        let process = self.process.id();
        // proc(5), fields 14 and 15: threads that have ended are in it, too.
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no process name")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse().unwrap_or(0));
        let per_second = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100) as u64;
        let total = Duration::from_millis(ticks.sum::<u64>() * 1_000 / per_second);
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{process}/task"))?.flatten() {
            let read = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
            let used: u64 =
                read("schedstat").split(' ').next().and_then(|used| used.parse().ok()).unwrap_or(0);
            *threads.entry(read("comm").trim().to_owned()).or_default() += Duration::from_nanos(used);
        }
        Ok(CpuTime { total, threads })
    }

    /// Memory that is in use, in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<u64> {
        self.memory("VmRSS:")
    }

    /// The most that was ever in use, in KiB.
    pub(crate) fn peak_kib(&self) -> anyhow::Result<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).context("the kernel tells no memory")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl CpuTime {
    /// What was used since then.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let threads = self.threads.iter().map(|(name, used)| {
            let earlier = before.threads.get(name).copied().unwrap_or_default();
            (name.clone(), used.saturating_sub(earlier))
        });
        Self { total: self.total.saturating_sub(before.total), threads: threads.collect() }
    }

    /// Of all threads whose names begin so.
    pub(crate) fn of_threads(&self, prefix: &str) -> Duration {
        self.threads.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, used)| *used).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have died, which the measurement shows.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
