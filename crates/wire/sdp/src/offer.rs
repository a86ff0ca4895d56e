//! Our offer, and what came back for it.

use std::fmt::Write;
use std::net::IpAddr;

use crate::capabilities::{Capabilities, Negotiated, Origin};
use crate::codec::{COMFORT_NOISE, Codec};
use crate::crypto::{self, OwnKey};
use crate::description::{Description, Mismatch, ParseError};
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
    /// It is not encrypted, or not as we offered.
    #[error("accept an answer whose sound is not encrypted under one of the offered suites")]
    NotEncrypted,
}

/// The description that offers all of `capabilities` in one audio stream.
pub fn offer(capabilities: &Capabilities, origin: Origin) -> String {
    let mut text = session(capabilities, origin);
    let numbers = &capabilities.payload_types;
    let codecs: Vec<(u8, Codec)> =
        capabilities.codecs.iter().map(|codec| (numbers.of(*codec), *codec)).collect();
    // RFC 4733 §2.1: at the rate of each codec that may be chosen.
    let rates_hz = [8_000, 48_000].into_iter().filter(|rate_hz| {
        capabilities.telephone_event && codecs.iter().any(|(_, codec)| codec.clock_rate_hz() == *rate_hz)
    });
    let formats = Formats {
        codecs: &codecs,
        comfort_noise: capabilities.comfort_noise
            && codecs.iter().any(|(_, codec)| codec.clock_rate_hz() == 8_000),
        telephone_events: &rates_hz
            .map(|rate_hz| (numbers.of_telephone_event(rate_hz), rate_hz))
            .collect::<Vec<_>>(),
    };
    let keys: Vec<_> = (1..).zip(capabilities.encryption.own_keys()).collect();
    let protocol = if capabilities.encryption.is_required() { "RTP/SAVP" } else { "RTP/AVP" };
    audio(&mut text, capabilities.address.port(), protocol, &formats, &keys, capabilities.direction);
    text
}

/// Reads the answer to `our_offer`.
pub fn accept(our_offer: &Capabilities, answer: impl AsRef<[u8]>) -> Result<Negotiated, AcceptError> {
    let description = Description::parse(answer.as_ref())?;
    // RFC 3264 §6: the answer's streams stand in the order of the offer's, and we offered one.
    let stream = description.streams.first().ok_or(AcceptError::NothingInCommon)?;
    let choice = stream.audio_choice(our_offer).map_err(|mismatch| match mismatch {
        Mismatch::Audio => AcceptError::NothingInCommon,
        Mismatch::Plain | Mismatch::Encrypted => AcceptError::NotEncrypted,
    })?;
    // RFC 4568 §7.1.3: the answer says which of our keys it means.
    if let Some((tag, keys)) = &choice.keys {
        let offered = (1..).zip(our_offer.encryption.own_keys()).find(|(offered, _)| offered == tag);
        if offered.is_none_or(|(_, offered)| *offered != keys.own) {
            return Err(AcceptError::NotEncrypted);
        }
    }
    let numbers = &our_offer.payload_types;
    Ok(Negotiated {
        remote: choice.remote,
        codec: choice.codec,
        payload_type: choice.payload_type,
        own_payload_type: numbers.of(choice.codec),
        also: choice.also.map(|codec| codec.map(|codec| (numbers.of(codec), codec))),
        telephone_event: choice.telephone_event,
        own_telephone_event: choice
            .telephone_event
            .map(|_| numbers.of_telephone_event(choice.telephone_event_rate_hz)),
        telephone_event_rate_hz: choice.telephone_event_rate_hz,
        comfort_noise: choice.comfort_noise,
        opus: choice.opus,
        keys: choice.keys.map(|(_, keys)| keys),
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

/// What stands on a media line.
pub(crate) struct Formats<'a> {
    pub codecs: &'a [(u8, Codec)],
    pub comfort_noise: bool,
    /// Payload types and rates.
    pub telephone_events: &'a [(u8, u32)],
}

/// One audio stream.
pub(crate) fn audio(
    text: &mut String,
    port: u16,
    protocol: &str,
    formats: &Formats<'_>,
    keys: &[(u32, &OwnKey)],
    direction: Direction,
) {
    let Formats { codecs, comfort_noise, telephone_events } = formats;
    let comfort_noise = comfort_noise.then_some(COMFORT_NOISE);
    let _ = write!(text, "m=audio {port} {protocol}");
    let codec_numbers = codecs.iter().map(|(payload_type, _)| *payload_type);
    let event_numbers = telephone_events.iter().map(|(payload_type, _)| *payload_type);
    for payload_type in codec_numbers.chain(comfort_noise).chain(event_numbers) {
        let _ = write!(text, " {payload_type}");
    }
    text.push_str("\r\n");
    for (payload_type, codec) in *codecs {
        let _ = write!(text, "a=rtpmap:{payload_type} {}\r\n", codec.encoding());
        if let Some(parameters) = codec.parameters() {
            let _ = write!(text, "a=fmtp:{payload_type} {parameters}\r\n");
        }
    }
    if let Some(payload_type) = comfort_noise {
        let _ = write!(text, "a=rtpmap:{payload_type} CN/8000\r\n");
    }
    for (event, rate_hz) in *telephone_events {
        let _ = write!(text, "a=rtpmap:{event} telephone-event/{rate_hz}\r\na=fmtp:{event} 0-15\r\n");
    }
    for (tag, key) in keys {
        text.push_str(&crypto::line(*tag, key));
    }
    let _ = write!(text, "a=ptime:20\r\na={}\r\n", direction.attribute());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities() -> Capabilities {
        Capabilities {
            codecs: vec![Codec::Opus, Codec::G722, Codec::Pcma],
            comfort_noise: true,
            ..Capabilities::all("192.0.2.9:6000".parse().unwrap())
        }
    }

    #[test]
    fn an_offer_names_codecs_in_our_order_and_keys_at_each_clock_rate() {
        let text = offer(&capabilities(), Origin::new(7)).replace("\r\n", "\n");
        expect_test::expect![[r#"
            v=0
            o=- 7 1 IN IP4 192.0.2.9
            s=-
            c=IN IP4 192.0.2.9
            t=0 0
            m=audio 6000 RTP/AVP 111 9 8 13 101 110
            a=rtpmap:111 opus/48000/2
            a=fmtp:111 useinbandfec=1;maxplaybackrate=16000;sprop-maxcapturerate=16000
            a=rtpmap:9 G722/8000
            a=rtpmap:8 PCMA/8000
            a=rtpmap:13 CN/8000
            a=rtpmap:101 telephone-event/8000
            a=fmtp:101 0-15
            a=rtpmap:110 telephone-event/48000
            a=fmtp:110 0-15
            a=ptime:20
            a=sendrecv
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn an_answer_with_several_codecs_means_the_first_and_allows_the_others() {
        let answer = "v=0\nc=IN IP4 192.0.2.1\nm=audio 4000 RTP/AVP 0 96 8 9 97\na=rtpmap:96 opus/48000/2\na=rtpmap:97 telephone-event/48000\n";
        let agreed = accept(&capabilities(), answer).unwrap();
        // PCMU was not offered.
        assert_eq!((agreed.codec, agreed.payload_type, agreed.own_payload_type), (Codec::Opus, 96, 111));
        assert_eq!(agreed.also, [Some((8, Codec::Pcma)), Some((9, Codec::G722)), None]);
        let events = (agreed.telephone_event, agreed.own_telephone_event, agreed.telephone_event_rate_hz);
        assert_eq!(events, (Some(97), Some(110), 48_000));
    }
}
