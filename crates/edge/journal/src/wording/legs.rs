//! Legs, in the words of SIP.

use call_engine::{
    Destination, Dial, EndCause, Invitation, LegOutcome, LegReport, LegRequest, Origin, ReferOutcome,
    RejectReason, TransferProgress,
};
use identifier::LegId;

use crate::names::Names;
use crate::wording::Reveal;

pub(crate) fn invitation(invitation: &Invitation, names: &mut Names, reveal: Reveal) -> String {
    let by = match &invitation.origin {
        Origin::Phone(_) => "a phone".to_owned(),
        Origin::Trunk(trunk) => format!("trunk {trunk}"),
        Origin::Platform => "this platform".to_owned(),
        Origin::Stranger => "a stranger".to_owned(),
    };
    let place = invitation.replaces.map_or(String::new(), |leg| format!(" to replace {}", names.leg(leg)));
    format!(
        "INVITE {} from {} by {by}{place}{}",
        reveal.text(invitation.dialled.expose()),
        reveal.who(&invitation.from),
        reveal.headers(&invitation.headers)
    )
}

pub(crate) fn report(leg: LegId, report: &LegReport, names: &mut Names, reveal: Reveal) -> String {
    match report {
        LegReport::Ringing => "180 Ringing".to_owned(),
        LegReport::EarlyMedia => "183 Session Progress".to_owned(),
        LegReport::Answered if names.is_inbound(leg) => "ACK".to_owned(),
        LegReport::Answered => "200 OK".to_owned(),
        LegReport::Held => "re-INVITE: puts us on hold".to_owned(),
        LegReport::Resumed => "re-INVITE: takes us back".to_owned(),
        LegReport::Tone(tone) => format!("INFO: key {}", reveal.key(*tone)),
        LegReport::TransferRequested { replaces: Some(place), .. } => {
            format!("REFER: join {}", names.leg(*place))
        }
        LegReport::TransferRequested { target, replaces: None } => {
            format!("REFER {}", reveal.text(target.expose()))
        }
        LegReport::Moved { target } => format!("302 Moved Temporarily to {}", reveal.text(target.expose())),
        LegReport::Referred(outcome) => match outcome {
            ReferOutcome::Refused => "refuses REFER".to_owned(),
            ReferOutcome::Succeeded => "NOTIFY: 200 OK".to_owned(),
            ReferOutcome::Failed(outcome) => format!("NOTIFY: {}", failure(outcome)),
        },
        LegReport::Ended(outcome) => ended(leg, outcome, names),
    }
}

fn ended(leg: LegId, outcome: &LegOutcome, names: &Names) -> String {
    let reason = outcome.q850.map_or(String::new(), |cause| format!(" (Q.850 cause {cause})"));
    let what = match (&outcome.sip, outcome.cause) {
        (Some(_), _) => failure(outcome),
        (None, EndCause::HungUp) => "BYE".to_owned(),
        (None, EndCause::Canceled) if names.is_inbound(leg) && !names.is_connected(leg) => {
            "CANCEL".to_owned()
        }
        (None, cause) => format!("ended: {cause:?}"),
    };
    format!("{what}{reason}")
}

fn failure(outcome: &LegOutcome) -> String {
    match &outcome.sip {
        Some(status) => format!("{} {}", status.code, status.phrase),
        None => format!("{:?}", outcome.cause),
    }
}

pub(crate) fn request(leg: LegId, request: &LegRequest, names: &Names, reveal: Reveal) -> String {
    match request {
        LegRequest::Dial(dial) => invite(dial, reveal),
        LegRequest::Ring => "180 Ringing".to_owned(),
        LegRequest::Progress => "183 Session Progress".to_owned(),
        LegRequest::Answer => "200 OK".to_owned(),
        LegRequest::Reject(reason) => refusal(*reason).to_owned(),
        LegRequest::Hangup if names.is_connected(leg) => "BYE".to_owned(),
        LegRequest::Hangup if names.is_inbound(leg) => "gives it up".to_owned(),
        LegRequest::Hangup => "CANCEL".to_owned(),
        LegRequest::Dismiss => "BYE".to_owned(),
        LegRequest::Tell(_) => "MESSAGE to somebody else".to_owned(),
        LegRequest::TransferProgress(progress) => match progress {
            TransferProgress::Trying => "NOTIFY: 100 Trying".to_owned(),
            TransferProgress::Succeeded => "NOTIFY: 200 OK".to_owned(),
            TransferProgress::Failed(cause) => format!("NOTIFY: failed, {cause:?}"),
        },
        LegRequest::Divert(divert) => format!("INVITE {} instead", destination(&divert.destination, reveal)),
        LegRequest::Refer(refer) => format!("REFER {}", reveal.number(&refer.number)),
    }
}

fn invite(dial: &Dial, reveal: Reveal) -> String {
    format!(
        "INVITE {} from {}{}",
        destination(&dial.destination, reveal),
        reveal.caller(&dial.caller),
        reveal.headers(&dial.headers)
    )
}

pub(crate) fn destination(destination: &Destination, reveal: Reveal) -> String {
    match destination {
        Destination::Phone(user) => format!("the phones of {}", reveal.text(&user.to_string())),
        Destination::Trunk { trunk, number } => format!("{} by trunk {trunk}", reveal.number(number)),
        Destination::Gateways(hops) => {
            let ways = hops.iter().map(|hop| format!("{} by trunk {}", reveal.text(&hop.called), hop.trunk));
            ways.collect::<Vec<_>>().join(", else ")
        }
        Destination::Emergency { number, .. } => format!("{number} for help"),
        Destination::Platform(number) => format!("{} of this platform", reveal.number(number)),
    }
}

fn refusal(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::Declined => "603 Decline",
        RejectReason::Busy => "486 Busy Here",
        RejectReason::Forbidden => "403 Forbidden",
        RejectReason::NotFound => "404 Not Found",
        RejectReason::NoAnswer => "480 Temporarily Unavailable",
        RejectReason::Overloaded => "503 Service Unavailable",
        RejectReason::Looping => "482 Loop Detected",
        RejectReason::Identity(_) => "403 Forbidden (the identity)",
    }
}
