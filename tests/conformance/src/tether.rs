//! Programs that end with the tests, however the tests end.

use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Runs a program until our end of its pipe closes, which also happens when we are killed.
#[derive(Debug)]
pub struct Tethered {
    _shell: Child,
    _rope: Option<ChildStdin>,
}

// The background process of a shell has no standard input, hence the copy in descriptor 3.
const TETHER: &str = r#"
    exec 3<&0
    "$@" &
    program=$!
    { cat <&3 >/dev/null; kill -TERM $program; sleep 3; kill -KILL $program; } 2>/dev/null &
    wait $program
"#;

impl Tethered {
    /// Starts it; what it prints goes to `log`.
    pub fn start(program: &Path, arguments: &[String], log: &Path) -> std::io::Result<Self> {
        let log = std::fs::File::create(log)?;
        let mut shell = Command::new("sh")
            .args(["-c", TETHER, "tether"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let rope = shell.stdin.take();
        Ok(Self { _shell: shell, _rope: rope })
    }
}
