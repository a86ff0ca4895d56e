//! What a body may say beyond being well-formed (contract: Call Automation §6, §18).
//!
//! A refusal names the property and the range.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use acs::calling::CustomCallingContext;
use acs::identifier_model::PhoneNumberModel;
use call_engine::{Callback, CustomHeaders};
use http_kit::ApiError;
use identifier::PhoneNumber;
use redact::Pii;
use url::Url;

const MOST_URI_BYTES: usize = 4096;
const MOST_LANGUAGE_BYTES: usize = 35;
const MOST_LANGUAGES: usize = 10;
const MOST_MODEL_CHARACTERS: usize = 256;
const MOST_CONTEXT_BYTES: usize = 8192;
const MOST_NAME_CHARACTERS: usize = 256;
const MOST_SIP_HEADERS: usize = 5;
const MOST_VOIP_HEADERS: usize = 1000;
const MOST_HEADER_NAME: usize = 64;
const MOST_SIP_VALUE: usize = 256;
const MOST_VOIP_VALUE: usize = 1024;
/// Ten thousand calls have room for that.
const MOST_VOIP_BYTES: usize = 64 * 1024;

/// An absolute http(s) address, kept verbatim.
pub(crate) fn web_address(property: &str, text: &Arc<str>) -> Result<Arc<str>, ApiError> {
    let refused = |reason: &str| Err(ApiError::invalid(property, reason));
    if text.len() > MOST_URI_BYTES {
        return refused(&format!("it is longer than {MOST_URI_BYTES} bytes"));
    }
    let Ok(url) = Url::parse(text) else {
        return refused("it is not an absolute URL such as https://example.org/events");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused("its scheme must be https or http");
    }
    if text.chars().any(char::is_control) {
        return refused("it must not contain control characters");
    }
    Ok(Arc::clone(text))
}

/// The address of a WebSocket, kept verbatim.
pub(crate) fn web_socket_address(property: &str, text: Option<&str>) -> Result<Arc<str>, ApiError> {
    let refused = |reason: &str| Err(ApiError::invalid(property, reason));
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return refused("it is missing: name the address of a WebSocket such as wss://example.org/sound");
    };
    if text.len() > MOST_URI_BYTES {
        return refused(&format!("it is longer than {MOST_URI_BYTES} bytes"));
    }
    let Ok(url) = Url::parse(text) else {
        return refused("it is not an absolute URL such as wss://example.org/sound");
    };
    if !matches!(url.scheme(), "ws" | "wss") || url.host_str().is_none_or(str::is_empty) {
        return refused("its scheme must be wss or ws");
    }
    if text.chars().any(char::is_control) {
        return refused("it must not contain control characters");
    }
    Ok(text.into())
}

/// A language tag such as `en-US`.
pub(crate) fn language(property: &str, text: &str) -> Result<Arc<str>, ApiError> {
    let is_sound = !text.is_empty()
        && text.len() <= MOST_LANGUAGE_BYTES
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_sound {
        Ok(text.into())
    } else {
        Err(ApiError::invalid(property, "it is no language tag such as en-US"))
    }
}

/// Several of them, or the one; none when nothing is said.
pub(crate) fn languages(
    property: &str,
    several: Option<&Vec<String>>,
    one: Option<&String>,
) -> Result<Option<Vec<Arc<str>>>, ApiError> {
    let said: Vec<&String> = match several.filter(|several| !several.is_empty()) {
        Some(several) => several.iter().collect(),
        None => one.filter(|one| !one.is_empty()).into_iter().collect(),
    };
    count(property, &said, 0..=MOST_LANGUAGES)?;
    let languages: Vec<Arc<str>> =
        said.into_iter().map(|text| language(property, text)).collect::<Result<_, _>>()?;
    Ok((!languages.is_empty()).then_some(languages))
}

/// A model of a provider of speech; nothing when it is empty.
pub(crate) fn model(property: &str, id: Option<String>) -> Result<Option<Arc<str>>, ApiError> {
    let id = id.filter(|id| !id.is_empty());
    characters(property, id.as_deref().unwrap_or_default(), MOST_MODEL_CHARACTERS)?;
    Ok(id.map(Into::into))
}

/// Where the events of a call go.
pub(crate) fn callback(text: &Arc<str>) -> Result<Callback, ApiError> {
    web_address("callbackUri", text).map(Callback::Uri)
}

/// Where the events of an operation go, when not to the callback of the call.
pub(crate) fn operation_callback(text: Option<&Arc<str>>) -> Result<Option<Callback>, ApiError> {
    let callback = |text| web_address("operationCallbackUri", text).map(Callback::Uri);
    text.map(callback).transpose()
}

/// What is echoed in events.
pub(crate) fn operation_context(text: Option<Arc<str>>) -> Result<Option<Arc<str>>, ApiError> {
    if text.as_ref().is_some_and(|text| text.len() > MOST_CONTEXT_BYTES) {
        let reason = format!("it must not be longer than {MOST_CONTEXT_BYTES} bytes");
        return Err(ApiError::invalid("operationContext", reason));
    }
    Ok(text)
}

/// A name for the display of a phone.
pub(crate) fn display_name(name: Option<Pii<Arc<str>>>) -> Result<Option<Pii<Arc<str>>>, ApiError> {
    let sound = |name: &Pii<Arc<str>>| {
        let text = name.expose();
        text.chars().count() <= MOST_NAME_CHARACTERS && !text.chars().any(char::is_control)
    };
    if name.as_ref().is_some_and(|name| !sound(name)) {
        let reason =
            format!("it must be at most {MOST_NAME_CHARACTERS} characters, none of them a control character");
        return Err(ApiError::invalid("sourceDisplayName", reason));
    }
    Ok(name.filter(|name| !name.expose().is_empty()))
}

/// The number to show; nothing for an anonymous caller.
pub(crate) fn caller_number(number: Option<PhoneNumberModel>) -> Option<PhoneNumber> {
    number.and_then(|model| model.0)
}

/// A number within a range.
pub(crate) fn within(property: &str, value: i64, range: RangeInclusive<i64>) -> Result<u64, ApiError> {
    if !range.contains(&value) {
        let reason = format!("it must be from {} to {}", range.start(), range.end());
        return Err(ApiError::invalid(property, reason));
    }
    Ok(value.unsigned_abs())
}

/// A list whose length is within a range.
pub(crate) fn count<T>(property: &str, list: &[T], range: RangeInclusive<usize>) -> Result<(), ApiError> {
    if !range.contains(&list.len()) {
        let reason = format!("it must have from {} to {} elements", range.start(), range.end());
        return Err(ApiError::invalid(property, reason));
    }
    Ok(())
}

/// A text of at most so many characters.
pub(crate) fn characters(property: &str, text: &str, most: usize) -> Result<(), ApiError> {
    if text.chars().count() > most {
        return Err(ApiError::invalid(property, format!("it must have at most {most} characters")));
    }
    Ok(())
}

/// Headers for a callee.
pub(crate) fn custom_headers(context: Option<CustomCallingContext>) -> Result<CustomHeaders, ApiError> {
    let context = context.unwrap_or_default();
    let voip = voip_headers(context.voip_headers.unwrap_or_default())?;
    let mut headers = CustomHeaders { voip, ..CustomHeaders::default() };
    for (name, value) in context.sip_headers.unwrap_or_default() {
        let Some(value) = value else { continue };
        check_sip_header(&name, &value)?;
        if name.eq_ignore_ascii_case("User-To-User") {
            headers.user_to_user = Some(value.into());
        } else {
            headers.custom.push((name.into(), value.into()));
        }
    }
    if headers.custom.len() > MOST_SIP_HEADERS {
        let reason = format!("it must have at most {MOST_SIP_HEADERS} headers besides User-To-User");
        return Err(ApiError::invalid("customCallingContext.sipHeaders", reason));
    }
    Ok(headers)
}

fn check_sip_header(name: &str, value: &str) -> Result<(), ApiError> {
    let refused = |reason: String| Err(ApiError::invalid("customCallingContext.sipHeaders", reason));
    let token = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let known = name.eq_ignore_ascii_case("User-To-User")
        || name.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("X-"));
    if !token || !known || name.len() > MOST_HEADER_NAME {
        let reason = format!(
            "a name must be User-To-User or begin with X-, consist of letters, digits and dashes, and have at most \
             {MOST_HEADER_NAME} characters"
        );
        return refused(reason);
    }
    if value.len() > MOST_SIP_VALUE || value.chars().any(char::is_control) {
        return refused(format!(
            "the value of {name} must have at most {MOST_SIP_VALUE} characters, none of them a control character"
        ));
    }
    Ok(())
}

/// Keys and values, in the order of keys.
type VoipHeaders = Vec<(Arc<str>, Arc<str>)>;

/// A header that is null is none.
fn voip_headers(headers: BTreeMap<String, Option<String>>) -> Result<VoipHeaders, ApiError> {
    let fits = |name: &str, value: &str| {
        (1..=MOST_HEADER_NAME).contains(&name.len()) && value.len() <= MOST_VOIP_VALUE
    };
    let given: VoipHeaders =
        headers.into_iter().filter_map(|(name, value)| Some((name.into(), value?.into()))).collect();
    let bytes: usize = given.iter().map(|(name, value)| name.len() + value.len()).sum();
    let all_fit = given.iter().all(|(name, value)| fits(name, value));
    if given.len() > MOST_VOIP_HEADERS || bytes > MOST_VOIP_BYTES || !all_fit {
        let reason = format!(
            "it must have at most {MOST_VOIP_HEADERS} headers with names of 1 to {MOST_HEADER_NAME} and values of at \
             most {MOST_VOIP_VALUE} bytes, and at most {MOST_VOIP_BYTES} bytes in all"
        );
        return Err(ApiError::invalid("customCallingContext.voipHeaders", reason));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn address(text: &str, sound: bool) {
        assert_eq!(web_address("callbackUri", &text.into()).is_ok(), sound, "{text}");
    }

    #[test]
    fn an_address_is_absolute_http() {
        address("https://example.org/cb/8:acs:1+2?x=a b", true);
        address("http://127.0.0.1:8080/cb", true);
        address("HTTPS://EXAMPLE.org", true);
        address("ftp://example.org", false);
        address("file:///etc/passwd", false);
        address("javascript:alert(1)", false);
        address("/cb", false);
        address("example.org/cb", false);
        address("https://", false);
        address("https://a/\r\nX: y", false);
        address(&format!("https://a/{}", "a".repeat(5000)), false);
    }

    fn headers(pairs: &[(&str, &str)]) -> Result<CustomHeaders, ApiError> {
        let sip_headers: BTreeMap<String, Option<String>> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect();
        custom_headers(Some(CustomCallingContext {
            sip_headers: Some(sip_headers),
            ..CustomCallingContext::default()
        }))
    }

    fn voip(pairs: impl IntoIterator<Item = (String, String)>) -> Result<CustomHeaders, ApiError> {
        let pairs = pairs.into_iter().map(|(name, value)| (name, Some(value)));
        custom_headers(Some(CustomCallingContext {
            voip_headers: Some(pairs.collect()),
            ..CustomCallingContext::default()
        }))
    }

    #[test]
    fn voip_headers_are_a_thousand_and_as_long_as_azure_has_them() {
        let numbered = |count: usize, value: &str| {
            let value = value.to_owned();
            voip((0..count).map(move |number| (format!("{number:064}"), value.clone())))
        };
        assert_eq!(numbered(1000, "").unwrap().voip.len(), 1000);
        assert!(numbered(1001, "").is_err());
        assert!(numbered(60, &"v".repeat(1024)).is_ok());
        assert!(numbered(1, &"v".repeat(1025)).is_err());
        assert!(numbered(61, &"v".repeat(1024)).is_err(), "all together they are too long");
        assert!(voip([("k".repeat(65), String::new())]).is_err());
        assert!(voip([(String::new(), "v".to_owned())]).is_err());
        let headers = voip([("any sign ü".to_owned(), "a\nb".to_owned())]).unwrap();
        assert_eq!(headers.voip, [("any sign ü".into(), "a\nb".into())]);
    }

    #[test]
    fn sip_headers_are_few_short_and_harmless() {
        let five = [("X-1", "a"), ("X-2", "b"), ("X-3", "c"), ("X-MS-Custom-4", "d"), ("x-5", "e")];
        let mut more = vec![("User-To-User", "uui")];
        more.extend(five);
        let taken = headers(&more).expect("five besides User-To-User");
        assert_eq!(taken.user_to_user.as_deref(), Some("uui"));
        assert_eq!(taken.custom.len(), 5);
        more.push(("X-6", "f"));
        assert!(headers(&more).is_err());
        assert!(headers(&[("From", "sip:a@b")]).is_err());
        assert!(headers(&[("X-a b", "c")]).is_err());
        assert!(headers(&[("X-a", "b\r\nVia: c")]).is_err());
        assert!(headers(&[("X-a", &"b".repeat(257))]).is_err());
        assert!(headers(&[(&format!("X-{}", "a".repeat(63)), "b")]).is_err());
    }
}
