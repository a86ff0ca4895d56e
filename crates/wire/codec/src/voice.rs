//! 20 ms of what somebody says.

use crate::codec::Codec;

/// What is known of 20 ms of a voice; where nothing is, they are silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice<'a> {
    /// As it came. Of G.711 and G.722 these are 160 codes, of Opus a packet: a shorter one may be followed by
    /// another within the 20 ms, a longer one by nothing for as long as it lasts.
    Coded(Codec, &'a [u8]),
    /// It was lost on its way. Of Opus, the packet after it may tell what it was.
    Lost(Codec, Option<&'a [u8]>),
    /// Nobody speaks, and noise is heard that is so many dB below the loudest (RFC 3389).
    Noise(u8),
}
