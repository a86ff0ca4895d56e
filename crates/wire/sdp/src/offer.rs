//! Our offer, and what came back for it.

use std::fmt::Write;
use std::net::IpAddr;

use crate::capabilities::{Capabilities, Codec, Negotiated, Origin};
use crate::description::{Description, ParseError};
use crate::direction::Direction;

/// Why an answer to our offer is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// It is no session description.
    #[error(transparent)]
    Unreadable(#[from] ParseError),
    /// The far end rejected the stream, or chose nothing that we offered.
    #[error("accept an answer that takes none of the offered codecs")]
    NothingInCommon,
}

/// The description that offers all of `capabilities` in one audio stream.
pub fn offer(capabilities: &Capabilities, origin: Origin) -> String {
    let mut text = session(capabilities, origin);
    let codecs: Vec<(u8, Codec)> =
        capabilities.codecs.iter().map(|codec| (codec.payload_type(), *codec)).collect();
    let port = capabilities.address.port();
    audio(&mut text, port, "RTP/AVP", &codecs, capabilities.telephone_event, capabilities.direction);
    text
}

/// Reads the answer to `our_offer`.
pub fn accept(our_offer: &Capabilities, answer: impl AsRef<[u8]>) -> Result<Negotiated, AcceptError> {
    let description = Description::parse(answer.as_ref())?;
    // RFC 3264 §6: the answer's streams stand in the order of the offer's, and we offered one.
    let stream = description.streams.first().ok_or(AcceptError::NothingInCommon)?;
    let choice = stream.audio_choice(our_offer).ok_or(AcceptError::NothingInCommon)?;
    Ok(Negotiated {
        remote: choice.remote,
        codec: choice.codec,
        payload_type: choice.payload_type,
        telephone_event: choice.telephone_event,
        own_telephone_event: choice.telephone_event.and(our_offer.telephone_event),
        direction: choice.direction.reversed().within(our_offer.direction),
        held: !choice.direction.receives(),
    })
}

/// The lines before the first stream.
pub(crate) fn session(capabilities: &Capabilities, origin: Origin) -> String {
    let address = capabilities.address.ip();
    let kind = match address {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    };
    let Origin { session, version } = origin;
    format!("v=0\r\no=- {session} {version} IN {kind} {address}\r\ns=-\r\nc=IN {kind} {address}\r\nt=0 0\r\n")
}

/// One audio stream.
pub(crate) fn audio(
    text: &mut String,
    port: u16,
    protocol: &str,
    codecs: &[(u8, Codec)],
    telephone_event: Option<u8>,
    direction: Direction,
) {
    let _ = write!(text, "m=audio {port} {protocol}");
    for payload_type in codecs.iter().map(|(payload_type, _)| *payload_type).chain(telephone_event) {
        let _ = write!(text, " {payload_type}");
    }
    text.push_str("\r\n");
    for (payload_type, codec) in codecs {
        let _ = write!(text, "a=rtpmap:{payload_type} {}/8000\r\n", codec.name());
    }
    if let Some(event) = telephone_event {
        let _ = write!(text, "a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n");
    }
    let _ = write!(text, "a=ptime:20\r\na={}\r\n", direction.attribute());
}
