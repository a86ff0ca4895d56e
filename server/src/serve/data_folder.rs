//! The folder in which everything lasts.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use store::{OpenError, Store};

use crate::failure::Failure;
use crate::ready::Ready;

/// A data folder that belongs to this process until its store closes.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    store: Store,
}

impl DataFolder {
    /// Makes the folder if it is not there (for its owner only), and takes it.
    pub async fn take(path: &Path) -> Result<Self, Failure> {
        let told = |reason: String| {
            Failure::Told(format!(
                "cannot use data = \"{}\": {reason}; name another folder with --data",
                path.display()
            ))
        };
        let absolute = make(path).map_err(|error| told(error.to_string()))?;
        let store = Store::open(&absolute).await.map_err(|error| match error {
            OpenError::InUse(_) => told("another ringdown runs on it".to_owned()),
            OpenError::File { source, .. } => told(source.to_string()),
            OpenError::Database { .. } | OpenError::Migration(_) => {
                Failure::Happened(format!("cannot {error}"))
            }
        })?;
        // A process that died has left one; whoever reads it now would be misled.
        Ready::remove(&absolute);
        Ok(Self { path: absolute, store })
    }

    /// Where it is, absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database in it.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

fn make(path: &Path) -> io::Result<PathBuf> {
    if path.exists() && !path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is a file, and a folder is needed"));
    }
    if !path.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    }
    fs::canonicalize(path)
}
