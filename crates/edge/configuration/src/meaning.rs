//! Settings as the values that they mean; a bad one is named with who said it and what would be right.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use outbound_http::AllowedNetwork;

use crate::address::parse_listen;
use crate::error::ConfigurationError;
use crate::layers::Values;
use crate::parts::Reach;

impl Values {
    pub(crate) fn checked<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigurationError> {
        let value = self.get(key);
        read(value.text.trim()).ok_or_else(|| ConfigurationError::BadValue {
            key,
            value: value.text.clone(),
            origin: value.source.clone(),
            expected,
        })
    }

    pub(crate) fn parsed<T: FromStr>(
        &self,
        key: &'static str,
        expected: &'static str,
    ) -> Result<T, ConfigurationError> {
        self.checked(key, expected, |text| text.parse().ok())
    }

    pub(crate) fn text(&self, key: &'static str, expected: &'static str) -> Result<&str, ConfigurationError> {
        self.checked(key, expected, |text| (!text.is_empty()).then_some(()))?;
        Ok(self.get(key).text.trim())
    }

    pub(crate) fn optional(&self, key: &'static str) -> Option<&str> {
        Some(self.get(key).text.trim()).filter(|text| !text.is_empty())
    }

    pub(crate) fn address(&self, key: &'static str) -> Result<SocketAddr, ConfigurationError> {
        self.checked(key, "an address such as 127.0.0.1:8443; port 0 takes any free one", parse_listen)
    }

    pub(crate) fn optional_address(
        &self,
        key: &'static str,
    ) -> Result<Option<SocketAddr>, ConfigurationError> {
        self.checked(key, "off, or an address such as 127.0.0.1:8080; port 0 takes any free one", |text| {
            match text {
                "" | "off" => Some(None),
                address => parse_listen(address).map(Some),
            }
        })
    }

    pub(crate) fn addresses(&self, key: &'static str) -> Result<Vec<SocketAddr>, ConfigurationError> {
        let expected = "an address such as 127.0.0.1:5060, or one of IPv4 and one of IPv6 with a comma";
        self.checked(key, expected, |text| one_of_each_family(text, parse_listen, SocketAddr::is_ipv4))
    }

    pub(crate) fn optional_addresses(
        &self,
        key: &'static str,
    ) -> Result<Vec<SocketAddr>, ConfigurationError> {
        if matches!(self.get(key).text.trim(), "" | "off") { Ok(Vec::new()) } else { self.addresses(key) }
    }

    pub(crate) fn ips(&self, key: &'static str) -> Result<Vec<IpAddr>, ConfigurationError> {
        if self.optional(key).is_none() {
            return Ok(Vec::new());
        }
        let expected = "an IP address, or one of IPv4 and one of IPv6 with a comma";
        self.checked(key, expected, |text| {
            one_of_each_family(text, |text| text.parse().ok(), IpAddr::is_ipv4)
        })
    }

    /// A certificate and its key: both or none.
    pub(crate) fn pair(
        &self,
        certificate: &'static str,
        key: &'static str,
    ) -> Result<Option<(PathBuf, PathBuf)>, ConfigurationError> {
        match (self.optional(certificate), self.optional(key)) {
            (Some(certificate), Some(key)) => Ok(Some((PathBuf::from(certificate), PathBuf::from(key)))),
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(ConfigurationError::contradiction(certificate, format!("name its key with {key}")))
            }
            (None, Some(_)) => Err(ConfigurationError::contradiction(
                key,
                format!("name its certificate with {certificate}"),
            )),
        }
    }

    pub(crate) fn networks(&self, key: &'static str) -> Result<Vec<AllowedNetwork>, ConfigurationError> {
        self.checked(key, "loopback, addresses, or ranges such as 10.1.0.0/16", |text| {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            names.map(|name| name.parse().ok()).collect()
        })
    }

    pub(crate) fn reach(&self, key: &'static str) -> Result<Reach, ConfigurationError> {
        self.checked(key, "refuse, loopback or allow", |text| match text {
            "refuse" | "false" => Some(Reach::Refuse),
            "loopback" => Some(Reach::Loopback),
            "allow" | "true" => Some(Reach::Allow),
            _ => None,
        })
    }
}

/// One, or two of different families.
fn one_of_each_family<T>(
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    is_ipv4: impl Fn(&T) -> bool,
) -> Option<Vec<T>> {
    let read: Option<Vec<T>> = text.split(',').map(|one| read(one.trim())).collect();
    read.filter(|all| match &all[..] {
        [_] => true,
        [first, second] => is_ipv4(first) != is_ipv4(second),
        _ => false,
    })
}
