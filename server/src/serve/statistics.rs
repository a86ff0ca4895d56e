//! What the operator's statistics need of this process.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meter::Exposition;
use redact::Secret;
use sip_edge::SipEdge;

use crate::failure::Failure;

/// The file in the data folder from which Prometheus may take its token.
const TOKEN_NAME: &str = "metrics-token";
/// How often what histograms were given is sorted into their buckets.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Begins to collect.
pub fn begin() -> Result<Exposition, Failure> {
    let exposition = Exposition::install().map_err(|error| Failure::Happened(format!("cannot {error}")))?;
    meter::BUILD.set([env!("CARGO_PKG_VERSION")], 1.0);
    Ok(exposition)
}

/// Keeps what was counted small, also when nobody reads it.
pub async fn keep_tidy(exposition: Exposition) {
    loop {
        tokio::time::sleep(TIDY_EVERY).await;
        exposition.tidy();
    }
}

/// Leaves the token for `/metrics` in the data folder, for its owner only.
pub fn write_token(folder: &Path, token: &Secret<String>) -> Result<(), Failure> {
    let path = folder.join(TOKEN_NAME);
    write_private(&path, token.expose())
        .map_err(|error| Failure::Happened(format!("cannot write {}: {error}", path.display())))
}

/// What is looked up when somebody reads the numbers.
pub fn measure(sip: &SipEdge) -> Arc<dyn Fn() + Send + Sync> {
    let sip = sip.clone();
    Arc::new(move || sip.measure())
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    // Whole or not at all, and a leftover may have other rights than a new file gets.
    let unfinished = path.with_extension("new");
    let _ = fs::remove_file(&unfinished);
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, path)
}
