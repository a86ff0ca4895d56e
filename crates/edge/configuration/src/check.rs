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
        self.check_directories()?;
        if self.demo {
            self.check_demo()?;
        }
        Ok(())
    }

    /// A secret is shown to directories.
    fn check_directories(&self) -> Result<(), ConfigurationError> {
        for tenant in &self.tenants {
            let Some(directory) = &tenant.directory else { continue };
            let addresses = [
                ("tenants.directory.endpoint", &directory.endpoint),
                ("tenants.directory.authority", &directory.authority),
            ];
            if let Some((key, address)) = addresses.into_iter().find(|(_, address)| !hides_secrets(address)) {
                let reason = format!(
                    "{address} of {} would be told a secret that others can read; use https, or an IP address of this \
                     machine or of a private network",
                    tenant.name
                );
                return Err(ConfigurationError::contradiction(key, reason));
            }
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

/// Whether what is sent there is encrypted, or stays within this network.
fn hides_secrets(address: &str) -> bool {
    let host = |rest: &str| rest.split(['/', '?', '#', '\\']).next().unwrap_or_default().to_owned();
    if let Some(rest) = address.strip_prefix("https://") {
        return !host(rest).is_empty();
    }
    let Some(host) = address.strip_prefix("http://").map(host) else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        Some(_) | None => &host,
    };
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name == "localhost" || name.parse().is_ok_and(is_private)
}

/// An address that nobody outside of this network reaches.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_where_nobody_else_reads_them() {
        for address in [
            "https://graph.microsoft.com",
            "https://login.microsoftonline.com/contoso.example",
            "http://127.0.0.1:8080/contoso.example",
            "http://[::1]:8080",
            "http://localhost:8080",
            "http://10.1.2.3",
        ] {
            assert!(hides_secrets(address), "{address}");
        }
        for address in [
            "http://graph.microsoft.com",
            "http://8.8.8.8:80",
            "http://127.0.0.1@graph.example/",
            "http://10.0.0.1.example/",
            "graph.microsoft.com",
            "https://",
            "",
        ] {
            assert!(!hides_secrets(address), "{address}");
        }
    }
}
