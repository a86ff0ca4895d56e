//! Wrong secrets: nobody tries many of them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Now;
use http_kit::ClientNetwork;
use identifier::{ObjectId, TenantId};

/// Wrong secrets of one guesser in a [span](SPAN).
const MOST_WRONG: u32 = 10;
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
}

impl Guesses {
    /// Takes a try before anything is looked up, so that many at a time do not slip through; it counts as wrong
    /// until it is [right](Self::was_right). Refused, it says when to come back.
    pub(crate) fn try_one(&self, guesser: Guesser, now: Now) -> Result<(), Duration> {
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
            tried.wrong += 1;
            return Ok(());
        }
        state.order.push_back((now, guesser));
        state.tried.insert(guesser, Tried { began: now, wrong: 1 });
        Ok(())
    }

    /// The try that was taken was none.
    pub(crate) fn was_right(&self, guesser: Guesser) {
        if let Some(tried) = self.lock().tried.get_mut(&guesser) {
            tried.wrong = tried.wrong.saturating_sub(1);
        }
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
            assert_eq!(guesses.try_one(guesser(1), start), Ok(()));
        }
        let later = start.advanced(Duration::from_secs(20));
        assert_eq!(guesses.try_one(guesser(1), later), Err(Duration::from_secs(40)));
        assert_eq!(guesses.try_one(guesser(2), later), Ok(()), "others are not kept waiting");
        assert_eq!(guesses.try_one(guesser(1), start.advanced(SPAN)), Ok(()));
    }

    #[test]
    fn who_is_right_may_come_as_often_as_they_like() {
        let (guesses, now) = (Guesses::default(), Now::new(0, 0));
        for _ in 0..1_000 {
            assert_eq!(guesses.try_one(guesser(1), now), Ok(()));
            guesses.was_right(guesser(1));
        }
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
