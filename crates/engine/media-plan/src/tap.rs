//! Listeners that are no legs: recordings, sockets of applications, recognizers.

use std::collections::BTreeMap;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use identifier::{CommunicationIdentifier, LegId, TapId};

use crate::hearing::{Recognition, Transcription};
use crate::recording::Recording;
use crate::streaming::Streaming;

/// The wish that somebody listens to a call, whole and afresh each time.
///
/// The first wish with an id begins it; later ones change what differs (who is heard, whether it
/// is paused, the language). It ends with [`StopListening`](crate::MediaRequest::StopListening) or
/// the call's [`Release`](crate::MediaRequest::Release), or by itself: then one
/// [`TapReport::Ended`] says why.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tap {
    /// The name under which it is reported on and stopped.
    pub id: TapId,
    /// The legs whose voices are heard, and who speaks there.
    pub voices: BTreeMap<LegId, CommunicationIdentifier>,
    /// What becomes of the sound.
    pub purpose: Purpose,
}

/// What becomes of the sound that a tap hears.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Purpose {
    /// It is kept in a file: voices, and what is played to them.
    Record(Recording),
    /// It is sent to an application's WebSocket: voices only. The application may speak back, to all legs
    /// of the call.
    Stream(Streaming),
    /// It is written down, and the words are sent to an application's WebSocket.
    Transcribe(Transcription),
    /// One voice is listened to until something is understood.
    Recognize(Recognition),
}

/// What happened to a tap.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TapReport {
    /// A file is open, a socket connected, an ear ready; again when a connection that was lost is back.
    Started,
    /// A changed wish is in force.
    Changed,
    /// It is over although nobody stopped it; nothing more is reported.
    Ended(TapEnd),
    /// The speaker began to say something (recognition).
    SpeechStarted,
    /// What was said, whole; the tap is over (recognition).
    Understood(Understood),
    /// The words asked for after the end (call summary).
    Summary(Result<Arc<str>, TapEnd>),
}

/// What a recognizer made of speech.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Understood {
    /// The words.
    pub text: Arc<str>,
    /// Of a million: how sure the recognizer is.
    pub confidence_ppm: u32,
    /// The position of the choice that was said, from 0, where choices were given.
    pub choice: Option<u16>,
    /// The language that was spoken, where several were given.
    pub language: Option<Arc<str>>,
    /// The mood, where it was asked for.
    pub sentiment: Option<Sentiment>,
}

/// ACS `sentiment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[allow(missing_docs)]
pub enum Sentiment {
    Positive,
    Neutral,
    Negative,
}

/// Why a tap ended by itself (contract: Call Automation §7 status details, §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TapEnd {
    /// The address is none, or one that requests of ours may not go to.
    Address,
    /// The first connection could not be made.
    Unreachable,
    /// A connection was lost and could not be had again.
    Interrupted,
    /// The far end refused who we are.
    Unauthorized,
    /// The far end refuses for good.
    Forbidden,
    /// The far end did not understand, or was not understood.
    Garbled,
    /// The far end has too much to do.
    TooMany,
    /// The far end did not answer in time.
    Timeout,
    /// The far end said goodbye.
    Closed,
    /// No provider of speech is configured that can do this.
    NoProvider,
    /// The provider of speech failed.
    Provider,
    /// Something was said, and nothing in it was understood.
    NotUnderstood,
    /// Something was said that is none of the choices.
    NoChoice,
    /// The file could not be written.
    Storage,
    /// As many as allowed exist.
    Full,
    /// What makes this kind of file is not installed.
    NoEncoder,
}
