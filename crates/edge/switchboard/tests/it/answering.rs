//! A call comes in, an application answers it, somebody hangs up.

use call_engine::{CallEventKind, LegRequest, MoveParticipants};
use exchange::{Command, CommandError};
use identifier::{CallConnectionId, CommunicationIdentifier, Home};
use switchboard::BoardError;

use crate::scripted::{CALLER, Scripted, ended, event};

#[tokio::test]
async fn an_application_answers_and_hears_how_the_call_ends() {
    let scripted = Scripted::start();
    let (leg, call) = scripted.call_in();
    let connection = scripted.answer(call).await.expect("the call waits");
    scripted.next_request(leg, &LegRequest::Answer);
    scripted
        .ledger
        .wait_for(|batch| batch.opened.iter().find(|opened| opened.connection == connection).cloned());

    scripted.board.report_leg(leg, call_engine::LegReport::Answered);
    scripted.ledger.wait_for(|batch| event(batch, &CallEventKind::CallConnected).cloned());
    scripted.board.report_leg(leg, ended());
    let closed = scripted.ledger.wait_for(|batch| {
        event(batch, &CallEventKind::CallDisconnected).map(|event| (event.connection, batch.closed.clone()))
    });
    assert_eq!(closed, (connection, vec![connection]));
}

#[tokio::test]
async fn a_connection_of_another_node_is_not_found_here() {
    let scripted = Scripted::start();
    let elsewhere = CallConnectionId::from_u128(1 << 112);
    assert_eq!(elsewhere.home(), Home { node: 1, shard: 0 });
    for connection in [elsewhere, CallConnectionId::from_u128(1)] {
        let refused =
            scripted.board.command(Command::Properties { connection, resource: scripted.resource }).await;
        assert_eq!(refused, Err(BoardError::Refused(CommandError::CallNotFound)));
    }
}

#[tokio::test]
async fn participants_do_not_move_from_one_exchange_to_another_and_the_application_is_told_why() {
    let scripted = Scripted::start_several(2);
    let mut connections = Vec::new();
    for _ in 0..2 {
        let (leg, call) = scripted.call_in();
        connections.push(scripted.answer(call).await.expect("the call waits"));
        scripted.board.report_leg(leg, call_engine::LegReport::Answered);
        scripted.ledger.wait_for(|batch| event(batch, &CallEventKind::CallConnected).cloned());
    }
    let [into, from] = connections[..] else { panic!("two calls were answered") };
    assert_ne!(into.home(), from.home());

    let moving = MoveParticipants {
        participants: vec![CommunicationIdentifier::phone(CALLER.parse().expect("a number"))],
        from,
        operation_context: None,
        callback: None,
    };
    let command = Command::MoveParticipants { connection: into, resource: scripted.resource, moving };
    match scripted.board.command(command).await {
        Err(BoardError::Refused(CommandError::InvalidArgument { property, reason })) => {
            assert_eq!(property, "fromCall");
            assert!(reason.contains("another") && reason.contains("transfer them"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_broken_assumption_ends_one_call_and_no_other() {
    let scripted = Scripted::start_broken();
    let (broken_leg, broken) = scripted.call_in();
    assert_eq!(scripted.answer(broken).await, Err(BoardError::Broken));
    scripted.next_request(broken_leg, &LegRequest::Hangup);

    let (_, another) = scripted.call_in();
    assert_ne!(another, broken);
}
