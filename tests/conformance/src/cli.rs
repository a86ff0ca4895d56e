//! The command line, as scripts use it.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

use crate::patience::in_time;
use crate::platform::binary;

/// What a command said.
#[derive(Clone, Debug)]
pub struct Said {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub error: String,
}

/// Runs `ringdown` with arguments.
pub async fn ringdown(arguments: &[&str]) -> Said {
    let running = Command::new(binary()).args(arguments).kill_on_drop(true).output();
    let output = in_time(&format!("ringdown {}", arguments.join(" ")), running).await.expect("it runs");
    Said {
        status: output.status.code().unwrap_or(-1),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        error: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs `ringdown events` against the server of a data folder and reads its JSON.
pub async fn events(data: &Path, arguments: &[&str]) -> Value {
    let said = try_events(data, arguments).await;
    assert_eq!(said.status, 0, "ringdown events {} said: {}", arguments.join(" "), said.error);
    serde_json::from_str(&said.output).unwrap_or(Value::Null)
}

/// The same when it may fail.
pub async fn try_events(data: &Path, arguments: &[&str]) -> Said {
    let data = data.display().to_string();
    let mut all = vec!["events"];
    all.extend(arguments);
    all.extend(["--data", &data, "--json"]);
    ringdown(&all).await
}
