//! From the configuration to everything that sounds.

use std::sync::Arc;
use std::time::Duration;

use clock::Now;
use configuration::{Configuration, ConfigurationError};
use identifier::CallId;
use media_edge::{MediaAddress, MediaConfig, MediaEdge, TapKeeper};
use media_plan::MediaRequest;
use outbound_http::{OutboundHttp, OutboundPolicy};
use sound_edge::{LibraryLimits, SoundLibrary};
use speech_edge::{Espeak, EspeakLimits, SpeechServices};
use switchboard::{Board, MediaPort};

use crate::failure::Failure;
use crate::serve::own_sounds::OwnSounds;

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

/// The embedded voice.
pub fn voice() -> Espeak {
    Espeak::new("espeak-ng", EspeakLimits::default())
}

/// What is wrong with the voice, for a person; better read at the start than heard in the first call.
pub async fn why_mute(voice: &Espeak) -> Option<String> {
    let error = voice.check().await.err()?;
    Some(format!("prompts of text and SSML will fail: cannot {error}"))
}

/// Starts the media threads.
pub fn media(
    configuration: &Configuration,
    http: OutboundHttp,
    voices: SpeechServices,
    taps: Arc<dyn TapKeeper>,
    own: OwnSounds,
    board: &Board,
) -> MediaEdge {
    let library = SoundLibrary::new(http, Arc::new(voices), LibraryLimits::default());
    let media = &configuration.media;
    let mut addresses = media.addresses.iter().map(|bound| MediaAddress {
        bound: *bound,
        advertised: media.advertise.iter().copied().find(|other| other.is_ipv4() == bound.is_ipv4()),
    });
    let first = addresses.next().expect("a configuration names an address");
    let config = MediaConfig {
        address: first.bound,
        advertised: first.advertised,
        second: addresses.next(),
        ports: media.ports.clone(),
        codecs: media.codecs.clone(),
        threads: media.threads,
        silent_after: SILENT_AFTER,
    };
    let (reports, clock) = (board.clone(), board.clone());
    MediaEdge::start(
        config,
        own.beside(library),
        taps,
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
