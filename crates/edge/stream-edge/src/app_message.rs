//! What applications send. Each SDK spells it in its own way (contract: Call Automation §12), so names are read in
//! any case, and what it is about is told by `kind` alone.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AppMessage {
    /// Sound to be heard, of any length: 16 bit samples, the low byte first.
    Audio(Vec<u8>),
    /// What waits to be heard is not to be.
    StopAudio,
    /// Something that is not known here, which is no fault.
    Unknown,
}

/// The text is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl AppMessage {
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let mut json = serde_json::Deserializer::from_str(text);
        let raw = json.deserialize_map(Envelope).map_err(|_| Malformed)?;
        json.end().map_err(|_| Malformed)?;
        let kind = raw.kind.ok_or(Malformed)?;
        if kind.eq_ignore_ascii_case("AudioData") {
            let data = raw.data.ok_or(Malformed)?;
            return STANDARD.decode(data.as_bytes()).map(Self::Audio).map_err(|_| Malformed);
        }
        Ok(if kind.eq_ignore_ascii_case("StopAudio") { Self::StopAudio } else { Self::Unknown })
    }
}

/// What of a message means something.
#[derive(Default)]
struct Raw<'a> {
    kind: Option<Cow<'a, str>>,
    data: Option<Cow<'a, str>>,
}

struct Envelope;

impl<'de> Visitor<'de> for Envelope {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut raw = Raw::default();
        while let Some(Text(key)) = map.next_key_seed(TextSeed)? {
            if key.eq_ignore_ascii_case("kind") {
                raw.kind = map.next_value_seed(Optional)?;
            } else if key.eq_ignore_ascii_case("audioData") {
                raw.data = map.next_value_seed(Audio)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(raw)
    }
}

/// `audioData`, an object or null: its `data`.
struct Audio;

impl<'de> DeserializeSeed<'de> for Audio {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Audio {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sound, or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut data = None;
        while let Some(Text(key)) = map.next_key_seed(TextSeed)? {
            if key.eq_ignore_ascii_case("data") {
                data = map.next_value_seed(Optional)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(data)
    }
}

/// A text or null.
struct Optional;

impl<'de> DeserializeSeed<'de> for Optional {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Optional {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or null")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        TextSeed.deserialize(json).map(|Text(text)| Some(text))
    }
}

/// A text, where it lies if it can be read there: sound is long.
struct Text<'a>(Cow<'a, str>);

struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<AppMessage, Malformed>) {
        assert_eq!(AppMessage::parse(text), expected, "{text}");
    }

    fn audio() -> Result<AppMessage, Malformed> {
        Ok(AppMessage::Audio(vec![1, 2, 255, 255]))
    }

    #[test]
    fn every_spelling_of_sound_is_read() {
        check(
            r#"{"kind":"audioData","audioData":{"data":"AQL//w==","isSilent":false},"stopAudio":{}}"#,
            audio(),
        );
        check(r#"{"Kind":"AudioData","AudioData":{"Data":"AQL//w=="},"StopAudio":null}"#, audio());
        check(r#"{"kind":"AudioData","audioData":{"data":"AQL//w=="}}"#, audio());
        check(r#"{"audioData":{"data":"AQL\/\/w=="},"more":[1,{}],"kind":"AUDIODATA"}"#, audio());
        check(r#"{"kind":"AudioData","audioData":{"data":""}}"#, Ok(AppMessage::Audio(Vec::new())));
    }

    #[test]
    fn every_spelling_of_a_stop_is_read() {
        check(r#"{"kind":"stopAudio","stopAudio":{}}"#, Ok(AppMessage::StopAudio));
        check(r#"{"Kind":"StopAudio","AudioData":null,"StopAudio":{}}"#, Ok(AppMessage::StopAudio));
    }

    #[test]
    fn what_is_not_known_is_no_fault_and_what_is_no_message_is() {
        check(r#"{"kind":"mark","mark":{}}"#, Ok(AppMessage::Unknown));
        for text in [
            "",
            "hello",
            "[]",
            "{}",
            "null",
            r#"{"kind":7}"#,
            r#"{"kind":"AudioData"}"#,
            r#"{"kind":"AudioData","audioData":null}"#,
            r#"{"kind":"AudioData","audioData":"AQL//w=="}"#,
            r#"{"kind":"AudioData","audioData":{"data":"%%%%"}}"#,
            r#"{"kind":"stopAudio"} and more"#,
        ] {
            check(text, Err(Malformed));
        }
        check(&"[".repeat(100_000), Err(Malformed));
        check(&format!(r#"{{"kind":"x","y":{}"#, "[".repeat(100_000)), Err(Malformed));
    }
}
