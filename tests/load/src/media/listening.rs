//! Calls to which others listen (recordings, transcripts, sockets of applications), beside the same calls alone.

mod application;
mod keepers;
mod purposes;
mod speaking;

use std::time::Duration;

use identifier::TapId;
use media_plan::{MediaRequest, Tap};
use serde::Serialize;

pub(crate) use purposes::Kind;
pub(crate) use speaking::measure_speaking;

use self::application::{Application, Habit};
use self::keepers::{Hall, hall};
use super::WARM_UP;
use super::accounting::{thread_cpu, threads_cpu};
use super::phones::Phones;
use super::platform::{Manner, Platform, RUNTIME, THREAD, Work, call_id, leg_id};
use crate::cores::{Cores, stay_on};
use crate::gaps::Gaps;
use crate::voice::{self, Codes};

/// Threads of the platform beside the media thread: those that wake listeners and pass reports on, its runtime,
/// those that write recordings, and the store.
const OTHERS: [&str; 6] = ["media-taps", "media-reports", RUNTIME, "recording", "sqlx", "store"];
const WORDS: &str = "Good morning, this is Anna. I am calling because of the parcel that did not arrive yesterday. \
                     Could you please tell me where it is, and when I may expect it? Thank you very much.";

/// Calls of two, and who listens to them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListenRow {
    pub(crate) work: &'static str,
    pub(crate) legs: usize,
    /// Of a processor, for a leg and a frame, in microseconds: the media thread, and all others of the platform.
    pub(crate) media_us: f64,
    pub(crate) rest_us: f64,
    /// Beside the bridged legs before and after it, and what it shall be at most.
    pub(crate) of_bridged: Option<f64>,
    pub(crate) goal: Option<f64>,
    /// Legs that would fill one core at that cost.
    pub(crate) legs_per_core: f64,
    pub(crate) lost_share: f64,
    pub(crate) generator_late_p99_ms: Option<f64>,
}

/// Measures kinds of listeners once, each between two measurements of bridged legs of half its length.
pub(crate) fn measure_listening(
    kinds: &[Kind],
    legs: usize,
    lasting: Duration,
    cores: Cores,
    gaps: &mut Gaps,
) -> anyhow::Result<Vec<ListenRow>> {
    let words = voice::say(WORDS)?;
    let legs = legs.next_multiple_of(2);
    let mut rows: Vec<ListenRow> = Vec::new();
    let bridged = |gaps: &mut Gaps| {
        gaps.check(Kind::Bridged.name(), measure(Kind::Bridged, legs, lasting / 2, cores, &words))
    };
    let mut before = bridged(gaps);
    for kind in kinds.iter().copied().filter(|kind| *kind != Kind::Bridged) {
        let measured = measure(kind, legs, lasting, cores, &words);
        let after = bridged(gaps);
        if let Some(mut row) = gaps.check(kind.name(), measured) {
            row.of_bridged = mean_us([&before, &after]).map(|bridged_us| row.cost_us() / bridged_us);
            rows.push(row);
        }
        before = after.or(before);
    }
    // Whom the others stand beside comes first.
    rows.splice(0..0, before);
    Ok(rows)
}

fn mean_us(bridged: [&Option<ListenRow>; 2]) -> Option<f64> {
    let costs = bridged.into_iter().flatten().map(ListenRow::cost_us);
    let (sum, count) = costs.fold((0.0, 0.0), |(sum, count), cost| (sum + cost, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

impl ListenRow {
    pub(crate) fn cost_us(&self) -> f64 {
        self.media_us + self.rest_us
    }

    /// What is compared between rounds: the ratio, where there is one.
    pub(crate) fn weight(&self) -> f64 {
        self.of_bridged.unwrap_or(self.cost_us())
    }
}

fn measure(
    kind: Kind,
    legs: usize,
    lasting: Duration,
    cores: Cores,
    words: &[Codes],
) -> anyhow::Result<ListenRow> {
    stay_on(cores.generator)?;
    let habit = if kind == Kind::StreamedBothWays { Habit::Echoes } else { Habit::Listens };
    let application = Application::start(habit)?;
    let manner =
        Manner { codec: codec::Codec::Pcmu, is_encrypted: false, talks: true, says_its_moment: false };
    let mut phones = Phones::new(legs, |_| manner)?;
    phones.speak(words.to_vec());
    let folder = tempfile::tempdir()?;
    let Hall { listeners, told } = hall(folder.path(), kind.is_forgotten());
    let mut platform = Platform::with_listeners(cores.measured, listeners)?;
    platform.put_to(Work::Bridged, &phones.addresses())?;
    phones.call(platform.addresses());
    let mut taps = 0;
    for call in 0..legs / 2 {
        for purpose in kind.purposes(call, application.address) {
            taps += 1;
            let voices = [0, 1].map(|leg| (leg_id(call, leg), purposes::somebody())).into();
            let tap = Tap { id: TapId::from_u128(taps as u128), voices, purpose };
            platform.media().request(call_id(call), MediaRequest::Listen(tap));
        }
    }
    told.wait_for(taps)?;
    phones.talk(WARM_UP);
    phones.forget();
    let before = [thread_cpu(THREAD)?, threads_cpu(&OTHERS)?];
    phones.talk(lasting);
    let after = [thread_cpu(THREAD)?, threads_cpu(&OTHERS)?];
    told.check()?;
    let frames = lasting.as_secs_f64() * 50.0 * legs as f64;
    let us = |part: usize| after[part].saturating_sub(before[part]).as_secs_f64() * 1e6 / frames;
    let heard = &phones.heard;
    Ok(ListenRow {
        work: kind.name(),
        legs,
        media_us: us(0),
        rest_us: us(1),
        of_bridged: None,
        goal: kind.goal(),
        legs_per_core: 20_000.0 / (us(0) + us(1)).max(1e-9),
        lost_share: 1.0 - (heard.received as f64 / heard.sent.max(1) as f64).min(1.0),
        generator_late_p99_ms: heard.own_lateness.percentile(99.0),
    })
}

/// The rows for people.
pub(crate) fn listening_table(rows: &[ListenRow]) -> String {
    let mut text = format!(
        "{:<48}{:>6}{:>10}{:>9}{:>12}{:>7}{:>11}{:>8}{:>12}\n",
        "listened to (us a leg and frame)",
        "legs",
        "media us",
        "rest us",
        "of bridged",
        "goal",
        "legs/core",
        "lost",
        "gen p99 ms"
    );
    for row in rows {
        let ratio = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.2}"));
        text.push_str(&format!(
            "{:<48}{:>6}{:>10.2}{:>9.2}{:>12}{:>7}{:>11.0}{:>7.2}%{:>12.1}\n",
            row.work,
            row.legs,
            row.media_us,
            row.rest_us,
            ratio(row.of_bridged),
            ratio(row.goal),
            row.legs_per_core,
            row.lost_share * 100.0,
            row.generator_late_p99_ms.unwrap_or(0.0)
        ));
    }
    text
}
