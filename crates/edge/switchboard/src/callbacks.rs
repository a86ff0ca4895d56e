//! Numbers that help calls back, reserved for whoever called for it (contract: Teams Phone §1.17, §1.18).
//!
//! They are for all exchanges: who calls for help at one is called back at another. What an exchange has to know
//! of them comes with each invitation, so that a call that is replayed is decided as it was then.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use call_engine::{Invitation, Origin};
use identifier::{PhoneNumber, UserId};

/// For so long a number is reserved, in microseconds: 60 minutes.
pub const RESERVED_US: i64 = 3_600_000_000;
/// So many are kept; the oldest one gives way.
const MOST: usize = 1_024;
/// Gateways write numbers in ways of their own, and agree on the last digits.
const ALIKE: usize = 4;

/// A number that is reserved for whoever called for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The number that help saw.
    pub number: PhoneNumber,
    /// The phone that called for help.
    pub user: UserId,
    /// Until then, in microseconds since 1970.
    pub until_us: i64,
}

/// All that are reserved, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Callbacks(Mutex<VecDeque<Reservation>>);

/// Nobody else reserves anything meanwhile.
#[derive(Debug)]
pub(crate) struct Book<'a>(MutexGuard<'a, VecDeque<Reservation>>);

impl Callbacks {
    /// What was kept from before a restart; what is reserved already stays as it is.
    pub(crate) fn restore(&self, mut kept: Vec<Reservation>) {
        kept.sort_by_key(|reservation| reservation.until_us);
        let mut book = self.open();
        let own: Vec<Reservation> = std::mem::take(&mut *book.0).into();
        for Reservation { number, user, until_us } in kept.into_iter().chain(own) {
            book.put(number, user, until_us);
        }
    }

    /// Whether a number that somebody outside dialled may be one that is reserved.
    pub(crate) fn may_call_back(&self, dialled: &str, now_us: i64) -> bool {
        self.open().0.iter().any(|one| one.until_us > now_us && is_alike(&one.number, dialled))
    }

    pub(crate) fn open(&self) -> Book<'_> {
        Book(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book<'_> {
    /// What decides a call, of all that is reserved: for a call for help everything, for one that may call back
    /// what is like the number that was dialled.
    pub(crate) fn about(
        &mut self,
        invitation: &Invitation,
        is_for_help: bool,
        now_us: i64,
    ) -> Vec<(PhoneNumber, UserId)> {
        while self.0.front().is_some_and(|oldest| oldest.until_us <= now_us) {
            self.0.pop_front();
        }
        let dialled = invitation.dialled.expose();
        let may_call_back = match invitation.origin {
            Origin::Trunk(_) | Origin::Platform => true,
            Origin::Phone(_) | Origin::Stranger => false,
        };
        let decides = |one: &&Reservation| is_for_help || may_call_back && is_alike(&one.number, dialled);
        self.0.iter().filter(decides).map(|one| (one.number.clone(), one.user)).collect()
    }

    /// Reserves a number; for whoever had it, it is no longer.
    pub(crate) fn reserve(&mut self, number: PhoneNumber, user: UserId, now_us: i64) -> Reservation {
        let until_us = now_us.saturating_add(RESERVED_US);
        self.put(number.clone(), user, until_us);
        Reservation { number, user, until_us }
    }

    fn put(&mut self, number: PhoneNumber, user: UserId, until_us: i64) {
        self.0.retain(|one| one.number != number);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Reservation { number, user, until_us });
    }
}

fn is_alike(number: &PhoneNumber, dialled: &str) -> bool {
    let last = |text: &str| -> Vec<u8> {
        let digits = text.bytes().rev().filter(u8::is_ascii_digit);
        digits.take(ALIKE).collect()
    };
    last(number.as_str()) == last(dialled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = RESERVED_US;

    fn number(last: u32) -> PhoneNumber {
        format!("+1425555{last:04}").parse().unwrap()
    }

    fn reserved(callbacks: &Callbacks) -> Vec<u32> {
        let book = callbacks.open();
        book.0.iter().map(|one| one.number.as_str()[8..].parse().unwrap()).collect()
    }

    #[test]
    fn the_oldest_comes_first_and_gives_way() {
        let callbacks = Callbacks::default();
        for last in [1, 2, 3, 1] {
            callbacks.open().reserve(number(last), UserId::from_u128(last.into()), 0);
        }
        assert_eq!(reserved(&callbacks), [2, 3, 1]);
        for last in 10..10 + MOST as u32 {
            callbacks.open().reserve(number(last), UserId::from_u128(7), 0);
        }
        assert_eq!(reserved(&callbacks).len(), MOST);
        assert_eq!(reserved(&callbacks)[0], 10);
    }

    #[test]
    fn after_an_hour_a_number_is_what_it_was() {
        let callbacks = Callbacks::default();
        callbacks.open().reserve(number(1), UserId::from_u128(1), 0);
        assert!(callbacks.may_call_back("+14255550001", HOUR - 1));
        assert!(callbacks.may_call_back("0001", HOUR - 1), "as a gateway writes it");
        assert!(!callbacks.may_call_back("+14255550002", HOUR - 1));
        assert!(!callbacks.may_call_back("+14255550001", HOUR));
    }

    #[test]
    fn what_was_kept_comes_before_what_was_reserved_since() {
        let callbacks = Callbacks::default();
        callbacks.open().reserve(number(3), UserId::from_u128(3), HOUR);
        let kept = |last: u32, until_us| Reservation {
            number: number(last),
            user: UserId::from_u128(last.into()),
            until_us,
        };
        callbacks.restore(vec![kept(2, HOUR + 2), kept(1, HOUR + 1), kept(3, HOUR + 3)]);
        assert_eq!(reserved(&callbacks), [1, 2, 3]);
    }
}
