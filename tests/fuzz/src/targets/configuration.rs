//! Configuration files, and what they say of a server.

use std::collections::BTreeMap;
use std::path::Path;

use configuration::{ConfigurationError, Source};

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let path = Path::new("ringdown.toml");
    match configuration::read(text, path, &BTreeMap::new(), &Vec::new()) {
        Ok(configuration) => {
            // What was settled is within its bounds.
            assert!(configuration.limits.calls > 0 && !configuration.sip.listen.is_empty());
            assert!(configuration.media.ports.start() < configuration.media.ports.end());
            if configuration.demo {
                assert!(configuration.web.ip().is_loopback());
            }
            for (_, value) in configuration.values.iter() {
                if let Source::File(place) = &value.source {
                    assert!((1..=text.lines().count().max(1)).contains(&place.line), "{place}");
                }
            }
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.starts_with("cannot "), "{told}");
            match &error {
                ConfigurationError::Malformed { place, .. }
                | ConfigurationError::UnknownKey { place, .. }
                | ConfigurationError::NotOneValue { place, .. } => {
                    assert!((1..=text.matches('\n').count() + 1).contains(&place.line), "{told}");
                }
                ConfigurationError::Unreadable { .. }
                | ConfigurationError::BadValue { .. }
                | ConfigurationError::Contradiction { .. } => {}
            }
        }
    }
}
