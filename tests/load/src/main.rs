//! How much this machine carries, beside the floor measured in the same run.
//!
//! `make bench` prints a table for calls and one for media and, as its last line, the same rows as JSON.
//! Everything is measured in several rounds, one after another; each row is the middle one of its kind.

mod calls;
mod media;
mod rounds;

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures calls (a second, through the whole server) and media (legs on one core, beside a bare UDP echo).
#[derive(Parser)]
struct Arguments {
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [What::Calls, What::Media])]
    what: Vec<What>,
    /// Calls in a second in each measurement; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 200, 400])]
    rates: Vec<u32>,
    /// Legs in each measurement; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [300, 900])]
    legs: Vec<usize>,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// How often everything is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Calls,
    Media,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let mut calls = Vec::new();
    if arguments.what.contains(&What::Calls) {
        let lasting = Duration::from_secs(arguments.seconds);
        calls = rounds::middle(
            arguments.rounds,
            || calls::measure(&arguments.rates, lasting),
            |row| row.answer_p99_ms,
        )?;
        println!("{}", calls::table(&calls));
    }
    let mut legs = Vec::new();
    if arguments.what.contains(&What::Media) {
        legs = rounds::middle(
            arguments.rounds,
            || media::measure(&arguments.legs, arguments.seconds),
            |row| row.legs_per_core,
        )?;
        println!("{}", media::table(&legs));
    }
    println!("{}", serde_json::json!({ "calls": calls, "media": legs }));
    Ok(())
}
