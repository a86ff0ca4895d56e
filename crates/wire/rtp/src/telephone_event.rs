//! The payload of a telephone-event packet (RFC 4733 §2.3).

/// The state of one key that is, or was, pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0 to 9, then 10 `*`, 11 `#`, 12 to 15 `A` to `D`; others are not keys.
    pub event: u8,
    /// The key has come up.
    pub end: bool,
    /// Loudness in -dBm0, 0 (loud) to 63.
    pub volume: u8,
    /// Timestamp units since the key went down.
    pub duration: u16,
}

/// The payload is shorter than an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a telephone event of fewer than four bytes")]
pub struct ParseTelephoneEventError;

impl TelephoneEvent {
    /// Reads a payload; only the first event of several counts, as senders send one.
    pub fn parse(payload: &[u8]) -> Result<Self, ParseTelephoneEventError> {
        let [event, flags, high, low, ..] = *payload else { return Err(ParseTelephoneEventError) };
        Ok(Self {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The payload.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}
