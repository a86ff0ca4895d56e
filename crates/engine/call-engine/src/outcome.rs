//! How things end.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use media_plan::{TapEnd, Unplayable};

use crate::leg_port::{LegOutcome, RejectReason};

/// How something an application started has ended; carried by its terminal event.
///
/// The numbers of ACS (`code`, `subCode`) are made from it at the edge.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ResultInformation {
    /// What happened.
    pub outcome: Outcome,
    /// The leg that ended, when that is what happened.
    pub leg: Option<LegOutcome>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Outcome {
    /// It was done.
    Completed,
    /// Recognize: as many tones as asked for.
    MaxTonesReceived,
    /// Recognize: the stop tone was pressed.
    StopTone,
    /// Recognize: no further tone in time.
    InterToneTimeout,
    /// Recognize: nothing at all in time.
    InitialSilenceTimeout,
    /// Recognize choices: the tone of a choice was pressed.
    ChoiceToneMatched,
    /// Recognize choices: a phrase of a choice was said.
    ChoicePhraseMatched,
    /// Recognize: something was said and understood.
    SpeechRecognized,
    /// Recognize choices: a tone of no choice was pressed.
    IncorrectTone,
    /// Recognize: the prompt could not be played.
    PromptFailed(Unplayable),
    /// Play: a source could not be played.
    Unplayable(Unplayable),
    /// The application cancelled it, or a later operation interrupted it.
    Canceled,
    /// The call or the participant it was about is gone.
    ParticipantGone,
    /// The leg of the callee ended; see `leg`.
    LegEnded(EndCause),
    /// A recording, a stream, a transcription or an ear ended by itself.
    TapEnded(TapEnd),
    /// The far end does not take tones.
    TonesRefused,
    /// A key went down and never came up.
    KeyLost,
    /// There is no room for another participant.
    Full,
    /// The call ended in the ordinary way.
    CallEnded,
    /// The process that held the call died.
    PlatformRestarted,
}

/// Why a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum EndCause {
    /// Somebody hung up after the call was answered.
    HungUp,
    /// The callee refused: SIP 603.
    Declined,
    /// SIP 486 or 600.
    Busy,
    /// Nobody answered in time: SIP 408, or our own timer.
    NoAnswer,
    /// The caller gave up before an answer: CANCEL, SIP 487.
    Canceled,
    /// SIP 480 and other "not now" answers.
    Unavailable,
    /// The number or user does not exist: SIP 404, 410, 484, 604.
    NotFound,
    /// SIP 401, 403, 407 and policy here.
    Forbidden,
    /// No common codec: SIP 415, 488, 606.
    NotAcceptable,
    /// No route, no answer on the wire, a transport that failed: SIP 5xx and local failures.
    Unreachable,
    /// We refused or ended it because of our own limits.
    Overloaded,
    /// Media stopped arriving.
    MediaLost,
}

impl RejectReason {
    /// The cause with which a call that is refused for this reason ends.
    pub(crate) fn cause(self) -> EndCause {
        match self {
            Self::Declined => EndCause::Declined,
            Self::Busy => EndCause::Busy,
            Self::Forbidden | Self::Identity(_) => EndCause::Forbidden,
            Self::NotFound => EndCause::NotFound,
            Self::NoAnswer => EndCause::NoAnswer,
            Self::Overloaded => EndCause::Overloaded,
            Self::Looping => EndCause::Unavailable,
        }
    }
}

impl ResultInformation {
    /// An outcome that is not about a leg.
    pub const fn of(outcome: Outcome) -> Self {
        Self { outcome, leg: None }
    }

    /// A leg that ended.
    pub fn leg(leg: LegOutcome) -> Self {
        Self { outcome: Outcome::LegEnded(leg.cause), leg: Some(leg) }
    }
}

impl LegOutcome {
    /// An ending that no SIP status told of.
    pub const fn local(cause: EndCause) -> Self {
        Self { cause, sip: None, q850: None }
    }

    /// An ending told by a SIP status; the phrase is kept for the application.
    pub fn sip(cause: EndCause, code: u16, phrase: impl Into<Arc<str>>) -> Self {
        Self { cause, sip: Some(crate::leg_port::SipStatus { code, phrase: phrase.into() }), q850: None }
    }
}
