//! Sockets and recordings: what begins ends once, in its own words, and nothing is told of one that is over.

use std::collections::{BTreeMap, BTreeSet};

use call_engine::{CallEvent, CallEventKind, Outcome};
use identifier::{CallConnectionId, RecordingId};
use media_plan::TapEnd;

use super::{Verdict, rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Socket {
    Streaming,
    Transcription,
}

/// The account of those who listen to calls.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    running: BTreeSet<(CallConnectionId, Socket)>,
    /// Whether what is said is kept.
    recordings: BTreeMap<RecordingId, bool>,
    failed: BTreeSet<RecordingId>,
}

impl Listeners {
    /// Whether it is no part of what happens on a connection.
    pub(crate) fn is_about_a_recording(event: &CallEvent) -> bool {
        matches!(event.kind, CallEventKind::RecordingStateChanged(_) | CallEventKind::StartRecordingFailed(_))
    }

    pub(crate) fn on_event(&mut self, event: &CallEvent) -> Verdict {
        let holder = event.connection;
        match &event.kind {
            CallEventKind::MediaStreamingStarted { resumed } => {
                self.started(holder, Socket::Streaming, *resumed)?;
            }
            CallEventKind::TranscriptionStarted { resumed } => {
                self.started(holder, Socket::Transcription, *resumed)?;
            }
            // One that is stopped while it is being started fails first; then it is told that it has stopped.
            CallEventKind::MediaStreamingStopped | CallEventKind::MediaStreamingFailed => {
                self.running.remove(&(holder, Socket::Streaming));
            }
            CallEventKind::TranscriptionStopped => {
                self.running.remove(&(holder, Socket::Transcription));
            }
            CallEventKind::TranscriptionUpdated => {}
            // An update that is late fails for itself; whatever else fails ends the transcription.
            CallEventKind::TranscriptionFailed if ended_by_itself(event) => {
                self.running.remove(&(holder, Socket::Transcription));
            }
            CallEventKind::RecordingStateChanged(status) => {
                let id = status.recording;
                rule!(!self.failed.contains(&id), "a recording that could not be started changes its state");
                rule!(
                    status.since.is_some() || !status.is_active,
                    "a recording is active that has not begun"
                );
                self.recordings.insert(id, status.is_active);
            }
            CallEventKind::StartRecordingFailed(status) => {
                rule!(
                    !self.recordings.contains_key(&status.recording),
                    "a recording fails to start that runs"
                );
                rule!(self.failed.insert(status.recording), "a recording fails to start twice");
            }
            CallEventKind::CallDisconnected => {
                for socket in [Socket::Streaming, Socket::Transcription] {
                    rule!(
                        !self.running.contains(&(holder, socket)),
                        "{socket:?} runs when its connection ends"
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn started(&mut self, holder: CallConnectionId, socket: Socket, resumed: bool) -> Verdict {
        let is_new = self.running.insert((holder, socket));
        rule!(is_new != resumed, "{socket:?} begins twice, or is back without having begun");
        Ok(())
    }

    /// In the end nothing is kept any more.
    pub(crate) fn check_closed(&self) -> Verdict {
        let active = self.recordings.values().filter(|is_active| **is_active).count();
        rule!(active == 0, "{active} recordings never ended");
        rule!(self.running.is_empty(), "{} sockets never ended", self.running.len());
        Ok(())
    }
}

fn ended_by_itself(event: &CallEvent) -> bool {
    let outcome = event.result.as_ref().map(|result| result.outcome);
    matches!(outcome, Some(Outcome::TapEnded(why)) if why != TapEnd::Timeout)
}
