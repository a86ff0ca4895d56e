//! The platform stops.

use std::time::Duration;

use call_engine::{CallEventKind, LegReport, LegRequest};
use exchange::Command;
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
    scripted.board.report_leg(leg, ended());
    tokio::time::timeout(Duration::from_secs(10), drained)
        .await
        .expect("the last call has ended")
        .expect("no panic");
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
