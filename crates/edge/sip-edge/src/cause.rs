//! From SIP status codes to the words of the engine, and back.

use std::sync::Arc;

use call_engine::{EndCause, LegOutcome, RejectReason};
use rsipstack::sip::{HeadersExt, Response, StatusCode};

/// What a final status (300 to 699) of an outbound call means.
pub(crate) fn end_cause(code: u16) -> EndCause {
    match code {
        401..=403 | 407 => EndCause::Forbidden,
        404 | 410 | 416 | 484 | 485 | 604 => EndCause::NotFound,
        406 | 415 | 488 | 606 => EndCause::NotAcceptable,
        408 => EndCause::NoAnswer,
        486 | 600 => EndCause::Busy,
        487 => EndCause::Canceled,
        500..=599 => EndCause::Unreachable,
        // RFC 8197 and RFC 8688: 607 Unwanted, 608 Rejected.
        601..=699 => EndCause::Declined,
        // A redirection is not followed: for the caller the callee is not there now.
        _ => EndCause::Unavailable,
    }
}

/// The status that refuses an inbound call, and how its leg then has ended.
pub(crate) fn rejection(reason: RejectReason) -> (StatusCode, EndCause) {
    match reason {
        RejectReason::Declined => (StatusCode::Decline, EndCause::Declined),
        RejectReason::Busy => (StatusCode::BusyHere, EndCause::Busy),
        RejectReason::Forbidden => (StatusCode::Forbidden, EndCause::Forbidden),
        RejectReason::NotFound => (StatusCode::NotFound, EndCause::NotFound),
        RejectReason::NoAnswer => (StatusCode::TemporarilyUnavailable, EndCause::NoAnswer),
        RejectReason::Overloaded => (StatusCode::ServiceUnavailable, EndCause::Overloaded),
        RejectReason::Looping => (StatusCode::LoopDetected, EndCause::Unavailable),
        // Phones show the phrase, and nothing else says which of several things is not allowed.
        RejectReason::Identity(why) => {
            (StatusCode::Other(StatusCode::Forbidden.code(), why.to_string()), EndCause::Forbidden)
        }
    }
}

/// How an outbound leg ended that got this final response.
pub(crate) fn outcome_of_response(response: &Response) -> LegOutcome {
    let code = response.status_code.code();
    let phrase: Arc<str> =
        response.wire_reason.as_deref().unwrap_or_else(|| response.status_code.text()).into();
    let q850 = response.reason_header().and_then(|reason| q850(reason.value()));
    let cause = q850.filter(|_| is_general(code)).and_then(cause_of_q850).unwrap_or_else(|| end_cause(code));
    LegOutcome { q850, ..LegOutcome::sip(cause, code, phrase) }
}

/// Statuses with which gateways say all sorts of things; the Reason then says which.
const fn is_general(code: u16) -> bool {
    matches!(code, 400 | 480 | 500 | 502..=504)
}

/// What the public network means by a cause (ITU-T Q.850, RFC 3398 §8.2.6.1); `None` when it does not say
/// more than the status does.
const fn cause_of_q850(cause: u8) -> Option<EndCause> {
    match cause {
        1..=3 | 22 | 28 => Some(EndCause::NotFound),
        17 => Some(EndCause::Busy),
        18 | 19 => Some(EndCause::NoAnswer),
        20 => Some(EndCause::Unavailable),
        21 => Some(EndCause::Declined),
        55 | 57 | 87 => Some(EndCause::Forbidden),
        65 | 70 | 79 | 88 => Some(EndCause::NotAcceptable),
        27 | 34 | 38 | 41 | 42 | 47 => Some(EndCause::Unreachable),
        _ => None,
    }
}

/// How a leg ended to which we gave this final status.
pub(crate) fn outcome_of_status(cause: EndCause, status: &StatusCode) -> LegOutcome {
    LegOutcome::sip(cause, status.code(), status.text())
}

/// The status that tells a transferor why the transfer failed.
pub(crate) fn status_of(cause: EndCause) -> StatusCode {
    match cause {
        EndCause::Declined => StatusCode::Decline,
        EndCause::Busy => StatusCode::BusyHere,
        EndCause::NoAnswer => StatusCode::RequestTimeout,
        EndCause::Canceled => StatusCode::RequestTerminated,
        EndCause::NotFound => StatusCode::NotFound,
        EndCause::Forbidden => StatusCode::Forbidden,
        EndCause::NotAcceptable => StatusCode::NotAcceptableHere,
        EndCause::HungUp | EndCause::Unavailable => StatusCode::TemporarilyUnavailable,
        EndCause::Unreachable | EndCause::Overloaded | EndCause::MediaLost => StatusCode::ServiceUnavailable,
    }
}

/// How a leg that was not answered ended, in a word for the operator's statistics.
pub(crate) fn metered(cause: EndCause) -> &'static str {
    match cause {
        EndCause::HungUp => "hung-up",
        EndCause::Declined => "declined",
        EndCause::Busy => "busy",
        EndCause::NoAnswer => "no-answer",
        EndCause::Canceled => "canceled",
        EndCause::Unavailable => "unavailable",
        EndCause::NotFound => "not-found",
        EndCause::Forbidden => "forbidden",
        EndCause::NotAcceptable => "not-acceptable",
        EndCause::Unreachable => "unreachable",
        EndCause::Overloaded => "overloaded",
        EndCause::MediaLost => "media-lost",
    }
}

/// The Q.850 cause of a Reason header (RFC 3326), 1 to 127.
pub(crate) fn q850(reason: &str) -> Option<u8> {
    reason.split(',').find_map(|value| {
        let mut parts = value.split(';').map(str::trim);
        parts.next().filter(|protocol| protocol.eq_ignore_ascii_case("Q.850"))?;
        let cause = parts.find_map(|part| part.strip_prefix("cause="))?;
        cause.trim().parse().ok().filter(|cause| (1..=127).contains(cause))
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::expect;

    use super::*;

    #[test]
    fn every_final_code_has_a_cause() {
        let mut table = String::new();
        let mut first = 300;
        for code in 300..=699 {
            if code == 699 || end_cause(code + 1) != end_cause(first) {
                let _ = writeln!(table, "{first}-{code} {:?}", end_cause(first));
                first = code + 1;
            }
        }
        expect![[r#"
            300-400 Unavailable
            401-403 Forbidden
            404-404 NotFound
            405-405 Unavailable
            406-406 NotAcceptable
            407-407 Forbidden
            408-408 NoAnswer
            409-409 Unavailable
            410-410 NotFound
            411-414 Unavailable
            415-415 NotAcceptable
            416-416 NotFound
            417-483 Unavailable
            484-485 NotFound
            486-486 Busy
            487-487 Canceled
            488-488 NotAcceptable
            489-499 Unavailable
            500-599 Unreachable
            600-600 Busy
            601-603 Declined
            604-604 NotFound
            605-605 Declined
            606-606 NotAcceptable
            607-699 Declined
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn a_general_status_is_understood_by_its_q850_cause() {
        let outcome = |line: &str, reason: &str| {
            let text = format!(
                "SIP/2.0 {line}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nReason: {reason}\r\nContent-Length: 0\r\n\r\n"
            );
            outcome_of_response(&Response::try_from(text.as_bytes()).unwrap())
        };
        let busy = outcome("503 Service Unavailable", "Q.850;cause=17");
        assert_eq!((busy.cause, busy.q850, busy.sip.unwrap().code), (EndCause::Busy, Some(17), 503));
        // A status that says something itself is believed.
        assert_eq!(outcome("486 Busy Here", "Q.850;cause=16").cause, EndCause::Busy);
        assert_eq!(outcome("404 Not Found", "Q.850;cause=17").cause, EndCause::NotFound);
        assert_eq!(outcome("480 Temporarily Unavailable", "Q.850;cause=16").cause, EndCause::Unavailable);
        assert_eq!(outcome("480 Temporarily Unavailable", "SIP;cause=486").cause, EndCause::Unavailable);

        let mut table = String::new();
        for cause in 1..=127 {
            if let Some(meant) = cause_of_q850(cause) {
                let _ = writeln!(table, "{cause} {meant:?}");
            }
        }
        expect![[r#"
            1 NotFound
            2 NotFound
            3 NotFound
            17 Busy
            18 NoAnswer
            19 NoAnswer
            20 Unavailable
            21 Declined
            22 NotFound
            27 Unreachable
            28 NotFound
            34 Unreachable
            38 Unreachable
            41 Unreachable
            42 Unreachable
            47 Unreachable
            55 Forbidden
            57 Forbidden
            65 NotAcceptable
            70 NotAcceptable
            79 NotAcceptable
            87 Forbidden
            88 NotAcceptable
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn a_reason_names_its_q850_cause() {
        assert_eq!(q850("Q.850;cause=16;text=\"Normal call clearing\""), Some(16));
        assert_eq!(q850("SIP ;cause=200, Q.850 ; cause=17"), Some(17));
        assert_eq!(q850("SIP;cause=200"), None);
        assert_eq!(q850("Q.850;cause=700"), None);
        assert_eq!(q850(""), None);
    }
}
