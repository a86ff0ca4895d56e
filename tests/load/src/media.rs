//! The media part: one media thread under phones that talk.

mod accounting;
mod floor;
mod phones;
mod platform;
mod row;

use std::time::Duration;

pub(crate) use row::{Row, table};

use accounting::{resident_kb, thread_cpu};
use phones::Phones;
use platform::{Platform, Work};

/// Before it counts, every measurement runs for a while.
const WARM_UP: Duration = Duration::from_secs(1);

/// Measures the floor and every kind of work with each number of legs.
pub(crate) fn measure(legs: &[usize], seconds: u64) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for legs in legs.iter().map(|legs| legs.next_multiple_of(6)) {
        let floor = measure_floor(legs, seconds)?;
        let floor_legs_per_core = floor.legs_per_core;
        rows.push(floor);
        for work in [Work::Bridged, Work::Conferences, Work::Prompts] {
            let row = measure_platform(work, legs, seconds)?;
            rows.push(Row { of_floor: row.legs_per_core / floor_legs_per_core, ..row });
        }
    }
    Ok(rows)
}

fn measure_floor(legs: usize, seconds: u64) -> anyhow::Result<Row> {
    let mut phones = Phones::new(legs)?;
    let floor = floor::Floor::start(legs)?;
    phones.call(floor.addresses());
    phones.talk(WARM_UP);
    phones.forget();
    let before = thread_cpu(floor::THREAD)?;
    phones.talk(Duration::from_secs(seconds));
    let busy = thread_cpu(floor::THREAD)?.saturating_sub(before);
    let mut row = Row::new("floor: UDP echo", &mut phones, busy, Duration::from_secs(seconds));
    row.of_floor = 1.0;
    Ok(row)
}

fn measure_platform(work: Work, legs: usize, seconds: u64) -> anyhow::Result<Row> {
    let mut phones = Phones::new(legs)?;
    let mut platform = Platform::start()?;
    let before_kb = resident_kb()?;
    platform.put_to(work, &phones.addresses())?;
    phones.call(platform.addresses());
    phones.talk(WARM_UP);
    phones.forget();
    let before = thread_cpu(platform::THREAD)?;
    phones.talk(Duration::from_secs(seconds));
    let busy = thread_cpu(platform::THREAD)?.saturating_sub(before);
    let grown_kb = resident_kb()?.saturating_sub(before_kb);
    if !work.passes_unchanged() {
        phones.delays_ms.clear();
    }
    let mut row = Row::new(work.name(), &mut phones, busy, Duration::from_secs(seconds));
    row.kb_per_leg = grown_kb as f64 / legs as f64;
    Ok(row)
}
