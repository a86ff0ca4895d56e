//! Documents of strangers, for fuzz targets: panics when something does not hold. No part of the
//! product uses this.

use crate::ssml;

/// A document: what is handed to the synthesizer holds no command of it, and reads as itself.
pub fn ssml(text: &str) {
    let Ok(document) = ssml::read(text) else { return };
    assert!(!document.text.contains("[["), "phonemes pass: {}", document.text);
    assert!(!document.text.chars().any(char::is_control), "control characters pass: {:?}", document.text);
    for opening in document.text.split('<').skip(1) {
        let name = opening.trim_start_matches('/').split([' ', '>']).next().unwrap_or_default();
        let known =
            ["speak", "p", "s", "break", "emphasis", "prosody", "say-as", "sub", "voice"].contains(&name);
        assert!(known, "an element called {name:?} passes: {}", document.text);
    }
    // An escaped quotation mark takes six characters, a bracket two; a voice is named in full.
    assert!(document.text.len() <= 8 * text.len() + 64);
    let again = ssml::read(&document.text).expect("what is handed over is well-formed");
    // A bracket gets its space again.
    assert_eq!(again.text.replace(' ', ""), document.text.replace(' ', ""), "it means what it meant");
}
