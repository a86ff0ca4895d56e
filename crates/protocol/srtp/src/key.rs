//! Suites, and the master keys from which all others are made.

use redact::Secret;

/// The longest master key and its salt.
const LONGEST: usize = 30;
/// The longest name of a key that we look for in packets.
pub const MOST_MKI_BYTES: usize = 4;

/// How packets are encrypted and authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// RFC 7714: AES-128 in Galois/counter mode.
    AeadAes128Gcm,
    /// RFC 3711: AES-128 in counter mode and HMAC-SHA1, of which 80 bits are sent.
    AesCm128HmacSha1_80,
    /// The same, with 32 bits for RTP and 80 for RTCP.
    AesCm128HmacSha1_32,
}

impl Suite {
    /// How many bytes of salt follow the 16 of the key.
    pub const fn salt_bytes(self) -> usize {
        match self {
            Self::AeadAes128Gcm => 12,
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 14,
        }
    }
}

impl From<sdp::CryptoSuite> for Suite {
    fn from(suite: sdp::CryptoSuite) -> Self {
        match suite {
            sdp::CryptoSuite::AeadAes128Gcm => Self::AeadAes128Gcm,
            sdp::CryptoSuite::AesCm128HmacSha1_80 => Self::AesCm128HmacSha1_80,
            sdp::CryptoSuite::AesCm128HmacSha1_32 => Self::AesCm128HmacSha1_32,
        }
    }
}

/// A master key with its salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    /// Key and salt; zeros after them.
    bytes: Secret<[u8; LONGEST]>,
}

impl MasterKey {
    /// `None`: key and salt are not as long as the suite's.
    pub fn new(suite: Suite, key_and_salt: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        let place = bytes.get_mut(..16 + suite.salt_bytes())?;
        if place.len() != key_and_salt.len() {
            return None;
        }
        place.copy_from_slice(key_and_salt);
        Some(Self { suite, bytes: Secret::new(bytes) })
    }

    /// The suite.
    pub const fn suite(&self) -> Suite {
        self.suite
    }

    pub(crate) fn key(&self) -> &[u8; 16] {
        self.bytes.expose().first_chunk().expect("a master key is longer")
    }

    /// Filled up with zeros: RFC 7714 §11 derives keys from a shorter salt in that way.
    pub(crate) fn salt(&self) -> &[u8; 14] {
        self.bytes.expose().last_chunk().expect("a master key is longer")
    }
}

/// The name of a key, repeated in each packet that is protected with it (RFC 3711 §3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mki {
    bytes: [u8; MOST_MKI_BYTES],
    length: usize,
}

impl Mki {
    /// Packets that name no key.
    pub const NONE: Self = Self { bytes: [0; MOST_MKI_BYTES], length: 0 };

    /// `value` in `length` bytes; `None`: it does not fit, or has more than [`MOST_MKI_BYTES`].
    pub fn new(value: u32, length: usize) -> Option<Self> {
        let mut bytes = [0; MOST_MKI_BYTES];
        let place = bytes.get_mut(..length)?;
        let value = value.to_be_bytes();
        let (above, used) = value.split_at_checked(MOST_MKI_BYTES - length)?;
        place.copy_from_slice(used);
        above.iter().all(|byte| *byte == 0).then_some(Self { bytes, length })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_has_the_length_of_its_suite_and_does_not_print() {
        assert!(MasterKey::new(Suite::AeadAes128Gcm, &[1; 30]).is_none());
        assert!(MasterKey::new(Suite::AesCm128HmacSha1_80, &[1; 28]).is_none());
        assert!(MasterKey::new(Suite::AesCm128HmacSha1_80, &[]).is_none());
        let key = MasterKey::new(Suite::AeadAes128Gcm, &[1; 28]).unwrap();
        assert_eq!(key.salt(), &[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
        assert!(!format!("{key:?}").contains("1, 1"));
    }

    #[test]
    fn the_name_of_a_key_fits_into_its_length() {
        assert_eq!(Mki::new(1, 1).unwrap().bytes(), [1]);
        assert_eq!(Mki::new(0x0102, 4).unwrap().bytes(), [0, 0, 1, 2]);
        assert_eq!(Mki::new(256, 1), None);
        assert_eq!(Mki::new(1, 5), None);
        assert_eq!(Mki::new(1, 0), None);
        assert_eq!(Mki::new(0, 0), Some(Mki::NONE));
    }
}
