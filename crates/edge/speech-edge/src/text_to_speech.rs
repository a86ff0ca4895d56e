//! What is asked of a voice, whoever lends it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use media_plan::{SpeechService, VoiceKind};

use crate::ear::EarError;
use crate::spoken::Spoken;

/// Characters of one text or document that a provider is sent at most.
pub(crate) const MOST_CHARACTERS: usize = 16_000;

/// A provider of voices.
pub trait TextToSpeech: Send + Sync {
    /// Speaks; there is something to hear once this is done.
    fn speak(&self, speech: Speech) -> Speaking;
}

/// Speech on its way.
pub type Speaking = Pin<Box<dyn Future<Output = Result<Spoken, SpeechError>> + Send>>;

/// What shall be said, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// The words.
    pub words: Words,
    /// A language tag such as `en-US`; else that of the voice's name or of the document, else American English.
    pub locale: Option<Arc<str>>,
    /// The kind of voice; else that of the voice's name.
    pub voice: Option<VoiceKind>,
    /// A name of a voice, such as `en-US-NancyNeural`. A provider that has no such voice takes its nearest.
    pub voice_name: Option<Arc<str>>,
    /// The provider that the application asked for, and a voice that was made for it.
    pub service: SpeechService,
}

/// Words, with or without markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Words {
    /// As they are read.
    Text(Arc<str>),
    /// A `<speak>` document (W3C SSML 1.1).
    Ssml(Arc<str>),
}

/// Why nothing can be heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// Neither words nor pauses.
    #[error("speak: there is nothing to say")]
    Empty,
    /// More words than one request may hold.
    #[error("speak more than {limit} characters at once")]
    TooManyWords {
        /// The most characters.
        limit: usize,
    },
    /// The document is not SSML that can be spoken; says why.
    #[error("read the SSML document: {0}")]
    Ssml(&'static str),
    /// No voice for this language.
    #[error("speak the language {0:?}: no voice for it is installed")]
    Locale(Box<str>),
    /// The embedded voice is missing.
    #[error("speak: the program espeak-ng was not found; install the package espeak-ng")]
    NotInstalled,
    /// Not done in time.
    #[error("speak within {0:?}: the words are too many or the machine is too busy")]
    TooSlow(Duration),
    /// More sound than is kept.
    #[error("speak for longer than {0:?}")]
    TooLong(Duration),
    /// A provider on the network.
    #[error("speak: cannot {0}")]
    Provider(Box<EarError>),
    /// The provider failed in a way of its own; the log says how.
    #[error("speak: the voice failed")]
    Failed,
}
