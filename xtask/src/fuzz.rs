//! `cargo xtask fuzz`: the targets of `tests/fuzz` under libFuzzer, which learns from coverage.
//!
//! The build is instrumented and lies in a folder of its own, `target/fuzz`, with what was learned
//! beside it. Nothing but a stable toolchain and a C++ compiler is needed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use serde::Serialize;

use crate::workspace::Workspace;

/// What libFuzzer learns from: edges with counters, the table of their places, and comparisons.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg=fuzzing -Ccodegen-units=16";
/// An input that takes longer is a finding.
const SECONDS_PER_INPUT: u32 = 10;
/// Longer inputs are learned from but not committed.
const MOST_BYTES_KEPT: usize = 600;
/// So many of them at a time: a corpus is a beginning, not an archive.
const MOST_KEPT: usize = 40;
/// A target that needs more memory is a finding.
const MOST_MEGABYTES: u32 = 1_024;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// So long for each target.
    Seconds(u64),
    /// So many executions of each target.
    Runs(u64),
}

/// What one target did.
#[derive(Debug, Serialize)]
struct Outcome {
    target: String,
    executions: u64,
    seconds: u64,
    /// Places in the code that were reached.
    coverage: u64,
    /// Inputs that are worth keeping.
    corpus: u64,
    /// The input that made it fail.
    failure: Option<PathBuf>,
}

/// Runs one target, or all of them.
pub fn run(only: Option<&str>, extent: Extent, as_json: bool, keep: bool) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::read()?;
    let targets = targets(&workspace, only)?;
    let program = build(&workspace)?;
    let mut outcomes = Vec::new();
    for target in &targets {
        let fuzzing = Fuzzing::new(&workspace, &program, target)?;
        let outcome = fuzzing.run(extent)?;
        if keep && outcome.failure.is_none() {
            fuzzing.keep_what_was_learned()?;
        }
        outcomes.push(outcome);
    }
    report(&outcomes, as_json)?;
    let failed = outcomes.iter().any(|outcome| outcome.failure.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Every target has a folder in the corpus, and a test that says so.
fn targets(workspace: &Workspace, only: Option<&str>) -> anyhow::Result<Vec<String>> {
    let corpus = workspace.root.join("tests/fuzz/corpus");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&corpus).with_context(|| format!("cannot read {}", corpus.display()))? {
        targets.push(entry?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    match only {
        None => Ok(targets),
        Some(name) if targets.iter().any(|target| target == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("there is no target {name}; there are {}", targets.join(", ")),
    }
}

fn build(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let host = host()?;
    let folder = workspace.root.join("target/fuzz");
    eprintln!("building the instrumented targets in {}", workspace.shown(&folder));
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "fuzz", "--bin", "fuzz", "--features", "coverage-guided"])
        // With a target triple, the flags do not reach build scripts and macros.
        .args(["--profile", "fuzz", "--target", &host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", INSTRUMENTATION)
        .status()
        .context("cannot run cargo build")?;
    ensure!(status.success(), "the targets do not build");
    Ok(folder.join(host).join("fuzz/fuzz"))
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say for which machine it builds")?.to_owned())
}

/// One target with its folders.
struct Fuzzing<'a> {
    program: &'a Path,
    target: &'a str,
    committed: PathBuf,
    /// Words that the target's language is made of.
    dictionary: PathBuf,
    learned: PathBuf,
    failures: PathBuf,
}

impl<'a> Fuzzing<'a> {
    fn new(workspace: &Workspace, program: &'a Path, target: &'a str) -> anyhow::Result<Self> {
        let own = workspace.root.join("target/fuzz").join(target);
        let fuzzing = Self {
            program,
            target,
            committed: workspace.root.join("tests/fuzz/corpus").join(target),
            dictionary: workspace.root.join("tests/fuzz/dictionary").join(target),
            learned: own.join("corpus"),
            failures: own.join("failures"),
        };
        for folder in [&fuzzing.learned, &fuzzing.failures] {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        Ok(fuzzing)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.env("RINGDOWN_FUZZ_TARGET", self.target).stdin(Stdio::null()).stdout(Stdio::inherit());
        command
    }

    fn run(&self, extent: Extent) -> anyhow::Result<Outcome> {
        let began = Instant::now();
        let mut command = self.command();
        match extent {
            Extent::Seconds(seconds) => command.arg(format!("-max_total_time={seconds}")),
            Extent::Runs(runs) => command.arg(format!("-runs={runs}")),
        };
        if self.dictionary.exists() {
            command.arg(format!("-dict={}", self.dictionary.display()));
        }
        let mut fuzzer = command
            .arg(format!("-timeout={SECONDS_PER_INPUT}"))
            .arg(format!("-rss_limit_mb={MOST_MEGABYTES}"))
            .arg(format!("-artifact_prefix={}/", self.failures.display()))
            .args(["-print_final_stats=1", "-use_value_profile=1", "-reload=0"])
            .args([&self.learned, &self.committed])
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let words = fuzzer.stderr.take().expect("its standard error is a pipe");
        let mut outcome = Outcome {
            target: self.target.to_owned(),
            executions: 0,
            seconds: 0,
            coverage: 0,
            corpus: 0,
            failure: None,
        };
        // Kept until it is known whether they explain a failure.
        let mut last = Vec::new();
        for line in BufReader::new(words).split(b'\n') {
            let line = line.context("cannot read what the fuzzer says")?;
            let line = String::from_utf8_lossy(&line).into_owned();
            outcome.read(&line);
            last.push(line);
            if last.len() > 60 {
                last.remove(0);
            }
        }
        let status = fuzzer.wait().context("cannot wait for the fuzzer")?;
        outcome.seconds = began.elapsed().as_secs();
        if !status.success() {
            eprintln!("{}", last.join("\n"));
            outcome.failure.get_or_insert_with(|| self.failures.clone());
        }
        eprintln!(
            "{}: {} executions in {} s, coverage {}{}",
            outcome.target,
            outcome.executions,
            outcome.seconds,
            outcome.coverage,
            if outcome.failure.is_some() { ", FAILED" } else { "" }
        );
        Ok(outcome)
    }

    /// Puts some of what reaches more than the committed inputs do among them.
    fn keep_what_was_learned(&self) -> anyhow::Result<()> {
        let chosen = self.learned.with_file_name("chosen");
        let _ = fs::remove_dir_all(&chosen);
        fs::create_dir_all(&chosen).with_context(|| format!("cannot make {}", chosen.display()))?;
        let status = self
            .command()
            .args(["-set_cover_merge=1".to_owned(), format!("-max_len={MOST_BYTES_KEPT}")])
            .args([&chosen, &self.committed, &self.learned])
            .stderr(Stdio::null())
            .status()
            .context("cannot run the fuzzer")?;
        ensure!(status.success(), "the inputs of {} cannot be merged", self.target);
        let known: Vec<Vec<u8>> =
            files(&self.committed)?.iter().map(fs::read).collect::<Result<_, _>>().context("cannot read")?;
        let mut chosen = files(&chosen)?;
        chosen.sort();
        let mut kept = 0;
        for file in chosen {
            let input = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            // libFuzzer names a file after its SHA-1.
            let path = self.committed.join(format!("learned-{}", name.get(..10).unwrap_or(&name)));
            if kept < MOST_KEPT && !known.contains(&input) {
                kept += 1;
                fs::write(&path, input).with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
        Ok(())
    }
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

impl Outcome {
    /// Reads a line such as `#2048 NEW cov: 45 ft: 66 corp: 7/90b …` or `stat::number_of_executed_units: 9`.
    fn read(&mut self, line: &str) {
        if let Some(number) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = number.trim().parse().unwrap_or(self.executions);
        } else if let Some(path) = line.split("Test unit written to ").nth(1) {
            self.failure = Some(path.trim().into());
        } else if line.starts_with('#') {
            let mut words = line.split_ascii_whitespace();
            let number = words.next().and_then(|word| word[1..].parse().ok());
            self.executions = number.unwrap_or(0).max(self.executions);
            while let Some(word) = words.next() {
                match word {
                    "cov:" => self.coverage = words.next().and_then(|word| word.parse().ok()).unwrap_or(0),
                    "corp:" => {
                        let count = words.next().and_then(|word| word.split('/').next());
                        self.corpus = count.and_then(|count| count.parse().ok()).unwrap_or(0);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn report(outcomes: &[Outcome], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(outcomes).context("cannot write JSON")?);
        return Ok(());
    }
    println!("{:<14} {:>14} {:>8} {:>9} {:>7}", "target", "executions", "seconds", "coverage", "inputs");
    for Outcome { target, executions, seconds, coverage, corpus, failure } in outcomes {
        println!("{target:<14} {executions:>14} {seconds:>8} {coverage:>9} {corpus:>7}");
        if let Some(path) = failure {
            println!("  FAILED with {}", path.display());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_fuzzer_says_is_understood() {
        let mut outcome = Outcome {
            target: "sdp".to_owned(),
            executions: 0,
            seconds: 0,
            coverage: 0,
            corpus: 0,
            failure: None,
        };
        outcome.read("INFO: Seed: 1");
        outcome.read("#2048\tNEW    cov: 45 ft: 66 corp: 7/90b lim: 17 exec/s: 0 rss: 42Mb L: 14/17");
        assert_eq!((outcome.executions, outcome.coverage, outcome.corpus), (2_048, 45, 7));
        outcome.read("stat::number_of_executed_units: 4096");
        assert_eq!(outcome.executions, 4_096);
        outcome.read("artifact_prefix='x/'; Test unit written to x/crash-da39");
        assert_eq!(outcome.failure, Some("x/crash-da39".into()));
    }
}
