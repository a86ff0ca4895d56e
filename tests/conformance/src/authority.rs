//! An authority that signs certificates, and what a server shows.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::patience::in_time;
use crate::platform::folder;

/// An authority with a folder of its own.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, in files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Both in one file, as baresip wants it.
    pub both: PathBuf,
}

impl Authority {
    /// A new one.
    pub fn new(name: &str) -> Self {
        let folder = folder("authority");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("it signs itself");
        std::fs::write(folder.join("ca.pem"), certificate.pem()).expect("the folder can be written");
        Self { folder, issuer: Issuer::new(params, key) }
    }

    /// What is to be trusted.
    pub fn pem(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for these host names and addresses; files of this name that were there are replaced.
    pub fn issue(&self, name: &str, hosts: &[&str]) -> Identity {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).expect("host names");
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let signed = params.signed_by(&key, &self.issuer).expect("it signs");
        let path = |end: &str| self.folder.join(format!("{name}{end}"));
        let identity = Identity { certificate: path(".pem"), key: path("-key.pem"), both: path("-both.pem") };
        let write =
            |path: &Path, text: String| std::fs::write(path, text).expect("the folder can be written");
        write(&identity.key, key.serialize_pem());
        write(&identity.both, format!("{}{}", signed.pem(), key.serialize_pem()));
        write(&identity.certificate, signed.pem());
        identity
    }

    /// The certificate that a server at an address shows, which must be of this authority.
    pub async fn shown_at(&self, address: SocketAddr) -> CertificateDer<'static> {
        let mut trusted = rustls::RootCertStore::empty();
        trusted.add(CertificateDer::from_pem_file(self.pem()).expect("PEM")).expect("an authority");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let stream = TcpStream::connect(address).await.expect("the server listens");
        let greeting = TlsConnector::from(Arc::new(config)).connect(ServerName::from(address.ip()), stream);
        let stream = in_time("a TLS handshake", greeting).await.expect("the certificate is right");
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first).cloned();
        shown.expect("a server shows a certificate")
    }
}

impl Identity {
    /// The certificate itself.
    pub fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).expect("PEM")
    }

    /// The two lines of a configuration that name it.
    pub fn as_settings(&self, certificate: &str, key: &str) -> String {
        format!("{certificate} = \"{}\"\n{key} = \"{}\"\n", self.certificate.display(), self.key.display())
    }
}
