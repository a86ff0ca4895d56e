//! Where and how this edge listens.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::trunk::TrunkPing;

/// How this edge is set up. At least one of `udp`, `tcp` and `tls` is needed.
#[derive(Clone, Debug)]
pub struct SipConfig {
    /// SIP over UDP; port 0 takes any free one.
    pub udp: Option<SocketAddr>,
    /// SIP over TCP; port 0 takes the port of `udp` if it is free.
    pub tcp: Option<SocketAddr>,
    /// SIP over TLS.
    pub tls: Option<TlsListen>,
    /// Whom we trust when we open a TLS connection to a trunk; nobody when absent.
    pub tls_client: Option<Arc<rustls::ClientConfig>>,
    /// Named in Contact and Via instead of the bound address, behind a NAT.
    pub advertised: Option<IpAddr>,
    /// The realm of digest authentication.
    pub realm: String,
    /// Which digest algorithms phones are offered. With SHA-256 some phones refuse to register
    /// at all (RFC 8760 wants them to choose what they know, but they do not), so it is an option.
    pub digest: DigestOffer,
    /// Whether callers whom nobody vouches for may call in.
    pub strangers: bool,
    /// How it is noticed that a far end is gone.
    pub session_timers: SessionTimers,
    /// Whether and how trunks are asked if they are there.
    pub trunk_ping: Option<TrunkPing>,
    /// What is taken on.
    pub limits: SipLimits,
}

impl Default for SipConfig {
    fn default() -> Self {
        Self {
            udp: None,
            tcp: None,
            tls: None,
            tls_client: None,
            advertised: None,
            realm: "ringdown".to_owned(),
            digest: DigestOffer::Md5,
            strangers: false,
            session_timers: SessionTimers::default(),
            trunk_ping: None,
            limits: SipLimits::default(),
        }
    }
}

/// Session timers (RFC 4028).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimers {
    /// A session that nobody refreshes for so many seconds is over.
    pub interval_s: u32,
    /// No far end may ask for less.
    pub least_s: u32,
}

impl Default for SessionTimers {
    fn default() -> Self {
        Self { interval_s: 1800, least_s: 90 }
    }
}

/// Digest algorithms in challenges; answers with either are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestOffer {
    /// What every phone knows.
    #[default]
    Md5,
    /// SHA-256, or MD5 for phones that know no better.
    Sha256OrMd5,
}

/// What this edge takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipLimits {
    /// Legs at the same time.
    pub legs: usize,
    /// Calls that arrived and are not answered yet.
    pub half_open: usize,
    /// The same, from one source address.
    pub half_open_per_source: usize,
    /// TCP and TLS connections at the same time.
    pub connections: usize,
    /// The same, from one source address.
    pub connections_per_source: usize,
    /// Phones that may register for one account.
    pub bindings_per_phone: usize,
}

impl Default for SipLimits {
    fn default() -> Self {
        Self {
            legs: 20_000,
            half_open: 4_000,
            half_open_per_source: 1_000,
            connections: 10_000,
            connections_per_source: 1_000,
            bindings_per_phone: 8,
        }
    }
}

/// SIP over TLS: where, and with which certificate.
#[derive(Clone, Debug)]
pub struct TlsListen {
    /// Where; port 0 takes any free one.
    pub address: SocketAddr,
    /// The certificate and its key.
    pub server: Arc<rustls::ServerConfig>,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsListenError {
    /// A file is not there, or is no PEM.
    #[error("read {0} as PEM: {1}")]
    Pem(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The key does not belong to the certificate, or is of no known kind.
    #[error("use the certificate {0}: {1}")]
    Certificate(PathBuf, #[source] rustls::Error),
}

impl TlsListen {
    /// Listens at `address` with a certificate chain and a key from PEM files.
    pub fn from_pem(address: SocketAddr, certificate: &Path, key: &Path) -> Result<Self, TlsListenError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| TlsListenError::Pem(path, error)
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .map_err(unreadable(certificate))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable(certificate))?;
        let private_key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
        let server = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private_key)
            .map_err(|error| TlsListenError::Certificate(certificate.to_owned(), error))?;
        Ok(Self { address, server: Arc::new(server) })
    }
}

/// Where this edge listens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SipAddresses {
    /// SIP over UDP.
    pub udp: Option<SocketAddr>,
    /// SIP over TCP.
    pub tcp: Option<SocketAddr>,
    /// SIP over TLS.
    pub tls: Option<SocketAddr>,
}

/// Why the edge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use, or not ours.
    #[error(
        "listen on {address} ({setting}): {source}; set {setting} to another address, or to port 0 for any free port"
    )]
    Listen {
        /// The setting that names the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// No transport is configured.
    #[error("listen for SIP without an address; set at least one of sip.udp, sip.tcp and sip.tls")]
    NoTransport,
    /// The kept bindings cannot be read.
    #[error(transparent)]
    Keeper(#[from] crate::neighbor::KeeperError),
}
