//! How soon something follows from what somebody says.

use serde::Serialize;

use crate::distribution::Distribution;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReactionRow {
    pub(crate) work: &'static str,
    /// How often it was tried, and how often something followed.
    pub(crate) tried: usize,
    pub(crate) followed: usize,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
    /// What nobody can do without, and how long it takes in the middle.
    pub(crate) floor: Option<&'static str>,
    pub(crate) floor_ms: Option<f64>,
    /// In the middle, above the floor.
    pub(crate) above_floor_ms: Option<f64>,
    /// What it shall be at most: above the floor where there is one.
    pub(crate) goal_ms: Option<f64>,
}

impl ReactionRow {
    pub(crate) fn new(work: &'static str, tried: usize, times: &Distribution) -> Self {
        Self {
            work,
            tried,
            followed: times.count(),
            p50_ms: times.percentile(50.0),
            p95_ms: times.percentile(95.0),
            floor: None,
            floor_ms: None,
            above_floor_ms: None,
            goal_ms: None,
        }
    }

    pub(crate) fn above(self, floor: &'static str, floor_ms: Option<f64>) -> Self {
        let above_floor_ms = self.p50_ms.zip(floor_ms).map(|(p50_ms, floor_ms)| p50_ms - floor_ms);
        Self { floor: Some(floor), floor_ms, above_floor_ms, ..self }
    }

    pub(crate) fn within(self, goal_ms: f64) -> Self {
        Self { goal_ms: Some(goal_ms), ..self }
    }
}

/// The rows for people.
pub(crate) fn table(rows: &[ReactionRow]) -> String {
    let mut text = format!(
        "{:<56}{:>9}{:>9}{:>9}{:>10}{:>8}{:>8}  {}\n",
        "how soon it follows", "followed", "p50 ms", "p95 ms", "floor ms", "above", "goal", "the floor"
    );
    for row in rows {
        let ms = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.1}"));
        text.push_str(&format!(
            "{:<56}{:>9}{:>9}{:>9}{:>10}{:>8}{:>8}  {}\n",
            row.work,
            format!("{}/{}", row.followed, row.tried),
            ms(row.p50_ms),
            ms(row.p95_ms),
            ms(row.floor_ms),
            ms(row.above_floor_ms),
            ms(row.goal_ms),
            row.floor.unwrap_or("-")
        ));
    }
    text
}
