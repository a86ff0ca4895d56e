//! The `ringdown` binary: reads what it was told, wires the edges, starts, drains, stops.

mod command_line;

mod calls_command;
mod config_command;
mod events_command;
mod phone_command;
mod psap_command;
mod recordings_command;
mod reload_command;
mod replay_command;
mod serve;
mod status_command;
mod teams_command;
mod tenant_command;
mod trace_command;
mod version_command;

mod banner;
mod client;
mod failure;
mod logging;
mod ready;
mod subscription_body;

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::{Command, CommandLine};
use crate::failure::Failure;

// Calls are made of many small things that come and go on several threads; this allocator hands them out
// without asking the system (docs/BENCHMARKS.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Two cryptography providers are compiled in by way of dependencies; the first TLS connection
    // would panic without a choice.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("ringdown: a cryptography provider was installed twice");
        return ExitCode::FAILURE;
    }
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ringdown: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => serve::run(&options),
        Command::Apply(options) => wait_for(tenant_command::apply(&options)),
        Command::Explain(options) => wait_for(tenant_command::explain(&options)),
        Command::Export(options) => wait_for(tenant_command::export(&options)),
        Command::Teams(options) => wait_for(teams_command::run(&options)),
        Command::Calls(options) => wait_for(calls_command::run(&options)),
        Command::Config(options) => config_command::run(&options),
        Command::Events(options) => wait_for(events_command::run(&options)),
        Command::Phone(options) => wait_for(phone_command::run(*options)),
        Command::Psap(options) => wait_for(psap_command::run(*options)),
        Command::Recordings(options) => wait_for(recordings_command::run(&options)),
        Command::Reload(options) => wait_for(reload_command::run(&options)),
        Command::Replay(options) => replay_command::run(&options),
        Command::Status(options) => wait_for(status_command::run(&options)),
        Command::Trace(options) => wait_for(trace_command::run(&options)),
        Command::Version(options) => version_command::run(&options),
    }
}

/// Client commands wait for one thing after another.
fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Happened(format!("cannot start threads: {error}")))?
        .block_on(work)
}
