//! How long it takes until a company's document holds, as its administrator sees it: the whole command.

use std::fs;
use std::time::Instant;

use anyhow::ensure;
use serde_json::Value;

use super::server::Server;
use crate::distribution::Distribution;
use crate::reaction::ReactionRow;

/// 20 people, 2 resource accounts, 3 gateways and a policy of each kind.
const DOCUMENT: &str = include_str!("../../../../examples/contoso.yaml");
const GOAL_MS: f64 = 1_000.0;

/// Applies it to so many fresh servers on these cores; then again, and then what is exported, which change nothing.
pub(crate) fn measure_documents(tries: usize, cores: &str) -> anyhow::Result<Vec<ReactionRow>> {
    let names = ["a company's document is applied", "the same, again", "what is exported is applied"];
    let mut times = names.map(|_| Distribution::default());
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("contoso.yaml");
    let path = file.display().to_string();
    for _ in 0..tries {
        let server = Server::demo(cores)?;
        fs::write(&file, DOCUMENT)?;
        for (step, times) in times.iter_mut().enumerate() {
            if step == 2 {
                fs::write(&file, server.command(&["export", "Contoso"])?)?;
            }
            let begin = Instant::now();
            let said = server.command(&["apply", "--json", "-f", &path])?;
            times.add(begin.elapsed());
            let said: Value = serde_json::from_str(&said)?;
            let changes = said["changes"].as_array().map_or(0, Vec::len);
            ensure!((changes > 0) == (step == 0), "{} has {changes} changes", names[step]);
        }
    }
    let rows = names.into_iter().zip(&times);
    Ok(rows
        .map(|(name, times)| ReactionRow { goal_ms: Some(GOAL_MS), ..ReactionRow::new(name, tries, times) })
        .collect())
}
