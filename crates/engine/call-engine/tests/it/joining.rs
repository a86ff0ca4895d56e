//! An application holds a call that others made, and several hold one.

use call_engine::{Application, CallOptions, Callback, EndCause, Join, LegReport, Limits};
use expect_test::expect;
use identifier::{CallConnectionId, CallId, ResourceId};

use crate::world::{RESOURCE, World, add, application, ended, hold, play};

fn join(resource: ResourceId) -> Join {
    let callback = Callback::Uri("https://supervisor/events".into());
    Join {
        application: Application { resource, callback, ..application() },
        operation_context: Some("join".into()),
        options: CallOptions::default(),
    }
}

fn joins(world: &mut World, call: CallId) -> CallConnectionId {
    world.say("supervisor -> engine  Connect");
    let properties = world.engine.join(call, join(RESOURCE), world.now).expect("it may");
    world.tell();
    properties.connection
}

#[test]
fn both_are_told_what_happens_and_each_what_it_asked_for() {
    let mut world = World::answered("customer");
    let first = world.connection;
    let call = world.call.unwrap();
    let second = joins(&mut world, call);
    world.add(add("agent"));
    world.report("agent", LegReport::Answered);
    world.connection = Some(second);
    world.play(play(&["welcome"]));
    world.started(1);
    world.finished(1);
    world.connection = first;
    world.play(play(&["one"]));
    world.connection = Some(second);
    world.play(play(&["two"]));
    world.hang_up();
    world.connection = first;
    world.terminate();
    world.ladder(expect![[r#"
        0.000  supervisor -> engine  Connect
        0.000  engine -> app  CallConnected (Completed; join)
        0.000  engine -> app  ParticipantsUpdated 1: customer
        0.000  app -> engine  AddParticipant agent
        0.000  engine -> agent  dial for 20 s as +14255550100
        0.000  agent -> engine  answered
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> app  AddParticipantSucceeded agent (Completed; add agent)
        0.000  engine -> app  ParticipantsUpdated 2: customer, agent
        0.000  engine -> app  ParticipantsUpdated 2: customer, agent
        0.000  engine -> world  ParticipantAdded agent
        0.000  app -> engine  Play (play welcome)
        0.000  engine -> media  play1 welcome to customer+agent
        0.000  media -> engine  play1 started
        0.000  engine -> app  PlayStarted (Completed; play welcome)
        0.000  media -> engine  play1 finished
        0.000  engine -> app  PlayCompleted (Completed; play welcome)
        0.000  app -> engine  Play (play one)
        0.000  engine -> media  play2 one to customer+agent
        0.000  app -> engine  Play (play two)
        0.000  app -> engine  HangUp
        0.000  engine -> app  PlayCanceled (Canceled; play two)
        0.000  engine -> app  CallDisconnected (CallEnded; join)
        0.000  app -> engine  Terminate
        0.000  engine -> customer  hangup
        0.000  engine -> agent  hangup
        0.000  engine -> media  stop play2
        0.000  engine -> media  release
        0.000  engine -> app  PlayCanceled (Canceled; play one)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantRemoved agent
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
    "#]]);
}

#[test]
fn a_call_between_phones_is_joined_and_left_again() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    let call = world.engine.call_of_leg(world.leg("alice")).unwrap();
    world.connection = Some(joins(&mut world, call));
    world.ask("Hold alice", |call| call.hold(hold("alice")));
    world.hang_up();
    world.ladder(expect![[r#"
        0.000  supervisor -> engine  Connect
        0.000  engine -> app  CallConnected (Completed; join)
        0.000  engine -> app  ParticipantsUpdated 1: alice, bob
        0.000  app -> engine  Hold alice
        0.000  engine -> media  play1 hold music to alice over and over
        0.000  engine -> media  bob hears nobody
        0.000  engine -> app  ParticipantsUpdated 2: alice held, bob
        0.000  app -> engine  HangUp
        0.000  engine -> media  stop play1
        0.000  engine -> media  alice hears bob, bob hears alice
        0.000  engine -> app  CallDisconnected (CallEnded; join)
    "#]]);
}

#[test]
fn a_call_that_still_rings_is_joined_when_somebody_answers() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.forget();
    let call = world.engine.call_of_leg(world.leg("alice")).unwrap();
    world.connection = Some(joins(&mut world, call));
    world.play(play(&["too soon"]));
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  supervisor -> engine  Connect
        0.000  app -> engine  Play (play too soon)
        0.000  engine -> app  cannot use the media of a call that is not established
        0.000  bob -> engine  answered
        0.000  engine -> alice  answer
        0.000  alice -> engine  answered
        0.000  engine -> media  alice hears bob, bob hears alice
        0.000  engine -> app  CallConnected (Completed; join)
        0.000  engine -> app  ParticipantsUpdated 1: alice, bob
        0.000  engine -> world  CallStarted by alice
        0.000  engine -> world  ParticipantAdded alice
        0.000  engine -> world  ParticipantAdded bob
    "#]]);
}

#[test]
fn a_call_that_nobody_answers_is_never_joined() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.forget();
    let call = world.engine.call_of_leg(world.leg("alice")).unwrap();
    joins(&mut world, call);
    world.report("bob", ended(EndCause::Busy));
    world.ladder(expect![[r#"
        0.000  supervisor -> engine  Connect
        0.000  bob -> engine  ended: Busy
        0.000  engine -> alice  reject: Busy
        0.000  engine -> media  release
        0.000  engine -> app  ConnectFailed (LegEnded(Busy); join)
    "#]]);
}

#[test]
fn a_call_of_somebody_else_and_one_that_is_over_are_not_found() {
    let mut world = World::answered("customer");
    let call = world.call.unwrap();
    let stranger = world.engine.join(call, join(ResourceId::from_u128(9)), world.now);
    assert_eq!(stranger.expect_err("not theirs").to_string(), "find the call");
    world.terminate();
    let late = world.engine.join(call, join(RESOURCE), world.now);
    assert_eq!(late.expect_err("it is over").to_string(), "find the call");
}

#[test]
fn so_many_applications_hold_one_call() {
    let mut world = World::answered("customer");
    let call = world.call.unwrap();
    for _ in 1..Limits::default().connections {
        world.engine.join(call, join(RESOURCE), world.now).expect("there is room");
    }
    let one_more = world.engine.join(call, join(RESOURCE), world.now);
    assert_eq!(one_more.expect_err("it is full").to_string(), "have more than 16 applications in one call");
}
