//! Arrows run down: a crate uses its own floor and the floors below it.

use std::path::Path;

use crate::workspace::Workspace;

/// The floors from the ground up.
const FLOORS: [&str; 7] =
    ["crates/ground", "crates/wire", "crates/protocol", "crates/engine", "crates/edge", "server", "tests"];

/// Where I/O begins.
const EDGE: usize = 4;

pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        let Some(own) = floor(workspace, package.folder()) else { continue };
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else { continue };
            let below = floor(workspace, path).is_some_and(|floor| floor <= own);
            if !below {
                wrong.push(format!(
                    "{} ({}) depends on {}, which lies above it",
                    package.name, FLOORS[own], dependency.name
                ));
            }
        }
    }
    wrong
}

/// Whether a folder lies below the floor where I/O begins.
pub(crate) fn is_below_edge(workspace: &Workspace, folder: &Path) -> bool {
    floor(workspace, folder).is_some_and(|floor| floor < EDGE)
}

fn floor(workspace: &Workspace, folder: &Path) -> Option<usize> {
    let folder = folder.strip_prefix(&workspace.root).ok()?;
    FLOORS.iter().position(|floor| folder.starts_with(floor))
}
