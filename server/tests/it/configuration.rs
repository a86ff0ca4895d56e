//! What the server is told, and what it says when it was told something wrong.

use std::fs;
use std::net::{TcpListener, UdpSocket};

use serde_json::Value;

use crate::running_server::{complaint, ringdown, run};

#[test]
fn config_prints_every_setting_with_its_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ringdown.toml");
    fs::write(&file, "[sip]\nrealm = \"example.org\"\n").expect("a file");
    let output = ringdown(&["config", "--json", "--api", "127.0.0.1:9443", "--config"])
        .arg(&file)
        .env("RINGDOWN_MEDIA_PORTS", "30000-30100")
        .output()
        .expect("the binary runs");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let check = |key: &str, value: &str, source: &str| {
        let setting = &printed["settings"][key];
        assert_eq!(setting["value"], value, "{key}");
        assert!(setting["source"].as_str().is_some_and(|said| said.starts_with(source)), "{key}: {setting}");
    };
    check("api.listen", "127.0.0.1:9443", "flag --api");
    check("media.ports", "30000-30100", "environment RINGDOWN_MEDIA_PORTS");
    check("sip.realm", "example.org", "file ");
    check("web.listen", "127.0.0.1:8480", "default");

    let text = String::from_utf8_lossy(&run(&["config"]).stdout).into_owned();
    for key in printed["settings"].as_object().expect("settings").keys() {
        assert!(text.contains(key.as_str()), "{key} is not printed");
    }
}

#[test]
fn a_port_in_use_names_the_setting_and_the_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken_for_sip = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let tcp = taken.local_addr().expect("it is bound").to_string();
    let udp = taken_for_sip.local_addr().expect("it is bound").to_string();
    let free = "127.0.0.1:0";
    for (api, http, sip, web, setting) in [
        (tcp.as_str(), free, free, free, "api.listen"),
        (free, tcp.as_str(), free, free, "api.http"),
        (free, free, udp.as_str(), free, "sip.listen"),
        (free, free, free, tcp.as_str(), "web.listen"),
    ] {
        let addresses = ["--api", api, "--http", http, "--sip", sip, "--web", web];
        let output = ringdown(&["serve", "--demo", "--data"])
            .arg(folder.path().join("data"))
            .args(addresses)
            .output()
            .expect("the binary runs");
        let line = refusal(&output);
        assert!(line.contains(setting) && line.contains("in use") && line.contains("port 0"), "{line}");
        assert!(!folder.path().join("data/ready.json").exists());
    }
}

#[test]
fn an_unknown_key_names_the_key_that_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ringdown.toml");
    fs::write(&file, "[api]\nlissten = \"127.0.0.1:0\"\n").expect("a file");
    for command in ["serve", "config"] {
        let output = ringdown(&[command, "--config"]).arg(&file).output().expect("the binary runs");
        let line = refusal(&output);
        assert!(line.contains("api.lissten") && line.contains("api.listen"), "{line}");
    }
}

#[test]
fn an_unreadable_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.toml");
    let output = ringdown(&["serve", "--config"]).arg(&missing).output().expect("the binary runs");
    let line = refusal(&output);
    assert!(line.contains("missing.toml") && line.contains("--config"), "{line}");
}

#[test]
fn a_bad_value_is_named_with_what_would_be_right() {
    let output = run(&["serve", "--api", "somewhere"]);
    let line = refusal(&output);
    assert!(line.contains("api.listen") && line.contains("127.0.0.1:8443"), "{line}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let output =
        ringdown(&["serve", "--demo", "--data"]).arg(file.join("data")).output().expect("the binary runs");
    let line = refusal(&output);
    assert!(line.contains("data =") && line.contains("--data"), "{line}");
    let output = ringdown(&["serve", "--demo", "--data"]).arg(&file).output().expect("the binary runs");
    let line = refusal(&output);
    assert!(line.contains("it is a file") && line.contains("--data"), "{line}");
}

/// The one line of a refusal; the exit status is 2.
#[track_caller]
fn refusal(output: &std::process::Output) -> String {
    let complaint = complaint(output);
    let lines: Vec<&str> = complaint.lines().filter(|line| line.starts_with("ringdown: ")).collect();
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert_eq!(lines.len(), 1, "{complaint}");
    lines[0].to_owned()
}
