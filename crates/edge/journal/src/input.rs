//! What enters an exchange and what leaves it, as it is written down and as it is read.

use borsh::{BorshDeserialize, BorshSerialize};
use call_engine::{CallEvent, CallNotice, CallRecord, Invitation, LegReport, LegRequest};
use entropy::Seed;
use exchange::Command;
use identifier::{CallConnectionId, CallId, LegId, RecordingId};
use media_plan::{MediaReport, MediaRequest};

/// One input that was read.
#[derive(Clone, Debug, PartialEq, Eq, BorshDeserialize)]
pub enum Input {
    /// A call arrived.
    Invitation(LegId, Box<Invitation>, Seed),
    /// Something was seen on a leg.
    Leg(LegId, LegReport),
    /// Media saw something.
    Media(CallId, MediaReport),
    /// An application asked.
    Command(Box<Command>, Seed),
    /// Time had passed.
    Timeout,
    /// The platform stopped: every leg that was left was hung up, past the exchange.
    HangUpAll,
}

/// The same, borrowed, to be written: variant by variant what [`Input`] reads.
#[derive(Clone, Copy, Debug, BorshSerialize)]
#[allow(missing_docs)]
pub enum Seen<'a> {
    Invitation(LegId, &'a Invitation, Seed),
    Leg(LegId, &'a LegReport),
    Media(CallId, &'a MediaReport),
    Command(&'a Command, Seed),
    Timeout,
    HangUpAll,
}

/// One output that was read.
#[derive(Clone, Debug, PartialEq, Eq, BorshDeserialize)]
pub enum Output {
    /// Asked of signaling.
    Leg(CallId, LegId, LegRequest),
    /// Asked of media.
    Media(CallId, MediaRequest),
    /// Told to an application.
    Event(CallEvent),
    /// Told to subscribers.
    Notice(CallNotice),
    /// The account of a call.
    Record(CallRecord),
}

/// The same, borrowed, to be written: variant by variant what [`Output`] reads.
#[derive(Clone, Copy, Debug, BorshSerialize)]
#[allow(missing_docs)]
pub enum Said<'a> {
    Leg(CallId, LegId, &'a LegRequest),
    Media(CallId, &'a MediaRequest),
    Event(&'a CallEvent),
    Notice(&'a CallNotice),
    Record(&'a CallRecord),
}

impl Output {
    /// The call it is about.
    pub fn call(&self) -> CallId {
        match self {
            Self::Leg(call, ..) | Self::Media(call, _) => *call,
            Self::Event(event) => event.call,
            Self::Notice(notice) => notice.call,
            Self::Record(record) => record.call,
        }
    }
}

impl Said<'_> {
    pub(crate) fn call(&self) -> CallId {
        match self {
            Self::Leg(call, ..) | Self::Media(call, _) => *call,
            Self::Event(event) => event.call,
            Self::Notice(notice) => notice.call,
            Self::Record(record) => record.call,
        }
    }
}

/// By what an input finds its calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Subject {
    pub legs: [Option<LegId>; 2],
    pub call: Option<CallId>,
    pub connections: [Option<CallConnectionId>; 2],
    pub recording: Option<RecordingId>,
}

impl Seen<'_> {
    pub(crate) fn subject(&self) -> Subject {
        let none = Subject::default();
        match self {
            Self::Invitation(leg, invitation, _) => {
                Subject { legs: [Some(*leg), invitation.replaces], ..none }
            }
            Self::Leg(leg, LegReport::TransferRequested { replaces, .. }) => {
                Subject { legs: [Some(*leg), *replaces], ..none }
            }
            Self::Leg(leg, _) => Subject { legs: [Some(*leg), None], ..none },
            Self::Media(call, report) => {
                let leg = match report {
                    MediaReport::ToneStarted(leg, _)
                    | MediaReport::ToneEnded(leg, _)
                    | MediaReport::Silent(leg) => Some(*leg),
                    MediaReport::Started(_)
                    | MediaReport::Finished(_)
                    | MediaReport::Failed { .. }
                    | MediaReport::TonesSent(_)
                    | MediaReport::TonesRefused(_)
                    | MediaReport::Tapped(..) => None,
                };
                Subject { legs: [leg, None], call: Some(*call), ..none }
            }
            Self::Command(command, _) => {
                let connections = [command.connection(), command.other_connection()];
                Subject { call: command.call(), connections, recording: command.recording(), ..none }
            }
            Self::Timeout | Self::HangUpAll => none,
        }
    }

    /// Whether the calls that it is about have met by it.
    pub(crate) fn brings_together(&self) -> bool {
        !matches!(self, Self::Timeout | Self::HangUpAll)
    }
}
