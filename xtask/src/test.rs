//! `cargo xtask test`: all tests, one build, and one line at the end that says how it went.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

/// How many tests did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// Runs them; `arguments` go to `cargo test`, which tests the whole workspace without any.
pub fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (tally, success) = cargo_test(arguments)?;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    // A test binary that does not compile, or ends early, fails without a failed test.
    Ok(if success && tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cargo_test(arguments: &[String]) -> anyhow::Result<(Tally, bool)> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--no-fail-fast"]).stdout(Stdio::piped());
    if arguments.is_empty() {
        command.arg("--workspace");
    }
    let mut tests = command.args(arguments).spawn().context("cannot run cargo test")?;
    let output = tests.stdout.take().expect("its standard output is a pipe");
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    // A test may print anything; what is not text is shown as well as it can be.
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read what cargo test prints")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.add(&line);
        if line.starts_with("test ") && line.ends_with(" ... FAILED") {
            failures.push(line.into_owned());
        }
    }
    let success = tests.wait().context("cannot wait for cargo test")?.success();
    for failure in failures {
        println!("{failure}");
    }
    Ok((tally, success))
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
