//! The result file: `docs/benchmarks/schema.json` says what its members mean.

use std::path::Path;

use anyhow::Context;
use serde::Serialize;

use crate::calls::{self, CallRow, GrowthRow, KeyRow, MemoryRow};
use crate::decisions::{self, DecisionRow};
use crate::gaps::{self, Gap};
use crate::machine::Machine;
use crate::media::{self, CapacityRow, JoinRow, ListenRow, MediaRow};
use crate::reaction::{self, ReactionRow};
use crate::tones::{self, ToneRow};

/// The name of the format; a change of meaning makes a new one.
pub(crate) const SCHEMA: &str = "ringdown.bench/3";

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) schema: &'static str,
    /// Seconds since 1970.
    pub(crate) measured_at: u64,
    pub(crate) revision: String,
    pub(crate) machine: Machine,
    pub(crate) settings: Settings,
    pub(crate) took_seconds: f64,
    pub(crate) calls: Vec<CallRow>,
    pub(crate) growth: Vec<GrowthRow>,
    pub(crate) memory: Vec<MemoryRow>,
    pub(crate) keys: Vec<KeyRow>,
    pub(crate) media: Vec<MediaRow>,
    pub(crate) joining: Vec<JoinRow>,
    pub(crate) capacity: Vec<CapacityRow>,
    pub(crate) listening: Vec<ListenRow>,
    pub(crate) reactions: Vec<ReactionRow>,
    pub(crate) decisions: Vec<DecisionRow>,
    pub(crate) tones: Vec<ToneRow>,
    /// What could not be measured, and why.
    pub(crate) not_measured: Vec<Gap>,
}

/// How it was measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) rounds: usize,
    pub(crate) seconds: u64,
    pub(crate) generator_core: usize,
    pub(crate) measured_core: usize,
    pub(crate) quick: bool,
}

impl Report {
    /// The tables for people.
    pub(crate) fn text(&self) -> String {
        let Machine { cpu, cores, memory_mib, kernel, load_before, load_after } = &self.machine;
        let mut text = format!(
            "{cpu}, {cores} cores, {memory_mib} MiB, Linux {kernel}; load {load_before:.2} before, {load_after:.2} after; \
             revision {}; {} rounds of {} s in {:.0} s\n",
            self.revision, self.settings.rounds, self.settings.seconds, self.took_seconds
        );
        let tables = [
            (self.calls.is_empty(), calls::table(&self.calls)),
            (self.growth.is_empty(), calls::growth_table(&self.growth)),
            (self.memory.is_empty(), calls::memory_table(&self.memory)),
            (self.keys.is_empty(), calls::key_table(&self.keys)),
            (self.media.is_empty(), media::table(&self.media)),
            (self.joining.is_empty(), media::joining_table(&self.joining)),
            (self.capacity.is_empty(), media::capacity_table(&self.capacity)),
            (self.listening.is_empty(), media::listening_table(&self.listening)),
            (self.reactions.is_empty(), reaction::table(&self.reactions)),
            (self.decisions.is_empty(), decisions::table(&self.decisions)),
            (self.tones.is_empty(), tones::table(&self.tones)),
            (self.not_measured.is_empty(), gaps::table(&self.not_measured)),
        ];
        for (_, table) in tables.into_iter().filter(|(is_empty, _)| !is_empty) {
            text.push('\n');
            text.push_str(&table);
        }
        text
    }

    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}
