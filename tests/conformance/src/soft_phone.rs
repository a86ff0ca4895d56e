//! `ringdown phone`: the scriptable phone of the product itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::patience::{in_time, until};
use crate::platform::{Platform, binary, folder};
use crate::sound::Sound;

/// A phone that is about to be used.
#[derive(Clone, Debug)]
pub struct SoftPhone {
    arguments: Vec<String>,
    sound: Option<Sound>,
    data: PathBuf,
}

/// A phone in use.
#[derive(Debug)]
pub struct Conversation {
    child: Child,
    folder: PathBuf,
}

impl SoftPhone {
    /// A registered phone that waits to be called and answers.
    pub fn answering(platform: &Platform, name: &str) -> Self {
        Self::of(platform, name).flag("--answer")
    }

    /// A registered phone that calls.
    pub fn dialing(platform: &Platform, name: &str, number: &str) -> Self {
        Self::of(platform, name).option("--dial", number)
    }

    /// A phone nobody knows, which calls.
    pub fn stranger(platform: &Platform, number: &str) -> Self {
        Self { arguments: Vec::new(), sound: None, data: platform.data().to_owned() }
            .option("--server", &format!("sip:{}", platform.ready.sip.udp))
            .option("--dial", number)
    }

    fn of(platform: &Platform, name: &str) -> Self {
        let phone = Self { arguments: Vec::new(), sound: None, data: platform.data().to_owned() };
        phone.option("--register", name)
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

    fn flag(mut self, flag: &str) -> Self {
        self.arguments.push(flag.to_owned());
        self
    }

    fn option(self, flag: &str, value: &str) -> Self {
        self.flag(flag).flag(value)
    }

    /// Begins.
    pub fn start(self) -> Conversation {
        let folder = folder("phone");
        let log = std::fs::File::create(folder.join("log")).expect("the folder can be written");
        let mut command = Command::new(binary());
        command.arg("phone").args(&self.arguments).arg("--data").arg(&self.data);
        command.arg("--record").arg(folder.join("heard.wav"));
        if let Some(sound) = &self.sound {
            sound.write(&folder.join("said.wav"));
            command.arg("--play").arg(folder.join("said.wav"));
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the phone starts");
        Conversation { child, folder }
    }

    /// Begins, and is registered when this returns.
    pub async fn start_registered(self) -> Conversation {
        let phone = self.start();
        phone.shows("egistered").await;
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

    /// Hangs up as a person at the terminal does, and tells what was heard.
    pub async fn hangs_up(self) -> Sound {
        let process = self.child.id().expect("the phone runs").to_string();
        let status = Command::new("kill").args(["-INT", &process]).status().await;
        assert!(status.is_ok_and(|status| status.success()), "the phone runs");
        self.ends().await
    }

    /// Waits for the end of the call and tells what was heard.
    pub async fn ends(mut self) -> Sound {
        let what = format!("the phone to end: {}", self.folder.display());
        in_time(&what, self.child.wait()).await.expect("a child can be waited for");
        heard(&self.folder.join("heard.wav"))
    }
}

fn heard(path: &Path) -> Sound {
    if path.exists() { Sound::read(path) } else { Sound::default() }
}
