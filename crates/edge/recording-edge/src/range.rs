//! Which bytes of a file somebody wants (RFC 9110 §14).

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: nothing was asked for, or something that may be passed over.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that the file does not have.
    Nothing,
}

/// Reads the header for a file of so many bytes. Several ranges at once are answered with the whole file, which
/// RFC 9110 §14.2 allows.
pub(crate) fn wanted(header: Option<&str>, bytes: u64) -> Wanted {
    let Some((unit, ranges)) = header.and_then(|header| header.split_once('=')) else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || ranges.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = ranges.trim().split_once('-') else { return Wanted::Whole };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => return Wanted::Whole,
        (Some(first), Some(last)) => first..last.saturating_add(1).min(bytes),
        (Some(first), None) if last.trim().is_empty() => first..bytes,
        (None, Some(count)) if first.trim().is_empty() => bytes.saturating_sub(count)..bytes,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Nothing } else { Wanted::Part(range) }
}

fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number that is too large is one behind the end of every file.
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Wanted) {
        assert_eq!(wanted(Some(header), 100), expected, "{header}");
    }

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        check("bytes=0-9", Wanted::Part(0..10));
        check("bytes=90-200", Wanted::Part(90..100));
        check("bytes=90-", Wanted::Part(90..100));
        check("Bytes = 5 - 6", Wanted::Part(5..7));
        check("bytes=-10", Wanted::Part(90..100));
        check("bytes=-200", Wanted::Part(0..100));
        check("bytes=100-", Wanted::Nothing);
        check("bytes=99999999999999999999999-", Wanted::Nothing);
        check("bytes=0-18446744073709551615", Wanted::Part(0..100));
        check("bytes=-0", Wanted::Nothing);
        check("bytes=9-5", Wanted::Whole);
        check("bytes=0-1,5-6", Wanted::Whole);
        check("bytes=a-b", Wanted::Whole);
        check("bytes=-", Wanted::Whole);
        check("seconds=0-1", Wanted::Whole);
        check("nonsense", Wanted::Whole);
        assert_eq!(wanted(None, 100), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
    }
}
