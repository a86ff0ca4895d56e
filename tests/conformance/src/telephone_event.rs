//! Keys in RTP (RFC 4733), as far as a test phone needs them.

/// The payload type that our session descriptions give to telephone events.
pub const PAYLOAD_TYPE: u8 = 101;

const KEYS: &str = "0123456789*#ABCD";

/// The event number of a key.
pub fn number(key: char) -> u8 {
    let number = KEYS.find(key.to_ascii_uppercase());
    number.unwrap_or_else(|| panic!("{key} is not a key of a phone")) as u8
}

/// The key of an event number.
pub fn key(number: u8) -> Option<char> {
    KEYS.chars().nth(usize::from(number))
}

/// The payload of one packet: the key has been down for `duration` samples.
pub fn payload(key: char, duration: u16, is_end: bool) -> [u8; 4] {
    let volume = 10;
    let [high, low] = duration.to_be_bytes();
    [number(key), if is_end { 0x80 | volume } else { volume }, high, low]
}
