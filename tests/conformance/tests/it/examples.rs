//! The applications of `examples/`, each run as its users run it, with phones and sound.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;

use conformance::patience::until;
use conformance::platform::{Platform, folder};
use conformance::readme;
use conformance::scene::subscribed;
use conformance::sdk::{here, root};
use conformance::sipp::{Scenario, Sipp};
use conformance::sound::Sound;
use conformance::world::{Carrier, World, world};
use tokio::process::{Child, Command};

/// Runs one story with the example in each language.
macro_rules! with_each_example {
    ($(fn $name:ident() = $story:ident($example:literal);)+) => {$(
        mod $name {
            #[tokio::test]
            async fn javascript() {
                super::$story(super::Line::new().await, "javascript", $example).await;
            }

            #[tokio::test]
            async fn python() {
                super::$story(super::Line::new().await, "python", $example).await;
            }
        }
    )+};
}

mod dial_out;
mod lobby;
mod outbound;
mod recording;
mod transcription;
mod voice_agent;

/// A service number that an example answers.
struct Service<'a> {
    platform: &'a Platform,
    number: String,
}

/// The same on the server that tests share, and a carrier whose numbers call it and are called.
struct Line {
    world: &'static World,
    service: Service<'static>,
    carrier: Carrier,
}

impl Line {
    async fn new() -> Self {
        let world = world().await;
        let service = Service { platform: &world.platform, number: world.service_number() };
        Self { world, service, carrier: world.carrier() }
    }

    /// Somebody in the public network calls.
    fn is_called(&self) -> Sipp {
        let Service { platform, number } = &self.service;
        let caller = Scenario::caller(self.carrier.address, &platform.ready.sip.udp, number);
        caller.calling_as(&self.carrier.number(1)).start()
    }
}

/// A running example.
struct Example {
    folder: PathBuf,
    port: u16,
    _process: Child,
}

impl Example {
    /// Starts it with the settings of the README, and some of its own.
    async fn start(service: &Service<'_>, language: &str, name: &str, settings: &[(&str, &str)]) -> Self {
        let folder = folder(&format!("example-{language}-{name}"));
        let (port, stream_port) = (free_port(), free_port());
        let exports = readme::block_for("settings", service.platform.data(), port);
        let program = match language {
            "javascript" => format!("node examples/javascript/{name}.mjs"),
            _ => format!(".make/venv/bin/python examples/python/{name}.py"),
        };
        let log = std::fs::File::create(folder.join("log")).expect("the folder can be written");
        let process = Command::new("sh")
            .args([
                "-c",
                &format!(
                    "{exports}\nexport SERVICE_NUMBER={}\n{}\nexec {program}",
                    service.number,
                    own(settings)
                ),
            ])
            .current_dir(root())
            .env("STREAM_PORT", stream_port.to_string())
            .env("RECORDINGS", &folder)
            // The names of recordings that newer SDKs insist on lead to this machine.
            .env("LD_PRELOAD", "libnss_wrapper.so")
            .env("NSS_WRAPPER_HOSTS", here("hosts"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("a shell starts");
        until("the example to listen", || TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
        Self { folder, port, _process: process }
    }

    /// Sends it the calls of its number.
    async fn takes_calls(&self, service: &Service<'_>) {
        let filter = format!("data.to.phoneNumber.value:StringIn:{}", service.number);
        self.hears_of(service, "IncomingCall", &["--filter", &filter]).await;
    }

    async fn hears_of(&self, service: &Service<'_>, kind: &str, more: &[&str]) {
        let name = format!("example-{}-{}", self.port, kind.to_lowercase());
        let url = format!("http://127.0.0.1:{}/incoming", self.port);
        let kind = format!("Microsoft.Communication.{kind}");
        let mut arguments = vec!["subscribe", "--name", &name, "--url", &url, "--types", &kind];
        arguments.extend(more);
        subscribed(service.platform, &name, &arguments).await;
    }

    /// Waits until it has printed something so many times.
    async fn prints(&self, text: &str, times: usize) {
        let what = format!("{} to say {text} ({times})", self.folder.join("log").display());
        until(&what, || self.log().matches(text).count() >= times).await;
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

fn own(settings: &[(&str, &str)]) -> String {
    settings.iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect()
}

/// A voice that says something, as a telephone carries it.
pub(crate) fn words(text: &str) -> Sound {
    let folder = folder("words");
    let (said, carried) = (folder.join("said.wav"), folder.join("carried.wav"));
    let run = |program: &str, arguments: &[&str]| {
        let status = std::process::Command::new(program).args(arguments).status();
        assert!(status.is_ok_and(|status| status.success()), "{program} is there and works");
    };
    let [from, to] = [&said, &carried].map(|path| path.display().to_string());
    run("flite", &["-voice", "slt", "-t", text, "-o", &from]);
    run("sox", &[&from, "-r", "8000", "-b", "16", &to]);
    Sound::read(&carried)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port()
}
