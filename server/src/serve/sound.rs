//! From the configuration to everything that sounds.

use std::sync::Arc;
use std::time::Duration;

use clock::Now;
use identifier::CallId;
use media_edge::{MediaConfig, MediaEdge};
use media_plan::MediaRequest;
use outbound_http::{OutboundHttp, OutboundPolicy};
use sound_edge::{LibraryLimits, SoundLibrary};
use speech_edge::{Espeak, EspeakLimits};
use switchboard::{Board, MediaPort};

use crate::configuration::{Configuration, ConfigurationError};
use crate::failure::Failure;

/// A phone that sends nothing for this long has gone away without a word.
const SILENT_AFTER: Duration = Duration::from_secs(60);

/// The gate through which every request of our own leaves.
pub fn outbound(configuration: &Configuration) -> Result<OutboundHttp, Failure> {
    let policy = OutboundPolicy {
        allow_private: configuration.outgoing.allow_private.clone(),
        extra_ca: configuration.outgoing.extra_ca.clone(),
        ..OutboundPolicy::default()
    };
    OutboundHttp::new(policy).map_err(|error| {
        ConfigurationError::contradiction("outgoing.extra-ca", format!("cannot {error}")).into()
    })
}

/// Starts the media threads.
pub fn media(configuration: &Configuration, http: OutboundHttp, board: &Board) -> MediaEdge {
    let voice = Arc::new(Espeak::new("espeak-ng", EspeakLimits::default()));
    let library = SoundLibrary::new(http, voice, LibraryLimits::default());
    let media = &configuration.media;
    let config = MediaConfig {
        address: media.address,
        advertised: media.advertise,
        ports: media.ports.clone(),
        threads: media.threads,
        silent_after: SILENT_AFTER,
    };
    let (reports, clock) = (board.clone(), board.clone());
    MediaEdge::start(
        config,
        Arc::new(library),
        Arc::new(move |call, report, at: Now| reports.report_media(call, report, at)),
        Arc::new(move || clock.now()),
    )
}

/// The media edge as the switchboard sees it.
pub struct MediaDoor(pub MediaEdge);

impl MediaPort for MediaDoor {
    fn request(&self, call: CallId, request: MediaRequest) {
        self.0.request(call, request);
    }
}
