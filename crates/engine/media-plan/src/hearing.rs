//! Words: what is said in a call, written down or waited for.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::streaming::ApplicationSocket;

/// Which ear listens, and for which languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Listening {
    /// Language tags such as `en-US`: the one that is spoken, or those among which it is found out. Never empty.
    pub languages: Vec<Arc<str>>,
    /// `cognitiveServicesEndpoint` of the call: chooses the provider.
    pub endpoint: Option<Arc<str>>,
    /// `speechModelEndpointId`: a model of the provider.
    pub model: Option<Arc<str>>,
    /// How somebody felt is told with what was said.
    pub sentiment: bool,
}

/// Everything that is said, as text on an application's WebSocket (contract: Call Automation §13).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transcription {
    /// Whose socket it is.
    pub socket: ApplicationSocket,
    /// Which ear. A changed wish is reported as [`Changed`](crate::TapReport::Changed) when it is in force.
    pub listening: Listening,
    /// Guesses are told while somebody speaks.
    pub intermediate: bool,
    /// Numbers, names and addresses are masked.
    pub redacted: bool,
    /// Nothing is written down now; the socket stays.
    pub paused: bool,
    /// A summary is asked for, in this language: at the end of the call, or when the wish changes to it.
    pub summary: Option<Arc<str>>,
}

/// One utterance of one speaker that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recognition {
    /// Which ear.
    pub listening: Listening,
    /// What may be said.
    pub grammar: Grammar,
    /// Silence of so many milliseconds ends the utterance, 100 to 10,000.
    pub end_silence_ms: u32,
}

/// What may be said.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Grammar {
    /// Anything.
    Free,
    /// One of these, each in any of its wordings.
    Choices(Vec<Vec<Arc<str>>>),
}
