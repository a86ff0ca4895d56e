//! What Azure says and is told, for fuzz targets.

use super::{message, voice};
use crate::ear::Phrase;
use crate::text_to_speech::{Speech, SpeechError};

/// A message of the service: it is understood or refused, and no more is made of it than it says.
pub(crate) fn message(text: &str) {
    let Ok(said) = message::read(text) else { return };
    let (message::Said::Phrase(phrase) | message::Said::Guess(phrase)) = said else { return };
    let Phrase { text: words, confidence_ppm, words: timed, choice, .. } = &phrase;
    assert!(words.len() <= text.len());
    assert!(*confidence_ppm <= 1_000_000, "{confidence_ppm}");
    assert!(timed.iter().map(|word| word.text.len()).sum::<usize>() <= text.len());
    assert_eq!(*choice, None, "Azure knows no choices");
}

/// What Azure is told to say.
pub(crate) fn document(speech: &Speech) -> Result<String, SpeechError> {
    voice::document(speech)
}
