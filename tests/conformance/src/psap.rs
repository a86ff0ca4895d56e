//! `ringdown psap`: those who answer calls for help.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::patience::{until, until_some};
use crate::platform::{binary, folder};
use crate::sound::Sound;

/// Those who help, while they do.
#[derive(Debug)]
pub struct Psap {
    _child: Child,
    folder: PathBuf,
}

impl Psap {
    /// At port 5060 of an address; they say something.
    pub async fn at(address: IpAddr, sound: &Sound) -> Self {
        let folder = folder("psap");
        sound.write(&folder.join("said.wav"));
        let file = |name: &str| std::fs::File::create(folder.join(name)).expect("the folder can be written");
        let child = Command::new(binary())
            .args(["psap", "--json", "--listen", &format!("{address}:5060"), "--play"])
            .arg(folder.join("said.wav"))
            .arg("--record")
            .arg(&folder)
            .arg("--data")
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(file("events"))
            .stderr(file("log"))
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let psap = Self { _child: child, folder };
        until("those who help to listen", || psap.line("listens").is_some()).await;
        psap
    }

    /// What it tells of the first thing of this kind that happens.
    pub async fn tells(&self, event: &str) -> Value {
        until_some(&format!("those who help to tell {event}: {}", self.folder.display()), || self.line(event))
            .await
    }

    /// What is heard in the first call.
    pub fn heard(&self) -> Sound {
        Sound::read(&self.folder.join("call-1.wav"))
    }

    fn line(&self, event: &str) -> Option<Value> {
        let lines = std::fs::read_to_string(self.folder.join("events")).ok()?;
        let events = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut events = events.filter(|found| found["event"] == event);
        events.next()
    }
}
