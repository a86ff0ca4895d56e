//! The HTTP listeners and the certificate they show.

use std::path::PathBuf;

use http_kit::{Listener, TlsIdentity, dev_ca};

use crate::configuration::{Configuration, ConfigurationError};
use crate::failure::Failure;
use crate::serve::data_folder::DataFolder;
use crate::serve::listening::listen;

/// The certificate of this server.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What clients trust.
    pub authority: PathBuf,
    /// The chain.
    pub chain: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Bound, but not served yet.
pub struct Doors {
    /// HTTPS for applications.
    pub api: Listener,
    /// Plain HTTP for applications.
    pub http: Option<Listener>,
    /// Administration.
    pub web: Listener,
    /// Numbers for Prometheus.
    pub metrics: Option<Listener>,
    /// The certificate of the first.
    pub certificate: Certificate,
    /// How the first is reached: `https://localhost:8443`.
    pub origin: String,
}

impl Doors {
    /// Binds all of them.
    pub async fn open(configuration: &Configuration, folder: &DataFolder) -> Result<Self, Failure> {
        let values = &configuration.values;
        let pace = configuration.limits.requests_per_second;
        let (certificate, identity) = certificate(configuration, folder)?;
        let api =
            listen(values, "api.listen", configuration.api.listen, Some(identity.clone()), pace).await?;
        let http = match configuration.api.http {
            Some(address) => Some(listen(values, "api.http", address, None, pace).await?),
            None => None,
        };
        // Beyond loopback the admin token must not travel in the clear.
        let web_identity = (!configuration.web.ip().is_loopback()).then_some(identity);
        let web = listen(values, "web.listen", configuration.web, web_identity, pace).await?;
        let metrics = match configuration.metrics {
            Some(address) => Some(listen(values, "metrics.listen", address, None, pace).await?),
            None => None,
        };
        let host = configuration.api.hosts.first().map_or("localhost", String::as_str);
        let origin = format!("https://{host}:{}", api.address().port());
        Ok(Self { api, http, web, metrics, certificate, origin })
    }
}

fn certificate(
    configuration: &Configuration,
    folder: &DataFolder,
) -> Result<(Certificate, TlsIdentity), Failure> {
    let certificate = match &configuration.api.certificate {
        Some((chain, key)) => {
            Certificate { authority: chain.clone(), chain: chain.clone(), key: key.clone() }
        }
        None => {
            let made = dev_ca::ensure(&folder.path().join("tls"), &configuration.api.hosts)
                .map_err(|error| Failure::Happened(format!("cannot {error}")))?;
            Certificate { authority: made.ca_pem_path, chain: made.cert_path, key: made.key_path }
        }
    };
    let identity = TlsIdentity::load(&certificate.chain, &certificate.key)
        .map_err(|error| ConfigurationError::contradiction("api.certificate", format!("cannot {error}")))?;
    Ok((certificate, identity))
}
