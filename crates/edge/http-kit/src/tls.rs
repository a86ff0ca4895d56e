//! The certificate that listeners show.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SignatureScheme};

/// A certificate chain with its key that listeners show. Another may take its place while they do;
/// connections that are open keep theirs.
#[derive(Debug)]
pub struct Shown(ArcSwap<CertifiedKey>);

impl Shown {
    /// Reads a certificate chain and its key, both PEM.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        read(certificate, key).map(|pair| Self(ArcSwap::from_pointee(pair)))
    }

    /// Shows what stands in these files from now on, or what it showed before if they cannot be used.
    /// Tells whether that is another certificate.
    pub fn renew(&self, certificate: &Path, key: &Path) -> Result<bool, TlsError> {
        let renewed = Arc::new(read(certificate, key)?);
        let is_other = renewed.cert != self.0.load().cert;
        self.0.store(renewed);
        Ok(is_other)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// Whoever asks us for a certificate is shown this one.
impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// What HTTPS is served with.
#[derive(Clone, Debug)]
pub struct TlsIdentity {
    pub(crate) config: Arc<ServerConfig>,
}

/// Why an identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("read {path}: it holds no {what} in PEM form")]
    Pem {
        /// Which.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
    },
    /// Certificate and key do not belong together, or are of an unknown kind.
    #[error("use the certificate {path} with its key: {source}")]
    Mismatch {
        /// The certificate.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
}

impl TlsIdentity {
    /// Reads a certificate chain and its key, both PEM.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Shown::load(certificate, key).map(|shown| Self::showing(Arc::new(shown)))
    }

    /// HTTPS with whatever is shown at the time.
    pub fn showing(shown: Arc<Shown>) -> Self {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(shown);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self { config: Arc::new(config) }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_reader_iter(open(certificate)?).filter_map(Result::ok).collect();
    if chain.is_empty() {
        return Err(TlsError::Pem { path: certificate.to_owned(), what: "certificate" });
    }
    let private = PrivateKeyDer::from_pem_reader(open(key)?)
        .map_err(|_| TlsError::Pem { path: key.to_owned(), what: "private key" })?;
    CertifiedKey::from_der(chain, private, &default_provider())
        .map_err(|source| TlsError::Mismatch { path: certificate.to_owned(), source })
}

fn open(path: &Path) -> Result<BufReader<File>, TlsError> {
    let file = File::open(path).map_err(|source| TlsError::File { path: path.to_owned(), source })?;
    Ok(BufReader::new(file))
}
