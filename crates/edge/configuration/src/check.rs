//! Settings that do not go together.

use std::net::IpAddr;

use crate::error::ConfigurationError;
use crate::number_entry;
use crate::parts::Configuration;

impl Configuration {
    /// Whether all of it goes together.
    pub(crate) fn check(&self) -> Result<(), ConfigurationError> {
        if let Some(http) = self.api.http.filter(|http| !http.ip().is_loopback()) {
            let reason = format!("plain HTTP is for loopback only, and {http} is not; use 127.0.0.1 or off");
            return Err(ConfigurationError::contradiction("api.http", reason));
        }
        if let Some(metrics) = self.metrics.filter(|metrics| !is_private(metrics.ip())) {
            let reason = format!(
                "{metrics} is neither loopback nor private, and whoever reaches it may read; name such an \
                 address, or let Prometheus read /metrics of web.listen with the token in metrics-token"
            );
            return Err(ConfigurationError::contradiction("metrics.listen", reason));
        }
        if self.api.hosts.is_empty() {
            return Err(ConfigurationError::contradiction("api.hosts", "name at least one host"));
        }
        number_entry::check(&self.tenants)?;
        if self.demo {
            self.check_demo()?;
        }
        Ok(())
    }

    /// Demo mode has passwords and tolerances that must not meet a network.
    fn check_demo(&self) -> Result<(), ConfigurationError> {
        let http = [("api.listen", self.api.listen.ip()), ("web.listen", self.web.ip())];
        let metrics = self.metrics.map(|address| ("metrics.listen", address.ip()));
        let sip = self.sip.listen.iter().map(|address| ("sip.listen", address.ip()));
        let tls = self.sip.tls.iter().map(|address| ("sip.tls", address.ip()));
        let media = self.media.addresses.iter().map(|address| ("media.address", *address));
        let all = http.into_iter().chain(metrics).chain(sip).chain(tls).chain(media);
        let open = all.into_iter().find(|(_, ip)| !ip.is_loopback());
        match open {
            Some((key, _)) => {
                let reason = "demo mode binds to loopback only; use 127.0.0.1, or leave demo mode";
                Err(ConfigurationError::contradiction(key, reason))
            }
            None => Ok(()),
        }
    }
}

/// An address that nobody outside of this network reaches.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}
