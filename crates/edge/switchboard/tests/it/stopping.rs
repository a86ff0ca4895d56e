//! The platform stops.

use std::time::Duration;

use call_engine::{CallEventKind, Invitation, LegReport, LegRequest, Origin};
use exchange::Command;
use identifier::UserId;
use switchboard::BoardError;

use crate::scripted::{Scripted, ended, event, invitation};

#[tokio::test]
async fn a_draining_platform_waits_for_the_last_call_and_takes_no_new_one() {
    let scripted = Scripted::start();
    let (leg, call) = scripted.call_in();
    scripted.answer(call).await.expect("the call waits");
    let board = scripted.board.clone();
    let drained = tokio::spawn(async move { board.drain(Duration::from_secs(60)).await });
    // The flag is raised by the first poll of the task.
    while !scripted.board.is_draining() {
        tokio::task::yield_now().await;
    }
    assert!(!scripted.board.invite(scripted.board.new_leg(), invitation()));
    let help = Invitation {
        origin: Origin::Phone(UserId::from_u128(1)),
        dialled: redact::Pii::new("112".into()),
        ..invitation()
    };
    let leg_for_help = scripted.board.new_leg();
    assert!(scripted.board.invite(leg_for_help, help.clone()), "help is let in");
    scripted.board.report_leg(leg_for_help, ended());
    scripted.board.report_leg(leg, ended());
    tokio::time::timeout(Duration::from_secs(10), drained)
        .await
        .expect("the last call has ended")
        .expect("no panic");
    assert!(!scripted.board.invite(scripted.board.new_leg(), help), "nobody is there any more");
}

#[tokio::test]
async fn when_patience_is_over_the_rest_is_hung_up() {
    let scripted = Scripted::start();
    let (leg, call) = scripted.call_in();
    scripted.answer(call).await.expect("the call waits");
    scripted.board.report_leg(leg, LegReport::Answered);
    scripted.board.drain(Duration::ZERO).await;
    scripted.next_request(leg, &LegRequest::Hangup);
    scripted.ledger.wait_for(|batch| event(batch, &CallEventKind::CallDisconnected).cloned());
    assert_eq!(scripted.board.live_legs(), 0);
}

#[tokio::test]
async fn a_stopped_platform_says_so() {
    let scripted = Scripted::start();
    let (_, call) = scripted.call_in();
    scripted.board.stop().await;
    assert_eq!(scripted.answer(call).await, Err(BoardError::Stopping));
    let look = Command::HangUp {
        connection: identifier::CallConnectionId::from_u128(7),
        resource: scripted.resource,
    };
    assert_eq!(scripted.board.command(look).await, Err(BoardError::Stopping));
}
