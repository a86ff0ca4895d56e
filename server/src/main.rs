//! The `ringdown` binary: reads what it was told, wires the edges, starts, drains, stops.

mod command_line;
mod config_command;
mod configuration;
mod failure;
mod logging;
mod version_command;

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::{Command, CommandLine};
use crate::failure::Failure;

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
        Command::Config(options) => config_command::run(&options),
        Command::Version(options) => version_command::run(&options),
    }
}
