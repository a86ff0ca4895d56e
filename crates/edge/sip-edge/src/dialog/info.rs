//! Keys told in signaling (SIP INFO), in the two bodies that phones use.

use media_plan::Tone;
use rsipstack::sip::{HasHeaders, Header, Request};

/// What an INFO carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Info {
    /// A key.
    Tone(Tone),
    /// Nothing: some phones ask in this way whether we are still there.
    Nothing,
    /// Something that we do not know.
    Unknown,
}

impl Info {
    pub fn read(request: &Request) -> Self {
        if request.body.is_empty() {
            return Self::Nothing;
        }
        let kind = request.headers().iter().find_map(|header| match header {
            Header::ContentType(value) => {
                Some(value.value().split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            }
            _ => None,
        });
        let body = String::from_utf8_lossy(&request.body);
        let key = match kind.as_deref() {
            Some("application/dtmf-relay") => body
                .lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))
                .map(|(_, value)| value.trim().to_owned()),
            Some("application/dtmf") => Some(body.trim().to_owned()),
            _ => None,
        };
        key.and_then(|key| tone(&key)).map_or(Self::Unknown, Self::Tone)
    }
}

/// A key by its sign, or by its event number where phones say `10` for the star.
fn tone(key: &str) -> Option<Tone> {
    let mut signs = key.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => Tone::from_key(sign),
        _ => key.parse().ok().and_then(Tone::from_event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &str) -> Info {
        let length = body.len();
        let text = format!(
            "INFO sip:b@r SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Info::read(&Request::try_from(text.as_bytes()).unwrap())
    }

    #[test]
    fn both_bodies_are_read() {
        assert_eq!(read("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), Info::Tone(Tone::Five));
        assert_eq!(read("application/dtmf-relay", "Signal= #\r\n"), Info::Tone(Tone::Pound));
        assert_eq!(read("application/dtmf", "*"), Info::Tone(Tone::Asterisk));
        assert_eq!(read("application/dtmf", "11"), Info::Tone(Tone::Pound));
        assert_eq!(read("application/dtmf", "x"), Info::Unknown);
        assert_eq!(read("text/plain", "5"), Info::Unknown);
        assert_eq!(read("text/plain", ""), Info::Nothing);
    }
}
