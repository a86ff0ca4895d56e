//! How entries follow each other in a file: length, checksum, kind, content.
//!
//! A file begins with a line that people can read, the format, and the run of the process that
//! wrote it. What comes after a torn frame is not read.

use borsh::{BorshDeserialize, BorshSerialize};

/// Changes with everything that is written down: a journal is read by the program that wrote it,
/// or by another with the same format. A test compares the shapes with those of the format.
pub const FORMAT: u16 = 7;

const MAGIC: &[u8; 17] = b"ringdown journal\n";
const PREFIX: usize = 8;
/// No frame is longer: a directory of a hundred thousand phones is far below.
const LONGEST: usize = 64 << 20;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Limits and directory of an exchange.
    Setting = 1,
    /// One input with all that followed.
    Entry = 2,
    /// Entries that were not kept.
    Gap = 3,
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Header {
    /// Tells one process from the next.
    pub run: u128,
    /// The program that wrote it.
    pub version: String,
}

/// Why a file is no journal that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("it does not begin like a journal")]
    Foreign,
    #[error("it has format {found}, and this program reads format {FORMAT}; use the ringdown that wrote it")]
    Format { found: u16 },
}

/// Replaces what is in `frame` by a whole frame.
pub(crate) fn put(frame: &mut Vec<u8>, kind: Kind, content: impl FnOnce(&mut Vec<u8>)) {
    frame.clear();
    frame.extend_from_slice(&[0; PREFIX]);
    frame.push(kind as u8);
    content(frame);
    let length = (frame.len() - PREFIX) as u32;
    let checksum = crc32fast::hash(&frame[PREFIX..]);
    frame[..4].copy_from_slice(&length.to_le_bytes());
    frame[4..8].copy_from_slice(&checksum.to_le_bytes());
}

/// The first bytes of a file.
pub(crate) fn header(header: &Header) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    let written = (FORMAT, header).serialize(&mut bytes);
    written.expect("memory takes everything");
    bytes
}

/// Reads the first bytes of a file; what follows is left. A file that was just begun may have none.
pub(crate) fn read_header(bytes: &mut &[u8]) -> Result<Option<Header>, HeaderError> {
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        return if MAGIC.starts_with(bytes) { Ok(None) } else { Err(HeaderError::Foreign) };
    };
    let Ok(format) = u16::deserialize(&mut rest) else { return Ok(None) };
    if format != FORMAT {
        return Err(HeaderError::Format { found: format });
    }
    let header = Header::deserialize(&mut rest).ok();
    if header.is_some() {
        *bytes = rest;
    }
    Ok(header)
}

/// Takes the next whole frame; none at the end, and none where a frame is torn.
pub(crate) fn take<'a>(bytes: &mut &'a [u8]) -> Option<(Kind, &'a [u8])> {
    let (prefix, rest) = bytes.split_at_checked(PREFIX)?;
    let length = u32::from_le_bytes(prefix[..4].try_into().ok()?) as usize;
    let checksum = u32::from_le_bytes(prefix[4..].try_into().ok()?);
    let (content, rest) = rest.split_at_checked(length).filter(|_| length <= LONGEST)?;
    if crc32fast::hash(content) != checksum {
        return None;
    }
    let (kind, content) = content.split_first()?;
    let kind = match kind {
        1 => Kind::Setting,
        2 => Kind::Entry,
        3 => Kind::Gap,
        _ => return None,
    };
    *bytes = rest;
    Some((kind, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_tail_ends_the_reading_and_costs_nothing_before_it() {
        let (mut bytes, mut frame) = (Vec::new(), Vec::new());
        for number in 0..3_u8 {
            put(&mut frame, Kind::Gap, |content| content.push(number));
            bytes.extend_from_slice(&frame);
        }
        for torn in 0..bytes.len() {
            let mut rest = &bytes[..torn];
            let read = std::iter::from_fn(|| take(&mut rest)).count();
            assert_eq!(read, torn / frame.len());
        }
        bytes[PREFIX + 1] ^= 1;
        assert_eq!(take(&mut bytes.as_slice()), None);
    }

    #[test]
    fn a_journal_of_another_format_is_not_guessed_at() {
        let own = header(&Header { run: 7, version: "0.1.0".into() });
        let mut rest = own.as_slice();
        assert_eq!(read_header(&mut rest).map(|header| header.map(|header| header.run)), Ok(Some(7)));
        assert!(rest.is_empty());

        let mut later = own.clone();
        later[MAGIC.len()] = 99;
        assert_eq!(read_header(&mut later.as_slice()), Err(HeaderError::Format { found: 99 }));
        assert_eq!(read_header(&mut b"#!/bin/sh".as_slice()), Err(HeaderError::Foreign));
        assert_eq!(read_header(&mut &own[..20]), Ok(None));
    }
}
