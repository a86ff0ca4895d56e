//! What will happen and when: virtual time, and the dice.

use std::collections::BTreeMap;

use call_engine::{Invitation, LegReport};
use clock::Now;
use entropy::Entropy;
use identifier::{CallId, LegId, PlaybackId, TapId};
use media_plan::{MediaReport, TapReport};

use crate::applications::Ask;
use crate::media::Moment;
use crate::signaling::Act;

/// What a world is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seed(pub u64);

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Somebody calls a number of the platform.
    CallIn,
    /// An application makes a call.
    CallOut,
    /// A call reaches the exchange.
    Invite(LegId, Box<Invitation>),
    /// The far end of a leg does something.
    Act(LegId, Act),
    /// What an edge saw reaches the exchange.
    Report(LegId, LegReport),
    /// A playback comes to a point.
    Moment(CallId, PlaybackId, Moment),
    /// Something happens to a tap, unless it was stopped before.
    Tapped(CallId, TapId, TapReport),
    /// What media saw reaches the exchange.
    MediaReport(CallId, MediaReport),
    /// An application asks.
    Ask(Box<Ask>),
    /// Events are delivered.
    Post(crate::post::Round),
    /// Everybody hangs up, sooner or later; applications fall silent.
    Curtain,
}

/// The order of what will happen, and the dice that decide about it.
#[derive(Debug)]
pub(crate) struct Agenda {
    now_us: u64,
    entries: BTreeMap<(u64, u64), Happening>,
    count: u64,
    pub dice: Entropy,
}

/// Virtual worlds begin on 2026-01-01.
const BEGINNING_UNIX_US: i64 = 1_767_225_600_000_000;

impl Agenda {
    pub(crate) fn new(seed: Seed) -> Self {
        Self { now_us: 0, entries: BTreeMap::new(), count: 0, dice: Entropy::from_number(seed.0) }
    }

    pub(crate) fn now(&self) -> Now {
        Now::new(self.now_us, BEGINNING_UNIX_US + self.now_us as i64)
    }

    pub(crate) fn now_us(&self) -> u64 {
        self.now_us
    }

    pub(crate) fn advance_to(&mut self, at_us: u64) {
        self.now_us = self.now_us.max(at_us);
    }

    pub(crate) fn at(&mut self, at_us: u64, happening: Happening) {
        self.count += 1;
        self.entries.insert((at_us.max(self.now_us), self.count), happening);
    }

    pub(crate) fn after_ms(&mut self, wait_ms: u64, happening: Happening) {
        self.at(self.now_us + wait_ms * 1_000, happening);
    }

    /// Some time between, in milliseconds.
    pub(crate) fn between_ms(&mut self, from_ms: u64, to_ms: u64, happening: Happening) {
        let wait_ms = self.number(from_ms, to_ms);
        self.after_ms(wait_ms, happening);
    }

    pub(crate) fn next_at_us(&self) -> Option<u64> {
        self.entries.keys().next().map(|(at_us, _)| *at_us)
    }

    pub(crate) fn pop(&mut self) -> Option<Happening> {
        self.entries.pop_first().map(|(_, happening)| happening)
    }

    /// In so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.dice.below(100) < percent
    }

    /// A number from `from` to `to`, both included.
    pub(crate) fn number(&mut self, from: u64, to: u64) -> u64 {
        from + self.dice.below(to - from + 1)
    }

    /// One of these, if there are any.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.dice.below(items.len() as u64) as usize)
    }
}
