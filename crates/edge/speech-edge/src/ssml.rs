//! Reading SSML written by strangers, and writing SSML that is safe to hand to espeak-ng.
//!
//! espeak-ng opens whatever file an `audio` element names and runs programs on it, so a document
//! never goes to it as it came: it is read, and written anew from the elements listed here.

use std::fmt::Write;

use media_plan::VoiceKind;
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};

use crate::text_to_speech::SpeechError;
use crate::voice::{kind_of_name, language_of_name};

/// Elements deeper than this are no speech.
const MOST_DEPTH: usize = 32;

/// A document that was read and written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// The safe document.
    pub(crate) text: String,
    /// The words alone, for a voice that knows no markup.
    pub(crate) plain: String,
    /// The language of the root element.
    pub(crate) language: Option<String>,
}

/// How an element is treated.
enum Treatment {
    /// Written, with these of its attributes.
    Keep(&'static [&'static str]),
    /// Written as `voice` with a language and a gender only, because names of voices are names of files.
    Voice,
    /// Its content is written, the element is not.
    Content,
    /// Neither.
    Drop,
}

fn treatment(element: &str) -> Treatment {
    match element {
        "p" | "s" => Treatment::Keep(&[]),
        "break" => Treatment::Keep(&["time", "strength"]),
        "emphasis" => Treatment::Keep(&["level"]),
        "prosody" => Treatment::Keep(&["rate", "pitch", "range", "volume"]),
        "say-as" => Treatment::Keep(&["interpret-as", "format", "detail"]),
        "sub" => Treatment::Keep(&["alias"]),
        "voice" | "lang" => Treatment::Voice,
        "desc" | "lexicon" | "mark" | "bookmark" | "meta" | "metadata" => Treatment::Drop,
        // What SSML says of an `audio` that cannot be played: its content is spoken instead.
        _ => Treatment::Content,
    }
}

/// Reads a document and writes the part of it that can be spoken.
pub(crate) fn read(ssml: &str) -> Result<Document, SpeechError> {
    let mut reader = Reader::from_str(ssml);
    let mut writing = Writing::default();
    loop {
        match reader.read_event().map_err(|_| SpeechError::Ssml("it is not well-formed XML"))? {
            Event::Start(element) => writing.open(&element)?,
            Event::Empty(element) => {
                writing.open(&element)?;
                writing.close();
            }
            Event::End(_) => writing.close(),
            Event::Text(text) => writing.text(&text.xml10_content())?,
            Event::CData(text) => writing.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|_| SpeechError::Ssml(REFERENCE))?;
                match character {
                    Some(character) => writing.text(character.encode_utf8(&mut [0; 4]))?,
                    None => writing.text(
                        resolve_xml_entity(&reference)
                            .ok_or(SpeechError::Ssml("it refers to an entity of its own"))?,
                    )?,
                }
            }
            Event::DocType(_) => return Err(SpeechError::Ssml("it has a document type; leave that out")),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => return writing.finish(),
        }
    }
}

const REFERENCE: &str = "it refers to a character that does not exist";
const NO_SPEAK: &str = "its root element is not <speak>";

#[derive(Default)]
struct Writing {
    text: String,
    plain: String,
    language: Option<String>,
    /// What closes each open element; `None` for the ones that are not written.
    open: Vec<Option<&'static str>>,
    /// The depth at which a dropped element was opened.
    dropped_at: Option<usize>,
    root_seen: bool,
    says_something: bool,
}

impl Writing {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), SpeechError> {
        let name = element.local_name();
        let name: &str = name.as_ref();
        if self.open.is_empty() {
            return self.open_root(name, element);
        }
        if self.open.len() >= MOST_DEPTH {
            return Err(SpeechError::Ssml("its elements are nested too deeply"));
        }
        let attributes = attributes(element)?;
        if self.dropped_at.is_some() {
            self.open.push(None);
            return Ok(());
        }
        match treatment(name) {
            Treatment::Keep(kept) => self.write_element(name, kept, &attributes),
            Treatment::Voice => self.write_voice(&attributes),
            Treatment::Content => self.open.push(None),
            Treatment::Drop => {
                self.dropped_at = Some(self.open.len());
                self.open.push(None);
            }
        }
        Ok(())
    }

    fn open_root(&mut self, name: &str, element: &BytesStart<'_>) -> Result<(), SpeechError> {
        if self.root_seen || name != "speak" {
            return Err(SpeechError::Ssml(NO_SPEAK));
        }
        self.root_seen = true;
        self.language =
            attributes(element)?.into_iter().find(|(name, _)| name == "lang").map(|(_, value)| value);
        self.text.push_str("<speak>");
        self.open.push(Some("</speak>"));
        Ok(())
    }

    fn write_element(&mut self, name: &str, kept: &[&str], attributes: &[(String, String)]) {
        let (opening, closing) = match name {
            "p" => ("<p", "</p>"),
            "s" => ("<s", "</s>"),
            "break" => ("<break", "</break>"),
            "emphasis" => ("<emphasis", "</emphasis>"),
            "prosody" => ("<prosody", "</prosody>"),
            "say-as" => ("<say-as", "</say-as>"),
            _ => ("<sub", "</sub>"),
        };
        self.says_something |= matches!(name, "break" | "sub");
        self.text.push_str(opening);
        for (name, value) in attributes.iter().filter(|(name, _)| kept.contains(&name.as_str())) {
            let value = if name == "alias" { speakable(value) } else { plain(value) };
            let _ = write!(self.text, " {name}=\"{}\"", escape(value));
        }
        if name == "sub" {
            let alias =
                attributes.iter().find(|(name, _)| name == "alias").map(|(_, value)| speakable(value));
            self.plain.push_str(alias.as_deref().unwrap_or_default());
        }
        self.text.push('>');
        self.open.push(Some(closing));
    }

    /// What stands in a `sub` is spoken as its alias.
    fn inside_alias(&self) -> bool {
        self.open.contains(&Some("</sub>"))
    }

    fn write_voice(&mut self, attributes: &[(String, String)]) {
        let value_of =
            |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let name = value_of("name");
        let language =
            value_of("lang").map(|tag| plain(tag)).or_else(|| name.and_then(|name| language_of_name(name)));
        let gender = match value_of("gender").map(String::as_str) {
            Some("male") => Some("male"),
            Some("female") => Some("female"),
            Some(_) | None => name.and_then(|name| kind_of_name(name)).map(|kind| match kind {
                VoiceKind::Female => "female",
                VoiceKind::Male => "male",
            }),
        };
        self.text.push_str("<voice");
        for (name, value) in [("xml:lang", language.as_deref()), ("gender", gender)] {
            if let Some(value) = value {
                let _ = write!(self.text, " {name}=\"{value}\"");
            }
        }
        self.text.push('>');
        self.open.push(Some("</voice>"));
    }

    fn close(&mut self) {
        if let Some(Some(closing)) = self.open.pop() {
            self.text.push_str(closing);
        }
        if self.dropped_at == Some(self.open.len()) {
            self.dropped_at = None;
        }
    }

    fn text(&mut self, text: &str) -> Result<(), SpeechError> {
        let text = speakable(text);
        let blank = text.trim().is_empty();
        if self.open.is_empty() {
            return if blank { Ok(()) } else { Err(SpeechError::Ssml(NO_SPEAK)) };
        }
        if self.dropped_at.is_none() {
            self.says_something |= !blank;
            self.text.push_str(&escape(text.as_str()));
            if !self.inside_alias() {
                self.plain.push_str(&text);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Document, SpeechError> {
        match (self.root_seen, self.open.is_empty(), self.says_something) {
            (false, ..) => Err(SpeechError::Ssml(NO_SPEAK)),
            (true, false, _) => Err(SpeechError::Ssml("it ends before its elements do")),
            (true, true, false) => Err(SpeechError::Empty),
            (true, true, true) => {
                Ok(Document { text: self.text, plain: self.plain, language: self.language })
            }
        }
    }
}

/// Local names and values.
fn attributes(element: &BytesStart<'_>) -> Result<Vec<(String, String)>, SpeechError> {
    let unreadable = SpeechError::Ssml("an attribute is not well-formed or refers to an entity of its own");
    let mut read = Vec::new();
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| unreadable.clone())?;
        let value = attribute.normalized_value(Default::default()).map_err(|_| unreadable.clone())?;
        read.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(read)
}

/// A value of the few characters that times, rates and names of kinds are made of.
fn plain(value: &str) -> String {
    let harmless = |character: &char| character.is_ascii_alphanumeric() || " +-.%,:".contains(*character);
    value.chars().filter(harmless).take(64).collect()
}

/// Text without what espeak-ng takes for commands: control characters, and phonemes in `[[…]]`.
///
/// No bracket stays next to another one, in this text or in the one that is written behind it.
pub(crate) fn speakable(text: &str) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    text.chars().map(visible).collect::<String>().replace('[', "[ ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(ssml: &str) -> String {
        read(ssml).unwrap().text
    }

    #[test]
    fn speech_keeps_its_markup() {
        assert_eq!(
            spoken(
                r#"<?xml version="1.0"?><speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-GB">
                <p>Hello<break time="500ms"/><prosody rate="-10%" pitch="high">there</prosody></p></speak>"#
            )
            .replace(['\n'], "")
            .replace("  ", ""),
            r#"<speak> <p>Hello<break time="500ms"></break><prosody rate="-10%" pitch="high">there</prosody></p></speak>"#
        );
        assert_eq!(read(r#"<speak xml:lang="en-GB">x</speak>"#).unwrap().language.as_deref(), Some("en-GB"));
    }

    #[test]
    fn a_named_voice_becomes_a_language_and_a_gender() {
        assert_eq!(
            spoken(r#"<speak><voice name="de-DE-ConradNeural">Tag</voice></speak>"#),
            r#"<speak><voice xml:lang="de-de" gender="male">Tag</voice></speak>"#
        );
        assert_eq!(
            spoken(r#"<speak><voice name="../../../tmp/evil">x</voice></speak>"#),
            "<speak><voice>x</voice></speak>"
        );
    }

    #[test]
    fn files_and_unknown_elements_are_not_passed_on() {
        assert_eq!(
            spoken(
                r#"<speak>a<audio src="/etc/passwd">b</audio><mstts:express-as style="x" xmlns:mstts="y">c</mstts:express-as><metadata>d<p>e</p></metadata><!-- f -->g</speak>"#
            ),
            "<speak>abcg</speak>"
        );
        assert_eq!(
            spoken(r#"<speak>&lt;audio src="/etc/passwd"/&gt;<![CDATA[<audio src="x"/>]]></speak>"#),
            "<speak>&lt;audio src=&quot;/etc/passwd&quot;/&gt;&lt;audio src=&quot;x&quot;/&gt;</speak>"
        );
        assert_eq!(
            spoken(r#"<speak><prosody rate="1&quot;/&gt;&lt;audio src=&quot;x">a</prosody></speak>"#),
            r#"<speak><prosody rate="1audio srcx">a</prosody></speak>"#
        );
    }

    #[test]
    fn documents_that_are_no_speech_are_refused() {
        let deep = format!("<speak>{}x{}</speak>", "<p>".repeat(40), "</p>".repeat(40));
        for (ssml, part) in [
            ("", "root element"),
            ("hello", "root element"),
            ("<html>x</html>", "root element"),
            ("<speak>a</speak><speak>b</speak>", "root element"),
            ("<speak>a", "ends before"),
            ("<speak><p>a</speak>", "well-formed"),
            (
                "<!DOCTYPE speak [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><speak>&e;</speak>",
                "document type",
            ),
            ("<speak>&e;</speak>", "entity"),
            ("<speak><prosody rate=\"&e;\">a</prosody></speak>", "entity"),
            ("<speak>&#xFFFFFFFF;</speak>", "character"),
            (deep.as_str(), "deeply"),
        ] {
            let error = read(ssml).unwrap_err().to_string();
            assert!(error.contains(part), "{ssml}: {error}");
        }
        assert_eq!(read("<speak/>").unwrap_err(), SpeechError::Empty);
        assert_eq!(read("<speak> <p> </p> </speak>").unwrap_err(), SpeechError::Empty);
        assert_eq!(read("<speak>\u{1}\u{7f}</speak>").unwrap_err(), SpeechError::Empty);
    }

    #[test]
    fn commands_of_the_synthesizer_are_only_text() {
        assert_eq!(speakable("a\u{1}50Sb [[h@l'oU]]"), "a 50Sb [ [ h@l'oU]]");
        for sly in ["[[[x]]", "[[[[x]]", "[&#91;x", "[<mark/>[x", "[<![CDATA[[x]]>", "[<!-- -->[x"] {
            assert!(!speakable(sly).contains("[["), "{sly}");
            assert!(!spoken(&format!("<speak>{sly}</speak>")).contains("[["), "{sly}");
        }
    }
}
