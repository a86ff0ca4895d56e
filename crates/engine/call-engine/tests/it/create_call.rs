//! Calls that an application makes.

use call_engine::{CallState, CreateCallError, EndCause, LegReport};
use expect_test::expect;

use crate::world::{World, ended};

#[test]
fn the_callee_answers() {
    let mut world = World::new();
    let properties = world.create(&["alice"]);
    assert_eq!(properties.state, CallState::Connecting);
    world.wait(1);
    world.report("alice", LegReport::Ringing);
    world.wait(4);
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  CreateCall
        0.000  engine -> alice  dial for 85 s as +14255550100
        1.000  alice -> engine  ringing
        5.000  alice -> engine  answered
        5.000  engine -> media  alice hears nobody
        5.000  engine -> app  CallConnected (Completed; create)
        5.000  engine -> app  ParticipantsUpdated 1: alice
        5.000  engine -> world  CallStarted by +14255550100
        5.000  engine -> world  ParticipantAdded alice
    "#]]);
}

#[test]
fn a_callee_in_the_public_network_has_115_seconds() {
    let mut world = World::new();
    world.create(&["+4930123456"]);
    world.wait(120);
    world.ladder(expect![[r#"
        0.000  app -> engine  CreateCall
        0.000  engine -> +4930123456  dial for 115 s as +14255550100
        115.000  engine -> +4930123456  hangup
        115.000  engine -> media  release
        115.000  engine -> app  CreateCallFailed (LegEnded(NoAnswer); create)
    "#]]);
}

#[test]
fn a_group_is_connected_at_the_first_answer() {
    let mut world = World::new();
    world.create(&["alice", "bob", "carol"]);
    world.report("bob", LegReport::Answered);
    world.wait(1);
    world.report("alice", ended(EndCause::Declined));
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  CreateCall
        0.000  engine -> alice  dial for 85 s as +14255550100
        0.000  engine -> bob  dial for 85 s as +14255550100
        0.000  engine -> carol  dial for 85 s as +14255550100
        0.000  bob -> engine  answered
        0.000  engine -> media  bob hears nobody
        0.000  engine -> app  CallConnected (Completed; create)
        0.000  engine -> app  ParticipantsUpdated 1: bob
        0.000  engine -> world  CallStarted by +14255550100
        0.000  engine -> world  ParticipantAdded bob
        1.000  alice -> engine  ended: Declined
        1.000  carol -> engine  answered
        1.000  engine -> media  bob hears carol, carol hears bob
        1.000  engine -> app  ParticipantsUpdated 2: bob, carol
        1.000  engine -> world  ParticipantAdded carol
    "#]]);
}

#[test]
fn a_group_fails_when_all_have_failed() {
    let mut world = World::new();
    world.create(&["alice", "bob"]);
    world.report("bob", ended(EndCause::Busy));
    world.report("alice", ended(EndCause::Declined));
    world.ladder(expect![[r#"
        0.000  app -> engine  CreateCall
        0.000  engine -> alice  dial for 85 s as +14255550100
        0.000  engine -> bob  dial for 85 s as +14255550100
        0.000  bob -> engine  ended: Busy
        0.000  alice -> engine  ended: Declined
        0.000  engine -> media  release
        0.000  engine -> app  CreateCallFailed (LegEnded(Declined); create)
    "#]]);
}

#[test]
fn the_application_gives_up_while_it_rings() {
    let mut world = World::new();
    world.create(&["alice"]);
    world.wait(2);
    world.hang_up();
    // The answer crossed our CANCEL.
    world.report("alice", LegReport::Answered);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  CreateCall
        0.000  engine -> alice  dial for 85 s as +14255550100
        2.000  app -> engine  HangUp
        2.000  engine -> alice  hangup
        2.000  engine -> media  release
        2.000  engine -> app  CallDisconnected (LegEnded(Canceled); create)
        2.000  alice -> engine  answered
        2.000  alice -> engine  ended: HungUp
    "#]]);
    assert_eq!(world.engine.call_count(), 0);
}

#[test]
fn nobody_is_called_twice() {
    let mut world = World::new();
    assert_eq!(world.try_create(&[]), Err(CreateCallError::NoTarget));
    assert_eq!(world.try_create(&["alice", "alice"]), Err(CreateCallError::TargetTwice));
}
