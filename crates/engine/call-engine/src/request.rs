//! What an application asks: one struct per operation, in the engine's words.

use std::sync::Arc;
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CallConnectionId, CommunicationIdentifier, OperationId, PhoneNumber};
use media_plan::{PlaySource, RecordingFormat, Tone};
use redact::Pii;

use crate::application::{Application, Callback};
use crate::diversion::Diversion;
use crate::leg_port::{Caller, CustomHeaders, Destination};

/// Somebody to be called: who they are, and where that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitee {
    /// Under this identifier they appear in the call.
    pub identifier: CommunicationIdentifier,
    /// Decided by the dial plan.
    pub destination: Destination,
    /// What they see, where policies decide that; what whoever calls them shows when absent.
    pub caller: Option<Caller>,
    /// Who else rings for them.
    pub course: Course,
}

/// So many ring at the same time for one callee; more are left out.
pub const MOST_RINGS: usize = 32;
/// So often others ring for a callee after those who rang first; more is left out.
pub const MOST_STAGES: usize = 16;

/// Who rings for somebody besides where they are reached first, until one answers
/// (contract: Teams Phone §1.19).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// From whom the call comes to where the callee is reached first, when that is where it is sent on to.
    pub diversion: Option<Diversion>,
    /// At the same time.
    pub beside: Vec<Ring>,
    /// The next ring after this time, or as soon as nobody is left who rings; the platform's own limit when absent.
    pub lasts: Option<Duration>,
    /// Afterwards, one stage after another. When the last is over the callee has not answered.
    pub then: Vec<RingStage>,
}

/// Who rings at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingStage {
    /// At least one.
    pub rings: Vec<Ring>,
    /// As in [`Course`].
    pub lasts: Option<Duration>,
}

/// One place that rings for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Who appears in the call if the answer comes from here; the callee when absent.
    pub identifier: Option<CommunicationIdentifier>,
    /// Decided by the dial plan.
    pub destination: Destination,
    /// What is seen there; what whoever calls shows when absent.
    pub caller: Option<Caller>,
    /// From whom the call comes there.
    pub diversion: Option<Diversion>,
}

impl Invitee {
    /// Somebody who sees what whoever calls them shows.
    pub fn new(identifier: CommunicationIdentifier, destination: Destination) -> Self {
        Self { identifier, destination, caller: None, course: Course::default() }
    }

    /// Who rings first, and who after them.
    pub(crate) fn into_stages(self) -> (RingStage, Vec<RingStage>) {
        let Course { diversion, mut beside, lasts, then } = self.course;
        let first = Ring { identifier: None, destination: self.destination, caller: self.caller, diversion };
        beside.insert(0, first);
        (RingStage { rings: beside, lasts }, then)
    }
}

/// Calls one or more people and connects the application with whoever answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateCall {
    /// Who controls the call.
    pub application: Application,
    /// At least one; more than one makes a group call.
    pub targets: Vec<Invitee>,
    /// The number shown to callees.
    pub caller_number: Option<PhoneNumber>,
    /// The name shown to callees.
    pub display_name: Option<Pii<Arc<str>>>,
    /// The application's own identity.
    pub source: Option<CommunicationIdentifier>,
    /// Echoed in CallConnected, CreateCallFailed and CallDisconnected.
    pub operation_context: Option<Arc<str>>,
    /// What it wants besides events.
    pub options: CallOptions,
}

/// What an application wants of a call besides events, said when it takes hold of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CallOptions {
    /// `cognitiveServicesEndpoint`: without one, no words are spoken or understood in the call.
    pub speech: Option<Arc<str>>,
    /// Its sound on a WebSocket.
    pub streaming: Option<StreamingOptions>,
    /// What is said in it, as text on a WebSocket.
    pub transcription: Option<TranscriptionOptions>,
}

/// The sound of the call on a WebSocket (ACS `mediaStreamingOptions`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StreamingOptions {
    /// The address of the WebSocket, verbatim.
    pub url: Arc<str>,
    /// A stream for each voice rather than one of all.
    pub unmixed: bool,
    /// 16,000 or 24,000.
    pub rate_hz: u32,
    /// The application speaks too.
    pub bidirectional: bool,
    /// Keys are told.
    pub keys: bool,
    /// What the application says is in the sound that it hears.
    pub loopback: bool,
    /// Begins when the call is connected.
    pub start: bool,
}

/// What is said in the call, as text on a WebSocket (ACS `transcriptionOptions`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TranscriptionOptions {
    /// The address of the WebSocket, verbatim.
    pub url: Arc<str>,
    /// How speech is read.
    pub reading: Reading,
    /// Guesses are told while somebody speaks.
    pub intermediate: bool,
    /// Begins when the call is connected.
    pub start: bool,
}

/// How a transcription reads speech; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reading {
    /// Language tags: the one that is spoken, or those among which it is found out.
    pub languages: Option<Vec<Arc<str>>>,
    /// A model of the provider.
    pub model: Option<Arc<str>>,
    /// The mood is told, too.
    pub sentiment: Option<bool>,
    /// Numbers, names and addresses are masked.
    pub redacted: Option<bool>,
    /// The call is summed up at its end.
    pub summary_at_end: Option<bool>,
    /// The language of summaries.
    pub summary_language: Option<Arc<str>>,
}

/// Holds a call that others made (ACS `connect`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Join {
    /// Who controls the call, too.
    pub application: Application,
    /// Echoed in CallConnected, ConnectFailed and CallDisconnected.
    pub operation_context: Option<Arc<str>>,
    /// What it wants besides events.
    pub options: CallOptions,
}

/// Starts or stops what was set up with the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Switch {
    /// Echoed in its event.
    pub operation_context: Option<Arc<str>>,
    /// Where its event goes.
    pub callback: Option<Callback>,
}

/// Starts or changes a transcription.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transcribe {
    /// What differs from now on.
    pub reading: Reading,
    /// Echoed in its event.
    pub operation_context: Option<Arc<str>>,
    /// Where its event goes.
    pub callback: Option<Callback>,
}

/// Keeps the sound of a call in a file.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StartRecording {
    /// What kind of file.
    pub format: RecordingFormat,
    /// Voices apart, each in a channel of its own; else mixed in one.
    pub unmixed: bool,
    /// Who speaks in which channel, from 0.
    pub channels: Vec<Option<CommunicationIdentifier>>,
    /// Begins paused.
    pub paused: bool,
    /// Where the file goes in the end; the platform's own storage otherwise.
    pub destination: Option<Arc<str>>,
    /// What everybody hears before they are recorded; nothing is said when absent.
    pub announcement: Option<PlaySource>,
    /// Where its events go, and in which version; nobody is told when absent.
    pub application: Option<Application>,
}

/// Brings participants of another call into this one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MoveParticipants {
    /// Whom.
    pub participants: Vec<CommunicationIdentifier>,
    /// The application's hold on the call that they are in.
    pub from: CallConnectionId,
    /// Echoed in its terminal events.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal events go.
    pub callback: Option<Callback>,
}

/// Answers a call that waits.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Answer {
    /// Who controls the call.
    pub application: Application,
    /// The identity the application answers as.
    pub answered_by: Option<CommunicationIdentifier>,
    /// Echoed in CallConnected, AnswerFailed and CallDisconnected.
    pub operation_context: Option<Arc<str>>,
    /// What it wants besides events.
    pub options: CallOptions,
}

/// Brings somebody into the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddParticipant {
    /// Whom to call.
    pub invitee: Invitee,
    /// The number shown to them.
    pub caller_number: Option<PhoneNumber>,
    /// The name shown to them.
    pub display_name: Option<Pii<Arc<str>>>,
    /// Headers for them.
    pub headers: CustomHeaders,
    /// Given up after this time; the platform's own limit when absent.
    pub ring_for: Option<Duration>,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes instead of the call's callback.
    pub callback: Option<Callback>,
}

/// Stops ringing somebody who was asked in.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CancelAddParticipant {
    /// The operation to be cancelled.
    pub invitation: OperationId,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes.
    pub callback: Option<Callback>,
}

/// Sends somebody out of the call.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RemoveParticipant {
    /// Whom.
    pub participant: CommunicationIdentifier,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes.
    pub callback: Option<Callback>,
}

/// Nobody hears these participants any more, or everybody hears them again.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Mute {
    /// Whom.
    pub participants: Vec<CommunicationIdentifier>,
    /// Echoed in the response.
    pub operation_context: Option<Arc<str>>,
}

/// Connects a participant with somebody else and leaves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// To whom.
    pub target: Invitee,
    /// Who is moved; in a one-to-one call the only participant.
    pub transferee: Option<CommunicationIdentifier>,
    /// The number shown to the target; the transferee's own when absent.
    pub caller_number: Option<PhoneNumber>,
    /// Headers for the target.
    pub headers: CustomHeaders,
    /// Whether a transferee who came through the same trunk calls the target by itself (SIP REFER); the
    /// platform does if the far end does not want to.
    pub by_refer: bool,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes.
    pub callback: Option<Callback>,
}

/// Plays sounds one after another.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Play {
    /// At least one.
    pub sources: Vec<PlaySource>,
    /// Who hears it; everybody when empty.
    pub audience: Vec<CommunicationIdentifier>,
    /// Over and over until cancelled.
    pub repeat: bool,
    /// Cancels what plays or listens now, and begins at once.
    pub interrupt: bool,
    /// Echoed in its events.
    pub operation_context: Option<Arc<str>>,
    /// Where its events go.
    pub callback: Option<Callback>,
}

/// Plays a prompt to one participant and collects the keys they press, or listens to what they say.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recognize {
    /// Whose keys and words count.
    pub target: CommunicationIdentifier,
    /// Played first; may be empty.
    pub prompts: Vec<PlaySource>,
    /// A key or a word stops the prompt (barge-in) and counts.
    pub interrupt_prompt: bool,
    /// Cancels what plays or listens now, and begins at once.
    pub interrupt: bool,
    /// From the end of the prompt to the first key or word.
    #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
    pub initial_silence: Duration,
    /// How keys are read; they do not count when absent.
    pub dtmf: Option<DtmfOptions>,
    /// How speech is read; it does not count when absent.
    pub speech: Option<SpeechOptions>,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes.
    pub callback: Option<Callback>,
}

/// How keys are read.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum DtmfOptions {
    /// A string of keys.
    Collect {
        /// Ends it after this many; no limit when absent.
        max_tones: Option<u32>,
        /// Any of these ends it and is not part of the result.
        stop_tones: Vec<Tone>,
        /// From one key to the next.
        #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
        inter_tone: Duration,
    },
    /// One key, each standing for a choice.
    Choices(Vec<(Tone, Arc<str>)>),
}

/// How speech is read.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SpeechOptions {
    /// Language tags: the one that is spoken, or those among which it is found out. Never empty.
    pub languages: Vec<Arc<str>>,
    /// A model of the provider.
    pub model: Option<Arc<str>>,
    /// The mood is told, too.
    pub sentiment: bool,
    /// The pause that ends what is said, 100 ms to 10 s.
    #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
    pub end_silence: Duration,
    /// What may be said; anything when empty.
    pub choices: Vec<SpokenChoice>,
}

/// A choice that can be said.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SpokenChoice {
    /// The application's name for it.
    pub label: Arc<str>,
    /// Saying any of these means it.
    pub phrases: Vec<Arc<str>>,
}

/// Presses keys toward one participant.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SendTones {
    /// Toward whom.
    pub target: CommunicationIdentifier,
    /// 1 to 18.
    pub tones: Vec<Tone>,
    /// Echoed in its terminal event.
    pub operation_context: Option<Arc<str>>,
    /// Where its terminal event goes.
    pub callback: Option<Callback>,
}

/// Starts or stops telling the application of every key one participant presses.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ToneListening {
    /// Whose keys.
    pub target: CommunicationIdentifier,
    /// Echoed in its events.
    pub operation_context: Option<Arc<str>>,
    /// Where its events go.
    pub callback: Option<Callback>,
}

/// Puts a participant on hold: they hear music (or this) and nobody, and nobody hears them.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// Whom.
    pub target: CommunicationIdentifier,
    /// Looped while they wait; the platform's hold music when absent.
    pub music: Option<PlaySource>,
    /// Echoed in HoldFailed.
    pub operation_context: Option<Arc<str>>,
    /// Where HoldFailed goes.
    pub callback: Option<Callback>,
}
