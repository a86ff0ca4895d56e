//! The ids of everything the platform owns, one type each.
//!
//! Ids of calls, legs and connections are 128 bits: the node and the shard that
//! own them (so that any node can forward a request without asking anyone) and
//! 96 bits that nobody can guess. They print as a GUID, as the real service's do.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use entropy::Entropy;

/// Where a call lives: the node of the cluster and the shard of that node.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Home {
    /// The node, 0 on a single machine.
    pub node: u16,
    /// The shard: one thread that owns calls.
    pub shard: u16,
}

/// The text is not an id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of 32 hexadecimal digits, with or without dashes")]
pub struct ParseIdError;

macro_rules! guid {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(u128);

        impl $name {
            /// A new id from 128 unpredictable bits.
            pub fn random(entropy: &mut Entropy) -> Self {
                Self(entropy.next_u128())
            }

            /// A new id that names the shard that owns the thing.
            pub fn at(home: Home, entropy: &mut Entropy) -> Self {
                let tail = entropy.next_u128() >> 32;
                Self((u128::from(home.node) << 112) | (u128::from(home.shard) << 96) | tail)
            }

            /// The id as a number.
            pub const fn from_u128(number: u128) -> Self {
                Self(number)
            }

            /// The number behind the id.
            pub const fn as_u128(self) -> u128 {
                self.0
            }

            /// The owner that [`at`](Self::at) wrote into the id.
            pub const fn home(self) -> Home {
                Home { node: (self.0 >> 112) as u16, shard: (self.0 >> 96) as u16 }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(guid_text(self.0, &mut [0; GUID_LENGTH]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                if text.len() > 36 || !text.is_ascii() {
                    return Err(ParseIdError);
                }
                let hex: String = text.chars().filter(|character| *character != '-').collect();
                if hex.len() != 32 || hex.starts_with('+') {
                    return Err(ParseIdError);
                }
                u128::from_str_radix(&hex, 16).map(Self).map_err(|_| ParseIdError)
            }
        }
    )+};
}

/// 32 digits and four dashes.
const GUID_LENGTH: usize = 36;

/// Ids are written several times in every call, so without allocation and formatting machinery.
fn guid_text(number: u128, text: &mut [u8; GUID_LENGTH]) -> &str {
    let mut digits = (0..32).rev().map(|digit| b"0123456789abcdef"[(number >> (digit * 4)) as usize & 0xf]);
    for (place, letter) in text.iter_mut().enumerate() {
        *letter = match place {
            8 | 13 | 18 | 23 => b'-',
            _ => digits.next().unwrap_or(b'0'),
        };
    }
    std::str::from_utf8(text).unwrap_or_default()
}

guid! {
    /// One application's hold on a call; ACS `callConnectionId`.
    CallConnectionId,
    /// Everyone talking together; ACS `serverCallId` is made from it.
    CallId,
    /// The chain of calls that one cause set off; ACS `correlationId`.
    CorrelationId,
    /// One event on its way to one receiver.
    DeliveryId,
    /// One event, the same across all attempts to deliver it.
    EventId,
    /// One signaling relationship with one endpoint.
    LegId,
    /// A person or a resource account in a company's directory; the tail of `8:orgid:` and `28:orgid:`.
    ObjectId,
    /// Something an application started that ends in one terminal event; ACS `invitationId` is one.
    OperationId,
    /// One sound (or list of sounds) being played to somebody.
    PlaybackId,
    /// A file of what was said in a call; ACS `recordingId`.
    RecordingId,
    /// An ACS communication resource: endpoint and keys, in a tenant.
    ResourceId,
    /// An Event Grid subscription.
    SubscriptionId,
    /// Somebody who listens to a call and is no leg of it.
    TapId,
    /// A customer organisation.
    TenantId,
    /// A person or device within a resource; the tail of `8:acs:{resource}_{user}`.
    UserId,
}

impl DeliveryId {
    /// A new id that sorts after those made before it: rows that are written one after another lie
    /// beside one another in an index, where random ones would touch a page each.
    pub fn made_at(unix_us: i64, entropy: &mut Entropy) -> Self {
        Self((u128::from(unix_us.max(0) as u64) << 64) | (entropy.next_u128() >> 64))
    }
}

/// The name an operator gave to a trunk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct TrunkName(Box<str>);

impl TrunkName {
    /// The name as written in the configuration.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as written in the configuration.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrunkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CallId {
    /// The ACS `serverCallId`: opaque, URL-safe, and reversible by [`from_server_call_id`](Self::from_server_call_id).
    ///
    /// The real service's is the base64url of a conversation URL; ours is the
    /// base64url of `https://conv.ringdown.invalid/{id}`, so that
    /// applications which look at its shape find what they expect.
    pub fn server_call_id(self) -> String {
        base64url(format!("{SERVER_CALL_PREFIX}{self}").as_bytes())
    }

    /// The call that a `serverCallId` names.
    pub fn from_server_call_id(text: &str) -> Result<Self, ParseIdError> {
        let bytes = un_base64url(text).ok_or(ParseIdError)?;
        let url = std::str::from_utf8(&bytes).map_err(|_| ParseIdError)?;
        url.strip_prefix(SERVER_CALL_PREFIX).ok_or(ParseIdError)?.parse()
    }
}

const SERVER_CALL_PREFIX: &str = "https://conv.ringdown.invalid/";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .enumerate()
            .fold(0_u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for digit in 0..=chunk.len() {
            text.push(ALPHABET[(word >> (18 - 6 * digit)) as usize & 63] as char);
        }
    }
    text
}

fn un_base64url(text: &str) -> Option<Vec<u8>> {
    // A serverCallId is 88 characters; anything much longer is not one of ours.
    if text.len() > 128 {
        return None;
    }
    let digits: Vec<u32> = text
        .trim_end_matches('=')
        .bytes()
        .map(|byte| ALPHABET.iter().position(|letter| *letter == byte).map(|position| position as u32))
        .collect::<Option<_>>()?;
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let word =
            chunk.iter().enumerate().fold(0_u32, |word, (index, digit)| word | digit << (18 - 6 * index));
        for index in 0..chunk.len().saturating_sub(1) {
            bytes.push((word >> (16 - 8 * index)) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_owner_and_reads_back() {
        let home = Home { node: 3, shard: 1 };
        let id = CallId::at(home, &mut Entropy::from_number(1));
        assert_eq!(id.home(), home);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().len(), 36);
        assert!("".parse::<CallId>().is_err());
        assert!("00000000-0000-0000-0000-00000000000z".parse::<CallId>().is_err());
        assert!("ééééééééééééééééé".parse::<CallId>().is_err());
    }

    #[test]
    fn deliveries_made_later_sort_later() {
        let mut entropy = Entropy::from_number(1);
        let mut made = |unix_us| DeliveryId::made_at(unix_us, &mut entropy).to_string();
        assert!(made(1_800_000_000_000_000) < made(1_800_000_000_000_001));
        assert_ne!(made(7), made(7));
    }

    #[test]
    fn a_server_call_id_reads_back() {
        let id = CallId::random(&mut Entropy::from_number(9));
        let text = id.server_call_id();
        assert!(text.starts_with("aHR0cHM6"), "{text}");
        assert_eq!(CallId::from_server_call_id(&text), Ok(id));
        assert!(CallId::from_server_call_id("aHR0cHM6").is_err());
        assert!(CallId::from_server_call_id("!").is_err());
    }
}
