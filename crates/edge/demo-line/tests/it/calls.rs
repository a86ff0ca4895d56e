//! What a caller of the demo line meets.

use std::collections::BTreeSet;

use call_engine::{Destination, LegReport, LegRequest};

use crate::stage::{Asked, OTHER_NUMBER, SERVICE_NUMBER, Stage, hung_up, unavailable};

#[tokio::test]
async fn a_caller_is_welcomed_hears_the_time_and_themselves_and_leaves() {
    let (mut stage, leg) = Stage::with_call_to(SERVICE_NUMBER, false).await;
    stage.is_answered(leg).await;
    let welcome = stage.says().await;
    assert!(welcome.starts_with("Welcome to Ringdown.") && welcome.contains("press 1"), "{welcome}");

    stage.press(leg, '1');
    let time = stage.says().await;
    assert!(time.starts_with("It is ") && time.contains("press 1"), "{time}");

    stage.press(leg, '2');
    assert!(stage.says().await.contains("hear yourself"));
    assert_eq!(stage.plan().await.heard_by(leg), BTreeSet::from([leg]));
    stage.press(leg, '7');
    assert_ne!(stage.plan().await.heard_by(leg), BTreeSet::from([leg]));
    assert!(stage.says().await.starts_with("That was the echo."));

    stage.press(leg, '9');
    assert!(stage.says().await.contains("Goodbye"));
    stage.next(|asked| matches!(asked, Asked::Leg(to, LegRequest::Hangup) if *to == leg).then_some(())).await;
}

#[tokio::test]
async fn the_other_phone_is_called_and_the_two_talk_until_it_leaves() {
    let (mut stage, leg) = Stage::with_call_to(SERVICE_NUMBER, false).await;
    stage.is_answered(leg).await;
    stage.says().await;
    stage.press(leg, '3');
    let other = dialled(&mut stage).await;
    stage.board.report_leg(other, LegReport::Ringing);
    stage.board.report_leg(other, LegReport::Answered);
    loop {
        let plan = stage.plan().await;
        if plan.heard_by(leg) == BTreeSet::from([other]) {
            assert_eq!(plan.heard_by(other), BTreeSet::from([leg]));
            break;
        }
    }
    stage.board.report_leg(other, hung_up());
    let back = loop {
        let words = stage.says().await;
        if !words.contains('♪') {
            break words;
        }
    };
    assert!(back.starts_with("The other phone has hung up."), "{back}");
}

#[tokio::test]
async fn a_phone_that_is_not_registered_is_said_to_be_so() {
    let (mut stage, leg) = Stage::with_call_to(SERVICE_NUMBER, false).await;
    stage.is_answered(leg).await;
    stage.says().await;
    stage.press(leg, '3');
    let other = dialled(&mut stage).await;
    stage.board.report_leg(other, unavailable());
    let sorry = loop {
        let words = stage.says().await;
        if !words.contains('♪') {
            break words;
        }
    };
    assert!(sorry.starts_with("The other phone is not registered."), "{sorry}");
}

#[tokio::test]
async fn a_call_that_somebody_else_takes_is_left_alone() {
    let (mut stage, _) = Stage::with_call_to(SERVICE_NUMBER, true).await;
    stage.stays_unanswered().await;
}

#[tokio::test]
async fn a_number_that_is_not_the_demo_lines_is_left_alone() {
    let (mut stage, _) = Stage::with_call_to(OTHER_NUMBER, false).await;
    stage.stays_unanswered().await;
}

/// The leg to the phone that is not the caller's.
async fn dialled(stage: &mut Stage) -> identifier::LegId {
    let other = stage.callers[1];
    stage
        .next(|asked| match asked {
            Asked::Leg(leg, LegRequest::Dial(dial)) => {
                assert_eq!(dial.destination, Destination::Phone(other));
                Some(*leg)
            }
            Asked::Leg(..) | Asked::Media(_) => None,
        })
        .await
}
