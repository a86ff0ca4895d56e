//! A SIP message as lines of bytes: just enough grammar to judge it.

use super::grammar::{address, contacts, mend_colons, vias};

/// The longest message that is read.
pub(crate) const MAX_MESSAGE: usize = 65_535;
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 128;
const MAX_VALUE: usize = 4 * 1024;

/// A message, split but not understood.
#[derive(Debug)]
pub(super) struct RawMessage<'a> {
    pub start: String,
    /// Long names, unfolded values, in order.
    pub headers: Vec<(&'static str, String, String)>,
    pub body: &'a [u8],
}

/// Why bytes are no message, so that not even an answer can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl<'a> RawMessage<'a> {
    /// Splits `bytes`; Latin-1 in names and values becomes UTF-8.
    pub fn split(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let (head, body) = split_head(bytes).ok_or(Unreadable)?;
        if head.len() > MAX_HEAD {
            return Err(Unreadable);
        }
        let mut lines =
            head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let start = text(lines.next().ok_or(Unreadable)?)?;
        let mut headers: Vec<(&'static str, String, String)> = Vec::new();
        for line in lines {
            let line = text(line)?;
            if line.starts_with([' ', '\t']) {
                let (_, _, value) = headers.last_mut().ok_or(Unreadable)?;
                let more = line.trim();
                if !value.is_empty() && !more.is_empty() {
                    value.push(' ');
                }
                value.push_str(more);
            } else {
                let (name, value) = line.split_once(':').ok_or(Unreadable)?;
                let name = name.trim_end();
                if name.is_empty() || !name.bytes().all(is_token) || headers.len() == MAX_HEADERS {
                    return Err(Unreadable);
                }
                headers.push((long_name(name), name.to_owned(), value.trim().to_owned()));
            }
            if headers.last().is_some_and(|(_, _, value)| value.len() > MAX_VALUE) {
                return Err(Unreadable);
            }
        }
        Ok(Self { start, headers, body })
    }

    /// Writes Via, From, To and Contact as the grammar has them; `false` when one of them breaks it.
    pub fn tidy(&mut self) -> bool {
        let mut is_tidy = true;
        let mut headers = Vec::with_capacity(self.headers.len());
        mend_colons(&mut self.start);
        for (known, name, mut value) in self.headers.drain(..) {
            mend_colons(&mut value);
            let written = match known {
                "via" => vias(&value),
                "from" | "to" => address(&value).map(|address| vec![address]),
                "contact" => contacts(&value).map(|contacts| vec![contacts]),
                _ => Some(vec![value.clone()]),
            };
            is_tidy &= written.is_some();
            // What cannot be read is still needed, to be repeated in a refusal.
            let written = written.unwrap_or_else(|| vec![value]);
            headers.extend(written.into_iter().map(|mut value| {
                // White space that was taken out may have stood between colons.
                mend_colons(&mut value);
                (known, name.clone(), value)
            }));
        }
        self.headers = headers;
        is_tidy
    }

    /// All values of a header, by its long name in lower case.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, ..)| *known == name).map(|(_, _, value)| value.as_str())
    }

    /// The value of a header that must be there exactly once.
    pub fn only(&self, name: &str) -> Option<&str> {
        let mut values = self.values(name);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The message as it should have been written, with `body`.
    pub fn write(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024 + body.len());
        bytes.extend_from_slice(self.start.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        for (known, name, value) in &self.headers {
            if *known != "content-length" {
                bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }
}

/// The head without its empty line, and what follows.
fn split_head(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut line_start = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\n' {
            continue;
        }
        let line = &bytes[line_start..index];
        if (line.is_empty() || line == b"\r") && line_start > 0 {
            let head = &bytes[..line_start - 1];
            return Some((head.strip_suffix(b"\r").unwrap_or(head), &bytes[index + 1..]));
        }
        line_start = index + 1;
    }
    None
}

/// UTF-8, or Latin-1 where it is not; control characters have no place in a head, unless a
/// backslash takes them into a quoted string (RFC 3261 §25.1, quoted-pair).
fn text(line: &[u8]) -> Result<String, Unreadable> {
    let mut escaped = false;
    for byte in line {
        if !escaped && ((*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) || *byte == b'\r' {
            return Err(Unreadable);
        }
        escaped = *byte == b'\\' && !escaped;
    }
    Ok(match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().map(|byte| char::from(*byte)).collect(),
    })
}

pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// The long name, in lower case, of the headers that we judge; `""` for all others.
fn long_name(name: &str) -> &'static str {
    const KNOWN: [(&str, &str); 8] = [
        ("via", "v"),
        ("from", "f"),
        ("to", "t"),
        ("call-id", "i"),
        ("cseq", ""),
        ("content-length", "l"),
        ("max-forwards", ""),
        ("contact", "m"),
    ];
    KNOWN
        .iter()
        .find(|(long, short)| name.eq_ignore_ascii_case(long) || name.eq_ignore_ascii_case(short))
        .map_or("", |(long, _)| long)
}

/// Why a stream can be read no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameError;

/// How many bytes of a stream the first message takes; `None` while it is not complete.
pub(crate) fn frame_length(bytes: &[u8]) -> Result<Option<usize>, FrameError> {
    let Some((head, rest)) = split_head(bytes) else {
        return if bytes.len() > MAX_HEAD { Err(FrameError) } else { Ok(None) };
    };
    let mut length = None;
    for line in head.split(|byte| *byte == b'\n') {
        // A folded line is a part of the header above it, whatever it looks like.
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let Ok(name) = std::str::from_utf8(&line[..colon]) else { continue };
        if long_name(name.trim()) != "content-length" {
            continue;
        }
        let value = std::str::from_utf8(&line[colon + 1..]).map_err(|_| FrameError)?;
        let value = value.trim().parse::<usize>().map_err(|_| FrameError)?;
        // Two lengths would let two readers see two different streams.
        if length.replace(value).is_some() {
            return Err(FrameError);
        }
    }
    let body = length.unwrap_or(0);
    let total = (bytes.len() - rest.len()).checked_add(body).filter(|total| *total <= MAX_MESSAGE);
    let total = total.ok_or(FrameError)?;
    Ok((bytes.len() >= total).then_some(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_in_a_folded_line_cuts_no_stream() {
        let message = b"BYE sip:a SIP/2.0\r\nSubject: x\r\n Content-Length: 9\r\n\r\nOPTIONS sip:a";
        assert_eq!(frame_length(message), Ok(Some(message.len() - "OPTIONS sip:a".len())));
    }

    #[test]
    fn a_stream_is_cut_into_messages() {
        assert_eq!(frame_length(b"BYE sip:a SIP/2.0\r\nl: 3\r\n\r\nabcREST"), Ok(Some(30)));
        assert_eq!(frame_length(b"BYE sip:a SIP/2.0\r\nl: 3\r\n\r\nab"), Ok(None));
        assert_eq!(frame_length(b"BYE sip:a SIP/2.0\r\n"), Ok(None));
        assert_eq!(frame_length(b"A\r\nContent-Length: 18446744073709551615\r\n\r\n"), Err(FrameError));
        assert_eq!(frame_length(b"A\r\nContent-Length: -1\r\n\r\n"), Err(FrameError));
        assert_eq!(frame_length(b"A\r\nContent-Length: 0\r\nl: 5\r\n\r\n"), Err(FrameError));
        assert_eq!(frame_length(&[b'x'; 20_000]), Err(FrameError));
    }
}
