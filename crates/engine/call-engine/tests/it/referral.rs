//! What phones ask for by themselves: REFER and Replaces.

use call_engine::{EndCause, LegReport};
use expect_test::expect;
use redact::Pii;

use crate::world::{World, add, ended};

fn talking() -> World {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    world
}

fn refer_to(world: &World, place: &str) -> LegReport {
    LegReport::TransferRequested { target: Pii::new("".into()), replaces: Some(world.leg(place)) }
}

#[test]
fn a_blind_transfer() {
    let mut world = talking();
    world.refers("alice", "carol");
    world.report("carol", LegReport::Ringing);
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice -> engine  REFER to carol
        0.000  engine -> alice  transfer Trying
        0.000  engine -> carol  dial for 60 s as anonymous
        0.000  carol -> engine  ringing
        0.000  carol -> engine  answered
        0.000  engine -> alice  transfer Succeeded
        0.000  engine -> alice  hangup
        0.000  engine -> media  bob hears carol, carol hears bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantAdded carol
    "#]]);
}

#[test]
fn a_blind_transfer_whose_transferor_does_not_wait() {
    let mut world = talking();
    world.refers("alice", "carol");
    world.report("alice", ended(EndCause::HungUp));
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice -> engine  REFER to carol
        0.000  engine -> alice  transfer Trying
        0.000  engine -> carol  dial for 60 s as anonymous
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> media  bob hears nobody
        0.000  engine -> world  ParticipantRemoved alice
        0.000  carol -> engine  answered
        0.000  engine -> media  bob hears carol, carol hears bob
        0.000  engine -> world  ParticipantAdded carol
    "#]]);
}

#[test]
fn a_blind_transfer_that_leaves_nobody() {
    let mut world = talking();
    world.refers("alice", "carol");
    world.report("alice", ended(EndCause::HungUp));
    world.forget();
    world.report("carol", ended(EndCause::Declined));
    world.ladder(expect![[r#"
        0.000  carol -> engine  ended: Declined
        0.000  engine -> bob  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn a_blind_transfer_that_fails() {
    let mut world = talking();
    world.refers("alice", "carol");
    world.report("carol", ended(EndCause::Busy));
    world.ladder(expect![[r#"
        0.000  alice -> engine  REFER to carol
        0.000  engine -> alice  transfer Trying
        0.000  engine -> carol  dial for 60 s as anonymous
        0.000  carol -> engine  ended: Busy
        0.000  engine -> alice  transfer Failed(Busy)
    "#]]);
}

#[test]
fn without_a_word_from_the_dial_plan_nobody_is_called() {
    let mut world = talking();
    let request = LegReport::TransferRequested { target: Pii::new("carol".into()), replaces: None };
    world.report("alice", request);
    world.ladder(expect![[r#"
        0.000  alice -> engine  REFER
        0.000  engine -> alice  transfer Failed(Forbidden)
    "#]]);
}

#[test]
fn an_attended_transfer() {
    let mut world = talking();
    world.call_it("alice", "alice-1");
    world.dials("alice", "carol");
    world.report("carol", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    let request = refer_to(&world, "alice");
    world.report("alice-1", request);
    world.ladder(expect![[r#"
        0.000  alice-1 -> engine  REFER with Replaces
        0.000  engine -> alice-1  transfer Succeeded
        0.000  engine -> alice-1  hangup
        0.000  engine -> alice  hangup
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> media  bob hears carol, carol hears bob
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantAdded bob
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
    world.report("bob", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  bob -> engine  ended: HungUp
        0.000  engine -> carol  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  ParticipantRemoved carol
        0.000  engine -> world  CallEnded by bob: HungUp after 0 s
    "#]]);
}

#[test]
fn an_attended_transfer_of_somebody_elses_call_is_refused() {
    let mut world = talking();
    world.dials("mallory", "dave");
    world.report("dave", LegReport::Answered);
    world.report("mallory", LegReport::Answered);
    world.forget();
    let request = refer_to(&world, "alice");
    world.report("mallory", request);
    world.ladder(expect![[r#"
        0.000  mallory -> engine  REFER with Replaces
        0.000  engine -> mallory  transfer Failed(Forbidden)
    "#]]);
}

#[test]
fn an_agent_brings_a_colleague_into_an_applications_call() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.report("alice", LegReport::Answered);
    world.call_it("alice", "alice-1");
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    let request = refer_to(&world, "alice-1");
    world.report("alice", request);
    world.ladder(expect![[r#"
        0.000  alice -> engine  REFER with Replaces
        0.000  engine -> alice  transfer Succeeded
        0.000  engine -> alice  hangup
        0.000  engine -> alice-1  hangup
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> media  bob hears customer, customer hears bob
        0.000  engine -> media  release
        0.000  engine -> app  ParticipantsUpdated 3: customer, bob
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantAdded bob
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn a_call_is_picked_up_from_another_phone() {
    let mut world = talking();
    world.replaces("carol", "bob");
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  carol -> engine  calls
        0.000  engine -> carol  answer
        0.000  carol -> engine  answered
        0.000  engine -> bob  hangup
        0.000  engine -> media  alice hears carol, carol hears alice
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  ParticipantAdded carol
    "#]]);
}

#[test]
fn what_is_gone_cannot_be_picked_up() {
    let mut world = talking();
    world.replaces("carol", "bob");
    world.report("bob", ended(EndCause::HungUp));
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  carol -> engine  calls
        0.000  engine -> carol  answer
        0.000  bob -> engine  ended: HungUp
        0.000  engine -> alice  hangup
        0.000  engine -> carol  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  CallEnded by bob: HungUp after 0 s
        0.000  carol -> engine  answered
    "#]]);
}
