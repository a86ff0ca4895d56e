//! The moment of a frame, as it stands in messages: `2024-11-15T19:16:12.925Z`.

use std::fmt::Write;

use jiff::Timestamp;

/// Writes moments that follow each other: what they share is worked out once a second.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    second: Option<i64>,
    /// `2024-11-15T19:16:12`
    text: String,
}

impl Stamp {
    /// Writes the moment, given in microseconds since 1970.
    pub(crate) fn write(&mut self, unix_us: i64, to: &mut impl Write) -> std::fmt::Result {
        let second = unix_us.div_euclid(1_000_000);
        if self.second.replace(second) != Some(second) {
            self.text.clear();
            let moment = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
            write!(self.text, "{}", moment.strftime("%Y-%m-%dT%H:%M:%S"))?;
        }
        write!(to, "{}.{:03}Z", self.text, unix_us.rem_euclid(1_000_000) / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_milliseconds() {
        let mut stamp = Stamp::default();
        let mut write = |unix_us| {
            let mut text = String::new();
            stamp.write(unix_us, &mut text).unwrap();
            text
        };
        assert_eq!(write(1_731_698_172_925_999), "2024-11-15T19:16:12.925Z");
        assert_eq!(write(1_731_698_172_945_000), "2024-11-15T19:16:12.945Z");
        assert_eq!(write(1_731_698_173_005_000), "2024-11-15T19:16:13.005Z");
    }
}
