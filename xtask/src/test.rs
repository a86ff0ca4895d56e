//! `cargo xtask test`: all tests, one build, and one line at the end that says how it went.

use std::io::{BufRead, BufReader};
use std::num::NonZeroUsize;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

/// Tests at once on each core. Most of them wait for somebody who speaks; with one on each core, the cores wait, too.
const TESTS_ON_A_CORE: usize = 3;
/// What libtest reads.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// Runs them; `arguments` go to `cargo test`, which tests the whole workspace without any.
pub fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let results = cargo_test(arguments)?;
    for failure in &results.failures {
        println!("{failure}");
    }
    println!("{} passed, {} failed", results.tally.passed, results.tally.failed);
    // A test binary that does not compile, or ends early, fails without a failed test.
    let is_well = results.success && results.tally.failed == 0;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What came of tests.
#[derive(Debug, Default)]
struct Results {
    tally: Tally,
    /// The line of each that failed.
    failures: Vec<String>,
    success: bool,
}

fn cargo_test(arguments: &[String]) -> anyhow::Result<Results> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--no-fail-fast"]).stdout(Stdio::piped());
    if arguments.is_empty() {
        command.arg("--workspace");
    }
    command.args(arguments);
    if std::env::var_os(TEST_THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        command.env(TEST_THREADS, (cores * TESTS_ON_A_CORE).to_string());
    }
    let mut tests = command.spawn().context("cannot run cargo test")?;
    let output = tests.stdout.take().expect("its standard output is a pipe");
    let mut results = Results::default();
    // A test may print anything; what is not text is shown as well as it can be.
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read what cargo test prints")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        results.tally.add(&line);
        if line.starts_with("test ") && line.ends_with(" ... FAILED") {
            results.failures.push(line.into_owned());
        }
    }
    results.success = tests.wait().context("cannot wait for cargo test")?.success();
    Ok(results)
}

impl Tally {
    /// Adds a line such as `test result: ok. 4 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.trim().strip_prefix("test result: ") else { return };
        let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                Some(_) | None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_test_binaries_are_summed() {
        let mut tally = Tally::default();
        tally.add(
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        );
        tally.add("running 2 tests");
        tally.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(tally, Tally { passed: 5, failed: 2 });
    }
}
