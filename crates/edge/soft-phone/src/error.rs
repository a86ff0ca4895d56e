//! Why a phone could not do what it was told.

use std::path::PathBuf;

/// Why a phone could not do what it was told. A call that is refused is no error: see the report.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The name of the server has no address.
    #[error("find the SIP server {0}")]
    UnknownServer(String),
    /// No socket.
    #[error("open a socket toward the SIP server")]
    Socket(#[source] std::io::Error),
    /// The file to be said.
    #[error("play {path}: {reason}")]
    Play {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file to be written.
    #[error("write the recording {path}: {reason}")]
    Record {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        reason: std::io::Error,
    },
    /// The authorities that vouch for a TLS server.
    #[error("read the certificate authorities in {path}; name a PEM file with --ca")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        reason: std::io::Error,
    },
    /// What was to be dialled is no address.
    #[error("call {0:?}: it is no number, user or sip: address")]
    Target(String),
    /// A header that SIP cannot carry.
    #[error("send the header {0:?}: its name or value is not allowed in SIP")]
    Header(String),
    /// The server does not take the registration.
    #[error("register at the server: it says {status} {phrase}; check name and password")]
    Refused {
        /// The SIP status.
        status: u16,
        /// Its phrase.
        phrase: String,
    },
    /// Nobody answers there.
    #[error("reach the SIP server {server}: {reason}")]
    Unreachable {
        /// The server.
        server: String,
        /// What happened.
        reason: String,
    },
}
