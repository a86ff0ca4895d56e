//! What taps are for.

use identifier::{CallConnectionId, CorrelationId, RecordingId, ResourceId};
use media_plan::{ApplicationSocket, Purpose, Recording, RecordingFormat, Streaming};

pub fn recording(unmixed: bool) -> Purpose {
    Purpose::Record(Recording {
        id: RecordingId::from_u128(1),
        resource: ResourceId::from_u128(2),
        format: RecordingFormat::Wav,
        unmixed,
        channels: Vec::new(),
        paused: false,
        is_stopped: false,
        destination: None,
    })
}

/// Both ways.
pub fn streaming(unmixed: bool) -> Purpose {
    Purpose::Stream(Streaming {
        socket: ApplicationSocket {
            url: "ws://127.0.0.1:1".into(),
            connection: CallConnectionId::from_u128(3),
            correlation: CorrelationId::from_u128(4),
            resource: ResourceId::from_u128(2),
        },
        unmixed,
        rate_hz: 16_000,
        bidirectional: true,
        keys: true,
        loopback: false,
    })
}
