//! What can be typed after `ringdown`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use configuration::{Configuration, ConfigurationError, Flags, load};

pub use crate::calls_command::CallsOptions;
pub use crate::events_command::EventsOptions;
pub use crate::phone_command::PhoneCommandOptions;
pub use crate::psap_command::PsapCommandOptions;
pub use crate::recordings_command::RecordingsOptions;
pub use crate::replay_command::ReplayOptions;
pub use crate::teams_command::TeamsOptions;
pub use crate::tenant_command::{ApplyOptions, ExplainOptions, ExportOptions};
pub use crate::trace_command::TraceOptions;

/// A self-hosted communications platform that speaks the Azure Communication Services APIs.
#[derive(Debug, Parser)]
#[command(
    name = "ringdown",
    version,
    after_help = "Example: ringdown serve --demo, and in another terminal: ringdown phone --dial +14255550100"
)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Starts the server; it stops on SIGTERM or Ctrl-C once its calls have ended.
    Serve(ServeOptions),
    /// Makes a company's phone system what a tenant document says, all of it or nothing.
    Apply(ApplyOptions),
    /// Which calls there are, and which there were.
    Calls(CallsOptions),
    /// Prints every setting with its value and who said it.
    Config(ConfigOptions),
    /// Event Grid subscriptions of the running server, and what became of their events.
    Events(EventsOptions),
    /// Where a call would go, and why, step by step.
    Explain(ExplainOptions),
    /// Prints the tenant document that makes a company's phone system what it is.
    Export(ExportOptions),
    /// A small SIP phone: calls or answers, presses keys, plays a file, records what it hears.
    Phone(Box<PhoneCommandOptions>),
    /// Answers calls for help, for tests: tells what it was told, and can call back.
    Psap(Box<PsapCommandOptions>),
    /// Recordings of calls, and what became of their files.
    Recordings(RecordingsOptions),
    /// Lets the running server read its tenants, phones, trunks, subscriptions and certificates again.
    Reload(ReloadOptions),
    /// Lets a call happen again from the journal: its ladder, and whether the same follows.
    Replay(ReplayOptions),
    /// Says how the running server is.
    Status(StatusOptions),
    /// A company's phone system, one object at a time: people, numbers, policies, routes.
    Teams(TeamsOptions),
    /// Shows what happens in a call, as it happens.
    Trace(TraceOptions),
    /// Prints the version.
    Version(VersionOptions),
}

/// Where a server's settings come from. Flags win over the environment, the environment over the file.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    /// A tenant, two numbers, two phones and a line that answers, on loopback only.
    #[arg(long)]
    pub demo: bool,
    /// Where the database, keys and certificates live [default: ./ringdown-data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "RINGDOWN_CONFIG")]
    pub config: Option<PathBuf>,
    /// HTTPS for applications [default: 127.0.0.1:8443]; port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    pub api: Option<String>,
    /// Plain HTTP for applications, or off [default: off; 127.0.0.1:8080 in demo mode].
    #[arg(long, value_name = "ADDR")]
    pub http: Option<String>,
    /// SIP over UDP and TCP [default: 127.0.0.1:5060]; TLS is one port above.
    #[arg(long, value_name = "ADDR")]
    pub sip: Option<String>,
    /// Administration [default: 127.0.0.1:8480].
    #[arg(long, value_name = "ADDR")]
    pub web: Option<String>,
}

/// Options of `ringdown serve`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown serve --demo --data ./ringdown-data")]
pub struct ServeOptions {
    /// What it is told.
    #[command(flatten)]
    pub settings: Settings,
}

/// Where the running server is.
#[derive(Args, Debug)]
pub struct Server {
    /// The data folder of the running server.
    #[arg(long, value_name = "DIR", env = "RINGDOWN_DATA", default_value = "./ringdown-data")]
    pub data: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `ringdown status`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown status --data ./ringdown-data --json")]
pub struct StatusOptions {
    /// Where it is.
    #[command(flatten)]
    pub server: Server,
}

/// Options of `ringdown reload`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown reload --data ./ringdown-data\n\
    The same as SIGHUP, and it says what came of it. Calls in progress keep what they began with.")]
pub struct ReloadOptions {
    /// Where it is.
    #[command(flatten)]
    pub server: Server,
}

/// Options of `ringdown config`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown config --demo --json")]
pub struct ConfigOptions {
    /// The same flags as `ringdown serve`.
    #[command(flatten)]
    pub settings: Settings,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `ringdown version`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown version --json")]
pub struct VersionOptions {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl Settings {
    /// Reads file and environment under these flags.
    pub fn load(&self) -> Result<Configuration, ConfigurationError> {
        // A variable that is not Unicode cannot be one of ours.
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        load(self.config.as_deref(), &environment, &self.flags())
    }

    fn flags(&self) -> Flags {
        let mut flags = Flags::new();
        if self.demo {
            flags.push(("demo", "true".to_owned()));
        }
        if let Some(data) = &self.data {
            flags.push(("data", data.display().to_string()));
        }
        let addresses = [
            ("api.listen", &self.api),
            ("api.http", &self.http),
            ("sip.listen", &self.sip),
            ("web.listen", &self.web),
        ];
        flags.extend(addresses.into_iter().filter_map(|(key, flag)| Some((key, flag.clone()?))));
        flags
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_has_an_example_in_its_help() {
        fn check(command: &clap::Command) {
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("Example"), "{} has no example", command.get_name());
            command.get_subcommands().filter(|command| command.get_name() != "help").for_each(check);
        }
        CommandLine::command().debug_assert();
        check(&CommandLine::command());
    }
}
