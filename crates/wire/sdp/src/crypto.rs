//! Keys for SRTP in a session description: `a=crypto` (RFC 4568).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use redact::Secret;

/// RFC 4568 §9.2 leaves the padding of keys away or not, as the reader likes it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How SRTP encrypts and authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CryptoSuite {
    /// RFC 7714.
    AeadAes128Gcm,
    /// RFC 4568 §6.2.1: what every far end that encrypts knows.
    AesCm128HmacSha1_80,
    /// RFC 4568 §6.2.2: the same with a shorter tag.
    AesCm128HmacSha1_32,
}

impl CryptoSuite {
    /// All of them, in the order in which we offer them: the one that costs least first.
    pub const ALL: [Self; 3] = [Self::AeadAes128Gcm, Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32];

    /// Its name in `a=crypto`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// How many bytes its master key and salt have together.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::AeadAes128Gcm => 28,
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 30,
        }
    }
}

/// A master key of ours with its salt, under which we send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    /// For which suite.
    pub suite: CryptoSuite,
    /// As many bytes as the suite wants.
    pub bytes: Secret<Vec<u8>>,
}

/// A master key of the far end with its salt, under which it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteKey {
    /// For which suite.
    pub suite: CryptoSuite,
    /// As many bytes as the suite wants.
    pub bytes: Secret<Vec<u8>>,
    /// How many packets it sends under it at most, where it says so.
    pub lifetime: Option<u64>,
    /// The name of the key that stands in each packet, and in how many bytes, where one does.
    pub mki: Option<(u32, usize)>,
}

/// Whether sound is encrypted, with our keys in the order in which we offer them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// It is not; keys of the far end are not looked at.
    #[default]
    None,
    /// Where the far end can. Our offer says so as most phones do: RTP/AVP with keys beside.
    Optional(Vec<OwnKey>),
    /// It is, or there is no session. Our offer is RTP/SAVP.
    Required(Vec<OwnKey>),
}

impl Encryption {
    pub(crate) fn own_keys(&self) -> &[OwnKey] {
        match self {
            Self::None => &[],
            Self::Optional(keys) | Self::Required(keys) => keys,
        }
    }

    pub(crate) const fn is_required(&self) -> bool {
        matches!(self, Self::Required(_))
    }
}

/// Both keys of a session that is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Under which we send.
    pub own: OwnKey,
    /// Under which the far end sends.
    pub remote: RemoteKey,
}

/// One `a=crypto` of the far end that we can do.
#[derive(Clone)]
pub(crate) struct CryptoLine {
    pub tag: u32,
    pub key: RemoteKey,
}

impl CryptoLine {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:<key>|2^31|1:1`. `None`: it is broken, or says what we cannot
    /// do exactly as it is said; RFC 4568 §6.3 has it passed over then.
    pub fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (tag, suite, keys) = (words.next()?, words.next()?, words.next()?);
        let is_tag = (1..=9).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_digit());
        let tag = tag.parse().ok().filter(|_| is_tag)?;
        let suite = CryptoSuite::ALL.into_iter().find(|known| known.name() == suite)?;
        if !words.all(can_be_passed_over) {
            return None;
        }
        // Of several keys, each with its name, a sender may use any.
        let key = keys.strip_prefix("inline:").filter(|keys| !keys.contains(';'))?;
        let mut parts = key.split('|');
        let bytes = BASE64.decode(parts.next()?).ok().filter(|bytes| bytes.len() == suite.key_bytes())?;
        let mut key = RemoteKey { suite, bytes: Secret::new(bytes), lifetime: None, mki: None };
        for (place, part) in parts.enumerate() {
            match part.split_once(':') {
                None if place == 0 => key.lifetime = Some(lifetime(part)?),
                Some((name, length)) if key.mki.is_none() => key.mki = Some(mki(name, length)?),
                _ => return None,
            }
        }
        Some(Self { tag, key })
    }
}

/// `a=crypto` of ours.
pub(crate) fn line(tag: u32, key: &OwnKey) -> String {
    format!("a=crypto:{tag} {} inline:{}\r\n", key.suite.name(), BASE64.encode(key.bytes.expose()))
}

/// RFC 4568 §6.3.6 and §6.3.7: a hint at the far end's window, and what may be passed over by its name.
/// Whatever else is said about a key changes how packets are made.
fn can_be_passed_over(parameter: &str) -> bool {
    parameter.starts_with('-') || parameter.starts_with("WSH=")
}

/// `2^31` or a number: how many packets, 1 at least and 2^48 at most (RFC 3711 §9.2).
fn lifetime(text: &str) -> Option<u64> {
    let packets = match text.strip_prefix("2^") {
        Some(power) => 1_u64.checked_shl(power.parse().ok()?)?,
        None => text.parse().ok()?,
    };
    (1..=1 << 48).contains(&packets).then_some(packets)
}

/// The name of a key, of four bytes at most: RFC 4568 §6.1 allows 128, and nobody uses them.
fn mki(name: &str, length: &str) -> Option<(u32, usize)> {
    let (name, length): (u32, usize) = (name.parse().ok()?, length.parse().ok()?);
    let fits = (1..=4).contains(&length) && u64::from(name) < 1 << (8 * length);
    fits.then_some((name, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    type Line = (u32, CryptoSuite, Option<u64>, Option<(u32, usize)>);

    #[track_caller]
    fn read(line: &str) -> Option<Line> {
        let line = CryptoLine::parse(&line.replace("KEY", KEY))?;
        Some((line.tag, line.key.suite, line.key.lifetime, line.key.mki))
    }

    #[test]
    fn keys_are_read_as_carriers_and_phones_write_them() {
        use CryptoSuite::{AeadAes128Gcm, AesCm128HmacSha1_32, AesCm128HmacSha1_80};
        assert_eq!(read("1 AES_CM_128_HMAC_SHA1_80 inline:KEY"), Some((1, AesCm128HmacSha1_80, None, None)));
        assert_eq!(
            read("22 AES_CM_128_HMAC_SHA1_32 inline:KEY|2^20"),
            Some((22, AesCm128HmacSha1_32, Some(1 << 20), None))
        );
        assert_eq!(
            read("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:1 WSH=128 -X=y"),
            Some((1, AesCm128HmacSha1_80, Some(1 << 31), Some((1, 1))))
        );
        assert_eq!(
            read("1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:4"),
            Some((1, AesCm128HmacSha1_80, None, Some((1, 4))))
        );
        let padded = format!("3 AEAD_AES_128_GCM inline:{}", BASE64.encode([7; 28]));
        assert!(padded.ends_with("=="));
        assert_eq!(read(&padded), Some((3, AeadAes128Gcm, None, None)));
        assert_eq!(read(padded.trim_end_matches('=')), Some((3, AeadAes128Gcm, None, None)));
    }

    #[test]
    fn what_cannot_be_done_exactly_as_said_is_passed_over() {
        for line in [
            "1 AES_CM_128_HMAC_SHA1_80",
            "x AES_CM_128_HMAC_SHA1_80 inline:KEY",
            "1234567890 AES_CM_128_HMAC_SHA1_80 inline:KEY",
            "1 F8_128_HMAC_SHA1_80 inline:KEY",
            "1 AEAD_AES_128_GCM inline:KEY",
            "1 AES_CM_128_HMAC_SHA1_80 uri:KEY",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEYKEY",
            "1 AES_CM_128_HMAC_SHA1_80 inline:?EY",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:1;inline:KEY|2:1",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|0",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^49",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^99999",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:128",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|256:1",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:1|2^31",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31|1:1|2:1",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY UNENCRYPTED_SRTCP",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY KDR=1",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY FEC_ORDER=FEC_SRTP",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn keys_do_not_print() {
        let line = CryptoLine::parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}")).unwrap();
        assert!(format!("{:?}", line.key).contains("<secret>"));
    }
}
