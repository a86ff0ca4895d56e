//! What an operator reads off the running server, and what `docs/OPERATING.md` says of it.

use std::collections::BTreeSet;

use conformance::app::{App, Mood};
use conformance::metrics::Metrics;
use conformance::patience::until_async;
use conformance::platform::Platform;
use conformance::scene::subscribed;
use conformance::sdk::root;
use conformance::signed::{Client, Signature};
use conformance::soft_phone::SoftPhone;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::shared_configuration::{NUMBER, configuration};

/// One caller may wait, and a carrier is silent.
fn limited() -> String {
    let silent = "[[tenants.trunks]]\nname = \"silent-carrier\"\nhost = \"127.0.0.9\"\nport = 9\nprefixes = [\"+1999\"]\n";
    configuration("waiting-calls-per-source = 1", silent)
}

#[tokio::test]
async fn the_numbers_tell_what_happened() {
    let platform = Platform::configured("metrics", &limited()).await;
    let app = App::start().await;
    subscribed(&platform, "all", &["subscribe", "--name", "all", "--url", &app.url("/eventgrid")]).await;
    let client = Client::new(&platform.ready);

    // One caller waits, a second from the same address is one too many, a stranger is none.
    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", NUMBER).start();
    let incoming = app.event("IncomingCall").await;
    let bob = SoftPhone::dialing(&platform, "bob", "secret-of-bob", NUMBER).start();
    until_metric(&platform, "ringdown_sip_refused_total", &["reason=\"source-limit\""], 1.0).await;
    drop(bob);
    let stranger = SoftPhone::stranger(&platform, NUMBER).start();
    until_metric(&platform, "ringdown_sip_refused_total", &["reason=\"stranger\""], 1.0).await;
    drop(stranger);

    // The application answers, and is then not there for its callback.
    app.moods("/callbacks", [Mood::Answers(503), Mood::Answers(404)]);
    let body = json!({
        "incomingCallContext": incoming.text("incomingCallContext"),
        "callbackUri": app.url("/callbacks"),
    });
    let answer = client.post("/calling/callConnections:answer", &body).send().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    until_metric(&platform, "ringdown_media_packets_received_total", &[], 50.0).await;
    let talking = Metrics::of(&platform).await;
    equals(&talking, "ringdown_calls", &[], 1.0);
    equals(&talking, "ringdown_legs", &[], 1.0);
    equals(&talking, "ringdown_media_sessions", &[], 1.0);
    equals(&talking, "ringdown_media_ports_used", &[], 1.0);
    equals(&talking, "ringdown_sip_calls_total", &["direction=\"inbound\"", "outcome=\"answered\""], 1.0);
    equals(&talking, "ringdown_incoming_call_seconds_count", &[], 1.0);
    equals(&talking, "ringdown_answer_seconds_count", &[], 1.0);
    equals(&talking, "ringdown_answer_seconds_bucket", &["le=\"1\""], 1.0);
    equals(&talking, "ringdown_http_requests_total", &["operation=\"AnswerCall\"", "status=\"200\""], 1.0);
    equals(&talking, "ringdown_ready", &[], 1.0);
    assert!(talking.sum("ringdown_media_packets_sent_total", &[]) > 0.0);
    assert!(
        talking.sum("ringdown_sip_messages_total", &["direction=\"received\"", "method=\"INVITE\""]) >= 1.0
    );
    assert!(talking.sum("ringdown_store_commit_seconds_count", &[]) >= 1.0);
    assert!(talking.sum("process_resident_memory_bytes", &[]) > 1e6);

    // The webhook failed once, is tried again, and then given up: CallConnected is lost on it.
    let callback = "kind=\"callback\"";
    until_metric(&platform, "ringdown_events_attempts_total", &[callback, "outcome=\"5xx\""], 1.0).await;
    until_metric(&platform, "ringdown_events_deliveries_total", &[callback, "outcome=\"dead\""], 1.0).await;
    until_metric(&platform, "ringdown_events_dead_letters", &[], 1.0).await;

    // A request without a signature, and a datagram that is no SIP.
    let unsigned = client.get("/calling/callConnections/x").signed(Signature::Missing).send().await;
    assert_eq!(unsigned.status, 401);
    let mut stream = tokio::net::TcpStream::connect(&platform.ready.sip.tcp).await.expect("it listens");
    stream.write_all(b"INVITE sip:x SIP/9.9\r\nContent-Length: 0\r\n\r\n").await.expect("it is sent");
    until_metric(&platform, "ringdown_sip_malformed_total", &[], 1.0).await;

    let path = format!("/calling/callConnections/{}", answer.text("callConnectionId"));
    assert_eq!(client.delete(&path).send().await.status, 204);
    until_async("the call to be over", || async {
        let page = Metrics::of(&platform).await;
        (page.sum("ringdown_calls", &[]) + page.sum("ringdown_media_ports_used", &[]) == 0.0).then_some(())
    })
    .await;
    drop(alice);
    let over = Metrics::of(&platform).await;
    equals(&over, "ringdown_http_authentication_failures_total", &["surface=\"api\""], 1.0);
    equals(&over, "ringdown_legs", &[], 0.0);
    for secret in ["+1425", "127.0.0.1", "alice", incoming.text("correlationId")] {
        assert!(!over.page.contains(secret), "{secret} is nobody's business");
    }
}

#[tokio::test]
async fn trunks_and_calls_of_phones_are_shown_to_the_operator() {
    let configuration = format!("{}\n[sip]\ntrunk-ping = 5\n", limited());
    let platform = Platform::configured("trunks", &configuration).await;
    let data = platform.data().display().to_string();
    let admin = async |path: &str| -> Value {
        let url = format!("{}/admin/v1/{path}", platform.ready.web);
        let request = reqwest::Client::new().get(url).bearer_auth(&platform.ready.admin_token);
        request.send().await.expect("it answers").json().await.expect("JSON")
    };
    let bob = SoftPhone::answering(&platform, "bob", "secret-of-bob").start();
    until_async("bob to be registered", || async {
        let phones = admin("phones?name=bob&registered=true").await;
        (phones["value"].as_array()?.len() == 1).then_some(())
    })
    .await;
    let alice = SoftPhone::dialing(&platform, "alice", "secret-of-alice", "+14255560002").start();
    let call = until_async("the call of the phones to be listed", || async {
        admin("calls").await["value"].get(0).cloned()
    })
    .await;
    assert_eq!((&call["source"], &call["callConnectionId"]), (&json!("4:+14255560001"), &Value::Null));
    drop((alice, bob));

    // Nobody answers at port 9.
    until_metric(&platform, "ringdown_trunk_up", &["trunk=\"silent-carrier\""], 1.0).await;
    let trunk = until_async("the trunk to be seen down", || async {
        admin("trunks?state=down").await["value"].get(0).cloned()
    })
    .await;
    assert_eq!(trunk["name"], "silent-carrier");
    equals(&Metrics::of(&platform).await, "ringdown_trunk_up", &["trunk=\"silent-carrier\""], 0.0);
    let said = conformance::cli::ringdown(&["status", "--data", &data]).await;
    assert!(said.output.contains("silent-carrier") && said.output.contains("DOWN since"), "{}", said.output);
}

#[tokio::test]
async fn every_metric_of_the_document_exists_and_every_metric_is_in_the_document() {
    let platform = Platform::configured("documented", &limited()).await;
    let page = Metrics::of(&platform).await.page;
    let parsed = parsed_by_prometheus(&page).await;
    let document = std::fs::read_to_string(root().join("docs/OPERATING.md")).expect("the document");
    let documented = names_in(&document);
    let exposed: BTreeSet<String> = meter::catalogue().iter().map(|metric| metric.name.to_owned()).collect();
    let missing: Vec<_> = exposed.difference(&documented).collect();
    assert!(missing.is_empty(), "docs/OPERATING.md does not explain {missing:?}");
    let invented: Vec<_> = documented.difference(&exposed).collect();
    assert!(invented.is_empty(), "docs/OPERATING.md explains what does not exist: {invented:?}");
    for metric in meter::catalogue() {
        // A trunk or an operation shows itself when something is known of it.
        let is_open = metric.labels.iter().any(|label| matches!(label.values, meter::Values::Configured));
        assert!(is_open || !parsed["families"][metric.name].is_null(), "{} is not on the page", metric.name);
    }
    for (name, family) in parsed["families"].as_object().expect("families") {
        assert!(!is_ours(name) || exposed.contains(name), "{name} is not in the table");
        assert!(family["help"].as_str().is_some_and(|help| !help.is_empty()), "{name} has no help");
    }
}

#[tokio::test]
async fn every_alert_reads_numbers_that_exist() {
    let platform = Platform::configured("alerts", &limited()).await;
    let page = Metrics::of(&platform).await.page;
    let rules = std::fs::read_to_string(root().join("docs/operating/ringdown.rules.yml")).expect("the rules");
    let document = std::fs::read_to_string(root().join("docs/OPERATING.md")).expect("the document");
    let parsed = parsed_by_prometheus(&page).await;
    let known = |name: &str| {
        let family =
            ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let is_in_table = meter::catalogue().iter().any(|metric| metric.name == family);
        // `up` is Prometheus' own, and those of the process are on the page.
        name == "up" || is_in_table || !parsed["families"][name].is_null()
    };
    let alerts = parsed["alerts"].as_array().expect("alerts");
    assert!(alerts.len() > 15 && rules.matches("- alert:").count() == alerts.len());
    for alert in alerts {
        let (name, expression) = (alert["alert"].as_str().unwrap(), alert["expr"].as_str().unwrap());
        let tree = promql_parser::parser::parse(expression).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut read = BTreeSet::new();
        metrics_of(&tree, &mut read);
        assert!(!read.is_empty(), "{name} reads nothing");
        for metric in read {
            assert!(known(&metric), "{name} reads {metric}, which nobody writes");
        }
        assert!(
            alert["annotations"]["summary"].is_string() && alert["labels"]["severity"].is_string(),
            "{name}"
        );
        assert!(document.contains(&format!("`{name}`")), "docs/OPERATING.md says nothing of {name}");
    }
}

/// What the Prometheus project's own parser, and a YAML parser, make of the page and of the rules.
async fn parsed_by_prometheus(page: &str) -> Value {
    let script = root().join("tests/conformance/python/metrics.py");
    let mut child = tokio::process::Command::new(root().join(".make/venv/bin/python"))
        .arg(script)
        .arg(root().join("docs/operating/ringdown.rules.yml"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python runs; has tests/conformance/install run?");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(page.as_bytes()).await.expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().await.expect("it ends");
    assert!(output.status.success(), "the parser refused the page");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The names of metrics that an expression reads.
fn metrics_of(tree: &promql_parser::parser::Expr, found: &mut BTreeSet<String>) {
    use promql_parser::parser::Expr;
    match tree {
        Expr::Aggregate(inner) => metrics_of(&inner.expr, found),
        Expr::Unary(inner) => metrics_of(&inner.expr, found),
        Expr::Binary(inner) => {
            metrics_of(&inner.lhs, found);
            metrics_of(&inner.rhs, found);
        }
        Expr::Paren(inner) => metrics_of(&inner.expr, found),
        Expr::Subquery(inner) => metrics_of(&inner.expr, found),
        Expr::VectorSelector(selector) => found.extend(selector.name.clone()),
        Expr::MatrixSelector(selector) => found.extend(selector.vs.name.clone()),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| metrics_of(argument, found)),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

async fn until_metric(platform: &Platform, name: &str, labels: &[&str], at_least: f64) {
    let what = format!("{name} with {labels:?} to be {at_least}");
    until_async(&what, || async {
        (Metrics::of(platform).await.sum(name, labels) >= at_least).then_some(())
    })
    .await;
}

#[track_caller]
fn equals(metrics: &Metrics, name: &str, labels: &[&str], value: f64) {
    assert_eq!(metrics.sum(name, labels), value, "{name} with {labels:?}");
}

fn is_ours(name: &str) -> bool {
    name.starts_with("ringdown_")
}

/// The metrics that a document names in its code spans.
fn names_in(document: &str) -> BTreeSet<String> {
    let spans = document.split('`').skip(1).step_by(2);
    let names = spans.filter_map(|span| span.split(['{', ' ', '[']).next());
    names.filter(|name| is_ours(name)).map(ToOwned::to_owned).collect()
}
