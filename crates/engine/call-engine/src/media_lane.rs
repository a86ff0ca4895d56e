//! Which media operation runs, and which wait for their turn.
//!
//! One at a time is heard. Playing to everybody, and recognizing in a call of
//! two, go over the *main* leg and may always wait in line. Playing to some,
//! recognizing in a group, and sending tones go over a *sub* leg: none of them
//! may be asked for while another of them runs (contract: Call Automation §6.4).

use std::collections::VecDeque;

use clock::Now;
use identifier::{CallConnectionId, OperationId};

use crate::event::CallEvent;
use crate::operation::{
    Operation, Playing, Recognizing, Sending, Step, play, recognize, recognizing_on, send_tones, wrap,
};
use crate::outcome::Outcome;
use crate::request::{Play, Recognize, SendTones};
use crate::stage::{Stage, Ticket};

/// The running media operation and the line behind it.
#[derive(Debug, Default)]
pub(crate) struct MediaLane {
    running: Option<(OperationId, Kind)>,
    waiting: VecDeque<Waiting>,
}

/// What matters about an operation to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub way: Way,
    /// Whether an interruption ends it. Tones are not cut short.
    pub is_interruptible: bool,
}

/// Over which leg an operation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Main,
    Sub,
}

/// An operation that has not begun.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub ticket: Ticket,
    pub kind: Kind,
    pub request: MediaOperation,
}

/// What was asked for.
#[derive(Debug)]
pub(crate) enum MediaOperation {
    Play(Play),
    Recognize(Box<Recognize>),
    SendTones(SendTones),
}

impl MediaOperation {
    /// Whether it shall cancel what runs and waits, and begin at once.
    pub(crate) fn interrupts(&self) -> bool {
        match self {
            Self::Play(play) => play.interrupt,
            Self::Recognize(recognize) => recognize.interrupt,
            Self::SendTones(_) => false,
        }
    }

    pub(crate) fn kind(&self, is_group: bool) -> Kind {
        match self {
            Self::Play(play) => {
                let way = if play.audience.is_empty() { Way::Main } else { Way::Sub };
                Kind { way, is_interruptible: true }
            }
            Self::Recognize(_) => {
                Kind { way: if is_group { Way::Sub } else { Way::Main }, is_interruptible: true }
            }
            Self::SendTones(_) => Kind { way: Way::Sub, is_interruptible: false },
        }
    }
}

impl MediaLane {
    /// Whether an operation that goes this way may be asked for now.
    pub(crate) fn accepts(&self, way: Way) -> bool {
        match (self.running.map(|(_, kind)| kind.way), way) {
            (Some(Way::Sub), Way::Sub) => false,
            (Some(Way::Sub), Way::Main) | (Some(Way::Main) | None, Way::Main | Way::Sub) => true,
        }
    }

    pub(crate) fn line_length(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn enqueue(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// The running operation, if an interruption ends it.
    pub(crate) fn interruptible(&self) -> Option<OperationId> {
        self.running.filter(|(_, kind)| kind.is_interruptible).map(|(id, _)| id)
    }

    /// Takes those out of the line that an interruption ends.
    pub(crate) fn take_interruptible(&mut self) -> Vec<Waiting> {
        let line = std::mem::take(&mut self.waiting);
        let (taken, kept): (Vec<_>, Vec<_>) =
            line.into_iter().partition(|waiting| waiting.kind.is_interruptible);
        self.waiting = kept.into();
        taken
    }

    /// Takes out of the line what one application asked for.
    pub(crate) fn take_of(&mut self, connection: CallConnectionId) -> Vec<Waiting> {
        let line = std::mem::take(&mut self.waiting);
        let (taken, kept): (Vec<_>, Vec<_>) =
            line.into_iter().partition(|waiting| waiting.ticket.connection == connection);
        self.waiting = kept.into();
        taken
    }

    /// Takes everything out of the line.
    pub(crate) fn take_all(&mut self) -> Vec<Waiting> {
        self.waiting.drain(..).collect()
    }

    /// An operation has ended, perhaps the running one.
    pub(crate) fn on_end(&mut self, id: OperationId) {
        if self.running.is_some_and(|(running, _)| running == id) {
            self.running = None;
        }
    }

    /// The next in line, when nothing runs; it counts as running from now on.
    pub(crate) fn next(&mut self) -> Option<Waiting> {
        if self.running.is_some() {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.running = Some((next.ticket.id, next.kind));
        Some(next)
    }
}

impl Waiting {
    pub(crate) fn start(self, stage: &mut Stage, now: Now) -> Step<Operation> {
        match self.request {
            MediaOperation::Play(request) => {
                wrap(Playing::start(request, self.ticket, stage, now), Operation::Playing)
            }
            MediaOperation::Recognize(request) => {
                wrap(Recognizing::start(*request, self.ticket, stage, now), recognizing_on)
            }
            MediaOperation::SendTones(request) => {
                wrap(Sending::start(request, self.ticket, stage, now), Operation::Sending)
            }
        }
    }

    /// It ends before it began.
    pub(crate) fn cancel(self, outcome: Outcome, stage: &mut Stage, now: Now) -> CallEvent {
        match self.request {
            MediaOperation::Play(_) => play::canceled(&self.ticket, outcome, stage, now),
            MediaOperation::Recognize(_) => recognize::canceled(&self.ticket, outcome, stage, now),
            MediaOperation::SendTones(_) => send_tones::failed(&self.ticket, outcome, stage, now),
        }
    }
}
