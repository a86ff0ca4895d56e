//! The `api-version` that every operation requires.

use crate::api_error::ApiError;

const NAME: &str = "api-version";

/// The value of a query parameter, percent-decoded; the first one counts.
pub fn query_parameter(query: Option<&str>, name: &str) -> Option<String> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    percent_encoding::percent_decode_str(value).decode_utf8().ok().map(Into::into)
}

/// Reads the version with `parse`; missing and unknown ones are refused, naming those in `served`.
pub fn required_api_version<V>(
    query: Option<&str>,
    parse: impl FnOnce(&str) -> Option<V>,
    served: impl IntoIterator<Item = &'static str>,
) -> Result<V, ApiError> {
    let versions = || served.into_iter().collect::<Vec<_>>().join(", ");
    let Some(text) = query_parameter(query, NAME) else {
        return Err(ApiError::invalid(
            NAME,
            format!("the query parameter is missing; served are {}", versions()),
        ));
    };
    parse(&text).ok_or_else(|| {
        ApiError::invalid(NAME, format!("it is not a version that is served; served are {}", versions()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: Option<&str>) -> Result<u8, String> {
        required_api_version(query, |text| (text == "2026-03-12").then_some(1), ["2026-03-12"])
            .map_err(|error| error.message)
    }

    #[test]
    fn a_version_is_required_and_must_be_served() {
        assert_eq!(read(Some("x=1&api-version=2026-03-12")), Ok(1));
        assert_eq!(read(Some("API-VERSION=2026%2D03-12")), Ok(1));
        assert!(read(None).is_err());
        assert!(read(Some("api-version")).is_err());
        assert!(read(Some("api-version=1999-01-01")).unwrap_err().contains("2026-03-12"));
    }
}
