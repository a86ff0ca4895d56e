//! `ringdown phone`: the scriptable phone of the product itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};

use crate::patience::{in_time, until};
use crate::platform::{Platform, binary, folder};
use crate::readme;
use crate::sound::Sound;

/// A phone that is about to be used.
#[derive(Clone, Debug)]
pub struct SoftPhone {
    arguments: Vec<String>,
    sound: Option<Sound>,
    data: PathBuf,
}

/// What is left of a call.
#[derive(Clone, Debug)]
pub struct Memory {
    /// The recording.
    pub heard: Sound,
    /// The report of `--json`; null when there is none.
    pub report: Value,
}

/// A phone in use.
#[derive(Debug)]
pub struct Conversation {
    child: Child,
    folder: PathBuf,
}

impl SoftPhone {
    /// A registered phone that waits to be called and answers.
    pub fn answering(platform: &Platform, name: &str, password: &str) -> Self {
        Self::of(platform).registered(name, password).flag("--answer")
    }

    /// A registered phone that calls.
    pub fn dialing(platform: &Platform, name: &str, password: &str, number: &str) -> Self {
        Self::of(platform).registered(name, password).option("--dial", number)
    }

    /// A phone nobody knows, which calls.
    pub fn stranger(platform: &Platform, number: &str) -> Self {
        Self::of(platform).option("--dial", number)
    }

    /// A phone as somebody types it: `ringdown phone …`, without a recording, which is always made.
    pub fn typed(platform: &Platform, command: &str) -> Self {
        let mut words = readme::arguments(command).into_iter().skip(1);
        let mut phone = Self::of(platform);
        while let Some(word) = words.next() {
            if word == "--record" {
                words.next();
            } else {
                phone = phone.flag(&word);
            }
        }
        phone
    }

    fn of(platform: &Platform) -> Self {
        Self { arguments: Vec::new(), sound: None, data: platform.data().to_owned() }
    }

    fn registered(self, name: &str, password: &str) -> Self {
        self.option("--register", name).option("--password", password)
    }

    /// Presses keys after the answer; a comma waits a second.
    pub fn sending(self, keys: &str) -> Self {
        self.option("--send", keys)
    }

    /// Says something.
    pub fn saying(mut self, sound: Sound) -> Self {
        self.sound = Some(sound);
        self
    }

    /// Hangs up after some time.
    pub fn for_seconds(self, seconds: u32) -> Self {
        self.option("--for", &format!("{seconds}s"))
    }

    /// Any other option of the command.
    pub fn option(self, flag: &str, value: &str) -> Self {
        self.flag(flag).flag(value)
    }

    fn flag(mut self, flag: &str) -> Self {
        self.arguments.push(flag.to_owned());
        self
    }

    /// Begins.
    pub fn start(self) -> Conversation {
        let folder = folder("phone");
        let log = std::fs::File::create(folder.join("log")).expect("the folder can be written");
        let mut command = Command::new(binary());
        command.arg("phone").args(&self.arguments).arg("--json").arg("--data").arg(&self.data);
        command.arg("--record").arg(folder.join("heard.wav"));
        if let Some(sound) = &self.sound {
            sound.write(&folder.join("said.wav"));
            command.arg("--play").arg(folder.join("said.wav"));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(folder.join("report.json")).expect("the folder can be written"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the phone starts");
        Conversation { child, folder }
    }

    /// Begins, and is registered when this returns.
    pub async fn start_registered(self) -> Conversation {
        let phone = self.start();
        phone.shows("waits for a call").await;
        phone
    }
}

impl Conversation {
    /// Waits until the terminal shows something.
    pub async fn shows(&self, text: &str) {
        until(&format!("the phone to show {text}: {}", self.folder.display()), || {
            self.ladder().contains(text)
        })
        .await;
    }

    /// What the terminal shows.
    pub fn ladder(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Hangs up as a person at the terminal does.
    pub async fn hangs_up(self) -> Memory {
        let process = self.child.id().expect("the phone runs").to_string();
        let status = Command::new("kill").args(["-INT", &process]).status().await;
        assert!(status.is_ok_and(|status| status.success()), "the phone runs");
        self.ends().await
    }

    /// Waits for the end of the call.
    pub async fn ends(mut self) -> Memory {
        let what = format!("the phone to end: {}", self.folder.display());
        in_time(&what, self.child.wait()).await.expect("a child can be waited for");
        Memory {
            heard: heard(&self.folder.join("heard.wav")),
            report: std::fs::read(self.folder.join("report.json"))
                .ok()
                .and_then(|report| serde_json::from_slice(&report).ok())
                .unwrap_or_default(),
        }
    }
}

fn heard(path: &Path) -> Sound {
    if path.exists() { Sound::read(path) } else { Sound::default() }
}
