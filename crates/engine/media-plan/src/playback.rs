//! Sounds that are played once (or over and over) to somebody.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{LegId, PlaybackId};

/// A list of sounds for an audience, heard one after another without a gap.
///
/// Sounds are mixed over what the audience hears otherwise. A playback ends in
/// exactly one of [`Finished`](crate::MediaReport::Finished) or
/// [`Failed`](crate::MediaReport::Failed), unless it is stopped first: then in
/// none.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Playback {
    /// The name under which it is reported on and stopped.
    pub id: PlaybackId,
    /// The legs that hear it.
    pub audience: Vec<LegId>,
    /// At least one sound.
    pub sources: Vec<PlaySource>,
    /// Begins again after the last sound, until it is stopped.
    pub repeat: bool,
}

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum PlaySource {
    /// A WAV or MP3 file, fetched over http(s).
    File {
        /// The address, verbatim.
        uri: Arc<str>,
        /// Keeps the sound under this name for an hour (ACS `playSourceCacheId`).
        cache_id: Option<Arc<str>>,
    },
    /// Words to be spoken.
    Text {
        /// At most 4,000 characters.
        text: Arc<str>,
        /// A language tag such as `en-US`.
        locale: Option<Arc<str>>,
        /// The kind of voice.
        voice: Option<VoiceKind>,
        /// A provider's name of a voice, such as `en-US-NancyNeural`.
        voice_name: Option<Arc<str>>,
        /// Who speaks them.
        service: SpeechService,
        /// Keeps the sound under this name for an hour.
        cache_id: Option<Arc<str>>,
    },
    /// Words to be spoken, with SSML markup.
    Ssml {
        /// The whole `<speak>` document.
        ssml: Arc<str>,
        /// Who speaks them.
        service: SpeechService,
        /// Keeps the sound under this name for an hour.
        cache_id: Option<Arc<str>>,
    },
    /// The platform's own hold music.
    HoldMusic,
}

/// What an application said about who shall speak its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct SpeechService {
    /// `cognitiveServicesEndpoint` of the call: chooses the provider.
    pub endpoint: Option<Arc<str>>,
    /// `customVoiceEndpointId`: a voice of the provider.
    pub custom_voice: Option<Arc<str>>,
}

/// ACS `voiceKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum VoiceKind {
    Female,
    Male,
}
