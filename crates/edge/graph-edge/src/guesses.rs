//! Wrong secrets: nobody tries many of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Now;
use http_kit::ClientNetwork;
use identifier::{ObjectId, TenantId};

/// Wrong secrets of one guesser in a [span](SPAN).
const MOST_WRONG: u32 = 10;
/// Tries of one guesser that are under way at once: whoever is right may come with many.
const MOST_UNDER_WAY: u32 = 64;
/// After so long a try of too many at once may be made again.
const SOON: Duration = Duration::from_secs(1);
/// After so long they are forgotten.
const SPAN: Duration = Duration::from_secs(60);
/// Guessers that are remembered; whoever has more networks than this guesses from a new one anyway.
const MOST_GUESSERS: usize = 65_536;

/// Who guesses at whose secret. What is tried from one network does not shut out anybody in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Guesser {
    pub(crate) tenant: TenantId,
    pub(crate) application: ObjectId,
    pub(crate) network: Option<ClientNetwork>,
}

/// What was tried.
#[derive(Default)]
pub(crate) struct Guesses {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tried: HashMap<Guesser, Tried>,
    /// In the order in which they began; each guesser of [`tried`](Self::tried) once.
    order: VecDeque<(Now, Guesser)>,
}

struct Tried {
    began: Now,
    wrong: u32,
    under_way: u32,
}

/// A try that is under way. It was wrong unless it is said to be [right](Self::was_right).
pub(crate) struct Try<'a> {
    guesses: &'a Guesses,
    guesser: Guesser,
    is_right: bool,
}

impl Try<'_> {
    pub(crate) fn was_right(mut self) {
        self.is_right = true;
    }
}

impl Drop for Try<'_> {
    fn drop(&mut self) {
        if let Some(tried) = self.guesses.lock().tried.get_mut(&self.guesser) {
            tried.under_way = tried.under_way.saturating_sub(1);
            tried.wrong = tried.wrong.saturating_add(u32::from(!self.is_right));
        }
    }
}

impl Guesses {
    /// Takes a try before anything is looked up, so that many at a time do not slip through. Refused, it says when to
    /// come back.
    pub(crate) fn try_one(&self, guesser: Guesser, now: Now) -> Result<Try<'_>, Duration> {
        let mut state = self.lock();
        while let Some((began, oldest)) = state.order.front().copied() {
            if now.since(began) < SPAN && state.order.len() < MOST_GUESSERS {
                break;
            }
            state.order.pop_front();
            state.tried.remove(&oldest);
        }
        if let Some(tried) = state.tried.get_mut(&guesser) {
            if tried.wrong >= MOST_WRONG {
                return Err(SPAN.saturating_sub(now.since(tried.began)));
            }
            if tried.under_way >= MOST_UNDER_WAY {
                return Err(SOON);
            }
            tried.under_way += 1;
        } else {
            state.order.push_back((now, guesser));
            state.tried.insert(guesser, Tried { began: now, wrong: 0, under_way: 1 });
        }
        Ok(Try { guesses: self, guesser, is_right: false })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guesser(number: u32) -> Guesser {
        let network = ClientNetwork::of(std::net::Ipv4Addr::from(number).into());
        Guesser {
            tenant: TenantId::from_u128(1),
            application: ObjectId::from_u128(2),
            network: Some(network),
        }
    }

    #[test]
    fn who_was_wrong_often_waits_and_then_may_try_again() {
        let (guesses, start) = (Guesses::default(), Now::new(0, 0));
        for _ in 0..MOST_WRONG {
            assert!(guesses.try_one(guesser(1), start).is_ok());
        }
        let later = start.advanced(Duration::from_secs(20));
        assert_eq!(guesses.try_one(guesser(1), later).err(), Some(Duration::from_secs(40)));
        assert!(guesses.try_one(guesser(2), later).is_ok(), "others are not kept waiting");
        assert!(guesses.try_one(guesser(1), start.advanced(SPAN)).is_ok());
    }

    #[test]
    fn who_is_right_may_come_as_often_as_they_like() {
        let (guesses, now) = (Guesses::default(), Now::new(0, 0));
        for _ in 0..1_000 {
            guesses.try_one(guesser(1), now).unwrap_or_else(|wait| panic!("{wait:?}")).was_right();
        }
    }

    #[test]
    fn many_who_are_right_come_at_once_and_many_who_guess_do_not_slip_through() {
        let (guesses, now) = (Guesses::default(), Now::new(0, 0));
        let tries = |count: u32| -> Vec<Try<'_>> {
            (0..count).filter_map(|_| guesses.try_one(guesser(1), now).ok()).collect()
        };
        for one in tries(40) {
            one.was_right();
        }
        let many = tries(1_000);
        assert_eq!(many.len(), MOST_UNDER_WAY as usize);
        assert_eq!(guesses.try_one(guesser(1), now).err(), Some(SOON));
        drop(many);
        assert_eq!(guesses.try_one(guesser(1), now).err(), Some(SPAN), "all of them were wrong");
    }

    #[test]
    fn memory_is_bounded() {
        let guesses = Guesses::default();
        for number in 0..3 * MOST_GUESSERS as u32 {
            let _ = guesses.try_one(guesser(number), Now::new(0, 0));
        }
        let state = guesses.lock();
        assert!(state.tried.len() <= MOST_GUESSERS && state.order.len() <= MOST_GUESSERS);
    }
}
