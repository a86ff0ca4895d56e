//! Every chore of this workspace: `cargo xtask <chore>`.

mod lint;
mod workspace;

mod fuzz;
mod simulate;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of this workspace.
#[derive(Parser)]
struct CommandLine {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Checks what the compiler does not: floors, names, tables of contents, links.
    Tidy,
    /// Formatting, clippy without warnings, and tidy.
    Lint,
    /// Feeds bad input to the parsers, for as long as one likes; learns from what it reaches.
    Fuzz {
        /// One of the folders in `tests/fuzz/corpus`; all of them, one after another, when absent.
        target: Option<String>,
        /// How long for each target.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// So many executions of each target, instead.
        #[arg(long, conflicts_with = "seconds")]
        runs: Option<u64>,
        /// Tells the result in JSON.
        #[arg(long)]
        json: bool,
        /// Puts what was learned into the committed corpus.
        #[arg(long)]
        keep: bool,
    },
    /// Runs worlds made from seeds: more than the tests do, or one again.
    Simulate {
        /// How many.
        #[arg(long, default_value_t = 5_000)]
        seeds: u64,
        /// The first.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Runs all tests and says how many passed.
    Test {
        /// Passed on to `cargo test`, for example `-p switchboard`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match CommandLine::parse().chore {
        Chore::Tidy => tidy::run().map(|()| ExitCode::SUCCESS),
        Chore::Lint => lint::run().map(|()| ExitCode::SUCCESS),
        Chore::Fuzz { target, seconds, runs, json, keep } => {
            let extent = runs.map_or(fuzz::Extent::Seconds(seconds), fuzz::Extent::Runs);
            fuzz::run(target.as_deref(), extent, json, keep)
        }
        Chore::Simulate { seeds, seed } => simulate::run(seed, seeds),
        Chore::Test { arguments } => test::run(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
