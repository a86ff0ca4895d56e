//! Provisional responses that arrive for certain (RFC 3262).

use std::collections::VecDeque;
use std::time::Duration;

use rsipstack::sip::{HasHeaders, Header, HeadersExt, Method, Request};
use tokio::time::Instant;

use crate::headers::{has_option, requires};

/// RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
/// Responses that wait for the one before them to be acknowledged.
const MOST_WAITING: usize = 4;

/// What a caller is told before the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Provisional {
    /// 180: it rings.
    Ringing,
    /// 183 with our session description.
    Described(String),
}

/// The reliable responses to one INVITE, one after another.
pub(super) struct Reliable {
    wish: Wish,
    next_number: u32,
    /// Of the INVITE.
    sequence: u32,
    current: Option<Unacknowledged>,
    waiting: VecDeque<Provisional>,
}

/// What the caller says of reliable responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// It does not know them.
    None,
    /// It can have them.
    Supported,
    /// It will have no others.
    Required,
}

struct Unacknowledged {
    number: u32,
    response: Provisional,
    repeat_at: Instant,
    interval: Duration,
    give_up_at: Instant,
}

/// What is to be done with a response that nobody has acknowledged.
pub(super) enum Next {
    Repeat(Provisional, [Header; 2]),
    GiveUp,
}

impl Reliable {
    /// For the responses to `invite`, numbered from something like `seed`.
    pub fn for_invite(invite: &Request, seed: u32) -> Self {
        let sequence = invite.cseq_header().and_then(|cseq| cseq.seq());
        let wish = match &sequence {
            Err(_) => Wish::None,
            Ok(_) if requires(invite, "100rel") => Wish::Required,
            Ok(_) if has_option(invite.headers(), "100rel") => Wish::Supported,
            Ok(_) => Wish::None,
        };
        Self {
            wish,
            // RFC 3262 §3: 1 to 2**31 - 1, with room for those that follow.
            next_number: (seed >> 2).max(1),
            sequence: sequence.unwrap_or(0),
            current: None,
            waiting: VecDeque::new(),
        }
    }

    /// Whether the caller knows of reliable responses.
    pub fn is_known(&self) -> bool {
        self.wish != Wish::None
    }

    /// Whether the caller wants all responses to be reliable.
    pub fn is_required(&self) -> bool {
        self.wish == Wish::Required
    }

    /// Whether this response goes out reliably: those that settle the session do, where that is possible.
    pub fn is_for(&self, response: &Provisional) -> bool {
        match (self.wish, response) {
            (Wish::Required, _) | (Wish::Supported, Provisional::Described(_)) => true,
            (Wish::Supported, Provisional::Ringing) | (Wish::None, _) => false,
        }
    }

    /// Takes a response; gives the headers with which it goes out now. RFC 3262 §3: none does before the
    /// first one was acknowledged.
    pub fn push(&mut self, response: Provisional) -> Option<(Provisional, [Header; 2])> {
        if self.current.is_some() {
            if self.waiting.len() < MOST_WAITING && !self.waiting.contains(&response) {
                self.waiting.push_back(response);
            }
            return None;
        }
        let (number, now) = (self.next_number, Instant::now());
        self.next_number += 1;
        self.current = Some(Unacknowledged {
            number,
            response: response.clone(),
            repeat_at: now + T1,
            interval: T1,
            give_up_at: now + 64 * T1,
        });
        Some((response, headers(number)))
    }

    /// The response for which this PRACK is, if it still waits for one.
    pub fn acknowledge(&mut self, prack: &Request) -> Option<Provisional> {
        let current = self.current.as_ref()?;
        let is_ours = prack.rack_value() == Some((current.number, self.sequence, Method::Invite));
        if !is_ours {
            return None;
        }
        self.current.take().map(|current| current.response)
    }

    /// The next response that waits to go out.
    pub fn pop_waiting(&mut self) -> Option<(Provisional, [Header; 2])> {
        let response = self.waiting.pop_front()?;
        self.push(response)
    }

    /// RFC 3262 §3: the answer waits until a session description that went before it has arrived.
    pub fn holds_answer(&self) -> bool {
        self.current.as_ref().is_some_and(|current| matches!(current.response, Provisional::Described(_)))
    }

    /// The answer goes out: nothing comes before it any more.
    pub fn close(&mut self) {
        self.waiting.clear();
    }

    /// When something has to be done.
    pub fn due(&self) -> Option<Instant> {
        self.current.as_ref().map(|current| current.repeat_at.min(current.give_up_at))
    }

    pub fn next(&mut self) -> Option<Next> {
        let now = Instant::now();
        let current = self.current.as_mut()?;
        if now >= current.give_up_at {
            return Some(Next::GiveUp);
        }
        current.interval *= 2;
        current.repeat_at = now + current.interval;
        Some(Next::Repeat(current.response.clone(), headers(current.number)))
    }
}

fn headers(number: u32) -> [Header; 2] {
    [Header::Require("100rel".into()), Header::RSeq(number.to_string().into())]
}
