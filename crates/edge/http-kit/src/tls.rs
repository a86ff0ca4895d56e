//! The identity that the listener shows.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate chain with its key, ready to serve.
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
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_reader_iter(open(certificate)?).filter_map(Result::ok).collect();
        if chain.is_empty() {
            return Err(TlsError::Pem { path: certificate.to_owned(), what: "certificate" });
        }
        let private = PrivateKeyDer::from_pem_reader(open(key)?)
            .map_err(|_| TlsError::Pem { path: key.to_owned(), what: "private key" })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|source| TlsError::Mismatch { path: certificate.to_owned(), source })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config) })
    }
}

fn open(path: &Path) -> Result<BufReader<File>, TlsError> {
    let file = File::open(path).map_err(|source| TlsError::File { path: path.to_owned(), source })?;
    Ok(BufReader::new(file))
}
