//! How much this machine carries, beside the floor measured in the same run.
//!
//! `make bench` prints a table for calls and one for media and, as its last line, the same rows as JSON.

mod calls;
mod media;

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures calls (a second, through the whole server) and media (legs on one core, beside a bare UDP echo).
#[derive(Parser)]
struct Arguments {
    /// What to measure.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [What::Calls, What::Media])]
    what: Vec<What>,
    /// Calls in a second in each measurement; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [100, 200, 400, 800])]
    rates: Vec<u32>,
    /// Legs in each measurement; several, for a curve.
    #[arg(long, value_delimiter = ',', default_values_t = [300, 900])]
    legs: Vec<usize>,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
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
        calls = calls::measure(&arguments.rates, Duration::from_secs(arguments.seconds))?;
        println!("{}", calls::table(&calls));
    }
    let mut legs = Vec::new();
    if arguments.what.contains(&What::Media) {
        legs = media::measure(&arguments.legs, arguments.seconds)?;
        println!("{}", media::table(&legs));
    }
    println!("{}", serde_json::json!({ "calls": calls, "media": legs }));
    Ok(())
}
