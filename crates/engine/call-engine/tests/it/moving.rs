//! Participants move from one call of an application into another one of it.

use call_engine::{EndCause, LegReport, MoveError, MoveParticipants, StartRecording};
use expect_test::expect;
use identifier::CallConnectionId;
use media_plan::{RecordingFormat, TapReport};

use crate::world::{RESOURCE, World, application, ended, recognize, who};

fn moving(names: &[&str], from: CallConnectionId) -> MoveParticipants {
    MoveParticipants {
        participants: names.iter().map(|name| who(name)).collect(),
        from,
        operation_context: Some("move".into()),
        callback: None,
    }
}

/// Two calls of one application: `customer` waits in the lobby, `agent` in the call that counts.
fn lobby_and_call() -> (World, CallConnectionId, CallConnectionId) {
    let mut world = World::answered("customer");
    let lobby = world.connection.unwrap();
    world.create(&["agent"]);
    world.report("agent", LegReport::Answered);
    let call = world.connection.unwrap();
    world.forget();
    (world, lobby, call)
}

fn moves(world: &mut World, into: CallConnectionId, request: MoveParticipants) -> Result<(), MoveError> {
    world.say("app -> engine  MoveParticipants");
    let done = world.engine.move_here(into, RESOURCE, request, world.now);
    world.tell();
    done
}

#[test]
fn somebody_moves_from_the_lobby_into_the_call() {
    let (mut world, lobby, call) = lobby_and_call();
    moves(&mut world, call, moving(&["customer"], lobby)).expect("both calls are there");
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  MoveParticipants
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  release
        0.000  engine -> app  ParticipantsUpdated 2: agent, customer
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> app  MoveParticipantSucceeded customer (Completed; move)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantAdded customer
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  agent hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: agent
        0.000  engine -> world  ParticipantRemoved customer
    "#]]);
}

#[test]
fn whoever_is_not_there_is_not_moved_and_the_others_are() {
    let (mut world, lobby, call) = lobby_and_call();
    moves(&mut world, call, moving(&["nobody", "customer"], lobby)).expect("both calls are there");
    world.ladder(expect![[r#"
        0.000  app -> engine  MoveParticipants
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  release
        0.000  engine -> app  MoveParticipantFailed nobody (ParticipantGone; move)
        0.000  engine -> app  ParticipantsUpdated 2: agent, customer
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> app  MoveParticipantSucceeded customer (Completed; move)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantAdded customer
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
    "#]]);
}

#[test]
fn what_was_about_them_ends_and_a_recording_hears_who_comes() {
    let (mut world, lobby, call) = lobby_and_call();
    world.connection = Some(lobby);
    world.recognize(recognize("customer", &["wait"]));
    world.connection = Some(call);
    let wav = StartRecording {
        format: RecordingFormat::Wav,
        unmixed: false,
        channels: Vec::new(),
        paused: false,
        destination: None,
        announcement: None,
        application: Some(application()),
    };
    world.ask("StartRecording", |call| call.record(wav));
    world.tapped(1, TapReport::Started);
    world.forget();
    moves(&mut world, call, moving(&["customer"], lobby)).expect("both calls are there");
    world.ladder(expect![[r#"
        0.000  app -> engine  MoveParticipants
        0.000  engine -> media  stop play1
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  tap1 now records agent+customer
        0.000  engine -> media  release
        0.000  engine -> app  RecognizeCanceled (ParticipantGone; recognize)
        0.000  engine -> app  ParticipantsUpdated 2: agent, customer
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> app  MoveParticipantSucceeded customer (Completed; move)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantAdded customer
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
    "#]]);
}

#[test]
fn only_between_two_established_calls_of_ones_own() {
    let (mut world, lobby, call) = lobby_and_call();
    let unknown = CallConnectionId::from_u128(7);
    assert_eq!(moves(&mut world, call, moving(&["customer"], unknown)), Err(MoveError::FromNotFound));
    assert_eq!(moves(&mut world, call, moving(&["agent"], call)), Err(MoveError::SameCall));
    world.create(&["late"]);
    let ringing = world.connection.unwrap();
    assert_eq!(moves(&mut world, ringing, moving(&["customer"], lobby)), Err(MoveError::NotEstablished));
}
