//! Reading a body so that a mistake is told by the property it is in.

use serde::de::DeserializeOwned;

/// The most of a property's path, and of what is wrong with it, that is told.
const MOST_BYTES_TOLD: usize = 512;

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
        let property = match path.as_str() {
            "." => "the request body".to_owned(),
            "" => "the property without a name".to_owned(),
            path => shortened(path),
        };
        BodyError { property, reason: shortened(&error.into_inner().to_string()) }
    })?;
    deserializer
        .end()
        .map_err(|error| BodyError { property: "the request body".to_owned(), reason: error.to_string() })?;
    Ok(value)
}

/// Some mistakes are told with a part of the body, which may be long; an answer is not.
fn shortened(text: &str) -> String {
    if text.len() <= MOST_BYTES_TOLD {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MOST_BYTES_TOLD)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calling::HoldRequest;

    #[test]
    fn a_refusal_is_short_however_long_the_body_is() {
        let long = "ü".repeat(5_000);
        for body in
            [format!(r#"{{"targetParticipant":{{"kind":"{long}"}}}}"#), format!(r#"{{"":1,"{long}"}}"#)]
        {
            let error = read::<HoldRequest>(body.as_bytes()).expect_err("it is malformed");
            assert!(
                !error.property.is_empty() && error.property.len() + error.reason.len() < 1_100,
                "{error}"
            );
        }
    }
}
