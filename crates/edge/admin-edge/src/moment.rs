//! Moments as people and scripts read them.

use jiff::Timestamp;

/// RFC 3339, in UTC.
pub(crate) fn moment(unix_us: i64) -> String {
    Timestamp::from_microsecond(unix_us).unwrap_or(Timestamp::MAX).to_string()
}

/// The same for a moment that may not be.
pub(crate) fn maybe(unix_us: Option<i64>) -> Option<String> {
    unix_us.map(moment)
}
