//! What is announced once everything listens.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use redact::Secret;
use sip_edge::SipEdge;
use tenant::Directory;

use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::ready::{PhoneReady, Ready, SipReady};
use crate::serve::doors::Doors;

/// The facts of `ready.json`.
pub fn ready(
    configuration: &Configuration,
    doors: &Doors,
    sip: &SipEdge,
    directory: &Directory,
    admin_token: &Secret<String>,
) -> Result<Ready, Failure> {
    let resource = directory.resources().first().ok_or_else(|| {
        Failure::Told("cannot start without a resource; name one in [[tenants]]".to_owned())
    })?;
    let key = resource.access_keys.first().map(|key| STANDARD.encode(key.expose())).unwrap_or_default();
    let numbers = directory.resources().iter().flat_map(|resource| &resource.numbers);
    let addresses = sip.addresses();
    let show = |address: Option<SocketAddr>| address.map(|address| address.to_string());
    Ok(Ready {
        endpoint: doors.origin.clone(),
        http_endpoint: doors.http.as_ref().map(|http| format!("http://localhost:{}", http.address().port())),
        web: web(configuration, doors.web.address()),
        metrics: doors.metrics.as_ref().map(|metrics| format!("http://{}/metrics", metrics.address())),
        connection_string: format!("endpoint={}/;accesskey={key}", doors.origin),
        ca_certificate: doors.certificate.authority.clone(),
        admin_token: admin_token.expose().clone(),
        sip: SipReady { udp: show(addresses.udp), tcp: show(addresses.tcp), tls: show(addresses.tls) },
        numbers: numbers.map(ToString::to_string).collect(),
        resource_id: resource.id.to_string(),
        phones: if configuration.demo { phones(directory) } else { Vec::new() },
    })
}

/// Beyond loopback it is HTTPS, under a name that the certificate carries.
fn web(configuration: &Configuration, address: SocketAddr) -> String {
    if address.ip().is_loopback() {
        return format!("http://{address}");
    }
    let host = configuration.api.hosts.first().map_or("localhost", String::as_str);
    format!("https://{host}:{}", address.port())
}

fn phones(directory: &Directory) -> Vec<PhoneReady> {
    let phones = directory.phones().iter().filter_map(|phone| {
        let resource = directory.resource(phone.resource)?;
        Some(PhoneReady {
            name: phone.name.to_string(),
            number: phone.number.as_ref().map(ToString::to_string),
            identifier: resource.user_raw_id(phone.user),
            password: phone.password.expose().to_string(),
        })
    });
    phones.collect()
}
