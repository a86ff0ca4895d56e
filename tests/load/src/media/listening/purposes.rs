//! What taps are for.

use std::net::SocketAddr;

use clap::ValueEnum;
use identifier::{CallConnectionId, CommunicationIdentifier, CorrelationId, RecordingId, ResourceId};
use media_plan::{
    ApplicationSocket, Listening, Purpose, Recording, RecordingFormat, Streaming, Transcription,
};

/// Who listens to each call.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Nobody.
    Bridged,
    /// Somebody who keeps nothing.
    Forgotten,
    /// A file.
    Recorded,
    /// A file, and ears that understand nothing.
    RecordedAndTranscribed,
    /// An application's socket.
    StreamedMixed,
    /// The same, a message for each who speaks.
    StreamedApart,
    /// An application that says what it hears.
    StreamedBothWays,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::Bridged,
        Self::Forgotten,
        Self::Recorded,
        Self::RecordedAndTranscribed,
        Self::StreamedMixed,
        Self::StreamedApart,
        Self::StreamedBothWays,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bridged => "bridged, G.711, nobody listens",
            Self::Forgotten => "heard mixed by somebody who keeps nothing",
            Self::Recorded => "recorded, mixed WAV",
            Self::RecordedAndTranscribed => "recorded, and transcribed to nothing",
            Self::StreamedMixed => "streamed, mixed, 16 kHz",
            Self::StreamedApart => "streamed, each speaker apart, 24 kHz",
            Self::StreamedBothWays => "streamed both ways, mixed, 16 kHz",
        }
    }

    /// What it may cost beside bridged legs.
    pub(super) fn goal(self) -> Option<f64> {
        (self == Self::RecordedAndTranscribed).then_some(1.5)
    }

    pub(super) fn is_forgotten(self) -> bool {
        self == Self::Forgotten
    }

    /// Of the taps of the call with this number.
    pub(super) fn purposes(self, call: usize, application: SocketAddr) -> Vec<Purpose> {
        match self {
            Self::Bridged => Vec::new(),
            Self::Forgotten | Self::Recorded => vec![recording(call)],
            Self::RecordedAndTranscribed => vec![recording(call), transcription(application)],
            Self::StreamedMixed => vec![streaming(application, false, 16_000, false)],
            Self::StreamedApart => vec![streaming(application, true, 24_000, false)],
            Self::StreamedBothWays => vec![streaming(application, false, 16_000, true)],
        }
    }
}

/// Whoever speaks.
pub(super) fn somebody() -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id("4:+14255550100")
}

/// Sound for an application, and perhaps from it.
pub(super) fn streaming(
    application: SocketAddr,
    unmixed: bool,
    rate_hz: u32,
    bidirectional: bool,
) -> Purpose {
    Purpose::Stream(Streaming {
        socket: socket(application),
        unmixed,
        rate_hz,
        bidirectional,
        keys: false,
        loopback: false,
    })
}

fn recording(call: usize) -> Purpose {
    Purpose::Record(Recording {
        id: RecordingId::from_u128(call as u128 + 1),
        resource: ResourceId::from_u128(2),
        format: RecordingFormat::Wav,
        unmixed: false,
        channels: Vec::new(),
        paused: false,
        is_stopped: false,
        destination: None,
    })
}

fn transcription(application: SocketAddr) -> Purpose {
    Purpose::Transcribe(Transcription {
        socket: socket(application),
        listening: Listening { languages: vec!["en-US".into()], ..Listening::default() },
        intermediate: false,
        redacted: false,
        paused: false,
        summary: None,
    })
}

fn socket(application: SocketAddr) -> ApplicationSocket {
    ApplicationSocket {
        url: format!("ws://{application}/").into(),
        connection: CallConnectionId::from_u128(3),
        correlation: CorrelationId::from_u128(4),
        resource: ResourceId::from_u128(2),
    }
}
