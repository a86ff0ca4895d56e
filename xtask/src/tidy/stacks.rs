//! Libraries that do I/O stay at the edge, and the SIP library in its own crates.

use crate::tidy::floors::is_below_edge;
use crate::workspace::Workspace;

/// What waits, connects, or draws randomness.
const EDGE_ONLY: [&str; 22] = [
    "arc-swap",
    "async-trait",
    "axum",
    "crossbeam-channel",
    "futures",
    "futures-util",
    "getrandom",
    "hyper",
    "hyper-util",
    "mio",
    "rand",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "tempfile",
    "tokio",
    "tokio-rustls",
    "tokio-util",
    "tower",
    "tower-http",
    "tracing-subscriber",
];

/// Whose types stop at these crates.
const OWNED: [(&str, &[&str]); 3] =
    [("rsipstack", &["sip-edge", "soft-phone"]), ("sqlx", &["store"]), ("symphonia", &["codec"])];

pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
            let name = dependency.name.as_str();
            if is_below_edge(workspace, package.folder()) && EDGE_ONLY.contains(&name) {
                wrong.push(format!("{} lies below the edge and depends on {name}", package.name));
            }
            let owner = OWNED.iter().find(|(library, _)| *library == name);
            if let Some((_, owners)) = owner
                && !owners.contains(&package.name.as_str())
            {
                wrong.push(format!("{} depends on {name}, which belongs to {owners:?}", package.name));
            }
        }
    }
    wrong
}
