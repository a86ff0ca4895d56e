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

    assert_eq!(report["schema"], "ringdown.bench/2");
    let rows = |name: &str| report[name].as_array().expect("rows").clone();
    for row in rows("calls") {
        assert!(row["offered"].as_u64() > Some(0), "{row}");
        assert_eq!((&row["completed"], &row["failed"]), (&row["offered"], &Value::from(0)), "{row}");
    }
    for name in ["calls", "growth", "memory", "keys", "media", "joining", "tones"] {
        assert!(!rows(name).is_empty(), "no rows for {name}");
    }
    assert!(rows("growth").iter().all(|row| row["failed"] == 0), "{}", report["growth"]);
    assert!(rows("keys").iter().all(|row| row["heard"] == row["pressed"]), "{}", report["keys"]);
    let lost = |row: &Value| row["lost_share"].as_f64().expect("a share");
    assert!(rows("media").iter().all(|row| lost(row) < 0.1), "{}", report["media"]);
}
