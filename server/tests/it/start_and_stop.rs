//! From the first start to a clean stop.

use std::fs;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;

use crate::running_server::{RunningServer, exists, run};

#[test]
fn a_demo_says_how_to_reach_it_and_can_be_reached() {
    let server = RunningServer::start();
    let ready = server.ready();

    for key in
        ["endpoint", "httpEndpoint", "web", "connectionString", "caCertificate", "adminToken", "resourceId"]
    {
        assert!(ready[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {ready}");
    }
    assert_eq!(ready["numbers"], serde_json::json!(["+14255550100", "+14255550101"]));
    assert!(exists(ready["caCertificate"].as_str().expect("a path").as_ref()));
    let connection_string = ready["connectionString"].as_str().expect("text");
    assert!(connection_string.starts_with("endpoint=https://localhost:"), "{connection_string}");
    assert!(connection_string.contains("/;accesskey="), "{connection_string}");
    let mode = fs::metadata(server.data().join("ready.json")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    for phone in ready["phones"].as_array().expect("phones") {
        assert!(phone["identifier"].as_str().is_some_and(|raw| raw.starts_with("8:acs:")), "{phone}");
        assert!(phone["password"].as_str().is_some_and(|password| password.len() >= 12));
    }
    for transport in ["tcp", "tls"] {
        TcpStream::connect(ready["sip"][transport].as_str().expect("an address")).expect("it listens");
    }
    assert!(answers_options(ready["sip"]["udp"].as_str().expect("an address")));
}

#[test]
fn a_banner_that_goes_into_a_log_holds_no_secret() {
    let server = RunningServer::start_with(&["--web", "127.0.0.1:0"]);
    let ready = server.ready();
    let banner = server.banner();
    assert!(banner.contains(ready["endpoint"].as_str().expect("text")), "{banner}");
    assert!(banner.contains("ready.json"), "{banner}");
    for secret in ["adminToken", "connectionString"] {
        assert!(!banner.contains(ready[secret].as_str().expect("text")), "{secret} in {banner}");
    }
    // What the banner of a demo says can be typed as it stands.
    assert!(RunningServer::start().banner().contains(&format!("{} phone", env!("CARGO_BIN_EXE_ringdown"))));
}

#[test]
fn a_server_without_a_voice_says_at_the_start_what_to_install() {
    let server = RunningServer::start_without_programs();
    for said in [server.banner(), server.log()] {
        assert!(said.contains("install the package espeak-ng"), "{said}");
    }
    assert!(!RunningServer::start().banner().contains("espeak-ng"));
}

#[test]
fn a_clean_stop_takes_ready_json_away_and_the_next_start_keeps_ids_and_keys() {
    let mut server = RunningServer::start();
    let before = server.ready();
    server.signal("TERM");
    assert!(server.ended().success(), "{}", server.log());
    assert!(!exists(&server.data().join("ready.json")));

    let server = server.again();
    let after = server.ready();
    let key = |ready: &Value| {
        ready["connectionString"]
            .as_str()
            .and_then(|text| text.split_once("accesskey="))
            .map(|(_, key)| key.to_owned())
    };
    assert_eq!(key(&before), key(&after));
    for kept in ["resourceId", "adminToken", "phones"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
}

#[test]
fn a_second_signal_stops_at_once() {
    let mut server = RunningServer::start();
    server.signal("INT");
    server.signal("INT");
    server.ended();
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let server = RunningServer::start();
    let data = server.data();
    let output = run(&[
        "serve",
        "--demo",
        "--api",
        "127.0.0.1:0",
        "--sip",
        "127.0.0.1:0",
        "--data",
        data.to_str().expect("text"),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(exists(&data.join("ready.json")), "the first server's ready.json is left alone");
}

#[test]
fn status_finds_the_running_server() {
    let server = RunningServer::start();
    let data = server.data();
    let output = run(&["status", "--json", "--data", data.to_str().expect("text")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(status["running"], true);
}

/// Asks a SIP server whether it is there (RFC 3261 §11), again when a datagram is lost.
fn answers_options(server: &str) -> bool {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let own = socket.local_addr().expect("it is bound");
    socket.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    let request = format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKsmoke;rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:smoke@{own}>;tag=1\r\nTo: <sip:{server}>\r\nCall-ID: smoke@{own}\r\n\
         CSeq: 1 OPTIONS\r\nContact: <sip:smoke@{own}>\r\nContent-Length: 0\r\n\r\n"
    );
    (0..20).any(|_| {
        socket.send_to(request.as_bytes(), server).expect("it is sent");
        let mut answer = [0; 4096];
        socket.recv(&mut answer).is_ok_and(|length| answer[..length].starts_with(b"SIP/2.0 "))
    })
}

#[test]
fn as_many_files_may_be_open_as_the_system_allows_and_too_few_are_told() {
    let enough = RunningServer::start_with_files(256, 20_000);
    let limit = enough.kernel_limit("Max open files");
    assert_eq!(limit.split_whitespace().nth(3), Some("20000"), "{limit}");
    assert!(enough.log().contains("at most 20000 files and sockets may be open"), "{}", enough.log());
    assert!(!enough.log().contains("LimitNOFILE"), "{}", enough.log());

    let few = RunningServer::start_with_files(256, 1_024);
    let log = few.log();
    let warning = log.lines().find(|line| line.contains("LimitNOFILE=")).expect("it warns");
    assert!(warning.contains("at most 1024 files") && warning.contains("media.ports"), "{warning}");
}
