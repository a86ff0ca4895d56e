//! Certificates that far ends show when they connect.
//!
//! Session border controllers have one certificate for both directions, and public authorities issue it for servers
//! only (contract: Teams Phone §6.1). RFC 5922 §7 asks whose it is, not what else it may do.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientCertVerifierBuilder, VerifierBuilderError};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};
use webpki::{EndEntityCert, KeyUsage};

/// Takes certificates of clients, and those of servers, that an authority of the operator's has signed.
#[derive(Debug)]
pub(crate) struct FarEndVerifier {
    inner: Arc<dyn ClientCertVerifier>,
    authorities: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl FarEndVerifier {
    /// Of certificates that `authorities` have signed; without one there is no connection if it `is_required`.
    pub fn build(
        authorities: &Arc<RootCertStore>,
        is_required: bool,
    ) -> Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::clone(authorities), provider);
        let builder: ClientCertVerifierBuilder =
            if is_required { builder } else { builder.allow_unauthenticated() };
        let inner = builder.build()?;
        Ok(Arc::new(Self { inner, authorities: Arc::clone(authorities), algorithms }))
    }

    fn verify_as_server(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), webpki::Error> {
        let certificate = EndEntityCert::try_from(certificate)?;
        let (algorithms, roots) = (self.algorithms.all, &self.authorities.roots);
        let usage = KeyUsage::server_auth();
        certificate.verify_for_usage(algorithms, roots, intermediates, now, usage, None, None)?;
        Ok(())
    }
}

impl ClientCertVerifier for FarEndVerifier {
    fn offer_client_auth(&self) -> bool {
        self.inner.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.inner.client_auth_mandatory()
    }

    /// All public authorities do not fit into what some session border controllers read; who has one
    /// certificate needs no hint.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.inner.verify_client_cert(certificate, intermediates, now) {
            Err(Error::InvalidCertificate(
                refused @ (CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. }),
            )) => match self.verify_as_server(certificate, intermediates, now) {
                Ok(()) => Ok(ClientCertVerified::assertion()),
                Err(_) => Err(Error::InvalidCertificate(refused)),
            },
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
