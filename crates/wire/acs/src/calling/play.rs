//! Playing sounds (contract §6.3).

use std::sync::Arc;

use serde::Deserialize;

use crate::identifier_model::Identifier;
use crate::spelling::spelled;

/// `POST …:play`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlayRequest {
    /// Heard one after another.
    pub play_sources: Vec<PlaySource>,
    /// Who hears it; everybody when absent or empty.
    pub play_to: Option<Vec<Identifier>>,
    /// How it is played.
    pub play_options: Option<PlayOptions>,
    /// Cancels what plays or listens now.
    pub interrupt_call_media_operation: Option<bool>,
    /// Echoed.
    pub operation_context: Option<Arc<str>>,
    /// Where the events go.
    pub operation_callback_uri: Option<Arc<str>>,
}

/// How it is played.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlayOptions {
    /// Over and over until cancelled.
    pub r#loop: Option<bool>,
}

/// A sound. `kind` says which member counts; it is told by the member when absent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaySource {
    /// Which of the others is set.
    pub kind: Option<PlaySourceKind>,
    /// Keeps the sound under this name for an hour.
    pub play_source_cache_id: Option<Arc<str>>,
    /// A file.
    pub file: Option<FileSource>,
    /// Words.
    pub text: Option<TextSource>,
    /// Words with markup.
    pub ssml: Option<SsmlSource>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileSource {
    /// Where it is fetched.
    pub uri: Arc<str>,
}

/// Words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextSource {
    /// At most 4,000 characters.
    pub text: Arc<str>,
    /// A language tag.
    pub source_locale: Option<Arc<str>>,
    /// The kind of voice.
    pub voice_kind: Option<VoiceKind>,
    /// A provider's name of a voice.
    pub voice_name: Option<Arc<str>>,
    /// A voice of the application's own.
    pub custom_voice_endpoint_id: Option<String>,
}

/// Words with markup.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsmlSource {
    /// The whole document.
    pub ssml_text: Arc<str>,
    /// A voice of the application's own.
    pub custom_voice_endpoint_id: Option<String>,
}

spelled! {
    /// Where a sound comes from.
    pub enum PlaySourceKind {
        /// A file.
        File = "file",
        /// Words.
        Text = "text",
        /// Words with markup.
        Ssml = "ssml",
    }
}

spelled! {
    /// The kind of voice.
    pub enum VoiceKind {
        /// A man's.
        Male = "male",
        /// A woman's.
        Female = "female",
    }
}
