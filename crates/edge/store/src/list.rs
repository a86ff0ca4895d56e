//! Lists in one column, as JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

pub(crate) fn write<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("a list of texts is JSON")
}

/// Reads a list. What cannot be read is not shown: such lists are about people.
pub(crate) fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<Vec<T>, StoreError> {
    let unreadable = |_| StoreError::Unreadable { what, value: "what it holds".to_owned() };
    serde_json::from_str(text).map_err(unreadable)
}
