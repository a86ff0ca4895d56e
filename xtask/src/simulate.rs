//! `cargo xtask simulate`: more worlds than a test run has time for, or one of them again.

use std::process::{Command, ExitCode};

use anyhow::Context;

/// Runs `seeds` worlds from `first` on. A single one is shown with its whole ladder when it fails.
pub fn run(first: u64, seeds: u64) -> anyhow::Result<ExitCode> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["test", "--quiet", "-p", "simulation", "--test", "seeds", "--", "--nocapture"])
        .env("RINGDOWN_SEED", first.to_string())
        .env("RINGDOWN_SEEDS", seeds.to_string());
    if seeds == 1 {
        command.env("RINGDOWN_LADDER", "1");
    }
    let status = command.status().context("cannot run cargo test")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
