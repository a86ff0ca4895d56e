//! `ringdown events` against a running server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Output;

use serde_json::{Value, json};

use crate::running_server::{RunningServer, complaint, run};

#[test]
fn a_subscription_is_made_listed_and_deleted() {
    let server = RunningServer::start();
    let data = server.data();
    let data = data.to_str().expect("text");
    let events = |arguments: &[&str]| {
        let output = run(&[&["events"], arguments, &["--data", data, "--json"]].concat());
        assert!(output.status.success(), "{}", complaint(&output));
        answer(&output)
    };
    let url = agreeing_endpoint();
    let made = events(&[
        "subscribe",
        "--url",
        &url,
        "--name",
        "calls",
        "--types",
        "Microsoft.Communication.IncomingCall",
        "--filter",
        "data.to.phoneNumber.value:StringIn:+14255550100",
    ]);
    assert_eq!((&made["name"], &made["state"]), (&json!("calls"), &json!("active")));

    let listed = events(&["list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let filter = &listed[0]["filter"]["advancedFilters"][0];
    assert_eq!((&filter["operatorType"], &filter["values"]), (&json!("StringIn"), &json!(["+14255550100"])));
    events(&["delete", "calls"]);
    assert_eq!(events(&["list"]), json!([]));
    for list in ["dead-letters", "deliveries"] {
        assert!(events(&[list]).is_array());
    }
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    let server = RunningServer::start();
    let data = server.data();
    let data = data.to_str().expect("text");
    for (arguments, expected) in [
        (&["delete", "nobody"][..], "nobody"),
        (&["subscribe", "--url", "http://127.0.0.1:9/", "--types", "CallEndet"], "CallEndet"),
        (&["subscribe", "--url", "ftp://example.org"], "endpoint"),
        (&["subscribe", "--url", "http://10.0.0.1/"], "10.0.0.1"),
        (&["subscribe", "--url", "http://127.0.0.1:9/", "--filter", "nonsense"], "nonsense"),
    ] {
        let output = run(&[&["events"], arguments, &["--data", data]].concat());
        let complaint = complaint(&output);
        assert!(!output.status.success() && complaint.lines().count() == 1, "{complaint}");
        let told = complaint.contains(expected) || expected == "nobody" && complaint.contains("subscription");
        assert!(told || expected == "10.0.0.1" && complaint.contains("refused"), "{complaint}");
    }
}

#[test]
fn sending_again_what_is_not_there_is_a_failure() {
    let server = RunningServer::start();
    let data = server.data();
    let output = run(&["events", "redeliver", "no-such-letter", "--data", data.to_str().expect("text")]);
    let complaint = complaint(&output);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("no-such-letter") && complaint.contains("dead-letters"), "{complaint}");
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// An endpoint that answers the validation question of Event Grid, and ends with the process.
fn agreeing_endpoint() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/events", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                }
                line.clear();
            }
            let mut body = vec![0; length];
            let _ = reader.read_exact(&mut body);
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let answer = json!({ "validationResponse": body[0]["data"]["validationCode"] }).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                answer.len()
            );
            let _ = reader.get_mut().write_all(format!("{head}{answer}").as_bytes());
        }
    });
    url
}
