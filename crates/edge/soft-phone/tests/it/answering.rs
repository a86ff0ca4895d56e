//! The phone is called.

use std::time::Duration;

use soft_phone::{EndedBy, LadderStep, PhoneOptions, PhoneReport, Purpose};
use tokio::process::Child;

use crate::sipp::{free_port, sipp};

/// Runs a phone that waits, and lets SIPp call it where it says that it waits.
async fn called_by_sipp(
    mut options: PhoneOptions,
    purpose: Purpose,
) -> (PhoneReport, Vec<LadderStep>, Child) {
    options.purpose = purpose;
    let mut ladder = Vec::new();
    let mut caller = None;
    let report = soft_phone::run(options, |line| {
        if let LadderStep::Note { text } = &line.step
            && let Some(address) = text.strip_prefix("waits for a call at sip:phone@")
        {
            caller = Some(sipp(&["-sn", "uac", "-d", "500", "-p", &free_port().to_string(), address]));
        }
        ladder.push(line.step);
    });
    let report = report.await.unwrap();
    (report, ladder, caller.expect("the phone waits"))
}

fn options() -> PhoneOptions {
    PhoneOptions::answer("sip:127.0.0.1:5060".parse().unwrap())
}

fn answering(ring_for: Duration, refuse_with: Option<u16>) -> Purpose {
    Purpose::Answer { ring_for, refuse_with, wait_for: Some(Duration::from_secs(20)) }
}

#[tokio::test]
async fn a_call_from_sipp_is_answered_and_ends_with_its_bye() {
    let purpose = answering(Duration::from_millis(100), None);
    let (report, ladder, mut caller) = called_by_sipp(options(), purpose).await;
    assert!(report.answered && report.ended_by == EndedBy::Them, "{report}");
    assert!(report.header("From").is_some_and(|from| from.contains("sipp")), "{report}");
    assert!((0.3..3.0).contains(&report.talked_seconds), "{report}");
    assert!(caller.wait().await.unwrap().success());
    let rang = ladder.iter().any(|step| matches!(step, LadderStep::Response { status: 180, .. }));
    assert!(rang, "{ladder:?}");
}

#[tokio::test]
async fn a_call_can_be_refused_with_any_status() {
    let (report, _, mut caller) = called_by_sipp(options(), answering(Duration::ZERO, Some(486))).await;
    assert!(!report.answered);
    assert_eq!((report.final_status, report.reason.as_str()), (Some(486), "Busy Here"));
    assert!(!caller.wait().await.unwrap().success());
}

#[tokio::test]
async fn nobody_calls() {
    let mut options = options();
    options.purpose = Purpose::Answer {
        ring_for: Duration::ZERO,
        refuse_with: None,
        wait_for: Some(Duration::from_millis(50)),
    };
    let report = soft_phone::run(options, |_| {}).await.unwrap();
    assert_eq!((report.answered, report.reason.as_str()), (false, "nobody called"));
}
