//! Calls per second: SIPp calls a number of the demo, the demo line answers, SIPp hangs up.

mod scenario;
mod server;
mod sipp;

use std::time::Duration;

use serde::Serialize;

use crate::calls::server::Server;

/// One rate.
#[derive(Clone, Debug, Serialize)]
pub struct CallRow {
    /// Calls begun in a second.
    pub rate: u32,
    /// Calls that were answered and ended as they should.
    pub completed: u64,
    /// Calls that were not.
    pub failed: u64,
    /// Completed calls in a second, over the whole measurement.
    pub goodput: f64,
    /// From INVITE to 200, in the middle.
    pub answer_p50_ms: f64,
    /// From INVITE to 200, one in a hundred is slower.
    pub answer_p99_ms: f64,
    /// Of one core, by the server.
    pub cores: f64,
    /// Memory of the server at its peak so far, in MiB.
    pub peak_mib: f64,
}

/// Measures each rate on one server, in the order given.
pub fn measure(rates: &[u32], lasting: Duration) -> anyhow::Result<Vec<CallRow>> {
    let server = Server::start()?;
    rates.iter().map(|rate| measure_one(&server, *rate, lasting)).collect()
}

fn measure_one(server: &Server, rate: u32, lasting: Duration) -> anyhow::Result<CallRow> {
    let before = server.cpu_time()?;
    let result = sipp::run(server.sip(), server.number(), rate, lasting)?;
    let used = server.cpu_time()?.saturating_sub(before);
    Ok(CallRow {
        rate,
        completed: result.completed,
        failed: result.failed,
        goodput: result.completed as f64 / result.took.as_secs_f64(),
        answer_p50_ms: percentile(&result.answer_ms, 50.0),
        answer_p99_ms: percentile(&result.answer_ms, 99.0),
        cores: used.as_secs_f64() / result.took.as_secs_f64(),
        peak_mib: server.peak_bytes()? as f64 / f64::from(1 << 20),
    })
}

/// The rows for people.
pub fn table(rows: &[CallRow]) -> String {
    let mut text =
        String::from("  calls/s  completed  failed  goodput/s  answer p50 ms  p99 ms  cores  peak MiB\n");
    for row in rows {
        text.push_str(&format!(
            "{:>9}  {:>9}  {:>6}  {:>9.1}  {:>13.1}  {:>6.1}  {:>5.2}  {:>8.1}\n",
            row.rate,
            row.completed,
            row.failed,
            row.goodput,
            row.answer_p50_ms,
            row.answer_p99_ms,
            row.cores,
            row.peak_mib
        ));
    }
    text
}

/// `sorted` is in ascending order; 0 when it is empty.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * percent / 100.0).round() as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_the_sorted_list() {
        let sorted: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!((percentile(&sorted, 50.0), percentile(&sorted, 99.0)), (50.0, 99.0));
        assert_eq!(percentile(&[], 99.0), 0.0);
    }
}
