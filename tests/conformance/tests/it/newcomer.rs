//! What somebody does who has just started it: call the demo line, then run the examples.

use std::net::TcpStream;
use std::process::Stdio;

use conformance::cli;
use conformance::patience::until;
use conformance::platform::{Platform, folder};
use conformance::readme;
use conformance::scene::subscribed;
use conformance::sdk::root;
use conformance::soft_phone::SoftPhone;
use conformance::sound::Sound;
use tokio::process::{Child, Command};

const DEMO_LINE: &str = "+14255550100";

#[tokio::test]
async fn the_demo_line_welcomes_tells_the_time_and_says_goodbye() {
    let platform = Platform::demo("demo").await;
    assert_eq!(platform.ready.numbers.first().map(String::as_str), Some(DEMO_LINE));
    let memory = SoftPhone::typed(&platform, &readme::block("hear")).start().ends().await;
    assert!(memory.heard.seconds_of_speech() > 4.0, "{} s of speech", memory.heard.seconds_of_speech());
    assert_eq!(memory.report["answered"], true);
    assert_eq!(memory.report["endedBy"], "them", "{}", memory.report);
}

#[tokio::test]
async fn the_demo_line_echoes() {
    let platform = Platform::demo("echo").await;
    let phone = SoftPhone::stranger(&platform, DEMO_LINE).sending(",2").saying(Sound::tone(400.0, 60.0));
    let memory = phone.for_seconds(12).start().ends().await;
    assert!(memory.heard.seconds_of_tone(400.0) > 1.0, "{} s of echo", memory.heard.seconds_of_tone(400.0));
}

#[tokio::test]
async fn the_demo_line_connects_the_two_phones() {
    let platform = Platform::demo("two-phones").await;
    let password = |name: &str| platform.phone(name).password.clone().expect("the demo tells it");
    let second = SoftPhone::answering(&platform, "demo-2", &password("demo-2"))
        .saying(Sound::tone(400.0, 60.0))
        .start_registered()
        .await;
    let first = SoftPhone::dialing(&platform, "demo-1", &password("demo-1"), DEMO_LINE)
        .sending(",3")
        .saying(Sound::tone(1000.0, 60.0))
        .for_seconds(12)
        .start();
    let (first, second) = (first.ends().await, second.ends().await);
    assert!(first.heard.seconds_with_tone(400.0) > 1.0, "{}", first.report);
    assert!(second.heard.seconds_with_tone(1000.0) > 1.0, "{}", second.report);
}

#[tokio::test]
async fn the_python_example_works_as_the_readme_says() {
    example_works("python").await;
}

#[tokio::test]
async fn the_javascript_example_works_as_the_readme_says() {
    example_works("javascript").await;
}

#[tokio::test]
async fn the_configuration_of_the_readme_is_one() {
    let path = folder("readme").join("ringdown.toml");
    std::fs::write(&path, readme::block("configuration")).expect("the folder can be written");
    let said = cli::ringdown(&["config", "--config", &path.display().to_string(), "--json"]).await;
    assert_eq!(said.status, 0, "{}", said.error);
    let unknown = "[sip]
listen-to = \"me\"
";
    std::fs::write(&path, unknown).expect("the folder can be written");
    let said = cli::ringdown(&["serve", "--config", &path.display().to_string()]).await;
    assert_eq!(said.status, 2);
    assert_eq!(said.error.trim().lines().count(), 1, "one clear line: {}", said.error);
}

#[tokio::test]
async fn a_port_in_use_is_said_in_one_line_that_names_the_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = taken.local_addr().expect("a bound socket has an address").to_string();
    let data = folder("port-in-use").display().to_string();
    let free = "127.0.0.1:0";
    let arguments =
        ["serve", "--demo", "--data", &data, "--api", &address, "--http", free, "--sip", free, "--web", free];
    let said = cli::ringdown(&arguments).await;
    assert_eq!(said.status, 2, "{said:?}");
    let last = said.error.trim().lines().last().unwrap_or_default();
    assert!(last.contains("api") && last.contains(&address), "{said:?}");
}

#[tokio::test]
async fn the_status_of_a_running_server_can_be_asked() {
    let platform = Platform::demo("status").await;
    let data = platform.data().display().to_string();
    let said = cli::ringdown(&["status", "--data", &data, "--json"]).await;
    assert_eq!(said.status, 0, "{said:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&said.output).is_ok(), "{said:?}");
    let nobody = folder("nobody").display().to_string();
    let said = cli::ringdown(&["status", "--data", &nobody]).await;
    assert_ne!(said.status, 0, "{said:?}");
    assert!(said.error.contains("ready.json"), "{said:?}");
}

async fn example_works(language: &str) {
    let platform = Platform::demo("example").await;
    let folder = folder("example-app");
    let (_app, port) = start_example(&platform, language, &folder).await;
    let subscribe = readme::block_for("subscribe", platform.data(), port);
    let arguments = readme::arguments(&subscribe);
    let arguments: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let name = format!("127.0.0.1-{port}-incoming");
    subscribed(&platform, &name, &arguments).await;
    let second = SoftPhone::typed(&platform, &readme::block("second phone"));
    let second = second.saying(Sound::tone(400.0, 60.0)).start_registered().await;

    let first = SoftPhone::typed(&platform, &readme::block("call")).saying(Sound::tone(1000.0, 60.0)).start();
    let (first, second) = (first.ends().await, second.ends().await);

    let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    assert!(first.heard.seconds_of_speech() > 1.0, "the caller is welcomed: {}", log());
    assert!(first.heard.seconds_with_tone(400.0) > 1.0, "the caller hears the second phone: {}", log());
    assert!(second.heard.seconds_with_tone(1000.0) > 1.0, "and it hears the caller: {}", log());
    assert_eq!(first.report["endedBy"], "them", "the application hangs up: {}", log());
    until("the application to be told the end", || log().contains("CallDisconnected")).await;
}

/// Types the settings and the start of an example into a shell, at the root of the repository.
async fn start_example(platform: &Platform, language: &str, folder: &std::path::Path) -> (Child, u16) {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let settings = readme::block_for("settings", platform.data(), port);
    // The environment that the README makes is there already, elsewhere.
    let start = readme::block(language).replace("examples/python/.venv", ".make/venv");
    let log = std::fs::File::create(folder.join("log")).expect("the folder can be written");
    let app = Command::new("sh")
        .args(["-c", &format!("{settings}\nexec {start}")])
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("a shell starts");
    until("the example to listen", || TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
    (app, port)
}
