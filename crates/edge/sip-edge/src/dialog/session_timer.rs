//! Session timers (RFC 4028): both ends notice when the other is gone.

use std::time::Duration;

use rsipstack::sip::{Header, Headers};
use tokio::time::Instant;

use crate::config::SessionTimers;
use crate::headers::{allows, has_option};

/// The far end wants its session refreshed more often than we do that; 422 names our least interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refresh a session that often")]
pub(crate) struct TooBrief;

/// Who refreshes the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresher {
    Us,
    Them,
}

/// How long a session lasts unless it is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    interval_s: u32,
    refresher: Refresher,
}

/// What a message says about it.
struct Wish {
    is_supported: bool,
    interval_s: Option<u32>,
    /// `uac` or `uas`, in lower case.
    refresher: Option<String>,
    least_s: u32,
}

impl Wish {
    fn read(headers: &Headers) -> Self {
        let mut wish = Self {
            is_supported: has_option(headers, "timer"),
            interval_s: None,
            refresher: None,
            least_s: least_interval(headers).unwrap_or(0),
        };
        for header in headers.iter() {
            let Header::SessionExpires(value) = header else { continue };
            let mut parts = value.value().split(';').map(str::trim);
            wish.interval_s = parts.next().and_then(|seconds| seconds.parse().ok());
            wish.refresher = parts.find_map(|part| {
                let (name, value) = part.split_once('=')?;
                name.trim().eq_ignore_ascii_case("refresher").then(|| value.trim().to_ascii_lowercase())
            });
        }
        wish
    }
}

/// The Min-SE of a message.
pub(crate) fn least_interval(headers: &Headers) -> Option<u32> {
    headers.iter().find_map(|header| match header {
        Header::MinSE(value) => value.value().split(';').next().unwrap_or_default().trim().parse().ok(),
        _ => None,
    })
}

impl Agreed {
    /// RFC 4028 §9: what we answer to a request that makes or refreshes a session.
    pub fn with_request(headers: &Headers, config: &SessionTimers) -> Result<Option<Self>, TooBrief> {
        let wish = Wish::read(headers);
        let ours_s = config.interval_s.max(config.least_s).max(wish.least_s);
        let Some(asked_s) = wish.interval_s else {
            let ours = Self { interval_s: ours_s, refresher: Refresher::Us };
            return Ok(wish.is_supported.then_some(ours));
        };
        if asked_s < config.least_s && wish.is_supported {
            return Err(TooBrief);
        }
        let refresher = match wish.refresher.as_deref() {
            // A proxy wants the timer for a caller that does not know it.
            _ if !wish.is_supported => Refresher::Us,
            Some("uas") => Refresher::Us,
            _ => Refresher::Them,
        };
        Ok(Some(Self { interval_s: asked_s.min(ours_s).max(config.least_s), refresher }))
    }

    /// RFC 4028 §7.2: what the answer to our request agreed to.
    pub fn with_answer(headers: &Headers, config: &SessionTimers) -> Option<Self> {
        let wish = Wish::read(headers);
        let refresher =
            if wish.refresher.as_deref() == Some("uas") { Refresher::Them } else { Refresher::Us };
        Some(Self { interval_s: wish.interval_s?.max(config.least_s).max(1), refresher })
    }

    /// How our answer says it.
    pub fn answer_headers(self) -> Vec<Header> {
        let Self { interval_s, refresher } = self;
        match refresher {
            Refresher::Us => vec![session_expires(interval_s, "uas")],
            Refresher::Them => vec![session_expires(interval_s, "uac"), Header::Require("timer".into())],
        }
    }
}

/// What our INVITE says; `least_s` is what a far end insisted on, if one did.
pub(crate) fn offer_headers(config: &SessionTimers, least_s: u32) -> Vec<Header> {
    let least_s = least_s.max(config.least_s);
    vec![
        Header::SessionExpires(config.interval_s.max(least_s).to_string().into()),
        Header::MinSE(least_s.to_string().into()),
    ]
}

/// What a 422 says.
pub(crate) fn refusal_headers(config: &SessionTimers) -> Vec<Header> {
    vec![Header::MinSE(config.least_s.to_string().into())]
}

fn session_expires(interval_s: u32, refresher: &str) -> Header {
    Header::SessionExpires(format!("{interval_s};refresher={refresher}").into())
}

/// What has to happen when the time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// We refresh.
    Refresh,
    /// The far end should have refreshed.
    Expired,
}

/// The timer of one session that is running.
pub(crate) struct SessionTimer {
    agreed: Option<Agreed>,
    /// UPDATE, where the far end takes it; else re-INVITE.
    pub by_update: bool,
    due: Option<Instant>,
}

impl SessionTimer {
    /// Starts; `theirs` is the message of the far end that made the session.
    pub fn start(agreed: Option<Agreed>, theirs: &Headers) -> Self {
        let mut timer = Self { agreed: None, by_update: allows(theirs, "UPDATE"), due: None };
        timer.restart(agreed);
        timer
    }

    /// The session was refreshed.
    pub fn restart(&mut self, agreed: Option<Agreed>) {
        self.agreed = agreed;
        self.due = agreed.map(|Agreed { interval_s, refresher }| {
            let interval = Duration::from_secs(interval_s.into());
            Instant::now()
                + match refresher {
                    // RFC 4028 §10: the refresher renews at half of the session interval.
                    Refresher::Us => interval / 2,
                    // The same section: the other one waits until shortly before its end.
                    Refresher::Them => interval - (interval / 3).min(Duration::from_secs(32)),
                }
        });
    }

    /// The far end refreshed without a word about the timer: then it is for us to go on.
    pub fn keep(&mut self) {
        let agreed = self.agreed.map(|agreed| Agreed { refresher: Refresher::Us, ..agreed });
        self.restart(agreed);
    }

    /// Nothing is due before `wait` has passed.
    pub fn postpone(&mut self, wait: Duration) {
        self.due = self.agreed.map(|_| Instant::now() + wait);
    }

    /// Our refresh is on its way.
    pub fn pause(&mut self) {
        self.due = None;
    }

    /// The far end insists on a longer interval; `false` when it is no longer than ours.
    pub fn lengthen(&mut self, least_s: u32) -> bool {
        let Some(agreed) = self.agreed.as_mut().filter(|agreed| agreed.interval_s < least_s) else {
            return false;
        };
        agreed.interval_s = least_s;
        true
    }

    /// A quarter of the interval.
    pub fn quarter(&self) -> Duration {
        Duration::from_secs(self.agreed.map_or(0, |agreed| agreed.interval_s).into()) / 4
    }

    /// What our refresh says.
    pub fn refresh_headers(&self, config: &SessionTimers) -> Vec<Header> {
        let interval_s = self.agreed.map_or(config.interval_s, |agreed| agreed.interval_s);
        vec![
            session_expires(interval_s, "uac"),
            Header::MinSE(config.least_s.min(interval_s).to_string().into()),
        ]
    }

    /// Waits until something has to happen; that may be never.
    pub(super) async fn wait(&self) -> Due {
        wait_until(self.due).await;
        match self.agreed {
            Some(Agreed { refresher: Refresher::Them, .. }) => Due::Expired,
            Some(Agreed { refresher: Refresher::Us, .. }) | None => Due::Refresh,
        }
    }
}

/// Waits until then; forever when there is no then.
pub(crate) async fn wait_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: SessionTimers = SessionTimers { interval_s: 1800, least_s: 90 };

    #[track_caller]
    fn check(request: &[Header], answer: &str) {
        let headers: Headers = request.to_vec().into();
        let said = match Agreed::with_request(&headers, &CONFIG) {
            Ok(Some(agreed)) => {
                let headers = agreed.answer_headers();
                headers.iter().map(Header::to_string).collect::<Vec<_>>().join(", ")
            }
            Ok(None) => "no timer".to_owned(),
            Err(TooBrief) => "422".to_owned(),
        };
        assert_eq!(said, answer);
    }

    #[test]
    fn intervals_are_agreed_on() {
        let timer = || Header::Supported("replaces, timer".into());
        let expires = |value: &str| Header::SessionExpires(value.into());
        check(&[], "no timer");
        check(&[timer()], "Session-Expires: 1800;refresher=uas");
        check(&[timer(), expires("600")], "Session-Expires: 600;refresher=uac, Require: timer");
        check(&[timer(), expires("600;refresher=uas")], "Session-Expires: 600;refresher=uas");
        check(
            &[timer(), expires("3600; Refresher=uac")],
            "Session-Expires: 1800;refresher=uac, Require: timer",
        );
        check(
            &[timer(), expires("3600"), Header::MinSE("2000".into())],
            "Session-Expires: 2000;refresher=uac, Require: timer",
        );
        check(&[timer(), expires("89")], "422");
        check(&[expires("600;refresher=uac")], "Session-Expires: 600;refresher=uas");
        check(&[expires("10")], "Session-Expires: 90;refresher=uas");
    }
}
