//! What happened, a line each, with names that a person can follow.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};

use identifier::{CallConnectionId, CallId, LegId};

/// The picture of a world. Its fingerprint covers every line.
#[derive(Debug, Default)]
pub(crate) struct Ladder {
    lines: Vec<String>,
    fingerprint: DefaultHasher,
    legs: HashMap<LegId, usize>,
    calls: HashMap<CallId, usize>,
    connections: HashMap<CallConnectionId, usize>,
}

impl Ladder {
    pub(crate) fn note(&mut self, at_us: u64, what: impl Display) {
        let line = format!("{:>11.6}  {what}", at_us as f64 / 1e6);
        line.hash(&mut self.fingerprint);
        self.lines.push(line);
    }

    pub(crate) fn leg(&mut self, id: LegId) -> String {
        let next = self.legs.len() + 1;
        format!("leg{}", self.legs.entry(id).or_insert(next))
    }

    pub(crate) fn call(&mut self, id: CallId) -> String {
        let next = self.calls.len() + 1;
        format!("call{}", self.calls.entry(id).or_insert(next))
    }

    pub(crate) fn connection(&mut self, id: CallConnectionId) -> String {
        let next = self.connections.len() + 1;
        format!("app{}", self.connections.entry(id).or_insert(next))
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        self.fingerprint.finish()
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }

    pub(crate) fn tail(&self, lines: usize) -> String {
        self.lines[self.lines.len().saturating_sub(lines)..].join("\n")
    }
}
