//! The log: text on a terminal, JSON otherwise, always on standard error.

use std::io::IsTerminal;

use configuration::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts the log of this process.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_new(directives(&log.level)).unwrap_or_else(|_| EnvFilter::new("info"));
    // A line that cannot be written, to a file on a full disk for example, is a line lost: complaining
    // about it on the same standard error would end the thread that logs.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let terminal = std::io::stderr().is_terminal();
    let text = match log.format {
        LogFormat::Auto => terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    if text {
        builder.with_ansi(terminal).init();
    } else {
        builder.json().flatten_event(true).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = panic.payload_as_str().unwrap_or("no reason given");
        tracing::error!(location, reason, "an assumption was broken at {location}: {reason}");
    }));
}

/// The SIP library logs whole messages, and with them who calls whom: it speaks only when asked by name,
/// and of what comes and goes over TLS not even then: there are the keys under which sound is encrypted.
fn directives(level: &str) -> String {
    let library = if level.contains("rsipstack") { "" } else { ",rsipstack=error" };
    format!("{level}{library},rsipstack::transport::stream=error")
}
