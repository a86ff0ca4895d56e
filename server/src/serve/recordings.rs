//! From the configuration to recordings, and to whoever downloads them.

use std::num::NonZeroU32;
use std::sync::Arc;

use access::SignatureRules;
use acs::grid::GridData;
use configuration::{Configuration, ConfigurationError, RecordingStorageKind};
use event_edge::{Events, GridFact};
use http_kit::Gatekeeper;
use outbound_http::OutboundHttp;
use recording_edge::{
    ChunkLimits, FileIsThere, RecordingRoutes, RecordingSettings, RecordingSurroundings, Recordings,
    StorageKind, StorageSettings,
};
use redact::Secret;
use switchboard::Board;

use crate::failure::Failure;
use crate::serve::data_folder::DataFolder;
use crate::serve::platform::{clock_of, directory_of};

/// Starts recordings: what a former process left is finished and announced.
pub async fn start(
    configuration: &Configuration,
    folder: &DataFolder,
    endpoint: &str,
    http: OutboundHttp,
    board: &Board,
    events: &Events,
) -> Result<Recordings, Failure> {
    let events = events.clone();
    let announce = move |there: FileIsThere, writes| {
        let events = events.clone();
        let data = GridData::RecordingFileStatusUpdated(there.data);
        let fact = GridFact { resource: there.resource, call: there.call, data };
        Box::pin(async move { events.publish(fact, writes).await }) as _
    };
    let around = RecordingSurroundings {
        store: folder.store().clone(),
        announce: Arc::new(announce),
        http,
        clock: clock_of(board),
    };
    if let Some(error) = Recordings::why_no_mp3() {
        tracing::warn!("recordings in the format mp3 will fail: cannot {error}");
    }
    let settings = settings(configuration, folder, endpoint)?;
    Recordings::start(settings, around).await.map_err(|error| Failure::Happened(format!("cannot {error}")))
}

fn settings(
    configuration: &Configuration,
    folder: &DataFolder,
    endpoint: &str,
) -> Result<RecordingSettings, Failure> {
    let wanted = &configuration.recording;
    let own_folder = || folder.path().join("recordings");
    let folder = wanted.folder.clone().unwrap_or_else(own_folder);
    Ok(RecordingSettings {
        chunks: ChunkLimits { length: wanted.chunk_length, bytes: wanted.chunk_bytes },
        keep: wanted.keep,
        threads: wanted.threads,
        at_once: wanted.at_once,
        bytes_per_resource: wanted.most_bytes,
        storage: storage(configuration)?,
        destinations: wanted.destinations.clone(),
        ..RecordingSettings::new(folder, origin(wanted.host.as_deref(), endpoint))
    })
}

/// What locations of files begin with: the endpoint, or another host with the endpoint's port.
fn origin(host: Option<&str>, endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    match host {
        None => endpoint.to_owned(),
        Some(host) if host.contains(':') => format!("https://{host}"),
        Some(host) => match endpoint.rsplit_once(':').map(|(_, port)| port.parse::<u16>()) {
            Some(Ok(port)) => format!("https://{host}:{port}"),
            Some(Err(_)) | None => format!("https://{host}"),
        },
    }
}

fn storage(configuration: &Configuration) -> Result<Option<StorageSettings>, Failure> {
    let Some(storage) = &configuration.recording.storage else { return Ok(None) };
    let secret = std::fs::read_to_string(&storage.secret).map_err(|error| {
        let reason = format!("cannot read {}: {error}", storage.secret.display());
        ConfigurationError::contradiction("recording.storage-secret", reason)
    })?;
    Ok(Some(StorageSettings {
        url: storage.url.clone(),
        kind: storage.kind.map(|kind| match kind {
            RecordingStorageKind::S3 => StorageKind::S3,
            RecordingStorageKind::Azure => StorageKind::AzureBlob,
        }),
        user: storage.user.clone(),
        secret: Some(Secret::new(secret.trim().to_owned())),
        region: storage.region.clone(),
    }))
}

/// The routes of downloads. Applications sign the endpoint's host though they ask another one, some without the query.
pub fn routes(
    recordings: Recordings,
    board: &Board,
    endpoint: &str,
    pace: Option<NonZeroU32>,
) -> RecordingRoutes {
    let port = endpoint.rsplit_once(':').and_then(|(_, port)| port.trim_end_matches('/').parse::<u16>().ok());
    let directory = directory_of(board)();
    let named = endpoint.trim_start_matches("https://").trim_end_matches('/').to_owned();
    let hosts = directory.resources().iter().flat_map(|resource| resource.hosts.clone());
    let hosts = hosts.map(|host| port.map_or_else(|| host.to_string(), |port| format!("{host}:{port}")));
    let rules = SignatureRules {
        endpoints: std::iter::once(named).chain(hosts).collect(),
        unsigned_query: true,
        ..SignatureRules::default()
    };
    let gatekeeper = Gatekeeper::new(directory_of(board), clock_of(board), rules);
    let gatekeeper = match pace {
        Some(pace) => gatekeeper.with_pace(pace),
        None => gatekeeper,
    };
    RecordingRoutes { recordings, gatekeeper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_name_another_host_and_keep_the_port() {
        let endpoint = "https://localhost:8443/";
        assert_eq!(origin(None, endpoint), "https://localhost:8443");
        assert_eq!(origin(Some("x.asm.skype.com"), endpoint), "https://x.asm.skype.com:8443");
        assert_eq!(origin(Some("x.asm.skype.com:443"), endpoint), "https://x.asm.skype.com:443");
        assert_eq!(origin(Some("x.asm.skype.com"), "https://calls.example.org"), "https://x.asm.skype.com");
    }
}
