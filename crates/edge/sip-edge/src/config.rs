//! Where and how this edge listens.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use internet::AllowedNetwork;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ResolvesServerCert, VerifierBuilderError, WebPkiClientVerifier};

use crate::listener::FarEndVerifier;
use crate::names::{Resolver, SystemResolver};
use crate::overload_limits::OverloadLimits;
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
    /// The same transports at addresses of the other family: IPv6 beside IPv4. TLS has the same certificate.
    pub second: SipAddresses,
    /// Named in Contact and Via instead of the bound address of its family, behind a NAT.
    pub advertised: Vec<IpAddr>,
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
    /// The same of session border controllers that customers have named.
    pub gateway_ping: Option<TrunkPing>,
    /// RFC 3261 §17.1.1.1, T1: how long a message and its answer are thought to take. What stays without one
    /// is given up after 64 times as long.
    pub t1: Duration,
    /// Who knows where trunks are that have a host name.
    pub resolver: Arc<dyn Resolver>,
    /// After so long it is asked again.
    pub names_fresh: Duration,
    /// Internal networks where session border controllers of customers may be.
    pub allow_private: Vec<AllowedNetwork>,
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
            second: SipAddresses::default(),
            advertised: Vec::new(),
            realm: "ringdown".to_owned(),
            digest: DigestOffer::Md5,
            strangers: false,
            session_timers: SessionTimers::default(),
            trunk_ping: None,
            gateway_ping: None,
            t1: Duration::from_millis(500),
            resolver: Arc::new(SystemResolver),
            names_fresh: Duration::from_secs(60),
            allow_private: Vec::new(),
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
    /// The same, from one source address that is no trunk's (of IPv6: from one /64).
    pub half_open_per_source: usize,
    /// The same, from one trunk.
    pub half_open_per_trunk: usize,
    /// New calls in a second; as many as come when absent.
    pub calls_per_second: Option<u32>,
    /// The same, from one source address that is no trunk's.
    pub calls_per_second_per_source: Option<u32>,
    /// Calls for help, and twice as many legs, for which there is room beyond all other limits.
    pub for_help: usize,
    /// Calls that are let in and wait to be looked at; when there are more, new ones are refused at once.
    pub backlog: usize,
    /// Messages in a second, from one source whom nobody knows, that are answered; more are passed over.
    pub unknown_per_second: u32,
    /// Wrong passwords in a minute, from one source for one phone; then even the right one is refused.
    pub guesses_per_minute: u32,
    /// TCP and TLS connections at the same time.
    pub connections: usize,
    /// The same, from one source address.
    pub connections_per_source: usize,
    /// Phones that may register for one account.
    pub bindings_per_phone: usize,
    /// How late work may be before calls are refused; however late when absent.
    pub overload: Option<OverloadLimits>,
}

impl Default for SipLimits {
    fn default() -> Self {
        Self {
            legs: 20_000,
            half_open: 4_000,
            half_open_per_source: 1_000,
            half_open_per_trunk: 2_000,
            calls_per_second: Some(5_000),
            calls_per_second_per_source: None,
            for_help: 32,
            backlog: 1_000,
            unknown_per_second: 100,
            guesses_per_minute: 10,
            connections: 10_000,
            connections_per_source: 1_000,
            bindings_per_phone: 8,
            overload: Some(OverloadLimits::default()),
        }
    }
}

/// Whether whoever connects over TLS shows a certificate, and who may have signed it.
#[derive(Clone, Debug, Default)]
pub enum ClientCertificates {
    /// They are not asked for one.
    #[default]
    NotAsked,
    /// They may show one.
    Requested(Arc<RootCertStore>),
    /// Without one there is no connection.
    Required(Arc<RootCertStore>),
}

impl ClientCertificates {
    /// Reads the authorities from a PEM file.
    pub fn authorities(path: &Path) -> Result<Arc<RootCertStore>, TlsListenError> {
        let mut authorities = RootCertStore::empty();
        for authority in read_chain(path)? {
            authorities
                .add(authority)
                .map_err(|error| TlsListenError::Certificate(path.to_owned(), error))?;
        }
        Ok(Arc::new(authorities))
    }

    fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError> {
        match self {
            Self::NotAsked => Ok(WebPkiClientVerifier::no_client_auth()),
            Self::Requested(authorities) => FarEndVerifier::build(authorities, false),
            Self::Required(authorities) => FarEndVerifier::build(authorities, true),
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
    /// Nobody is named who could have signed the certificates of others.
    #[error("ask for certificates: {0}")]
    Authorities(#[from] VerifierBuilderError),
}

impl TlsListen {
    /// Listens at `address` with a certificate chain and a key from PEM files.
    pub fn from_pem(
        address: SocketAddr,
        certificate: &Path,
        key: &Path,
        clients: &ClientCertificates,
    ) -> Result<Self, TlsListenError> {
        let (chain, private_key) = read_pair(certificate, key)?;
        let server = rustls::ServerConfig::builder()
            .with_client_cert_verifier(clients.verifier()?)
            .with_single_cert(chain, private_key)
            .map_err(|error| TlsListenError::Certificate(certificate.to_owned(), error))?;
        Ok(Self { address, server: Arc::new(server) })
    }

    /// Listens at `address` with whatever certificate is shown at the time.
    pub fn showing(
        address: SocketAddr,
        shown: Arc<dyn ResolvesServerCert>,
        clients: &ClientCertificates,
    ) -> Result<Self, TlsListenError> {
        let verifier = clients.verifier()?;
        let server =
            rustls::ServerConfig::builder().with_client_cert_verifier(verifier).with_cert_resolver(shown);
        Ok(Self { address, server: Arc::new(server) })
    }
}

/// A certificate chain and its key, from PEM files.
pub fn read_pair(
    certificate: &Path,
    key: &Path,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsListenError> {
    let private_key = PrivateKeyDer::from_pem_file(key);
    Ok((read_chain(certificate)?, private_key.map_err(|error| TlsListenError::Pem(key.to_owned(), error))?))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsListenError> {
    let unreadable = |error| TlsListenError::Pem(path.to_owned(), error);
    let certificates = CertificateDer::pem_file_iter(path).map_err(unreadable)?;
    certificates.collect::<Result<Vec<_>, _>>().map_err(unreadable)
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
