//! The measuring program itself: a quick run goes through everything and loses nothing. No time is judged here.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The server beside the tests; `make test` builds it first.
fn server() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let server = test.ancestors().nth(2).expect("tests lie in <target>/<profile>/deps").join("ringdown");
    if !server.exists() {
        let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--package", "ringdown"]).status();
        assert!(built.expect("cargo runs").success(), "the server builds");
    }
    server
}

#[test]
fn a_quick_run_measures_everything_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bench.json");
    let run = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["--quick", "--server"])
        .arg(server())
        .arg("--out")
        .arg(&file)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&std::fs::read(&file).expect("a result")).expect("JSON");

    assert_eq!(report["schema"], "ringdown.bench/3");
    let rows = |name: &str| report[name].as_array().expect("rows").clone();
    for row in rows("calls") {
        assert!(row["offered"].as_u64() > Some(0), "{row}");
        assert_eq!((&row["completed"], &row["failed"]), (&row["offered"], &Value::from(0)), "{row}");
    }
    assert_eq!(report["not_measured"], Value::Array(Vec::new()), "{said}");
    for name in [
        "calls",
        "growth",
        "memory",
        "keys",
        "media",
        "joining",
        "listening",
        "reactions",
        "decisions",
        "tones",
    ] {
        assert!(!rows(name).is_empty(), "no rows for {name}");
    }
    assert!(rows("growth").iter().all(|row| row["failed"] == 0), "{}", report["growth"]);
    assert!(rows("keys").iter().all(|row| row["heard"] == row["pressed"]), "{}", report["keys"]);
    let lost = |row: &Value| row["lost_share"].as_f64().expect("a share");
    assert!(rows("media").iter().all(|row| lost(row) < 0.1), "{}", report["media"]);
    assert!(rows("listening").iter().all(|row| lost(row) < 0.1), "{}", report["listening"]);
    assert!(rows("reactions").iter().all(|row| row["followed"] == row["tried"]), "{}", report["reactions"]);
    let mut wrong = Vec::new();
    compare(&report, &schema(), "result", &mut wrong);
    assert!(wrong.is_empty(), "docs/benchmarks/schema.json says otherwise: {wrong:#?}");
}

#[test]
fn without_a_server_the_rest_is_measured_and_the_result_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bench.json");
    let run = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["--quick", "--what", "answer,keys,tones", "--server", "/nowhere/ringdown", "--out"])
        .arg(&file)
        .output()
        .expect("the program runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Value = serde_json::from_slice(&std::fs::read(&file).expect("a result")).expect("JSON");
    assert!(!report["tones"].as_array().expect("rows").is_empty());
    assert_eq!(report["not_measured"].as_array().expect("gaps").len(), 2, "{}", report["not_measured"]);
    let mut wrong = Vec::new();
    compare(&report, &schema(), "result", &mut wrong);
    assert!(wrong.is_empty(), "docs/benchmarks/schema.json says otherwise: {wrong:#?}");
}

fn schema() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks/schema.json");
    serde_json::from_slice(&std::fs::read(file).expect("a schema")).expect("JSON")
}

/// As much of JSON Schema as the schema uses.
fn compare(value: &Value, schema: &Value, place: &str, wrong: &mut Vec<String>) {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is_of = |kind: &&str| match *kind {
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("the schema names a type {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(is_of) {
        wrong.push(format!("{place} is {value}, not {kinds:?}"));
    }
    if let Some(constant) = schema.get("const").filter(|constant| *constant != value) {
        wrong.push(format!("{place} is {value}, not {constant}"));
    }
    if let Some(least) = schema["minimum"].as_f64().filter(|least| value.as_f64() < Some(*least)) {
        wrong.push(format!("{place} is {value}, below {least}"));
    }
    for item in value.as_array().into_iter().flatten() {
        compare(item, &schema["items"], &format!("{place}[]"), wrong);
    }
    let Some(members) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            wrong.push(format!("{place} has no {name}"));
        }
    }
    for (name, member) in members {
        let known = schema["properties"].get(name).or(Some(&schema["additionalProperties"]));
        match known.filter(|known| known.is_object()) {
            Some(known) => compare(member, known, &format!("{place}.{name}"), wrong),
            None => wrong.push(format!("{place} has an unknown {name}")),
        }
    }
}
