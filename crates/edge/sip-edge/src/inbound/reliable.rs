//! Provisional responses that arrive for certain (RFC 3262).

use std::time::Duration;

use rsipstack::sip::{Header, HeadersExt, Method, Request};
use tokio::time::Instant;

use crate::headers::requires;

/// RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);

/// A reliable response that waits for its PRACK.
pub(super) struct Reliable {
    number: u32,
    /// Of the INVITE.
    sequence: u32,
    repeat_at: Instant,
    interval: Duration,
    give_up_at: Instant,
    is_acknowledged: bool,
}

/// What is to be done with a response that nobody has acknowledged.
pub(super) enum Next {
    Repeat,
    GiveUp,
}

impl Reliable {
    /// The first such response to `invite`; `None` when its sender does not insist.
    pub fn for_invite(invite: &Request, number: u32) -> Option<Self> {
        let sequence = invite.cseq_header().and_then(|cseq| cseq.seq()).ok()?;
        let now = Instant::now();
        requires(invite, "100rel").then_some(Self {
            // RFC 3262 §3: 1 to 2**31 - 1.
            number: (number >> 1).max(1),
            sequence,
            repeat_at: now + T1,
            interval: T1,
            give_up_at: now + 64 * T1,
            is_acknowledged: false,
        })
    }

    pub fn headers(&self) -> [Header; 2] {
        [Header::Require("100rel".into()), Header::RSeq(self.number.to_string().into())]
    }

    /// Whether this PRACK is for this response.
    pub fn acknowledge(&mut self, prack: &Request) -> bool {
        let is_ours = prack.rack_value() == Some((self.number, self.sequence, Method::Invite));
        self.is_acknowledged |= is_ours;
        is_ours
    }

    /// When something has to be done.
    pub fn due(&self) -> Option<Instant> {
        (!self.is_acknowledged).then(|| self.repeat_at.min(self.give_up_at))
    }

    pub fn next(&mut self) -> Next {
        let now = Instant::now();
        if now >= self.give_up_at {
            return Next::GiveUp;
        }
        self.interval *= 2;
        self.repeat_at = now + self.interval;
        Next::Repeat
    }
}
