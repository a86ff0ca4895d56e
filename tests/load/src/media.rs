//! The media part: one media thread under phones that talk.

mod accounting;
mod floor;
mod joining;
mod keys;
mod listening;
mod phones;
mod platform;
mod row;

use std::time::Duration;

use serde::Serialize;

pub(crate) use joining::{JoinRow, joining_table, measure_joining};
pub(crate) use listening::{Kind, ListenRow, listening_table, measure_listening, measure_speaking};
pub(crate) use platform::Work;
pub(crate) use row::{MediaRow, table};

use crate::cores::{Cores, stay_on};
use crate::gaps::Gaps;
use accounting::{resident_kb, thread_cpu};
use floor::Floor;
use phones::Phones;
use platform::Platform;

/// Before it counts, every measurement runs for a while.
const WARM_UP: Duration = Duration::from_secs(1);
/// Parts of what a core would carry by its cost, tried one after another until packets come late.
const STEPS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
/// Each leg takes two neighbors of some 28,000 free ports; a leg on hold costs so little that it would want more.
const MOST_LEGS: usize = 6_000;
/// A generator that is later than this makes packets late itself: the try does not count.
const GENERATOR_LATE_MS: f64 = 10.0;

/// How many legs one core carried without a late packet.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CapacityRow {
    pub(crate) work: &'static str,
    /// The most of those tried.
    pub(crate) legs: usize,
    /// Of the core, at that number.
    pub(crate) core_share: f64,
    /// The next number tried, and what was wrong with it; nothing when all went well.
    pub(crate) failed_at: Option<usize>,
    pub(crate) late: usize,
    pub(crate) bunched: usize,
    pub(crate) lost_share: f64,
}

/// Measures the floors and these kinds of work with each number of legs. A machine is faster at one moment than at
/// another: each kind of work stands on the floor of just before and just after it.
pub(crate) fn measure(
    legs: &[usize],
    works: &[Work],
    lasting: Duration,
    cores: Cores,
    gaps: &mut Gaps,
) -> anyhow::Result<Vec<MediaRow>> {
    let mut rows = Vec::new();
    for legs in legs.iter().map(|legs| legs.next_multiple_of(6)) {
        let mut floors = Floors { legs, lasting: lasting / 2, cores, last: None, rows: Vec::new() };
        let mut measured = Vec::new();
        for work in works {
            let before = if work.stands() { floors.measure(work.floor(), gaps) } else { None };
            let row = measure_platform(*work, legs, lasting, cores);
            let Some(mut row) = gaps.check(work.name(), row) else { continue };
            floors.last = None;
            let after = if work.stands() { floors.measure(work.floor(), gaps) } else { None };
            row.stand_between(work.floor().name(), before, after);
            measured.push(row);
        }
        for alone in [Floor::Echo, Floor::OpusAlone] {
            floors.measure(alone, gaps);
        }
        rows.extend(floors.into_rows());
        rows.extend(measured);
    }
    Ok(rows)
}

/// What was measured of floors in a round.
struct Floors {
    legs: usize,
    lasting: Duration,
    cores: Cores,
    /// The last one, if nothing was measured since: it need not be measured again.
    last: Option<(Floor, f64)>,
    rows: Vec<MediaRow>,
}

impl Floors {
    /// Legs that would fill the core now.
    fn measure(&mut self, floor: Floor, gaps: &mut Gaps) -> Option<f64> {
        if let Some((_, legs_per_core)) = self.last.filter(|(last, _)| *last == floor) {
            return Some(legs_per_core);
        }
        let row = gaps.check(floor.name(), measure_floor(floor, self.legs, self.lasting, self.cores))?;
        let legs_per_core = row.legs_per_core;
        self.last = Some((floor, legs_per_core));
        self.rows.push(row);
        Some(legs_per_core)
    }

    /// Of each kind, the one in the middle.
    fn into_rows(self) -> impl Iterator<Item = MediaRow> {
        let mut rows = self.rows;
        rows.sort_by(|one, other| one.legs_per_core.total_cmp(&other.legs_per_core));
        Floor::ALL.into_iter().filter_map(move |floor| {
            let of_kind: Vec<&MediaRow> = rows.iter().filter(|row| row.work == floor.name()).collect();
            of_kind.get(of_kind.len() / 2).map(|row| (*row).clone())
        })
    }
}

/// More and more legs until packets come late. `legs_per_core`: what one core would carry by its cost.
pub(crate) fn measure_capacity(
    work: Work,
    legs_per_core: f64,
    lasting: Duration,
    cores: Cores,
) -> anyhow::Result<CapacityRow> {
    let mut best = CapacityRow {
        work: work.name(),
        legs: 0,
        core_share: 0.0,
        failed_at: None,
        late: 0,
        bunched: 0,
        lost_share: 0.0,
    };
    for step in STEPS {
        let legs = ((legs_per_core * step) as usize).min(MOST_LEGS).next_multiple_of(6);
        if legs == best.legs {
            return Ok(best);
        }
        let mut row = measure_platform(work, legs, lasting, cores)?;
        // A machine that pauses once is not yet full.
        if !row.is_clean() || row.generator_late_max_ms > Some(GENERATOR_LATE_MS) {
            row = measure_platform(work, legs, lasting, cores)?;
        }
        if !row.is_clean() {
            let (late, bunched, lost_share) = (row.late, row.bunched, row.lost_share);
            return Ok(CapacityRow { failed_at: Some(row.legs), late, bunched, lost_share, ..best });
        }
        best = CapacityRow { legs: row.legs, core_share: row.core_share, ..best };
    }
    Ok(best)
}

fn measure_floor(floor: Floor, legs: usize, lasting: Duration, cores: Cores) -> anyhow::Result<MediaRow> {
    let mut phones = Phones::new(legs, |phone| floor.manner(phone))?;
    stay_on(cores.measured)?;
    let running = floor.start(&phones.addresses())?;
    stay_on(cores.generator)?;
    phones.call(running.addresses());
    let (busy, lasted) = talk(&mut phones, floor::THREAD, lasting)?;
    // An echo has no schedule of its own that packets could miss.
    (phones.heard.late, phones.heard.bunched) = (0, 0);
    Ok(MediaRow::new(floor.name(), &phones, busy, lasted))
}

fn measure_platform(work: Work, legs: usize, lasting: Duration, cores: Cores) -> anyhow::Result<MediaRow> {
    stay_on(cores.generator)?;
    let mut phones = Phones::new(legs, |phone| work.manner(phone))?;
    let mut platform = Platform::start(cores.measured)?;
    let before_kb = resident_kb()?;
    platform.put_to(work, &phones.addresses())?;
    phones.call(platform.addresses());
    let (busy, lasted) = talk(&mut phones, platform::THREAD, lasting)?;
    let grown_kb = resident_kb()?.saturating_sub(before_kb);
    let mut row = MediaRow::new(work.name(), &phones, busy, lasted);
    row.kb_per_leg = grown_kb as f64 / legs as f64;
    Ok(row)
}

/// The processor time of the thread under test, and how long it was measured.
fn talk(phones: &mut Phones, thread: &str, lasting: Duration) -> anyhow::Result<(Duration, Duration)> {
    phones.talk(WARM_UP);
    phones.forget();
    let before = thread_cpu(thread)?;
    phones.talk(lasting);
    Ok((thread_cpu(thread)?.saturating_sub(before), lasting))
}

/// The rows for people.
pub(crate) fn capacity_table(rows: &[CapacityRow]) -> String {
    let mut text = format!(
        "{:<36}{:>12}{:>8}{:>12}{:>7}{:>9}{:>9}\n",
        "legs without a late packet", "one core", "core", "failed at", "late", "bunched", "lost"
    );
    for row in rows {
        text.push_str(&format!(
            "{:<36}{:>12}{:>7.1}%{:>12}{:>7}{:>9}{:>8.2}%\n",
            row.work,
            row.legs,
            row.core_share * 100.0,
            row.failed_at.map_or_else(|| "-".to_owned(), |legs| legs.to_string()),
            row.late,
            row.bunched,
            row.lost_share * 100.0
        ));
    }
    text
}
