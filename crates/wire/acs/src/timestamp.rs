//! Moments as events spell them.

use jiff::Timestamp;

/// `2026-11-21T02:32:50.1234560+00:00`: seven digits and an explicit offset, as the callbacks carry.
pub fn with_offset(unix_us: i64) -> String {
    timestamp(unix_us).strftime("%Y-%m-%dT%H:%M:%S.%6f0+00:00").to_string()
}

/// `2026-11-21T02:32:50.1234560Z`, as Event Grid carries.
pub fn zulu(unix_us: i64) -> String {
    timestamp(unix_us).strftime("%Y-%m-%dT%H:%M:%S.%6f0Z").to_string()
}

fn timestamp(unix_us: i64) -> Timestamp {
    // A clock beyond the year 9999 is not an instant that JSON consumers read either.
    Timestamp::from_microsecond(unix_us).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_seven_digits() {
        assert_eq!(with_offset(1_795_228_370_123_456), "2026-11-21T02:32:50.1234560+00:00");
        assert_eq!(zulu(0), "1970-01-01T00:00:00.0000000Z");
        assert!(zulu(i64::MAX).starts_with("9999"));
    }
}
