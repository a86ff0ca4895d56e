//! Calls: a generator on one core, the server on another, and what the server made of it.

mod application;
mod call;
mod document;
mod generator;
mod growth;
mod keys;
mod line;
mod message;
mod neighborhood;
mod outcome;
mod scenario;
mod server;
mod sipp;
mod traffic;
mod words;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use tokio::task::LocalSet;

use crate::calls::call::Script;
use crate::calls::generator::Generator;
use crate::calls::outcome::Outcome;
use crate::calls::server::{CpuTime, Server};
pub(crate) use document::measure_documents;
pub(crate) use growth::{GrowthRow, MemoryRow, growth_table, measure_growth, memory_table};
pub(crate) use keys::{KeyRow, measure_keys, table as key_table};
pub(crate) use server::{keep_journal, use_server};
pub(crate) use words::measure_words;

/// Calls before the first that count: connections are made, files are in memory.
const WARM_UP: f64 = 50.0;

/// One kind of call at one rate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallRow {
    pub(crate) work: String,
    /// Calls begun in a second.
    pub(crate) rate: f64,
    /// Cores that the server may use.
    pub(crate) server_cores: usize,
    pub(crate) offered: usize,
    pub(crate) completed: usize,
    /// With 503 and Retry-After.
    pub(crate) refused: usize,
    pub(crate) failed: usize,
    /// Completed in a second, in the steady part.
    pub(crate) goodput: f64,
    /// Cores that the server used.
    pub(crate) cores_used: f64,
    /// The server's processor time for each completed call.
    pub(crate) cpu_ms_per_call: f64,
    /// Calls that would fill one core at that cost.
    pub(crate) calls_per_core: f64,
    /// Of it, by the kind of thread.
    pub(crate) cpu_ms_by_thread: BTreeMap<String, f64>,
    pub(crate) invite_to_ok_p50_ms: Option<f64>,
    pub(crate) invite_to_ok_p99_ms: Option<f64>,
    /// From INVITE on the wire to the IncomingCall POST in the application's hands.
    pub(crate) invite_to_post_p50_ms: Option<f64>,
    pub(crate) invite_to_post_p99_ms: Option<f64>,
    /// From the application's request to 200 OK on the wire.
    pub(crate) answer_to_ok_p50_ms: Option<f64>,
    pub(crate) answer_to_ok_p99_ms: Option<f64>,
    pub(crate) generator_late_p99_ms: Option<f64>,
    /// Requests that the generator had to send again.
    pub(crate) retransmissions: usize,
    pub(crate) peak_mib: f64,
    /// What went wrong first.
    pub(crate) complaint: Option<String>,
}

/// A kind of call and how often.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) work: &'static str,
    pub(crate) kind: Kind,
    pub(crate) rates: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Prompt,
    Answer,
    DemoLine,
    /// The same, called by SIPp.
    Sipp,
    Bridge,
}

/// Measures each rate on one server, in the order given.
pub(crate) fn measure(course: &Course, lasting: Duration, cores: &str) -> anyhow::Result<Vec<CallRow>> {
    match course.kind {
        Kind::Sipp => measure_with_sipp(course, lasting, cores),
        Kind::Prompt | Kind::Answer | Kind::DemoLine | Kind::Bridge => {
            here(measure_course(course, lasting, cores))
        }
    }
}

async fn measure_course(course: &Course, lasting: Duration, cores: &str) -> anyhow::Result<Vec<CallRow>> {
    let (script, generator, server) = match course.kind {
        Kind::DemoLine | Kind::Sipp => {
            let server = Server::demo(cores)?;
            (Script::DemoLine, Generator::beside_demo(&server).await?, server)
        }
        kind => {
            let (generator, server) = Generator::beside_server(cores).await?;
            let script = match kind {
                Kind::Prompt => Script::Prompt,
                Kind::Bridge => Script::Bridge,
                Kind::Answer | Kind::DemoLine | Kind::Sipp => Script::Answer,
            };
            (script, generator, server)
        }
    };
    generator.run(script, WARM_UP, lasting.min(Duration::from_secs(1))).await;
    let mut rows = Vec::new();
    for rate in &course.rates {
        let before = server.cpu_time()?;
        let outcome = generator.run(script, *rate, lasting).await;
        let used = server.cpu_time()?.since(&before);
        rows.push(row(course.work, *rate, cores, &outcome, &used, &server, lasting)?);
    }
    Ok(rows)
}

fn measure_with_sipp(course: &Course, lasting: Duration, cores: &str) -> anyhow::Result<Vec<CallRow>> {
    let server = Server::demo(cores)?;
    let mut rows = Vec::new();
    for rate in &course.rates {
        let before = server.cpu_time()?;
        let outcome = sipp::run(server.sip, &server.number, *rate as u32, lasting)?;
        let used = server.cpu_time()?.since(&before);
        rows.push(row(course.work, *rate, cores, &outcome, &used, &server, lasting)?);
    }
    Ok(rows)
}

fn row(
    work: &str,
    rate: f64,
    cores: &str,
    outcome: &Outcome,
    used: &CpuTime,
    server: &Server,
    lasting: Duration,
) -> anyhow::Result<CallRow> {
    let each = |used: Duration| used.as_secs_f64() * 1_000.0 / outcome.completed.max(1) as f64;
    let cpu_ms_per_call = each(used.total);
    Ok(CallRow {
        work: work.to_owned(),
        rate,
        server_cores: cores.split(',').count(),
        offered: outcome.offered,
        completed: outcome.completed,
        refused: outcome.refused,
        failed: outcome.failed,
        goodput: outcome.goodput,
        cores_used: used.total.as_secs_f64() / lasting.as_secs_f64(),
        cpu_ms_per_call,
        calls_per_core: 1_000.0 / cpu_ms_per_call.max(1e-9),
        cpu_ms_by_thread: used.threads.iter().map(|(name, used)| (name.clone(), each(*used))).collect(),
        invite_to_ok_p50_ms: outcome.invite_to_ok.percentile(50.0),
        invite_to_ok_p99_ms: outcome.invite_to_ok.percentile(99.0),
        invite_to_post_p50_ms: outcome.invite_to_post.percentile(50.0),
        invite_to_post_p99_ms: outcome.invite_to_post.percentile(99.0),
        answer_to_ok_p50_ms: outcome.answer_to_ok.percentile(50.0),
        answer_to_ok_p99_ms: outcome.answer_to_ok.percentile(99.0),
        generator_late_p99_ms: outcome.own_lateness.percentile(99.0),
        retransmissions: outcome.retransmissions,
        peak_mib: server.peak_kib()? as f64 / 1_024.0,
        complaint: outcome.complaint.clone(),
    })
}

/// Runs the generator on this thread.
fn here<Done>(work: impl Future<Output = anyhow::Result<Done>>) -> anyhow::Result<Done> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    runtime.block_on(local.run_until(work))
}

/// The rows for people.
pub(crate) fn table(rows: &[CallRow]) -> String {
    let mut text = format!(
        "{:<36}{:>6}{:>6}{:>9}{:>8}{:>7}{:>10}{:>7}{:>9}{:>11}{:>17}{:>17}{:>17}{:>9}\n",
        "calls",
        "cores",
        "rate",
        "done",
        "refused",
        "failed",
        "goodput/s",
        "used",
        "ms/call",
        "calls/core",
        "INVITE-200 ms",
        "INVITE-POST ms",
        "answer-200 ms",
        "gen p99"
    );
    for row in rows {
        let pair = |p50: Option<f64>, p99: Option<f64>| match (p50, p99) {
            (Some(p50), Some(p99)) => format!("{p50:.1} / {p99:.1}"),
            _ => "-".to_owned(),
        };
        text.push_str(&format!(
            "{:<36}{:>6}{:>6.0}{:>9}{:>8}{:>7}{:>10.0}{:>7.2}{:>9.3}{:>11.0}{:>17}{:>17}{:>17}{:>9.1}\n",
            row.work,
            row.server_cores,
            row.rate,
            row.completed,
            row.refused,
            row.failed,
            row.goodput,
            row.cores_used,
            row.cpu_ms_per_call,
            row.calls_per_core,
            pair(row.invite_to_ok_p50_ms, row.invite_to_ok_p99_ms),
            pair(row.invite_to_post_p50_ms, row.invite_to_post_p99_ms),
            pair(row.answer_to_ok_p50_ms, row.answer_to_ok_p99_ms),
            row.generator_late_p99_ms.unwrap_or(0.0),
        ));
        if let Some(complaint) = &row.complaint {
            text.push_str(&format!("  first failure: {complaint}\n"));
        }
    }
    text
}
