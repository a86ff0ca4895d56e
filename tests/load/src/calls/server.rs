//! The server under load: the release build that lies beside this program.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

/// The kernel counts processor time in these (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

pub(crate) struct Server {
    process: Child,
    sip: String,
    number: String,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        let program = std::env::current_exe().context("cannot find this program")?.with_file_name("ringdown");
        let data = folder.path().join("data");
        let process = Command::new(&program)
            .args(["serve", "--demo", "--api", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env("RINGDOWN_LOG_LEVEL", "warn")
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {}; `make bench` builds it", program.display()))?;
        let mut server = Self { process, sip: String::new(), number: String::new(), _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        let ready: Value = loop {
            match fs::read(data.join("ready.json")) {
                Ok(text) => break serde_json::from_slice(&text)?,
                Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                Err(_) => bail!("the server does not start"),
            }
        };
        server.sip = ready["sip"]["udp"].as_str().unwrap_or_default().to_owned();
        server.number = ready["numbers"][0].as_str().unwrap_or_default().to_owned();
        Ok(server)
    }

    pub(crate) fn sip(&self) -> &str {
        &self.sip
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// Processor time that the process has used (proc(5), fields 14 and 15).
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, fields) = stat.rsplit_once(')').context("no process name")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse().unwrap_or(0));
        Ok(Duration::from_millis(ticks.sum::<u64>() * 1000 / TICKS_PER_SECOND))
    }

    /// The most memory that the process has had.
    pub(crate) fn peak_bytes(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have died, which the measurement shows.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
