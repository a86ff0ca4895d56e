//! Sockets that are listened on, and what to say when one cannot be had.

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU32;

use configuration::{Setting, Values};
use http_kit::{ConnectionLimits, Listener, TlsIdentity};

use crate::failure::Failure;

/// Binds an HTTP listener for the setting `key`, on which one address may ask so often in a second.
pub async fn listen(
    values: &Values,
    key: &'static str,
    address: SocketAddr,
    tls: Option<TlsIdentity>,
    requests_per_second: Option<NonZeroU32>,
) -> Result<Listener, Failure> {
    let limits = ConnectionLimits { requests_per_second, ..ConnectionLimits::default() };
    let bound = Listener::bind(address, tls, limits).await;
    bound.map_err(|error| cannot_listen(values, key, address, &error.source))
}

/// One line that names the setting, who said it, and the way out.
pub fn cannot_listen(
    values: &Values,
    key: &'static str,
    address: SocketAddr,
    reason: &dyn Display,
) -> Failure {
    let way_out = match Setting::named(key).and_then(|setting| setting.flag) {
        Some(flag) => format!("name another address with {flag}"),
        None => format!("set {key} to another address"),
    };
    Failure::Told(format!(
        "cannot listen on {key} = \"{address}\" ({}): {reason}; {way_out}, or take port 0 for any free one",
        values.get(key).source
    ))
}
