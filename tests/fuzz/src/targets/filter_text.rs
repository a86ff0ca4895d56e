//! Filters as operators type them, on the command line and in the configuration file.

use configuration::filter_text;
use event_delivery::AdvancedFilter;
use serde_json::Value;

pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match filter_text::parse(text) {
        Ok(filter) => {
            assert!(!filter.key.is_empty() && !filter.operator_type.is_empty());
            assert!(text.starts_with(&format!("{}:{}", filter.key, filter.operator_type)));
            // A string is compared with strings, whatever it looks like.
            if filter.operator_type.starts_with("String") {
                assert!(filter.values.iter().all(Value::is_string));
            }
            // Whether there is such an operator is found out without a panic.
            let _ = AdvancedFilter::new(&filter.operator_type, &filter.key, filter.values);
        }
        Err(error) => assert!(error.to_string().contains("StringIn"), "it shows how one is written"),
    }
}
