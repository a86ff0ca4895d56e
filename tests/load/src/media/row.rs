//! One measurement, as a line of the table and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::phones::Phones;

/// What the beginning and the end of a measurement cut off.
const MOST_LOST: f64 = 0.01;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MediaRow {
    pub(crate) work: &'static str,
    pub(crate) legs: usize,
    /// The share of one core that the thread under test used, by the kernel's accounting.
    pub(crate) core_share: f64,
    /// Legs that would fill the core at that cost.
    pub(crate) legs_per_core: f64,
    /// The floor of the same round beside which it stands, and how much of that it reaches.
    pub(crate) floor: Option<&'static str>,
    pub(crate) of_floor: Option<f64>,
    /// Packets that did not come back, of those sent.
    pub(crate) lost_share: f64,
    /// Packets that came back.
    pub(crate) received: usize,
    /// Packets that came a frame or more after their moment.
    pub(crate) late: usize,
    /// Packets that came less than half a frame after the one before.
    pub(crate) bunched: usize,
    /// From one phone's mouth to the other's ear, where packets pass unchanged.
    pub(crate) delay_p50_ms: Option<f64>,
    pub(crate) delay_p99_ms: Option<f64>,
    /// The generator's own lateness: above a few milliseconds, the row says little.
    pub(crate) generator_late_p99_ms: Option<f64>,
    pub(crate) generator_late_max_ms: Option<f64>,
    /// Growth of the process with its legs.
    pub(crate) kb_per_leg: f64,
}

impl MediaRow {
    pub(crate) fn new(work: &'static str, phones: &Phones, busy: Duration, lasted: Duration) -> Self {
        let core_share = busy.as_secs_f64() / lasted.as_secs_f64();
        let (legs, heard) = (phones.count(), &phones.heard);
        Self {
            work,
            legs,
            core_share,
            legs_per_core: legs as f64 / core_share.max(1e-9),
            floor: None,
            of_floor: None,
            lost_share: match heard.sent {
                0 => 0.0,
                sent => 1.0 - (heard.received as f64 / sent as f64).min(1.0),
            },
            received: heard.received,
            late: heard.late,
            bunched: heard.bunched,
            delay_p50_ms: heard.delays.percentile(50.0),
            delay_p99_ms: heard.delays.percentile(99.0),
            generator_late_p99_ms: heard.own_lateness.percentile(99.0),
            generator_late_max_ms: heard.own_lateness.percentile(100.0),
            kb_per_leg: 0.0,
        }
    }

    /// Is judged beside the legs per core of a floor, before and after it.
    pub(crate) fn stand_between(&mut self, floor: &'static str, before: Option<f64>, after: Option<f64>) {
        let (Some(one), Some(other)) = (before.or(after), after.or(before)) else { return };
        self.floor = Some(floor);
        // As their costs are in the mean.
        self.of_floor = Some(self.legs_per_core * (1.0 / one + 1.0 / other) / 2.0);
    }

    /// Whether every packet came, each at its moment.
    pub(crate) fn is_clean(&self) -> bool {
        self.late == 0 && self.bunched == 0 && self.lost_share < MOST_LOST
    }
}

/// The rows for people.
pub(crate) fn table(rows: &[MediaRow]) -> String {
    let mut table = format!(
        "{:<36}{:>6}{:>8}{:>11}{:>9}{:>8}{:>7}{:>8}{:>10}{:>10}{:>11}{:>8}\n",
        "work (one thread)",
        "legs",
        "core",
        "legs/core",
        "of floor",
        "lost",
        "late",
        "bunched",
        "p50 ms",
        "p99 ms",
        "gen p99 ms",
        "KB/leg"
    );
    for row in rows {
        let ms = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.1}"));
        let _ = writeln!(
            table,
            "{:<36}{:>6}{:>7.1}%{:>11.0}{:>9}{:>7.2}%{:>7}{:>8}{:>10}{:>10}{:>11}{:>8.1}",
            row.work,
            row.legs,
            row.core_share * 100.0,
            row.legs_per_core,
            row.of_floor.map_or("-".into(), |share| format!("{share:.2}")),
            row.lost_share * 100.0,
            row.late,
            row.bunched,
            ms(row.delay_p50_ms),
            ms(row.delay_p99_ms),
            ms(row.generator_late_p99_ms),
            row.kb_per_leg,
        );
    }
    table
}
