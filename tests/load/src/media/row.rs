//! One measurement, as a line of the table and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::phones::Phones;

#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) work: &'static str,
    pub(crate) legs: usize,
    /// The share of one core that the thread under test used, by the kernel's accounting.
    pub(crate) core_share: f64,
    /// Legs that would fill the core at that cost.
    pub(crate) legs_per_core: f64,
    /// Beside the floor of the same run.
    pub(crate) of_floor: f64,
    /// Packets that did not come back, of those sent.
    pub(crate) lost_share: f64,
    /// Packets more than 30 ms after the last one.
    pub(crate) late_share: f64,
    /// From one phone's mouth to the other's ear, where packets pass unchanged.
    pub(crate) delay_p50_ms: Option<f64>,
    pub(crate) delay_p99_ms: Option<f64>,
    /// The generator's own lateness: above a few milliseconds, the row says little.
    pub(crate) generator_late_p99_ms: Option<f64>,
    /// Growth of the process with its legs.
    pub(crate) kb_per_leg: f64,
}

impl Row {
    pub(crate) fn new(work: &'static str, phones: &mut Phones, busy: Duration, lasted: Duration) -> Self {
        let core_share = busy.as_secs_f64() / lasted.as_secs_f64();
        let legs = phones.count();
        let ratio = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Self {
            work,
            legs,
            core_share,
            legs_per_core: legs as f64 / core_share.max(1e-9),
            of_floor: 0.0,
            lost_share: 1.0 - ratio(phones.received, phones.sent).min(1.0),
            late_share: ratio(phones.late, phones.watched),
            delay_p50_ms: percentile(&mut phones.delays_ms, 50),
            delay_p99_ms: percentile(&mut phones.delays_ms, 99),
            generator_late_p99_ms: percentile(&mut phones.own_lateness_ms, 99),
            kb_per_leg: 0.0,
        }
    }
}

/// The rows for people.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = format!(
        "{:<36}{:>6}{:>8}{:>11}{:>9}{:>8}{:>8}{:>10}{:>10}{:>11}{:>8}\n",
        "work (one thread)",
        "legs",
        "core",
        "legs/core",
        "of floor",
        "lost",
        "late",
        "p50 ms",
        "p99 ms",
        "gen p99 ms",
        "KB/leg"
    );
    for row in rows {
        let ms = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.1}"));
        let _ = writeln!(
            table,
            "{:<36}{:>6}{:>7.1}%{:>11.0}{:>9.2}{:>7.2}%{:>7.2}%{:>10}{:>10}{:>11}{:>8.1}",
            row.work,
            row.legs,
            row.core_share * 100.0,
            row.legs_per_core,
            row.of_floor,
            row.lost_share * 100.0,
            row.late_share * 100.0,
            ms(row.delay_p50_ms),
            ms(row.delay_p99_ms),
            ms(row.generator_late_p99_ms),
            row.kb_per_leg,
        );
    }
    table
}

fn percentile(values: &mut [f64], percent: usize) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get((values.len() * percent / 100).min(values.len().checked_sub(1)?)).copied()
}
