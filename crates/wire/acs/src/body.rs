//! Reading a body so that a mistake is told by the property it is in.

use serde::de::DeserializeOwned;

/// Why a body is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {property}: {reason}")]
pub struct BodyError {
    /// The path of the property, for example `playSources[0].file`; `the request body` for the whole.
    pub property: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads a JSON body; an absent body is an empty object.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BodyError> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let property = if path == "." { "the request body".to_owned() } else { path };
        BodyError { property, reason: error.into_inner().to_string() }
    })?;
    deserializer
        .end()
        .map_err(|error| BodyError { property: "the request body".to_owned(), reason: error.to_string() })?;
    Ok(value)
}
