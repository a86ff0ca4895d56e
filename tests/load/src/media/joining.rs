//! What it costs when one more joins a conference in which everybody hears everybody.

use std::hint::black_box;
use std::time::{Duration, Instant};

use codec::Codec;
use identifier::LegId;
use media_engine::Graph;
use media_plan::MediaPlan;
use serde::Serialize;

/// One of so many is enough: nothing else runs on the thread.
const TRIES: usize = 5;

/// A join, as call engine and media thread see it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct JoinRow {
    /// With the one who joins.
    pub(crate) legs: usize,
    /// Making the plan, and passing it on.
    pub(crate) plan_ms: f64,
    /// On the media thread: a seat, the codec that was agreed on, and the plan.
    pub(crate) media_ms: f64,
}

/// Measures conferences of these sizes.
pub(crate) fn measure_joining(sizes: &[usize]) -> Vec<JoinRow> {
    sizes.iter().map(|legs| measure(*legs)).collect()
}

fn measure(count: usize) -> JoinRow {
    // Ids are random in life.
    let id = |number: u128| LegId::from_u128(number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let legs: Vec<LegId> = (1..=count as u128).map(id).collect();
    let (newcomer, others) = legs.split_last().expect("somebody joins");
    let mut graph = Graph::new();
    for leg in others {
        graph.join(*leg, Codec::Pcmu);
    }
    graph.connect(MediaPlan::everyone(others.iter().copied()));
    let (mut planning, mut joining) = (Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let begin = Instant::now();
        let plan = MediaPlan::everyone(legs.iter().copied());
        let passed_on = black_box(plan.clone());
        planning.push(begin.elapsed());
        let begin = Instant::now();
        let seat = graph.join(*newcomer, Codec::Pcmu);
        graph.set_codec(seat, Codec::Pcma);
        graph.connect(passed_on);
        joining.push(begin.elapsed());
        graph.leave(seat);
    }
    JoinRow { legs: count, plan_ms: middle_ms(planning), media_ms: middle_ms(joining) }
}

fn middle_ms(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

/// The rows for people.
pub(crate) fn joining_table(rows: &[JoinRow]) -> String {
    let mut text =
        format!("{:<36}{:>8}{:>12}{:>12}\n", "one more joins a conference of", "legs", "plan ms", "media ms");
    for row in rows {
        text.push_str(&format!("{:<36}{:>8}{:>12.3}{:>12.3}\n", "", row.legs, row.plan_ms, row.media_ms));
    }
    text
}
