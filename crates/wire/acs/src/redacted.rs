//! Reading into values that do not print.

use std::sync::Arc;

use redact::{Pii, Secret};
use serde::{Deserialize, Deserializer};

/// An optional text about a person.
pub(crate) fn pii<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Pii<Arc<str>>>, D::Error> {
    Ok(Option::<Arc<str>>::deserialize(deserializer)?.map(Pii::new))
}

/// A text that grants something.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}
