//! What a call costs beside many that are held, and how much memory these take.

use std::time::Duration;

use serde::Serialize;

use crate::calls::call::Script;
use crate::calls::generator::Generator;
use crate::calls::here;

/// Held calls are set up gently.
const RATE: f64 = 300.0;
/// New calls beside them.
const BESIDE: f64 = 200.0;

/// Set-ups beside held calls.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct GrowthRow {
    /// Calls that are held meanwhile.
    pub(crate) held: usize,
    pub(crate) completed: usize,
    pub(crate) failed: usize,
    /// The server's processor time for each new call, without the media threads.
    pub(crate) cpu_ms_per_call: f64,
    pub(crate) answer_to_ok_p99_ms: Option<f64>,
    /// Of one core, by media threads.
    pub(crate) media_core_share: f64,
}

/// Memory of calls that are held.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MemoryRow {
    pub(crate) work: String,
    pub(crate) calls: usize,
    /// Growth of the resident memory, for each.
    pub(crate) kib_per_call: f64,
}

/// Holds more and more idle calls, then bridged ones on a new server.
pub(crate) fn measure_growth(
    held: &[usize],
    bridged: usize,
    lasting: Duration,
    cores: &str,
) -> anyhow::Result<(Vec<GrowthRow>, Vec<MemoryRow>)> {
    here(async {
        let mut memory = Vec::new();
        let growth = idle(held, lasting, cores, &mut memory).await?;
        memory.push(hold(Script::HoldBridge, "bridged call (two legs)", bridged, cores).await?);
        Ok((growth, memory))
    })
}

async fn idle(
    held: &[usize],
    lasting: Duration,
    cores: &str,
    memory: &mut Vec<MemoryRow>,
) -> anyhow::Result<Vec<GrowthRow>> {
    let (generator, server) = Generator::beside_server(cores).await?;
    generator.run(Script::Answer, BESIDE, lasting).await;
    let mut rows = Vec::new();
    let (mut now_held, first_kib) = (0, server.resident_kib()?);
    for held in held {
        generator.hold(Script::Hold, RATE, held.saturating_sub(now_held)).await?;
        now_held = *held;
        if now_held > 0 {
            memory.push(MemoryRow {
                work: "idle call".to_owned(),
                calls: now_held,
                kib_per_call: server.resident_kib()?.saturating_sub(first_kib) as f64 / now_held as f64,
            });
        }
        let before = server.cpu_time()?;
        let outcome = generator.run(Script::Answer, BESIDE, lasting).await;
        let used = server.cpu_time()?.since(&before);
        let media = used.of_threads("media-");
        let control = used.threads.values().sum::<Duration>().saturating_sub(media);
        rows.push(GrowthRow {
            held: now_held,
            completed: outcome.completed,
            failed: outcome.failed + outcome.refused,
            cpu_ms_per_call: control.as_secs_f64() * 1_000.0 / outcome.completed.max(1) as f64,
            answer_to_ok_p99_ms: outcome.answer_to_ok.percentile(99.0),
            media_core_share: media.as_secs_f64() / lasting.as_secs_f64(),
        });
    }
    Ok(rows)
}

async fn hold(script: Script, work: &str, calls: usize, cores: &str) -> anyhow::Result<MemoryRow> {
    let (generator, server) = Generator::beside_server(cores).await?;
    // The memory that a first hundred calls leave behind is there once.
    generator.run(Script::Bridge, BESIDE, Duration::from_secs(1)).await;
    let before = server.resident_kib()?;
    generator.hold(script, BESIDE, calls).await?;
    let grown = server.resident_kib()?.saturating_sub(before);
    Ok(MemoryRow { work: work.to_owned(), calls, kib_per_call: grown as f64 / calls.max(1) as f64 })
}

/// The rows for people.
pub(crate) fn growth_table(rows: &[GrowthRow]) -> String {
    let mut text = format!(
        "{:<36}{:>8}{:>8}{:>20}{:>18}{:>13}\n",
        "set-ups beside held calls", "done", "failed", "ms/call (no media)", "answer-200 p99", "media cores"
    );
    for row in rows {
        text.push_str(&format!(
            "{:<36}{:>8}{:>8}{:>20.3}{:>18.1}{:>13.2}\n",
            format!("{} held", row.held),
            row.completed,
            row.failed,
            row.cpu_ms_per_call,
            row.answer_to_ok_p99_ms.unwrap_or(0.0),
            row.media_core_share
        ));
    }
    text
}

/// The rows for people.
pub(crate) fn memory_table(rows: &[MemoryRow]) -> String {
    let mut text = format!("{:<36}{:>8}{:>14}\n", "memory", "calls", "KiB each");
    for row in rows {
        text.push_str(&format!("{:<36}{:>8}{:>14.1}\n", row.work, row.calls, row.kib_per_call));
    }
    text
}
