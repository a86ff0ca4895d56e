//! Where somebody is, as SIP carries it: a presence document with a location object (RFC 3863, RFC 4119), whose
//! civic address is that of RFC 5139 and whose point on the map is that of RFC 5491.

mod civic_address;
mod location_object;
pub mod multipart;
mod read;
mod write;

pub use civic_address::CivicAddress;
pub use location_object::{LocationObject, MEDIA_TYPE, Method, Position};
pub use read::{MOST_BYTES, ReadError, read};
