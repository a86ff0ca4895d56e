//! What is announced once everything listens.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use configuration::Configuration;
use redact::Secret;
use sip_edge::SipEdge;
use tenant::Directory;

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
    let mut ready = Ready {
        endpoint: doors.origin.clone(),
        http_endpoint: doors.http.as_ref().map(|http| format!("http://localhost:{}", http.address().port())),
        web: web(configuration, doors.web.address()),
        metrics: doors.metrics.as_ref().map(|metrics| format!("http://{}/metrics", metrics.address())),
        connection_string: String::new(),
        ca_certificate: doors.certificates.authority.clone(),
        admin_token: admin_token.expose().clone(),
        sip: SipReady::of([sip.addresses(), sip.second_addresses()]),
        numbers: Vec::new(),
        resource_id: String::new(),
        phones: Vec::new(),
    };
    tell_directory(&mut ready, configuration, directory)?;
    Ok(ready)
}

/// What `ready.json` says of tenants and what is theirs.
pub fn tell_directory(
    ready: &mut Ready,
    configuration: &Configuration,
    directory: &Directory,
) -> Result<(), Failure> {
    let resource = directory
        .resources()
        .first()
        .ok_or_else(|| Failure::Told("cannot do without a resource; name one in [[tenants]]".to_owned()))?;
    let key = resource.access_keys.first().map(|key| STANDARD.encode(key.expose())).unwrap_or_default();
    let numbers = directory.resources().iter().flat_map(|resource| &resource.numbers);
    ready.connection_string = format!("endpoint={}/;accesskey={key}", ready.endpoint);
    ready.numbers = numbers.map(ToString::to_string).collect();
    ready.resource_id = resource.id.to_string();
    ready.phones = if configuration.demo { phones(directory) } else { Vec::new() };
    Ok(())
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
