//! Legs on their way from one call to another, perhaps from one media thread to another.
//!
//! The thread that had the leg hands it over as soon as it is told to; the
//! thread that gets it looks for it at each wake-up. Neither waits for the other.

use std::collections::VecDeque;

use crossbeam_channel::{Receiver, TryRecvError};
use identifier::{CallId, LegId};

use crate::live_leg::LiveLeg;
use crate::mailbox::Command;

/// The legs that a thread expects.
#[derive(Default)]
pub(crate) struct Arrivals(Vec<Arrival>);

/// A leg that has arrived, or is lost with the call that it was in, and what was asked of it meanwhile.
pub(crate) struct Arrived {
    pub(crate) call: CallId,
    pub(crate) leg: Option<LiveLeg>,
    pub(crate) asked: VecDeque<Command>,
}

struct Arrival {
    call: CallId,
    leg: LegId,
    from: Receiver<LiveLeg>,
    /// In order; bounded by what is asked of one leg within a tick.
    asked: VecDeque<Command>,
}

impl Arrivals {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn expect(&mut self, call: CallId, leg: LegId, from: Receiver<LiveLeg>) {
        self.0.push(Arrival { call, leg, from, asked: VecDeque::new() });
    }

    /// Keeps a command for a leg that is expected; gives back any other.
    pub(crate) fn keep(&mut self, command: Command) -> Option<Command> {
        let Some((call, leg)) = command.leg() else { return Some(command) };
        // A leg that goes back and forth is expected more than once: what is said now is about the last time.
        let arrival = self.0.iter_mut().rfind(|arrival| (arrival.call, arrival.leg) == (call, leg));
        let Some(arrival) = arrival else { return Some(command) };
        arrival.asked.push_back(command);
        None
    }

    /// Takes one that is here.
    pub(crate) fn take(&mut self) -> Option<Arrived> {
        for index in 0..self.0.len() {
            let leg = match self.0[index].from.try_recv() {
                Ok(leg) => Some(leg),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => continue,
            };
            let Arrival { call, asked, .. } = self.0.remove(index);
            return Some(Arrived { call, leg, asked });
        }
        None
    }
}
