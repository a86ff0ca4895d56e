//! What an operator allows.

use std::path::PathBuf;
use std::time::Duration;

use internet::AllowedNetwork;

/// What outgoing requests may do. By default they reach the public internet only.
#[derive(Clone, Debug)]
pub struct OutboundPolicy {
    /// Internal networks that may be reached all the same.
    pub allow_private: Vec<AllowedNetwork>,
    /// A PEM file of certificate authorities, trusted beside those of the system.
    pub extra_ca: Option<PathBuf>,
    /// The `User-Agent` of every request.
    pub user_agent: String,
    /// Until a connection (with TLS) stands.
    pub connect_timeout: Duration,
    /// Idle connections kept for each host.
    pub idle_per_host: usize,
    /// Bytes of answers that are held at the same time, in all; small answers do not count.
    pub answers: usize,
}

impl Default for OutboundPolicy {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            extra_ca: None,
            user_agent: concat!("Ringdown/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            idle_per_host: 64,
            answers: 256 << 20,
        }
    }
}

/// Why a gate cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file of certificate authorities cannot be read.
    #[error("read the certificate authorities in {path}")]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The user agent holds characters that a header cannot.
    #[error("send the user agent {0:?}: use printable ASCII")]
    UserAgent(String),
    /// TLS could not be set up.
    #[error("prepare TLS for outgoing requests")]
    Tls(#[source] reqwest::Error),
}
