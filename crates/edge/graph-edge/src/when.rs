//! Moments and spans, as Graph writes them (RFC 3339, ISO 8601).

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A moment as text, with seven digits as Graph has them, for example `2026-11-21T20:00:00.0000000Z`.
pub(crate) fn moment(unix_us: i64) -> String {
    let moment = Timestamp::from_microsecond(unix_us).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.strftime("%Y-%m-%dT%H:%M:%S.%6f0Z").to_string()
}

/// The same without a zone, for a `dateTimeTimeZone`.
pub(crate) fn civil(unix_us: i64) -> String {
    moment(unix_us).trim_end_matches('Z').to_owned()
}

/// Microseconds since 1970 of a moment with its offset.
pub(crate) fn read_moment(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Microseconds since 1970 of a moment in a zone: `UTC`, or a name of the IANA database.
pub(crate) fn read_civil(text: &str, zone: &str) -> Option<i64> {
    if let Some(unix_us) = read_moment(text) {
        return Some(unix_us);
    }
    let civil: DateTime = text.parse().ok()?;
    let zone = match zone {
        "" | "UTC" | "GMT" | "Etc/UTC" | "Etc/GMT" => TimeZone::UTC,
        other => TimeZone::get(other).ok()?,
    };
    civil.to_zoned(zone).ok().map(|zoned| zoned.timestamp().as_microsecond())
}

/// A span such as `PT1H30M` or `P1D`; years and months have no length.
pub(crate) fn read_span(text: &str) -> Option<Duration> {
    let span: Span = text.starts_with('P').then(|| text.parse().ok()).flatten()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(i64::from(span.get_hours()).checked_mul(3_600)?)?
        .checked_add(span.get_minutes().checked_mul(60)?)?
        .checked_add(span.get_seconds())?;
    let whole = Duration::from_secs(u64::try_from(seconds).ok()?);
    Some(whole + Duration::from_millis(u64::try_from(span.get_milliseconds()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let seconds = |text: &str| read_span(text).map(|span| span.as_secs());
        assert_eq!(seconds("PT5M"), Some(300));
        assert_eq!(seconds("PT1H30M"), Some(5_400));
        assert_eq!(seconds("P1D"), Some(86_400));
        assert_eq!(seconds("P1W"), Some(604_800));
        for text in ["", "5m", "PT", "P1Y", "-PT5M", "PT5X", "PT99999999999999999999H"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn moments_read_back() {
        let unix_us = 1_800_000_000_123_456;
        assert_eq!(moment(unix_us), "2027-01-15T08:00:00.1234560Z");
        assert_eq!(read_moment(&moment(unix_us)), Some(unix_us));
        assert_eq!(read_civil(&civil(unix_us), "UTC"), Some(unix_us));
        assert_eq!(read_moment("2027-01-15T09:00:00+01:00"), Some(1_800_000_000_000_000));
        assert_eq!(read_moment("2027-01-15T08:00:00.1234567Z"), Some(unix_us));
        assert_eq!(read_civil("2027-01-15T08:00:00", "Narnia Standard Time"), None);
        assert_eq!(read_moment("yesterday"), None);
    }
}
