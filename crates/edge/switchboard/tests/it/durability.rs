//! What an application is told has happened even if the power fails a moment later.

use std::time::Duration;

use exchange::{Command, Reply};
use switchboard::BoardError;

use crate::scripted::{Scripted, ended};

#[tokio::test]
async fn an_answer_waits_until_it_is_durable_and_a_look_does_not() {
    let scripted = Scripted::start();
    let (_, call) = scripted.call_in();
    scripted.ledger.hold();
    let mut answering = Box::pin(scripted.answer(call));
    let early = tokio::time::timeout(Duration::from_millis(50), &mut answering).await;
    assert!(early.is_err(), "answered before it was durable");
    scripted.ledger.release();
    let connection = answering.await.expect("it is durable now");

    scripted.ledger.hold();
    let look = Command::Properties { connection, resource: scripted.resource };
    assert!(matches!(scripted.board.command(look).await, Ok(Reply::Call(_))));
}

#[tokio::test]
async fn what_cannot_be_made_durable_is_not_acknowledged() {
    let scripted = Scripted::start();
    let (_, call) = scripted.call_in();
    scripted.ledger.refuse();
    assert_eq!(scripted.answer(call).await, Err(BoardError::NotDurable));
}

#[tokio::test]
async fn every_call_leaves_a_record_also_without_an_application() {
    let scripted = Scripted::start();
    let (leg, call) = scripted.call_in();
    scripted.board.report_leg(leg, ended());
    let record = scripted.ledger.wait_for(|batch| batch.records.first().cloned());
    assert_eq!((record.call, record.connected, record.connection), (call, None, None));
}
