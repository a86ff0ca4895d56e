//! Voicemail policies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Checker;
use crate::object::TenantObject;

/// What voicemail does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[schemars(extend("required" = ["identity"]))]
pub struct VoicemailPolicy {
    /// Its name.
    #[schemars(extend("format" = "policy-name"))]
    pub identity: String,
    /// For people.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Whether messages are written down.
    pub enable_transcription: bool,
    /// Whether bad words are hidden in that.
    pub enable_transcription_profanity_masking: bool,
    /// Whether it is translated.
    pub enable_transcription_translation: bool,
    /// Whether a person may say what callers may do.
    pub enable_editing_call_answer_rules_setting: bool,
    /// The longest message, in seconds.
    #[schemars(range(min = 30, max = 600))]
    pub maximum_recording_length_seconds: u32,
    /// Played before the greeting.
    #[schemars(length(min = 1, max = 256))]
    pub preamble_audio_file: Option<String>,
    /// Played after the greeting.
    #[schemars(length(min = 1, max = 256))]
    pub postamble_audio_file: Option<String>,
    /// Whether callers must hear both to the end.
    pub preamble_postamble_mandatory: bool,
    /// The first language of what is said.
    #[schemars(length(min = 2, max = 16))]
    pub primary_system_prompt_language: Option<String>,
    /// The second one.
    #[schemars(length(min = 2, max = 16))]
    pub secondary_system_prompt_language: Option<String>,
}

/// What a caller may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum CallAnswerRule {
    DeclineCall,
    PromptOnly,
    PromptOnlyWithTransfer,
    #[default]
    RegularVoicemail,
    VoicemailWithTransferOption,
}

impl Default for VoicemailPolicy {
    fn default() -> Self {
        Self {
            identity: "Global".to_owned(),
            description: None,
            enable_transcription: true,
            enable_transcription_profanity_masking: false,
            enable_transcription_translation: true,
            enable_editing_call_answer_rules_setting: true,
            maximum_recording_length_seconds: 300,
            preamble_audio_file: None,
            postamble_audio_file: None,
            preamble_postamble_mandatory: false,
            primary_system_prompt_language: None,
            secondary_system_prompt_language: None,
        }
    }
}

impl TenantObject for VoicemailPolicy {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn check(&self, checker: &mut Checker) {
        if self.primary_system_prompt_language.is_some() != self.secondary_system_prompt_language.is_some() {
            let reason = "both languages are said, or none of them";
            checker.refuse_field("secondarySystemPromptLanguage", reason);
        }
    }
}
