//! The only way into an exchange: a bounded queue with room kept for those who already have a call.
//!
//! Work that may be refused ([`offer`](Mailbox::offer): new calls, commands) gets the first part of the
//! room. Reports about legs that exist come in as long as there is any ([`deliver`](Mailbox::deliver)
//! waits for it), and what answers a wish of the exchange itself always does
//! ([`force`](Mailbox::force)): the exchange bounds how many of those there can be.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::{Deadline, Now};
use meter::{GaugeHandle, HistogramHandle};

use crate::lateness::{Lateness, Station};
use crate::timepiece::Timepiece;

/// What the owner of a mailbox does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// Handle this, seen at that moment.
    Input(T, Now),
    /// The deadline has come.
    Due(Now),
    /// Nothing more will come.
    Closed,
}

/// There is no room, or no owner any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

/// How much fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// For everything together.
    pub(crate) total: usize,
    /// For new calls and commands.
    pub(crate) refusable: usize,
}

#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    queue: Mutex<Queue<T>>,
    arrived: Condvar,
    taken: Condvar,
    room: Room,
    lateness: Arc<Lateness>,
    depth: GaugeHandle,
    waited: HistogramHandle,
}

#[derive(Debug)]
struct Queue<T> {
    inputs: VecDeque<(T, Now)>,
    closed: bool,
}

impl<T> Mailbox<T> {
    pub(crate) fn new(room: Room, lateness: Arc<Lateness>) -> Self {
        Self {
            queue: Mutex::new(Queue { inputs: VecDeque::new(), closed: false }),
            arrived: Condvar::new(),
            taken: Condvar::new(),
            room,
            lateness,
            depth: meter::MAILBOX.handle([]),
            waited: meter::MAILBOX_WAIT.handle([]),
        }
    }

    /// Takes the input if there is room for what may be refused.
    pub(crate) fn offer(&self, input: T, seen: Now) -> Result<(), Refused> {
        let queue = self.lock();
        if queue.inputs.len() >= self.room.refusable {
            meter::MAILBOX_FULL.count([]);
            return Err(if queue.closed { Refused::Closed } else { Refused::Full });
        }
        self.push(queue, input, seen)
    }

    /// Takes the input, if need be after waiting for room.
    pub(crate) fn deliver(&self, input: T, seen: Now) -> Result<(), Refused> {
        let mut queue = self.lock();
        while queue.inputs.len() >= self.room.total && !queue.closed {
            queue = self.taken.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        self.push(queue, input, seen)
    }

    /// Takes the input if there is any room at all.
    pub(crate) fn deliver_or_drop(&self, input: T, seen: Now) -> Result<(), Refused> {
        let queue = self.lock();
        if queue.inputs.len() >= self.room.total {
            return Err(Refused::Full);
        }
        self.push(queue, input, seen)
    }

    /// Takes the input whatever the room.
    pub(crate) fn force(&self, input: T, seen: Now) -> Result<(), Refused> {
        self.push(self.lock(), input, seen)
    }

    /// How long the first in the queue has waited.
    pub(crate) fn lag(&self, now: Now) -> Duration {
        self.lock().inputs.front().map_or(Duration::ZERO, |(_, seen)| now.since(*seen))
    }

    /// Takes nothing more; what is inside is still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
        self.taken.notify_all();
    }

    /// Waits for an input or the deadline, in the order in which they happened:
    /// what was seen before the deadline comes before it, however late it is handled.
    pub(crate) fn next(&self, deadline: Option<Deadline>, timepiece: &Timepiece) -> Next<T> {
        let mut queue = self.lock();
        loop {
            let now = timepiece.now();
            let due = |moment: Now| deadline.is_some_and(|deadline| deadline.is_due(moment));
            match queue.inputs.front() {
                Some((_, seen)) if !due(*seen) => return self.pop(queue, now),
                Some(_) | None if due(now) => return Next::Due(now),
                Some(_) => return self.pop(queue, now),
                None if queue.closed => return Next::Closed,
                None => {}
            }
            queue = match deadline {
                Some(deadline) => {
                    let waited = self.arrived.wait_timeout(queue, deadline.wait(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn pop(&self, mut queue: MutexGuard<'_, Queue<T>>, now: Now) -> Next<T> {
        let (input, seen) = queue.inputs.pop_front().expect("the front was looked at under the same lock");
        drop(queue);
        self.depth.decrement(1.0);
        let waited = now.since(seen);
        self.waited.record(waited.as_secs_f64());
        self.lateness.end(Station::Mailbox, waited);
        self.taken.notify_one();
        Next::Input(input, seen)
    }

    fn push(&self, mut queue: MutexGuard<'_, Queue<T>>, input: T, seen: Now) -> Result<(), Refused> {
        if queue.closed {
            return Err(Refused::Closed);
        }
        queue.inputs.push_back((input, seen));
        self.lateness.begin(Station::Mailbox);
        drop(queue);
        self.depth.increment(1.0);
        self.arrived.notify_one();
        Ok(())
    }

    // A queue of plain values is whole whenever its lock is free, also after a panic elsewhere.
    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { total: 4, refusable: 2 };

    fn at(seconds: u64) -> Now {
        Now::new(seconds * 1_000_000, 0)
    }

    #[test]
    fn new_calls_are_refused_before_reports_of_calls_in_progress() {
        let mailbox = Mailbox::new(ROOM, Arc::default());
        assert_eq!(mailbox.offer("invite", at(0)), Ok(()));
        assert_eq!(mailbox.offer("invite", at(0)), Ok(()));
        assert_eq!(mailbox.offer("invite", at(0)), Err(Refused::Full));
        assert_eq!(mailbox.deliver("hangup", at(0)), Ok(()));
        assert_eq!(mailbox.deliver("hangup", at(0)), Ok(()));
        assert_eq!(mailbox.deliver_or_drop("key", at(0)), Err(Refused::Full));
        assert_eq!(mailbox.force("played", at(0)), Ok(()));
    }

    #[test]
    fn a_report_waits_for_room_and_keeps_its_place() {
        let mailbox = Mailbox::new(Room { total: 1, refusable: 1 }, Arc::default());
        let timepiece = Timepiece::start();
        mailbox.deliver(1, at(0)).expect("room for one");
        std::thread::scope(|scope| {
            scope.spawn(|| mailbox.deliver(2, at(0)).expect("room after the first was taken"));
            assert_eq!(mailbox.next(None, &timepiece), Next::Input(1, at(0)));
            assert_eq!(mailbox.next(None, &timepiece), Next::Input(2, at(0)));
        });
    }

    #[test]
    fn what_was_seen_before_the_deadline_comes_before_it() {
        let mailbox = Mailbox::new(ROOM, Arc::default());
        let timepiece = Timepiece::start();
        let deadline = Now::new(0, 0).after(Duration::from_micros(1));
        while !deadline.is_due(timepiece.now()) {}
        mailbox.deliver("key in time", Now::new(0, 0)).expect("room");
        mailbox.deliver("key too late", at(9)).expect("room");

        assert_eq!(mailbox.next(Some(deadline), &timepiece), Next::Input("key in time", Now::new(0, 0)));
        assert!(matches!(mailbox.next(Some(deadline), &timepiece), Next::Due(_)));
        assert_eq!(mailbox.next(None, &timepiece), Next::Input("key too late", at(9)));
    }

    #[test]
    fn a_closed_mailbox_hands_out_what_it_holds_and_then_ends() {
        let mailbox = Mailbox::new(ROOM, Arc::default());
        let timepiece = Timepiece::start();
        mailbox.deliver("last", at(0)).expect("room");
        mailbox.close();
        assert_eq!(mailbox.offer("more", at(0)), Err(Refused::Closed));
        assert_eq!(mailbox.next(None, &timepiece), Next::Input("last", at(0)));
        assert_eq!(mailbox.next(None, &timepiece), Next::Closed);
    }
}
