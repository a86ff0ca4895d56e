//! The lines of a session description that matter to a telephone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::capabilities::Capabilities;
use crate::codec::{COMFORT_NOISE, Codec, MOST_CODECS, OpusReceiver, PayloadTypes};
use crate::crypto::{CryptoLine, Keys};
use crate::direction::Direction;

/// More than any telephone says.
const MAX_BYTES: usize = 16 * 1024;
const MAX_STREAMS: usize = 16;
const MAX_FORMATS: usize = 64;
const MAX_MAPPINGS: usize = 128;
/// Keys after these are passed over.
const MAX_KEYS: usize = 16;

/// Why bytes are no session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More than 16 KiB.
    #[error("read a session description of more than {MAX_BYTES} bytes")]
    TooLong,
    /// It begins otherwise.
    #[error("read a session description without a v=0 line at its top")]
    NoVersion,
    /// A stream's line is broken.
    #[error("read a media line that is not <media> <port> <protocol> <formats>")]
    MediaLine,
    /// A connection line is broken, or names a host: addresses are not looked up.
    #[error("read a connection line that is not IN IP4 or IP6 and an address")]
    Connection,
    /// Too many streams, formats or mappings.
    #[error("read a session description of more than {MAX_STREAMS} streams or {MAX_FORMATS} formats")]
    TooMany,
}

/// What the far end says of a session.
pub(crate) struct Description {
    pub streams: Vec<Stream>,
}

/// One `m=` line and what belongs to it.
pub(crate) struct Stream {
    pub media: String,
    pub port: u16,
    pub protocol: String,
    pub formats: Vec<String>,
    connection: Option<IpAddr>,
    direction: Direction,
    mappings: Vec<Mapping>,
    parameters: Vec<Parameters>,
    keys: Vec<CryptoLine>,
}

/// `a=rtpmap`.
struct Mapping {
    payload_type: u8,
    encoding: String,
    clock_rate: u32,
    channels: u8,
}

/// `a=fmtp`.
struct Parameters {
    payload_type: u8,
    text: String,
}

/// Why a stream is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mismatch {
    /// It is no audio that we could take.
    Audio,
    /// It is not encrypted, and must be.
    Plain,
    /// It is encrypted in no way that we may take part in.
    Encrypted,
}

/// What a stream has in common with us. Payload types are the far end's.
pub(crate) struct Choice {
    pub remote: SocketAddr,
    pub codec: Codec,
    pub payload_type: u8,
    /// The codecs after the first.
    pub also: [Option<Codec>; MOST_CODECS - 1],
    pub telephone_event: Option<u8>,
    pub telephone_event_rate_hz: u32,
    pub comfort_noise: bool,
    pub opus: OpusReceiver,
    /// The keys under which the stream would be encrypted, and the far end's number for them.
    pub keys: Option<(u32, Keys)>,
    /// Seen from the far end.
    pub direction: Direction,
}

impl Description {
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > MAX_BYTES {
            return Err(ParseError::TooLong);
        }
        // Names of sessions come in any encoding; the lines that matter are ASCII.
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines().map(str::trim_end).skip_while(|line| line.is_empty());
        if lines.next() != Some("v=0") {
            return Err(ParseError::NoVersion);
        }

        let mut session = Defaults::default();
        let mut streams: Vec<Stream> = Vec::new();
        for line in lines {
            let Some((kind, value)) = line.split_once('=') else { continue };
            if kind == "m" {
                if streams.len() == MAX_STREAMS {
                    return Err(ParseError::TooMany);
                }
                streams.push(Stream::parse(value, &session)?);
                continue;
            }
            match (kind, streams.last_mut()) {
                ("c", Some(stream)) => stream.connection = Some(connection(value)?),
                ("c", None) => session.connection = Some(connection(value)?),
                ("a", Some(stream)) => stream.attribute(value)?,
                ("a", None) => session.attribute(value),
                _ => {}
            }
        }
        Ok(Self { streams })
    }
}

/// What the session's lines say for all streams.
#[derive(Default)]
struct Defaults {
    connection: Option<IpAddr>,
    direction: Direction,
}

impl Defaults {
    fn attribute(&mut self, value: &str) {
        if let Some(direction) = Direction::from_attribute(value) {
            self.direction = direction;
        }
    }
}

impl Stream {
    fn parse(value: &str, session: &Defaults) -> Result<Self, ParseError> {
        let mut words = value.split_ascii_whitespace();
        let (Some(media), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
            return Err(ParseError::MediaLine);
        };
        // RFC 8866 §5.14: the port may be followed by a number of ports.
        let port = port.split('/').next().unwrap_or(port);
        let formats: Vec<String> = words.take(MAX_FORMATS + 1).map(str::to_owned).collect();
        if formats.len() > MAX_FORMATS {
            return Err(ParseError::TooMany);
        }
        if formats.is_empty() {
            return Err(ParseError::MediaLine);
        }
        Ok(Self {
            media: media.to_owned(),
            port: port.parse().map_err(|_| ParseError::MediaLine)?,
            protocol: protocol.to_owned(),
            formats,
            connection: session.connection,
            direction: session.direction,
            mappings: Vec::new(),
            parameters: Vec::new(),
            keys: Vec::new(),
        })
    }

    fn attribute(&mut self, value: &str) -> Result<(), ParseError> {
        if let Some(direction) = Direction::from_attribute(value) {
            self.direction = direction;
        } else if let Some(mapping) = value.strip_prefix("rtpmap:").and_then(Mapping::parse) {
            if self.mappings.len() == MAX_MAPPINGS {
                return Err(ParseError::TooMany);
            }
            self.mappings.push(mapping);
        } else if let Some(parameters) = value.strip_prefix("fmtp:").and_then(Parameters::parse) {
            if self.parameters.len() == MAX_MAPPINGS {
                return Err(ParseError::TooMany);
            }
            self.parameters.push(parameters);
        } else if let Some(key) = value.strip_prefix("crypto:").and_then(CryptoLine::parse)
            && self.keys.len() < MAX_KEYS
        {
            self.keys.push(key);
        }
        Ok(())
    }

    /// What we would take of this stream: nothing if it is not audio over RTP, is rejected, has no address,
    /// or has no codec of ours.
    pub fn audio_choice(&self, capabilities: &Capabilities) -> Result<Choice, Mismatch> {
        let choice = self.audio(capabilities).ok_or(Mismatch::Audio)?;
        let is_secure = matches!(self.protocol.as_str(), "RTP/SAVP" | "RTP/SAVPF");
        match choice.keys {
            Some(_) => Ok(choice),
            None if is_secure => Err(Mismatch::Encrypted),
            None if capabilities.encryption.is_required() => Err(Mismatch::Plain),
            None => Ok(choice),
        }
    }

    fn audio(&self, capabilities: &Capabilities) -> Option<Choice> {
        let known = ["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"].contains(&self.protocol.as_str());
        if self.media != "audio" || !known || self.port == 0 {
            return None;
        }
        let address = self.connection?;
        let mut codecs = self
            .numbers()
            .filter_map(|payload_type| Some((payload_type, self.codec(payload_type)?)))
            .filter(|(_, codec)| capabilities.codecs.contains(codec));
        let (payload_type, codec) = codecs.next()?;
        let mut also = [None; MOST_CODECS - 1];
        for (place, (_, codec)) in also.iter_mut().zip(codecs) {
            *place = Some(codec);
        }
        // RFC 2543 §B.5: the address 0.0.0.0 asks for silence.
        let direction = if address.is_unspecified() {
            Direction::of(self.direction.sends(), false)
        } else {
            self.direction
        };
        let telephone_event = self.telephone_event_for(codec).filter(|_| capabilities.telephone_event);
        let rate_hz = codec.clock_rate_hz();
        Some(Choice {
            remote: SocketAddr::new(address, self.port),
            codec,
            payload_type,
            also,
            telephone_event: telephone_event.map(|(payload_type, _)| payload_type),
            telephone_event_rate_hz: telephone_event.map_or(rate_hz, |(_, rate_hz)| rate_hz),
            comfort_noise: capabilities.comfort_noise && rate_hz == 8_000 && self.has_comfort_noise(),
            opus: self.opus_receiver(payload_type),
            keys: self.keys(capabilities),
            direction,
        })
    }

    /// RFC 4568 §7.1.2: the first keys of the far end for whose suite we have one. Keystream is used twice
    /// where both ends send under one key, so a far end that sends ours back is not taken seriously.
    fn keys(&self, capabilities: &Capabilities) -> Option<(u32, Keys)> {
        let own = capabilities.encryption.own_keys();
        self.keys.iter().find_map(|CryptoLine { tag, key }| {
            let own = own.iter().find(|own| own.suite == key.suite && own.bytes != key.bytes)?;
            Some((*tag, Keys { own: own.clone(), remote: key.clone() }))
        })
    }

    /// The numbers that we use in offers of our own from now on: those of this offer, where it has some.
    pub fn payload_types(&self, own: PayloadTypes) -> PayloadTypes {
        let opus = self.numbers().find(|number| self.codec(*number) == Some(Codec::Opus));
        let named = [opus, self.telephone_event(8_000), self.telephone_event(48_000)];
        own.after(named, |number| self.numbers().any(|taken| taken == number))
    }

    /// The formats of the media line that are payload types.
    fn numbers(&self) -> impl Iterator<Item = u8> {
        self.formats.iter().filter_map(|format| format.parse().ok()).filter(|number| *number < 128)
    }

    fn codec(&self, payload_type: u8) -> Option<Codec> {
        match self.mapping(payload_type) {
            Some(Mapping { encoding, clock_rate, channels, .. }) => {
                Codec::from_mapping(encoding, *clock_rate, *channels)
            }
            None => Codec::from_static(payload_type),
        }
    }

    /// RFC 4733 §2.1: at the rate of the codec. Phones that have Opus, and telephone-event as they always
    /// had it, mean that one.
    fn telephone_event_for(&self, codec: Codec) -> Option<(u8, u32)> {
        let at = |rate_hz| Some((self.telephone_event(rate_hz)?, rate_hz));
        at(codec.clock_rate_hz()).or_else(|| at(8_000))
    }

    fn telephone_event(&self, rate_hz: u32) -> Option<u8> {
        self.numbers().find(|payload_type| {
            self.mapping(*payload_type).is_some_and(|mapping| {
                mapping.clock_rate == rate_hz && mapping.encoding.eq_ignore_ascii_case("telephone-event")
            })
        })
    }

    fn has_comfort_noise(&self) -> bool {
        self.numbers().any(|number| number == COMFORT_NOISE)
            && self.mapping(COMFORT_NOISE).is_none_or(|mapping| {
                mapping.clock_rate == 8_000 && mapping.encoding.eq_ignore_ascii_case("CN")
            })
    }

    fn opus_receiver(&self, payload_type: u8) -> OpusReceiver {
        let of_codec = |parameters: &&Parameters| parameters.payload_type == payload_type;
        let parameters = self.parameters.iter().find(of_codec);
        parameters.map_or_else(OpusReceiver::default, |parameters| OpusReceiver::parse(&parameters.text))
    }

    fn mapping(&self, payload_type: u8) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| mapping.payload_type == payload_type)
    }
}

impl Mapping {
    /// `96 telephone-event/8000`; a mapping that cannot be read is one that we do not take.
    fn parse(value: &str) -> Option<Self> {
        let (payload_type, encoding) = value.trim().split_once(' ')?;
        let mut parts = encoding.trim().split('/');
        let payload_type = payload_type.parse().ok().filter(|number| *number < 128)?;
        Some(Self {
            payload_type,
            encoding: parts.next()?.to_owned(),
            clock_rate: parts.next()?.parse().ok()?,
            channels: parts.next().map_or(Some(1), |channels| channels.parse().ok())?,
        })
    }
}

impl Parameters {
    /// `96 0-15`; parameters that cannot be read are not there.
    fn parse(value: &str) -> Option<Self> {
        let (payload_type, text) = value.trim().split_once(' ')?;
        Some(Self { payload_type: payload_type.parse().ok()?, text: text.trim().to_owned() })
    }
}

/// `IN IP4 192.0.2.1`, perhaps with a multicast suffix.
fn connection(value: &str) -> Result<IpAddr, ParseError> {
    let mut words = value.split_ascii_whitespace();
    let (Some("IN"), Some("IP4" | "IP6"), Some(address)) = (words.next(), words.next(), words.next()) else {
        return Err(ParseError::Connection);
    };
    let address = address.split('/').next().unwrap_or(address);
    let address: IpAddr = address.parse().map_err(|_| ParseError::Connection)?;
    Ok(if address.is_unspecified() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { address })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Origin, accept, answer, offer};

    fn capabilities() -> Capabilities {
        Capabilities::all("127.0.0.1:4000".parse().unwrap())
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = answer(&bytes, &capabilities(), Origin::new(1));
            let _ = accept(&capabilities(), &bytes);
        }

        #[test]
        fn any_lines_are_read_or_refused(
            lines in proptest::collection::vec("(m=audio|c=IN|a=rtpmap:|a=|m=|o=)[ -~]{0,30}", 0..40),
        ) {
            let text = format!("v=0\r\n{}", lines.join("\r\n"));
            if let Ok(answered) = answer(&text, &capabilities(), Origin::new(1)) {
                // What we say can be read by one like us.
                prop_assert!(accept(&capabilities(), &answered.text).is_ok() || answered.text.contains(" 0 "));
            }
        }
    }

    #[test]
    fn our_own_offer_can_be_answered_and_the_answer_accepted() {
        let (here, there) = (capabilities(), Capabilities::all("[::1]:5000".parse().unwrap()));
        let answered = answer(offer(&here, Origin::new(1)), &there, Origin::new(2)).unwrap();
        let accepted = accept(&here, &answered.text).unwrap();
        assert_eq!(answered.negotiated.remote, here.address);
        assert_eq!(accepted.remote, there.address);
        assert_eq!(accepted.telephone_event, Some(101));
        assert_eq!(accepted.direction, Direction::SendRecv);
    }

    #[test]
    fn each_side_takes_telephone_event_under_the_payload_type_that_it_named() {
        let answered =
            answer(offer(&capabilities(), Origin::new(1)), &capabilities(), Origin::new(2)).unwrap();
        let other = answered.text.replace("101", "96");
        let accepted = accept(&capabilities(), other).unwrap();
        assert_eq!((accepted.telephone_event, accepted.own_telephone_event), (Some(96), Some(101)));
        let none = answered.text.replace("telephone-event", "unheard-of");
        let accepted = accept(&capabilities(), none).unwrap();
        assert_eq!((accepted.telephone_event, accepted.own_telephone_event), (None, None));
    }

    #[test]
    fn bounds_hold() {
        let many = "m=audio 1 RTP/AVP 0\n".repeat(17);
        assert_eq!(Description::parse(format!("v=0\n{many}").as_bytes()).err(), Some(ParseError::TooMany));
        assert_eq!(Description::parse(&[b'v'; 20_000]).err(), Some(ParseError::TooLong));
    }
}
