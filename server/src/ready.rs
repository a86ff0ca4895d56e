//! `ready.json`: how to reach the running server, for scripts and for our own commands.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sip_edge::SipAddresses;

const NAME: &str = "ready.json";

/// What a script needs to know. Contains secrets: readable by its owner only.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// HTTPS for applications.
    pub endpoint: String,
    /// Plain HTTP for applications, where enabled.
    pub http_endpoint: Option<String>,
    /// Administration.
    pub web: String,
    /// Where Prometheus reads without a token, if anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<String>,
    /// For the official SDKs.
    pub connection_string: String,
    /// The PEM file to trust.
    pub ca_certificate: PathBuf,
    /// For the administration.
    pub admin_token: String,
    /// Where phones and trunks call.
    pub sip: SipReady,
    /// Service numbers in E.164.
    pub numbers: Vec<String>,
    /// The default resource.
    pub resource_id: String,
    /// The phones of the demo, with their passwords; none otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<PhoneReady>,
}

/// Where phones and trunks call, as `host:port`: the first address of each transport, and all of them.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct SipReady {
    pub udp: Option<String>,
    pub tcp: Option<String>,
    pub tls: Option<String>,
    /// `udp 127.0.0.1:5060`, `udp [::1]:5060`: each transport at each address, IPv4 and IPv6.
    #[serde(default)]
    pub all: Vec<String>,
}

impl SipReady {
    /// The addresses of the first family, and those of the other.
    pub fn of(families: [SipAddresses; 2]) -> Self {
        let show = |address: Option<SocketAddr>| address.map(|address| address.to_string());
        let [first, _] = families;
        let all = families.into_iter().flat_map(|family| {
            let transports = [("udp", family.udp), ("tcp", family.tcp), ("tls", family.tls)];
            transports.into_iter().filter_map(|(name, address)| Some(format!("{name} {}", address?)))
        });
        Self { udp: show(first.udp), tcp: show(first.tcp), tls: show(first.tls), all: all.collect() }
    }
}

/// A phone of the demo.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct PhoneReady {
    /// Its user name.
    pub name: String,
    /// Its number in E.164.
    pub number: Option<String>,
    /// As applications address it: `8:acs:{resource}_{user}`.
    pub identifier: String,
    /// Its digest password.
    pub password: String,
}

/// Why `ready.json` cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none: nothing runs.
    #[error(
        "find a running server in {0}: there is no ready.json; start one with `ringdown serve`, or name its folder with --data"
    )]
    NotRunning(PathBuf),
    /// It cannot be read.
    #[error("read {0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    /// It was written by something else.
    #[error("understand {0}: {1}")]
    Malformed(PathBuf, #[source] serde_json::Error),
}

impl Ready {
    /// Puts it into the folder, whole or not at all.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let unfinished = folder.join("ready.json.new");
        // A leftover may have other rights than a new file gets.
        let _ = fs::remove_file(&unfinished);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(unfinished, folder.join(NAME))
    }

    /// Takes it out of the folder: nothing runs there any more.
    pub fn remove(folder: &Path) {
        // It may never have been written.
        let _ = fs::remove_file(folder.join(NAME));
    }

    /// Reads it from the folder of a running server.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let path = folder.join(NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::NotRunning(folder.to_owned()));
            }
            Err(error) => return Err(ReadError::Unreadable(path, error)),
        };
        serde_json::from_slice(&text).map_err(|error| ReadError::Malformed(path, error))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_find_what_they_need_and_nobody_else_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let ready = Ready {
            endpoint: "https://localhost:8443".into(),
            http_endpoint: None,
            web: "http://127.0.0.1:8480".into(),
            metrics: None,
            connection_string: "endpoint=https://localhost:8443/;accesskey=a2V5".into(),
            ca_certificate: "/data/ca.pem".into(),
            admin_token: "token".into(),
            sip: SipReady {
                udp: Some("127.0.0.1:5060".into()),
                tcp: Some("127.0.0.1:5060".into()),
                tls: None,
                all: vec!["udp 127.0.0.1:5060".into(), "tcp 127.0.0.1:5060".into(), "udp [::1]:5060".into()],
            },
            numbers: vec!["+14255550100".into()],
            resource_id: "id".into(),
            phones: Vec::new(),
        };
        ready.write(folder.path()).expect("it can be written");

        let path = folder.path().join("ready.json");
        assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        let text: serde_json::Value =
            serde_json::from_slice(&fs::read(&path).expect("readable")).expect("JSON");
        assert_eq!(
            text,
            json!({
                "endpoint": "https://localhost:8443",
                "httpEndpoint": null,
                "web": "http://127.0.0.1:8480",
                "connectionString": "endpoint=https://localhost:8443/;accesskey=a2V5",
                "caCertificate": "/data/ca.pem",
                "adminToken": "token",
                "sip": {
                    "udp": "127.0.0.1:5060", "tcp": "127.0.0.1:5060", "tls": null,
                    "all": ["udp 127.0.0.1:5060", "tcp 127.0.0.1:5060", "udp [::1]:5060"],
                },
                "numbers": ["+14255550100"],
                "resourceId": "id",
            })
        );
        assert_eq!(Ready::read(folder.path()).expect("it reads back"), ready);
        Ready::remove(folder.path());
        assert!(matches!(Ready::read(folder.path()), Err(ReadError::NotRunning(_))));
    }
}
