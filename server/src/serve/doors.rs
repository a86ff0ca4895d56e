//! The HTTP listeners.

use configuration::Configuration;
use http_kit::{Listener, TlsIdentity};

use crate::failure::Failure;
use crate::serve::certificate::Certificates;
use crate::serve::data_folder::DataFolder;
use crate::serve::listening::listen;

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
    /// What they show.
    pub certificates: Certificates,
    /// How the first is reached: `https://localhost:8443`.
    pub origin: String,
}

impl Doors {
    /// Binds all of them.
    pub async fn open(configuration: &Configuration, folder: &DataFolder) -> Result<Self, Failure> {
        let values = &configuration.values;
        let pace = configuration.limits.requests_per_second;
        let certificates = Certificates::load(configuration, folder)?;
        let identity = TlsIdentity::showing(certificates.server());
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
        Ok(Self { api, http, web, metrics, certificates, origin })
    }
}
