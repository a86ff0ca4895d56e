//! A location object: where somebody is, who that is, and how it became known (RFC 4119 §2.2).

use crate::civic_address::CivicAddress;

/// The media type of the document that carries it (RFC 3863 §4.1).
pub const MEDIA_TYPE: &str = "application/pidf+xml";

/// Where somebody is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocationObject {
    /// Whose place it is: a URI.
    pub entity: String,
    /// Where they are called back: a URI.
    pub contact: Option<String>,
    /// The address.
    pub civic: CivicAddress,
    /// The point on the map. It is said where no street and no city are known: two descriptions of a place could
    /// contradict each other (RFC 5491 §3.4).
    pub position: Option<Position>,
    /// How it became known.
    pub method: Option<Method>,
    /// When it was written, in seconds since 1970.
    pub written_s: Option<i64>,
}

/// Latitude and longitude in millionths of a degree (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Position {
    pub latitude: i32,
    pub longitude: i32,
}

/// How a place became known (RFC 4119 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Somebody wrote it down.
    Manual,
    /// By the access point of a wireless network.
    WirelessNetwork,
}

impl Method {
    /// The registered word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::WirelessNetwork => "802.11",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Manual, Self::WirelessNetwork].into_iter().find(|method| method.as_str() == word)
    }
}
