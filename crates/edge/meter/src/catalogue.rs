//! The whole table.

use crate::instrument::Described;
use crate::{calls, events, http, media, process, recording, sip, store};

/// Every metric of the platform; those about the process itself come from the operating system.
pub fn catalogue() -> Vec<Described> {
    [sip::ALL, calls::ALL, media::ALL, recording::ALL, events::ALL, store::ALL, http::ALL, process::ALL]
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instrument::Kind;

    #[test]
    fn names_follow_the_conventions_of_prometheus() {
        for metric in catalogue() {
            let name = metric.name;
            let plain = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            assert!(name.starts_with("ringdown_") && name.chars().all(plain), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
            assert_eq!(metric.buckets.is_empty(), metric.kind != Kind::Histogram, "{name}");
            assert!(metric.buckets.is_sorted(), "{name}");
            assert!(
                !["_ms", "_us", "_milliseconds", "_kb"].iter().any(|unit| name.ends_with(unit)),
                "{name}"
            );
            assert!(!metric.about.ends_with('.') && !metric.about.is_empty(), "{name}");
        }
    }

    #[test]
    fn no_name_is_used_twice() {
        let mut names: Vec<&str> = catalogue().iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
