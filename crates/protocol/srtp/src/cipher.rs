//! The session keys of RTP or RTCP, and what is done with them.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use crate::key::{MasterKey, Suite};

/// The tag of AES-GCM.
const GCM_TAG: usize = 16;
/// The tag of RTCP, and of RTP with the longer one.
const LONG_TAG: usize = 10;
const SHORT_TAG: usize = 4;
/// The part of an RTCP packet that is never encrypted.
const CONTROL_HEADER: usize = 8;
/// In the last word of an SRTCP packet: it is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// What a packet is called in its nonce.
#[derive(Clone, Copy)]
pub(crate) struct PacketId {
    pub ssrc: u32,
    /// Of RTP 48 bits, of RTCP 31.
    pub index: u64,
}

/// A packet was not made with this key, or was changed.
pub(crate) struct Forged;

/// For which of the two the keys are.
#[derive(Clone, Copy)]
pub(crate) enum Channel {
    Rtp,
    Control,
}

/// The session keys of one channel.
pub(crate) enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; 12] },
    CounterMode { key: Box<EncryptingKey>, salt: [u8; 14], authentication: Box<hmac::Key>, tag: usize },
}

impl Cipher {
    /// Derives the keys (RFC 3711 §4.3, with a key derivation rate of zero).
    pub fn new(master: &MasterKey, channel: Channel) -> Self {
        let labels = match channel {
            Channel::Rtp => [0, 1, 2],
            Channel::Control => [3, 4, 5],
        };
        let [key_label, authentication_label, salt_label] = labels;
        let mut key = [0; 16];
        derive(master, key_label, &mut key);
        match master.suite() {
            Suite::AeadAes128Gcm => {
                let mut salt = [0; 12];
                derive(master, salt_label, &mut salt);
                Self::gcm(&key, salt)
            }
            suite @ (Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32) => {
                let (mut salt, mut authentication) = ([0; 14], [0; 20]);
                derive(master, salt_label, &mut salt);
                derive(master, authentication_label, &mut authentication);
                // RFC 4568 §6.2.2: the short tag is of RTP only.
                let is_short = matches!((suite, channel), (Suite::AesCm128HmacSha1_32, Channel::Rtp));
                Self::CounterMode {
                    key: Box::new(counter_mode(&key)),
                    salt,
                    authentication: Box::new(hmac::Key::new(
                        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                        &authentication,
                    )),
                    tag: if is_short { SHORT_TAG } else { LONG_TAG },
                }
            }
        }
    }

    fn gcm(key: &[u8; 16], salt: [u8; 12]) -> Self {
        let key = UnboundKey::new(&AES_128_GCM, key).expect("the key has 16 bytes");
        Self::Gcm { key: LessSafeKey::new(key), salt }
    }

    pub fn tag_bytes(&self) -> usize {
        match self {
            Self::Gcm { .. } => GCM_TAG,
            Self::CounterMode { tag, .. } => *tag,
        }
    }

    /// How many bytes of a packet follow the name of its key.
    pub fn bytes_after_mki(&self) -> usize {
        match self {
            Self::Gcm { .. } => 0,
            Self::CounterMode { tag, .. } => *tag,
        }
    }

    /// Encrypts `packet` after its `header` bytes and puts the tag behind it: RFC 3711 §3.1, RFC 7714 §8.
    /// `None`: it does not fit.
    pub fn protect_rtp(
        &self,
        id: PacketId,
        buffer: &mut [u8],
        header: usize,
        length: usize,
    ) -> Option<usize> {
        let protected = length.checked_add(self.tag_bytes())?;
        let packet = buffer.get_mut(..protected)?;
        let (packet, place) = packet.split_at_mut(length);
        match self {
            Self::Gcm { key, salt } => {
                let (header, payload) = packet.split_at_mut_checked(header)?;
                let tag =
                    key.seal_in_place_separate_tag(gcm_nonce(salt, id), Aad::from(header), payload).ok()?;
                place.copy_from_slice(tag.as_ref());
            }
            Self::CounterMode { key, salt, authentication, .. } => {
                apply_keystream(key, salt, id, packet.get_mut(header..)?);
                let tag = tag_of(authentication, packet, rollovers(id));
                place.copy_from_slice(tag.as_ref().get(..place.len())?);
            }
        }
        Some(protected)
    }

    /// Undoes [`protect_rtp`](Self::protect_rtp) and says how long the packet is. What cannot be undone
    /// may be destroyed.
    pub fn unprotect_rtp(&self, id: PacketId, packet: &mut [u8], header: usize) -> Result<usize, Forged> {
        let length = packet.len().checked_sub(self.tag_bytes()).ok_or(Forged)?;
        match self {
            Self::Gcm { key, salt } => {
                let (header, sealed) = packet.split_at_mut_checked(header).ok_or(Forged)?;
                key.open_in_place(gcm_nonce(salt, id), Aad::from(header), sealed).map_err(|_| Forged)?;
            }
            Self::CounterMode { key, salt, authentication, .. } => {
                let (packet, tag) = packet.split_at_mut(length);
                let payload = header.min(packet.len());
                verify(&tag_of(authentication, packet, rollovers(id)), tag)?;
                apply_keystream(key, salt, id, &mut packet[payload..]);
            }
        }
        Ok(length)
    }

    /// The same for RTCP, whose index travels with it: RFC 3711 §3.4, RFC 7714 §9.
    pub fn protect_control(&self, id: PacketId, buffer: &mut [u8], length: usize) -> Option<usize> {
        let word = (id.index as u32 | ENCRYPTED).to_be_bytes();
        let protected = length.checked_add(self.tag_bytes() + word.len())?;
        let packet = buffer.get_mut(..protected)?;
        let (packet, place) = packet.split_at_mut(length);
        match self {
            Self::Gcm { key, salt } => {
                let (header, payload) = packet.split_first_chunk_mut::<CONTROL_HEADER>()?;
                let aad = Aad::from(control_header(header, word));
                let tag = key.seal_in_place_separate_tag(gcm_nonce(salt, id), aad, payload).ok()?;
                let (tag_place, word_place) = place.split_at_mut(GCM_TAG);
                tag_place.copy_from_slice(tag.as_ref());
                word_place.copy_from_slice(&word);
            }
            Self::CounterMode { key, salt, authentication, .. } => {
                apply_keystream(key, salt, id, packet.get_mut(CONTROL_HEADER..)?);
                let (word_place, tag_place) = place.split_at_mut(word.len());
                word_place.copy_from_slice(&word);
                let tag = tag_of(authentication, packet, word);
                tag_place.copy_from_slice(tag.as_ref().get(..tag_place.len())?);
            }
        }
        Some(protected)
    }

    /// The index of a protected RTCP packet; `None`: it is too short, or not encrypted.
    pub fn control_index(&self, packet: &[u8]) -> Option<u64> {
        let end = match self {
            Self::Gcm { .. } => packet.len(),
            Self::CounterMode { tag, .. } => packet.len().checked_sub(*tag)?,
        };
        let (_, word) = packet.get(CONTROL_HEADER..end)?.split_last_chunk::<4>()?;
        let word = u32::from_be_bytes(*word);
        // Nobody agreed to RTCP that all can read.
        (word & ENCRYPTED != 0).then_some(u64::from(word & !ENCRYPTED))
    }

    /// Undoes [`protect_control`](Self::protect_control).
    pub fn unprotect_control(&self, id: PacketId, packet: &mut [u8]) -> Result<usize, Forged> {
        let word = (id.index as u32 | ENCRYPTED).to_be_bytes();
        let length = packet.len().checked_sub(self.tag_bytes() + word.len()).ok_or(Forged)?;
        if length < CONTROL_HEADER {
            return Err(Forged);
        }
        match self {
            Self::Gcm { key, salt } => {
                let sealed = length + GCM_TAG;
                let (header, rest) = packet.split_first_chunk_mut::<CONTROL_HEADER>().ok_or(Forged)?;
                let aad = Aad::from(control_header(header, word));
                let sealed = &mut rest[..sealed - CONTROL_HEADER];
                key.open_in_place(gcm_nonce(salt, id), aad, sealed).map_err(|_| Forged)?;
            }
            Self::CounterMode { key, salt, authentication, .. } => {
                let (packet, trailer) = packet.split_at_mut(length);
                let tag = trailer.get(word.len()..).ok_or(Forged)?;
                verify(&tag_of(authentication, packet, word), tag)?;
                apply_keystream(key, salt, id, &mut packet[CONTROL_HEADER..]);
            }
        }
        Ok(length)
    }
}

/// RFC 3711 §4.3.1 and §4.3.3: the keystream under the master key, whose salt is marked with the label.
fn derive(master: &MasterKey, label: u8, key: &mut [u8]) {
    let mut salt = *master.salt();
    salt[7] ^= label;
    key.fill(0);
    apply_keystream(&counter_mode(master.key()), &salt, PacketId { ssrc: 0, index: 0 }, key);
}

fn counter_mode(key: &[u8; 16]) -> EncryptingKey {
    let key = UnboundCipherKey::new(&cipher::AES_128, key).expect("the key has 16 bytes");
    EncryptingKey::ctr(key).expect("AES has a counter mode")
}

/// RFC 3711 §4.1.1.
fn apply_keystream(key: &EncryptingKey, salt: &[u8; 14], id: PacketId, bytes: &mut [u8]) {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    mark(&mut iv[4..14], id);
    key.less_safe_encrypt(bytes, EncryptionContext::Iv128((&iv).into()))
        .expect("counter mode takes any length below 64 GiB");
}

/// RFC 7714 §8.1 and §9.1: both are laid out so that one function does.
fn gcm_nonce(salt: &[u8; 12], id: PacketId) -> Nonce {
    let mut nonce = *salt;
    mark(&mut nonce[2..12], id);
    Nonce::assume_unique_for_key(nonce)
}

/// Adds the source and the 48 bits of the index.
fn mark(place: &mut [u8], id: PacketId) {
    let source = id.ssrc.to_be_bytes();
    let index = id.index.to_be_bytes();
    for (place, byte) in place.iter_mut().zip(source.iter().chain(&index[2..])) {
        *place ^= byte;
    }
}

fn rollovers(id: PacketId) -> [u8; 4] {
    ((id.index >> 16) as u32).to_be_bytes()
}

/// RFC 3711 §4.2: over the packet, and over its rollover counter or its last word.
fn tag_of(key: &hmac::Key, packet: &[u8], last: [u8; 4]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(packet);
    context.update(&last);
    context.sign()
}

fn verify(expected: &hmac::Tag, tag: &[u8]) -> Result<(), Forged> {
    let expected = expected.as_ref().get(..tag.len()).ok_or(Forged)?;
    verify_slices_are_equal(expected, tag).map_err(|_| Forged)
}

/// What of a protected RTCP packet is not encrypted.
fn control_header(header: &[u8; CONTROL_HEADER], word: [u8; 4]) -> [u8; 12] {
    let mut all = [0; 12];
    all[..CONTROL_HEADER].copy_from_slice(header);
    all[CONTROL_HEADER..].copy_from_slice(&word);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    /// RFC 3711 appendix B.2.
    #[test]
    fn counter_mode_makes_the_keystream_of_rfc_3711() {
        let key = counter_mode(&hex("2B7E151628AED2A6ABF7158809CF4F3C").try_into().unwrap());
        let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let mut keystream = [0; 48];
        apply_keystream(&key, &salt, PacketId { ssrc: 0, index: 0 }, &mut keystream);
        let expected = hex(
            "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0",
        );
        assert_eq!(keystream[..], expected);
    }

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_those_of_rfc_3711() {
        let master = hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
        let master = MasterKey::new(Suite::AesCm128HmacSha1_80, &master).unwrap();
        let derived = |label, bytes| {
            let mut key = vec![0xff; bytes];
            derive(&master, label, &mut key);
            key
        };
        assert_eq!(derived(0, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(2, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
        let authentication = hex(
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25",
        );
        assert_eq!(derived(1, authentication.len()), authentication);
    }

    /// RFC 7714 §16.1.1.
    #[test]
    fn an_rtp_packet_is_sealed_as_in_rfc_7714() {
        let cipher = Cipher::gcm(
            &hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap(),
            hex("517569642070726f2071756f").try_into().unwrap(),
        );
        let plain = hex(
            "8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        );
        let sealed = hex(
            "8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        );
        let id = PacketId { ssrc: 0x5501_a0b2, index: 0xf17b };
        let mut buffer = plain.clone();
        buffer.resize(100, 0);
        let length = cipher.protect_rtp(id, &mut buffer, 12, plain.len()).unwrap();
        assert_eq!(buffer[..length], sealed);
        assert!(
            cipher.unprotect_rtp(id, &mut buffer[..length], 12).is_ok_and(|length| length == plain.len())
        );
        assert_eq!(buffer[..plain.len()], plain);
    }

    /// RFC 7714 §17.1.
    #[test]
    fn an_rtcp_packet_is_sealed_as_in_rfc_7714() {
        let cipher = Cipher::gcm(
            &hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap(),
            hex("517569642070726f2071756f").try_into().unwrap(),
        );
        let plain = hex(
            "81c8000d4d617273 4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        );
        let sealed = hex(
            "81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade 800005d4",
        );
        let id = PacketId { ssrc: 0x4d61_7273, index: 0x5d4 };
        let mut buffer = plain.clone();
        buffer.resize(100, 0);
        let length = cipher.protect_control(id, &mut buffer, plain.len()).unwrap();
        assert_eq!(buffer[..length], sealed);
        assert_eq!(cipher.control_index(&sealed), Some(0x5d4));
        assert!(
            cipher.unprotect_control(id, &mut buffer[..length]).is_ok_and(|length| length == plain.len())
        );
        assert_eq!(buffer[..plain.len()], plain);
    }
}
