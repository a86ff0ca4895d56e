//! `ringdown recordings`: which recordings there are, and what became of their files.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::client::Client;
use crate::command_line::Server;
use crate::failure::Failure;

/// Options of `ringdown recordings`.
#[derive(Args, Debug)]
#[command(after_help = "Example: ringdown recordings list --waiting")]
pub struct RecordingsOptions {
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists recordings, the newest first.
    #[command(after_help = "Example: ringdown recordings list --active --json")]
    List(ListOptions),
    /// Shows one recording with its files.
    #[command(after_help = "Example: ringdown recordings get 421f3500-0000-0000-0000-000000000001")]
    Get(OneOptions),
    /// Deletes the files of a recording, except one that is being written.
    #[command(after_help = "Example: ringdown recordings delete 421f3500-0000-0000-0000-000000000001")]
    Delete(OneOptions),
}

#[derive(Args, Debug)]
struct ListOptions {
    /// Only of this call.
    #[arg(long, value_name = "ID")]
    call: Option<String>,
    /// Only of this resource.
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// Only those that go on.
    #[arg(long, conflicts_with = "over")]
    active: bool,
    /// Only those that are over.
    #[arg(long)]
    over: bool,
    /// Only those with a file that its storage did not take.
    #[arg(long)]
    waiting: bool,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    most: usize,
    #[command(flatten)]
    server: Server,
}

#[derive(Args, Debug)]
struct OneOptions {
    /// The recording.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    server: Server,
}

/// Does what was asked.
pub async fn run(options: &RecordingsOptions) -> Result<(), Failure> {
    match &options.action {
        Action::List(options) => list(options).await,
        Action::Get(options) => {
            let path = format!("/admin/v1/recordings/{}", segment(&options.id));
            let recording = Client::find(&options.server.data)?.get(&path).await?;
            match options.server.json {
                true => println!("{recording:#}"),
                false => print!("{}", lines(&recording)),
            }
            Ok(())
        }
        Action::Delete(options) => {
            let path = format!("/admin/v1/recordings/{}", segment(&options.id));
            let deleted = Client::find(&options.server.data)?.delete(&path).await?;
            match options.server.json {
                true => println!("{deleted:#}"),
                false => println!("{} files deleted", deleted["deletedFiles"]),
            }
            Ok(())
        }
    }
}

async fn list(options: &ListOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let mut path = format!("/admin/v1/recordings?top={}", options.most.clamp(1, 500));
    for (name, value) in [("callId", &options.call), ("resourceId", &options.resource)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", segment(value)));
        }
    }
    for (wanted, filter) in
        [(options.active, "active=true"), (options.over, "active=false"), (options.waiting, "waiting=true")]
    {
        if wanted {
            path.push_str(&format!("&{filter}"));
        }
    }
    let mut recordings = Vec::new();
    loop {
        let mut page = client.get(&path).await?;
        recordings.extend(page["value"].as_array_mut().map(std::mem::take).unwrap_or_default());
        match page["nextLink"].as_str().filter(|_| recordings.len() < options.most) {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    recordings.truncate(options.most);
    if options.server.json {
        println!("{:#}", Value::Array(recordings));
    } else if recordings.is_empty() {
        println!("no recordings");
    } else {
        recordings.iter().for_each(|recording| print!("{}", lines(recording)));
    }
    Ok(())
}

/// One line for the recording, and one for each file.
fn lines(recording: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let moment = |value: &Value| match value.as_str() {
        Some(text) => format!("{}Z", text.replacen('T', " ", 1).chars().take(19).collect::<String>()),
        None => "-".to_owned(),
    };
    let mut lines = format!(
        "{}  {}  {} {}  {}\n",
        word(&recording["recordingId"]),
        moment(&recording["started"]),
        word(&recording["format"]),
        word(&recording["channelType"]),
        recording["endReason"].as_str().unwrap_or("goes on"),
    );
    for file in recording["files"].as_array().into_iter().flatten() {
        let seconds = file["lastedSeconds"].as_f64().unwrap_or_default();
        let problem =
            file["problem"].as_str().map(|problem| format!("  cannot {problem}")).unwrap_or_default();
        lines.push_str(&format!(
            "  {} {}  {:>8} bytes  {seconds:.1} s  {}{problem}\n",
            file["index"],
            word(&file["documentId"]),
            file["bytes"],
            word(&file["state"]),
        ));
    }
    lines
}

/// An id as part of an address; what else somebody typed must not become another address.
fn segment(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_recording_and_its_files_are_a_few_lines() {
        let recording = json!({
            "recordingId": "00000000-0000-0000-0000-000000000001", "started": "2026-11-21T13:50:02.1Z",
            "format": "wav", "channelType": "mixed", "endReason": "CallEnded",
            "files": [{ "index": 0, "documentId": "0-rd-d1-8", "bytes": 96044, "lastedSeconds": 3.0,
                "state": "finished", "problem": "store the recording: refused" }],
        });
        expect![[r#"
            00000000-0000-0000-0000-000000000001  2026-11-21 13:50:02Z  wav mixed  CallEnded
              0 0-rd-d1-8  96044 bytes  3.0 s  finished  cannot store the recording: refused
        "#]]
        .assert_eq(&lines(&recording));
    }
}
