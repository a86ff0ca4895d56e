//! `cargo xtask lint`: what a reviewer should not have to say.

use std::process::Command;

use anyhow::{Context, ensure};

use crate::tidy;

/// Formatting, clippy without warnings, and tidy.
pub fn run() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
    tidy::run()
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    println!("cargo {}", arguments.join(" "));
    let status = Command::new(env!("CARGO")).args(arguments).status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo {} found something", arguments[0]);
    Ok(())
}
