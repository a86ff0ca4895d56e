//! What an application asks: one struct per operation, in the engine's words.

use std::sync::Arc;
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, OperationId, PhoneNumber};
use media_plan::{PlaySource, Tone};
use redact::Pii;

use crate::application::{Application, Callback};
use crate::leg_port::{CustomHeaders, Destination};

/// Somebody to be called: who they are, and where that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitee {
    /// Under this identifier they appear in the call.
    pub identifier: CommunicationIdentifier,
    /// Decided by the dial plan.
    pub destination: Destination,
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
    /// Whether text and SSML may be played (the request named a speech service).
    pub speech: bool,
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
    /// Whether text and SSML may be played.
    pub speech: bool,
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

/// Nobody hears these participants any more.
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

/// Plays a prompt to one participant and collects the keys they press.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Recognize {
    /// Whose keys count.
    pub target: CommunicationIdentifier,
    /// Played first; may be empty.
    pub prompts: Vec<PlaySource>,
    /// A key stops the prompt (barge-in) and counts.
    pub interrupt_prompt: bool,
    /// Cancels what plays or listens now, and begins at once.
    pub interrupt: bool,
    /// From the end of the prompt to the first key.
    #[borsh(serialize_with = "clock::span::write", deserialize_with = "clock::span::read")]
    pub initial_silence: Duration,
    /// How the keys are read.
    pub dtmf: DtmfOptions,
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
