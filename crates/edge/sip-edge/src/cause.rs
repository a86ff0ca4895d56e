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
    }
}

/// How an outbound leg ended that got this final response.
pub(crate) fn outcome_of_response(response: &Response) -> LegOutcome {
    let code = response.status_code.code();
    let phrase: Arc<str> =
        response.wire_reason.as_deref().unwrap_or_else(|| response.status_code.text()).into();
    let q850 = response.reason_header().and_then(|reason| q850(reason.value()));
    LegOutcome { q850, ..LegOutcome::sip(end_cause(code), code, phrase) }
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
    fn a_reason_names_its_q850_cause() {
        assert_eq!(q850("Q.850;cause=16;text=\"Normal call clearing\""), Some(16));
        assert_eq!(q850("SIP ;cause=200, Q.850 ; cause=17"), Some(17));
        assert_eq!(q850("SIP;cause=200"), None);
        assert_eq!(q850("Q.850;cause=700"), None);
        assert_eq!(q850(""), None);
    }
}
