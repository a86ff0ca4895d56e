//! Whether an endpoint agreed to be sent events (contract: Call Automation §11.2).
//!
//! Without it, anybody who may make a subscription could have this server shower a third party.

use std::time::Duration;

/// What an endpoint's answer to the question means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeAnswer {
    /// It wants events.
    Agreed,
    /// It took note; somebody may still confirm by the validation URL.
    Undecided,
    /// It does not want events, or is no such endpoint.
    Refused,
    /// It could not be asked; asking again may help.
    NoAnswer,
}

/// The Event Grid schema: 200 with the code we sent. 202 and friends do not agree.
pub fn judge_event_grid(status: u16, answered_code: Option<&str>, code: &str) -> HandshakeAnswer {
    match (status, answered_code) {
        (200, Some(answered)) if answered.eq_ignore_ascii_case(code) => HandshakeAnswer::Agreed,
        (200, Some(_)) => HandshakeAnswer::Refused,
        (200..=299, _) => HandshakeAnswer::Undecided,
        (408 | 425 | 429 | 500..=599, _) => HandshakeAnswer::NoAnswer,
        _ => HandshakeAnswer::Refused,
    }
}

/// The CloudEvents schema: success with `WebHook-Allowed-Origin` naming us or everybody.
pub fn judge_cloud_events(status: u16, allowed_origin: Option<&str>, origin: &str) -> HandshakeAnswer {
    match (status, allowed_origin) {
        (200..=299, Some(allowed)) => {
            let names_us = allowed
                .split(',')
                .map(str::trim)
                .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin));
            if names_us { HandshakeAnswer::Agreed } else { HandshakeAnswer::Refused }
        }
        (200..=299, None) => HandshakeAnswer::Undecided,
        (408 | 425 | 429 | 500..=599, _) => HandshakeAnswer::NoAnswer,
        _ => HandshakeAnswer::Refused,
    }
}

/// When an endpoint that has not agreed is asked again: a server and its applications start in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskSchedule {
    /// From one question to the next.
    pub waits: Vec<Duration>,
}

impl Default for AskSchedule {
    fn default() -> Self {
        let seconds = [2, 5, 10, 15, 30, 60, 60, 120, 300, 600, 1_200, 3_600];
        Self { waits: seconds.map(Duration::from_secs).to_vec() }
    }
}

impl AskSchedule {
    /// How long to wait after question number `asked` (from 1); `None`: no more questions.
    pub fn after(&self, asked: usize, answer: HandshakeAnswer) -> Option<Duration> {
        match answer {
            HandshakeAnswer::Agreed | HandshakeAnswer::Undecided | HandshakeAnswer::Refused => None,
            HandshakeAnswer::NoAnswer => self.waits.get(asked.saturating_sub(1)).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_grid_answers() {
        use HandshakeAnswer::{Agreed, NoAnswer, Refused, Undecided};
        for (status, code, answer) in [
            (200, Some("abc"), Agreed),
            (200, Some("ABC"), Agreed),
            (200, Some("forged"), Refused),
            (200, None, Undecided),
            (202, Some("abc"), Undecided),
            (204, None, Undecided),
            (404, None, Refused),
            (401, Some("abc"), Refused),
            (503, None, NoAnswer),
        ] {
            assert_eq!(judge_event_grid(status, code, "abc"), answer, "{status} {code:?}");
        }
    }

    #[test]
    fn cloud_events_answers() {
        use HandshakeAnswer::{Agreed, NoAnswer, Refused, Undecided};
        for (status, allowed, answer) in [
            (200, Some("*"), Agreed),
            (204, Some("Ringdown.example"), Agreed),
            (200, Some("a.example, ringdown.example"), Agreed),
            (200, Some("eventgrid.azure.net"), Refused),
            (200, None, Undecided),
            (405, Some("*"), Refused),
            (500, None, NoAnswer),
        ] {
            assert_eq!(
                judge_cloud_events(status, allowed, "ringdown.example"),
                answer,
                "{status} {allowed:?}"
            );
        }
    }

    #[test]
    fn only_silence_is_asked_again_and_not_forever() {
        let schedule = AskSchedule::default();
        assert!(schedule.after(1, HandshakeAnswer::NoAnswer).is_some());
        assert!(schedule.after(1, HandshakeAnswer::Refused).is_none());
        assert!(schedule.after(99, HandshakeAnswer::NoAnswer).is_none());
    }
}
