//! How a span of time is written down: whole microseconds.
//!
//! For `#[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]`.

use std::io::{Read, Result, Write};
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};

/// Writes a span; what is finer than a microsecond is lost.
pub fn write<W: Write>(span: &Duration, writer: &mut W) -> Result<()> {
    (span.as_micros() as u64).serialize(writer)
}

/// Reads a span.
pub fn read<R: Read>(reader: &mut R) -> Result<Duration> {
    u64::deserialize_reader(reader).map(Duration::from_micros)
}

/// Writes a span that may be absent.
pub fn write_maybe<W: Write>(span: &Option<Duration>, writer: &mut W) -> Result<()> {
    span.map(|span| span.as_micros() as u64).serialize(writer)
}

/// Reads a span that may be absent.
pub fn read_maybe<R: Read>(reader: &mut R) -> Result<Option<Duration>> {
    Ok(Option::<u64>::deserialize_reader(reader)?.map(Duration::from_micros))
}
