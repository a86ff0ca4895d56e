//! A body of several parts (RFC 2046 §5.1, RFC 5621): a session description, and beside it where the caller is.

use crate::location_object::MEDIA_TYPE;

/// The most parts that are looked at.
const MOST_PARTS: usize = 8;
/// The longest boundary (RFC 2046 §5.1.1).
const LONGEST_BOUNDARY: usize = 70;

/// One part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// `Content-Type`, without parameters, in lower case.
    pub media_type: String,
    /// `Content-ID` without its angle brackets.
    pub content_id: Option<String>,
    /// What it holds.
    pub body: &'a [u8],
}

/// A session description with a location that headers name as `content_id` (RFC 6442 §4.1). Whoever makes
/// nothing of the location may pass over it (RFC 5621 §3.1.1).
pub fn write(boundary: &str, description: &str, content_id: &str, location: &str) -> String {
    format!(
        "--{boundary}\r\nContent-Type: application/sdp\r\n\r\n{description}\r\n\
         --{boundary}\r\nContent-Type: {MEDIA_TYPE}\r\nContent-ID: <{content_id}>\r\n\
         Content-Disposition: by-reference;handling=optional\r\n\r\n{location}\r\n--{boundary}--\r\n"
    )
}

/// The parts of a body with this `Content-Type`; a body of one kind is one part.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Vec<Part<'a>> {
    let media_type = media_type(content_type);
    if !media_type.starts_with("multipart/") {
        return vec![Part { media_type, content_id: None, body }];
    }
    let Some(boundary) = boundary(content_type) else { return Vec::new() };
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut pieces = split(body, delimiter.as_bytes()).into_iter();
    // What is before the first delimiter is for people (RFC 2046 §5.1.1).
    pieces.next();
    for piece in pieces {
        if piece.starts_with(b"--") {
            break;
        }
        parts.extend(part(piece));
    }
    parts
}

fn part(piece: &[u8]) -> Option<Part<'_>> {
    let piece = piece.strip_prefix(b"\r\n").or_else(|| piece.strip_prefix(b"\n"))?;
    let (head, body) = match (find(piece, b"\r\n\r\n"), find(piece, b"\n\n")) {
        (Some(at), _) => (&piece[..at], &piece[at + 4..]),
        (None, Some(at)) => (&piece[..at], &piece[at + 2..]),
        (None, None) => return None,
    };
    let head = std::str::from_utf8(head).ok()?;
    let header = |wanted: &str| {
        let found = head.lines().filter_map(|line| line.split_once(':'));
        let mut found = found.filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
        found.next().map(|(_, value)| value.trim())
    };
    let content_id = header("Content-ID").map(|id| id.trim_matches(['<', '>']).to_owned());
    let body = body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).unwrap_or(body);
    Some(Part { media_type: media_type(header("Content-Type")?), content_id, body })
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn boundary(content_type: &str) -> Option<&str> {
    let named = |parameter: &str| {
        parameter.trim().get(..9).is_some_and(|name| name.eq_ignore_ascii_case("boundary="))
    };
    let parameter = content_type.split(';').skip(1).find(|parameter| named(parameter))?;
    let boundary = parameter.trim()[9..].trim_matches('"');
    (!boundary.is_empty() && boundary.len() <= LONGEST_BOUNDARY).then_some(boundary)
}

fn split<'a>(body: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), body);
    while let Some(at) = find(rest, delimiter)
        && pieces.len() <= MOST_PARTS
    {
        pieces.push(&rest[..at]);
        rest = &rest[at + delimiter.len()..];
    }
    pieces.push(rest);
    pieces
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let body = write("b-7", "v=0\r\n", "place@ringdown.invalid", "<presence/>");
        let parts = parts("Multipart/Mixed; boundary=\"b-7\"", body.as_bytes());
        let read: Vec<_> =
            parts.iter().map(|part| (&*part.media_type, part.content_id.as_deref(), part.body)).collect();
        assert_eq!(
            read,
            [
                ("application/sdp", None, &b"v=0\r\n"[..]),
                ("application/pidf+xml", Some("place@ringdown.invalid"), &b"<presence/>"[..]),
            ]
        );
    }

    #[test]
    fn a_body_of_one_kind_is_one_part() {
        let parts = super::parts("application/SDP; charset=x", b"v=0");
        assert_eq!(
            parts,
            [Part { media_type: "application/sdp".to_owned(), content_id: None, body: b"v=0" }]
        );
        assert!(super::parts("multipart/mixed", b"--a\r\n\r\n").is_empty(), "no boundary is named");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(kind in "multipart/mixed; ?boundary=.{0,8}", body in proptest::collection::vec(any::<u8>(), 0..300)) {
            for part in parts(&kind, &body) {
                prop_assert!(part.body.len() <= body.len());
            }
        }
    }
}
