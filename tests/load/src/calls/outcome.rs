//! What became of the calls of one run.

use std::time::{Duration, Instant};

use crate::calls::call::Call;
use crate::distribution::Distribution;

/// What became of the calls of one run.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) offered: usize,
    pub(crate) completed: usize,
    /// Refused with 503, and when to try again.
    pub(crate) refused: usize,
    pub(crate) failed: usize,
    /// Completed in a second, in the steady part of the run.
    pub(crate) goodput: f64,
    pub(crate) retransmissions: usize,
    pub(crate) invite_to_post: Distribution,
    pub(crate) answer_to_ok: Distribution,
    pub(crate) invite_to_ok: Distribution,
    pub(crate) own_lateness: Distribution,
    /// What went wrong, in the words of the first that failed.
    pub(crate) complaint: Option<String>,
}

impl Outcome {
    /// Of these calls, the first of which began at `began`, in a run of so long.
    pub(crate) fn of(calls: &[Call], began: Instant, lasting: Duration) -> Self {
        let mut outcome = Self { offered: calls.len(), ..Self::default() };
        let steady = began + lasting / 4..began + lasting;
        let mut in_steady = 0;
        for call in calls {
            match call.completed_at() {
                Some(at) => {
                    outcome.completed += 1;
                    in_steady += usize::from(steady.contains(&at));
                }
                None if call.refused_politely => outcome.refused += 1,
                None => outcome.failed += 1,
            }
            let note = |into: &mut Distribution, from: Option<Instant>, to: Option<Instant>| {
                if let (Some(from), Some(to)) = (from, to) {
                    into.add(to.saturating_duration_since(from));
                }
            };
            note(&mut outcome.invite_to_post, Some(call.invited), call.rang);
            note(&mut outcome.answer_to_ok, call.asked, call.ok);
            note(&mut outcome.invite_to_ok, Some(call.invited), call.ok);
            outcome.retransmissions += call.retransmissions;
        }
        outcome.goodput = in_steady as f64 / (lasting.as_secs_f64() * 0.75);
        outcome
    }
}
