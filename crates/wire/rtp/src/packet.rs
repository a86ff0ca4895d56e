//! One RTP packet (RFC 3550 §5.1).

/// The fixed part of every packet.
const FIXED_HEADER: usize = 12;

/// A packet, borrowed from a datagram or about to be written to one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// For sound: the first packet after silence.
    pub marker: bool,
    /// What the payload is, 0 to 127.
    pub payload_type: u8,
    /// One more for each packet.
    pub sequence: u16,
    /// When the first sample was taken, in samples.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
    /// Who was mixed into it.
    pub csrcs: Csrcs<'a>,
    /// A header extension.
    pub extension: Option<Extension<'a>>,
    /// The sound, without padding.
    pub payload: &'a [u8],
    /// Bytes of padding after the payload, its own count included.
    pub padding: u8,
}

/// Contributing sources: at most 15.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Csrcs<'a>(&'a [u8]);

/// A header extension (RFC 3550 §5.3.1), not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// "Defined by profile".
    pub profile: u16,
    /// A whole number of 32-bit words.
    pub data: &'a [u8],
}

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParsePacketError {
    /// Shorter than its header says.
    #[error("read an RTP packet that ends early")]
    Truncated,
    /// Not version 2.
    #[error("read an RTP packet of another version than 2")]
    Version,
    /// More padding than payload, or none where some is announced.
    #[error("read an RTP packet whose padding does not fit")]
    Padding,
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParsePacketError> {
        let (fixed, rest) =
            datagram.split_first_chunk::<FIXED_HEADER>().ok_or(ParsePacketError::Truncated)?;
        if fixed[0] >> 6 != 2 {
            return Err(ParsePacketError::Version);
        }
        let csrc_bytes = usize::from(fixed[0] & 0x0f) * 4;
        let (csrcs, rest) = rest.split_at_checked(csrc_bytes).ok_or(ParsePacketError::Truncated)?;
        let (extension, rest) = if fixed[0] & 0x10 == 0 { (None, rest) } else { Extension::parse(rest)? };
        let padding = if fixed[0] & 0x20 == 0 { 0 } else { padding(rest)? };
        Ok(Self {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            csrcs: Csrcs(csrcs),
            extension,
            payload: &rest[..rest.len() - usize::from(padding)],
            padding,
        })
    }

    /// Writes the packet to the front of `buffer` and says how long it is.
    ///
    /// `None`: it does not fit, or its extension is not a whole number of words.
    pub fn write(&self, buffer: &mut [u8]) -> Option<usize> {
        let length = self.length()?;
        let out = buffer.get_mut(..length)?;
        out[0] = 0x80
            | u8::from(self.padding > 0) << 5
            | u8::from(self.extension.is_some()) << 4
            | self.csrcs.len() as u8;
        out[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
        out[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        out[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        let mut rest = &mut out[FIXED_HEADER..];
        put(&mut rest, self.csrcs.0);
        if let Some(extension) = self.extension {
            put(&mut rest, &extension.profile.to_be_bytes());
            put(&mut rest, &((extension.data.len() / 4) as u16).to_be_bytes());
            put(&mut rest, extension.data);
        }
        put(&mut rest, self.payload);
        rest.fill(0);
        if let Some(last) = rest.last_mut() {
            *last = self.padding;
        }
        Some(length)
    }

    fn length(&self) -> Option<usize> {
        let extension = match self.extension {
            None => 0,
            Some(extension) if extension.data.len() % 4 == 0 && extension.data.len() / 4 <= 0xffff => {
                4 + extension.data.len()
            }
            Some(_) => return None,
        };
        Some(FIXED_HEADER + self.csrcs.0.len() + extension + self.payload.len() + usize::from(self.padding))
    }
}

impl<'a> Csrcs<'a> {
    /// From the wire: `None` unless these are at most 15 whole words.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        (bytes.len().is_multiple_of(4) && bytes.len() <= 60).then_some(Self(bytes))
    }

    /// How many.
    pub fn len(self) -> usize {
        self.0.len() / 4
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = u32> + 'a {
        self.0.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word))
    }
}

impl<'a> Extension<'a> {
    fn parse(bytes: &'a [u8]) -> Result<(Option<Self>, &'a [u8]), ParsePacketError> {
        let (head, rest) = bytes.split_first_chunk::<4>().ok_or(ParsePacketError::Truncated)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        let (data, rest) = rest.split_at_checked(length).ok_or(ParsePacketError::Truncated)?;
        Ok((Some(Self { profile: u16::from_be_bytes([head[0], head[1]]), data }), rest))
    }
}

fn padding(rest: &[u8]) -> Result<u8, ParsePacketError> {
    match rest.last() {
        Some(count) if *count > 0 && usize::from(*count) <= rest.len() => Ok(*count),
        _ => Err(ParsePacketError::Padding),
    }
}

fn put(rest: &mut &mut [u8], bytes: &[u8]) {
    let (head, tail) = std::mem::take(rest).split_at_mut(bytes.len());
    head.copy_from_slice(bytes);
    *rest = tail;
}
