//! The workspace as cargo sees it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The packages of this workspace.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// Our own packages, without their dependencies.
    pub packages: Vec<Package>,
    /// The folder of the repository.
    #[serde(rename = "workspace_root")]
    pub root: PathBuf,
}

/// One package.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package's name.
    pub name: String,
    /// Another name in this package.
    pub rename: Option<String>,
    /// `dev`, `build`, or an ordinary one.
    pub kind: Option<String>,
    /// The folder, for our own.
    pub path: Option<PathBuf>,
}

impl Workspace {
    /// Asks cargo.
    pub fn read() -> anyhow::Result<Self> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .output()
            .context("cannot run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("cannot read the answer of cargo metadata")
    }

    /// A path as people write it in this repository.
    pub fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

impl Package {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.manifest_path.parent().expect("a manifest lies in a folder")
    }
}
