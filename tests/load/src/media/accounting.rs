//! What the kernel says that was used.

use std::fs;
use std::time::Duration;

use anyhow::{Context, bail};

/// The processor time of the thread of this process with this name.
pub(crate) fn thread_cpu(name: &str) -> anyhow::Result<Duration> {
    for task in fs::read_dir("/proc/self/task").context("cannot list threads: this runs on Linux")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name) {
            let schedstat = fs::read_to_string(task.join("schedstat"))?;
            let busy_ns = schedstat.split(' ').next().unwrap_or_default().parse()?;
            return Ok(Duration::from_nanos(busy_ns));
        }
    }
    bail!("no thread is named {name}")
}

/// The memory of this process.
pub(crate) fn resident_kb() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// The processor time of all threads of this process whose names begin with one of these.
pub(crate) fn threads_cpu(prefixes: &[&str]) -> anyhow::Result<Duration> {
    let mut busy_ns = 0;
    for task in fs::read_dir("/proc/self/task").context("cannot list threads: this runs on Linux")?.flatten()
    {
        // A thread that has just ended used nothing more.
        let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        if prefixes.iter().any(|prefix| read("comm").starts_with(prefix)) {
            busy_ns +=
                read("schedstat").split(' ').next().and_then(|used| used.parse().ok()).unwrap_or(0_u64);
        }
    }
    Ok(Duration::from_nanos(busy_ns))
}
