//! SIPp as the generator of calls: what our own generator says must agree with it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::calls::outcome::Outcome;
use crate::calls::scenario::ANSWER_AND_HANG_UP;
use crate::distribution::Distribution;

/// Calls `number` so often in a second for so long.
pub(crate) fn run(server: SocketAddr, number: &str, rate: u32, lasting: Duration) -> anyhow::Result<Outcome> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let scenario = folder.path().join("call.xml");
    fs::write(&scenario, ANSWER_AND_HANG_UP)?;
    let calls = u64::from(rate) * lasting.as_secs().max(1);
    let started = Instant::now();
    Command::new("sipp")
        .current_dir(folder.path())
        .arg(server.to_string())
        .args(["-sf", "call.xml", "-s", number, "-i", "127.0.0.1", "-nostdin", "-nd"])
        .args(["-r", &rate.to_string(), "-m", &calls.to_string(), "-l", "20000"])
        .args(["-timeout", &format!("{}s", lasting.as_secs() + 40), "-recv_timeout", "30000"])
        .args(["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_rtt", "-rtt_freq", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot run sipp; `scripts/install bench` installs it")?;
    let took = started.elapsed();
    let (completed, failed) = totals(&folder.path().join("stat.csv"))?;
    Ok(Outcome {
        offered: calls as usize,
        completed,
        failed,
        goodput: completed as f64 / took.as_secs_f64(),
        invite_to_ok: answer_times(folder.path())?,
        ..Outcome::default()
    })
}

/// The last line of SIPp's statistics, by the names of its columns.
fn totals(path: &Path) -> anyhow::Result<(usize, usize)> {
    let text = fs::read_to_string(path).context("cannot read the statistics of sipp")?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
    let values: Vec<&str> = lines.last().unwrap_or_default().split(';').collect();
    let value = |name: &str| {
        let column = names.iter().position(|known| *known == name);
        column.and_then(|column| values.get(column)?.trim().parse().ok()).unwrap_or(0)
    };
    Ok((value("SuccessfulCall(C)"), value("FailedCall(C)")))
}

/// `…_rtt.csv`: a line per answer, its second field in milliseconds.
fn answer_times(folder: &Path) -> anyhow::Result<Distribution> {
    let mut times = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with("_rtt.csv") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        times.extend(
            text.lines().skip(1).filter_map(|line| line.split(';').nth(1)?.trim().parse::<f64>().ok()),
        );
    }
    Ok(times.into_iter().collect())
}
