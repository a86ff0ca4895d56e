//! What commands answer about calls that wait, run, are over, or belong to somebody else.

use call_engine::{CustomHeaders, EndCause, LegOutcome, LegReport, Mute, RejectReason};
use exchange::{Command, CommandError, Reply};
use expect_test::expect;
use identifier::{CallConnectionId, LegId, ResourceId};

use crate::world::{
    NOW, RESOURCE, SEED, SERVICE_NUMBER, answer, answered, asked, exchange, invite, number, offered, phone,
    user,
};

#[test]
fn a_call_that_never_was_is_not_found() {
    let mut exchange = exchange();
    let connection = CallConnectionId::from_u128(7);
    let command = Command::Properties { connection, resource: RESOURCE };
    assert_eq!(exchange.handle_command(command, SEED, NOW), Err(CommandError::CallNotFound));
}

#[test]
fn an_ended_call_is_not_found_and_verbs_say_that_it_is_over() {
    let mut exchange = exchange();
    let connection = answered(&mut exchange).connection;
    let ended = LegReport::Ended(LegOutcome::local(EndCause::HungUp));
    exchange.handle_leg(LegId::from_u128(1), ended, NOW);

    let look = Command::Properties { connection, resource: RESOURCE };
    assert_eq!(exchange.handle_command(look, SEED, NOW), Err(CommandError::CallNotFound));
    let act = Command::CancelAllMediaOperations { connection, resource: RESOURCE };
    assert_eq!(exchange.handle_command(act, SEED, NOW), Err(CommandError::AlreadyTerminated));
}

#[test]
fn another_resource_finds_nothing() {
    let mut exchange = exchange();
    let connection = answered(&mut exchange).connection;
    let resource = ResourceId::from_u128(99);
    for command in [Command::HangUp { connection, resource }, Command::Terminate { connection, resource }] {
        assert_eq!(exchange.handle_command(command, SEED, NOW), Err(CommandError::CallNotFound));
    }
    let look = Command::Properties { connection, resource: RESOURCE };
    assert!(matches!(exchange.handle_command(look, SEED, NOW), Ok(Reply::Call(_))));
}

#[test]
fn nothing_is_done_with_a_call_that_is_not_established() {
    let mut exchange = exchange();
    invite(&mut exchange, 1, phone(1), SERVICE_NUMBER);
    let call = offered(&mut exchange).unwrap();
    let connection = answer(&mut exchange, call).unwrap().connection;
    let act = Command::CancelAllMediaOperations { connection, resource: RESOURCE };
    assert_eq!(exchange.handle_command(act, SEED, NOW), Err(CommandError::NotEstablished));
}

#[test]
fn a_call_is_taken_once() {
    let mut exchange = exchange();
    invite(&mut exchange, 1, phone(1), SERVICE_NUMBER);
    let call = offered(&mut exchange).unwrap();
    answer(&mut exchange, call).unwrap();
    assert_eq!(answer(&mut exchange, call).err(), Some(CommandError::AlreadyTaken));
    let reject = Command::Reject { call, resource: RESOURCE, reason: RejectReason::Busy };
    assert_eq!(exchange.handle_command(reject, SEED, NOW), Err(CommandError::AlreadyTaken));
}

#[test]
fn a_call_whose_caller_gave_up_no_longer_rings() {
    let mut exchange = exchange();
    let leg = invite(&mut exchange, 1, phone(1), SERVICE_NUMBER);
    let call = offered(&mut exchange).unwrap();
    exchange.handle_leg(leg, LegReport::Ended(LegOutcome::local(EndCause::Canceled)), NOW);
    assert_eq!(answer(&mut exchange, call).err(), Some(CommandError::NoLongerRinging));
}

#[test]
fn a_participant_who_is_not_there_is_named() {
    let mut exchange = exchange();
    let connection = answered(&mut exchange).connection;
    let mute = Mute { participants: vec![user(2)], operation_context: None };
    let command = Command::Mute { connection, resource: RESOURCE, mute };
    let refused = exchange.handle_command(command, SEED, NOW);
    let Err(CommandError::ParticipantNotFound(who)) = refused else { panic!("{refused:?}") };
    assert_eq!(*who.expose(), user(2).raw_id());
}

#[test]
fn a_caller_is_sent_on_in_the_name_of_the_number_they_called() {
    let mut exchange = exchange();
    let connection = answered(&mut exchange).connection;
    let command = Command::Transfer {
        connection,
        resource: RESOURCE,
        target: number("+4930123456"),
        transferee: None,
        caller_number: None,
        headers: CustomHeaders::default(),
        operation_context: None,
        callback: None,
    };
    assert!(exchange.handle_command(command, SEED, NOW).is_ok());
    expect![[
        r#"dial Trunk { trunk: TrunkName("carrier"), number: PhoneNumber("+4930123456") } as +4930999"#
    ]]
    .assert_eq(&asked(&mut exchange));
}

#[test]
fn a_redirect_to_another_service_number_is_offered_again() {
    let mut exchange = exchange();
    invite(&mut exchange, 1, phone(1), SERVICE_NUMBER);
    let call = offered(&mut exchange).unwrap();
    let command = Command::Redirect { call, resource: RESOURCE, target: number("+14255550101") };
    assert!(exchange.handle_command(command, SEED, NOW).is_ok());
    assert_eq!(offered(&mut exchange), Some(call));
    let properties = answer(&mut exchange, call).unwrap();
    assert_eq!(properties.answered_for, Some("+14255550101".parse().unwrap()));
}
