//! Calls to a service number: answered, redirected, rejected, or not taken.

use call_engine::{EndCause, LegReport, RejectReason, TakeError};
use expect_test::expect;

use crate::world::{RESOURCE, World, ended};

#[test]
fn an_application_answers() {
    let mut world = World::new();
    world.calls("customer");
    world.wait_ms(200);
    world.answer();
    world.wait_ms(20);
    world.report("customer", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        0.200  app -> engine  Answer
        0.200  engine -> customer  answer
        0.220  customer -> engine  answered
        0.220  engine -> media  customer hears nobody
        0.220  engine -> app  CallConnected (Completed; answer)
        0.220  engine -> app  ParticipantsUpdated 1: customer
        0.220  engine -> world  CallStarted by customer
        0.220  engine -> world  ParticipantAdded customer
    "#]]);
}

#[test]
fn nobody_answers_in_thirty_seconds() {
    let mut world = World::new();
    world.calls("customer");
    world.wait(31);
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        30.000  engine -> customer  reject: NoAnswer
        30.000  engine -> media  release
    "#]]);
    assert_eq!(world.reject(RejectReason::Busy), Err(TakeError::NoLongerRinging));
}

#[test]
fn the_caller_gives_up_first() {
    let mut world = World::new();
    world.calls("customer");
    world.wait(3);
    world.report("customer", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        3.000  customer -> engine  ended: Canceled
        3.000  engine -> media  release
    "#]]);
    assert_eq!(world.records[0].cause, EndCause::Canceled);
    assert_eq!(world.engine.call_count(), 0);
}

#[test]
fn the_callers_cancel_crosses_the_answer() {
    let mut world = World::new();
    world.calls("customer");
    world.answer();
    world.report("customer", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        0.000  app -> engine  Answer
        0.000  engine -> customer  answer
        0.000  customer -> engine  ended: Canceled
        0.000  engine -> media  release
        0.000  engine -> app  AnswerFailed (LegEnded(Canceled); answer)
    "#]]);
}

#[test]
fn an_answer_that_nobody_acknowledges_is_given_up() {
    let mut world = World::new();
    world.calls("customer");
    world.answer();
    world.forget();
    world.wait(41);
    world.ladder(expect![[r#"
        40.000  engine -> customer  hangup
        40.000  engine -> media  release
        40.000  engine -> app  AnswerFailed (LegEnded(Unreachable); answer)
    "#]]);
}

#[test]
fn an_application_rejects() {
    let mut world = World::new();
    world.calls("customer");
    world.reject(RejectReason::Busy).unwrap();
    assert_eq!(world.reject(RejectReason::Declined), Err(TakeError::AlreadyTaken));
    world.report("customer", ended(EndCause::Busy));
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        0.000  app -> engine  Reject Busy
        0.000  engine -> customer  reject: Busy
        0.000  engine -> media  release
        0.000  app -> engine  Reject Declined
        0.000  customer -> engine  ended: Busy
    "#]]);
}

#[test]
fn an_application_redirects_to_a_phone() {
    let mut world = World::new();
    world.calls("customer");
    world.redirect("alice").unwrap();
    assert_eq!(world.redirect("bob"), Err(TakeError::AlreadyTaken));
    world.wait(1);
    world.report("alice", LegReport::Ringing);
    world.report("alice", LegReport::Answered);
    world.report("customer", LegReport::Answered);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        0.000  app -> engine  Redirect to alice
        0.000  engine -> alice  dial for 85 s as anonymous
        0.000  app -> engine  Redirect to bob
        1.000  alice -> engine  ringing
        1.000  engine -> customer  ring
        1.000  alice -> engine  answered
        1.000  engine -> customer  answer
        1.000  customer -> engine  answered
        1.000  engine -> media  alice hears customer, customer hears alice
        1.000  engine -> world  CallStarted by customer
        1.000  engine -> world  ParticipantAdded customer
        1.000  engine -> world  ParticipantAdded alice
        1.000  alice -> engine  ended: HungUp
        1.000  engine -> customer  hangup
        1.000  engine -> media  release
        1.000  engine -> world  ParticipantRemoved alice
        1.000  engine -> world  ParticipantRemoved customer
        1.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn another_resource_finds_nothing() {
    let mut world = World::new();
    world.calls("customer");
    let stranger = identifier::ResourceId::from_u128(99);
    let taken = world.engine.reject(world.offered.unwrap(), stranger, RejectReason::Busy, world.now);
    assert_eq!(taken, Err(TakeError::NotFound));
}

#[test]
fn an_application_redirects_to_another_service_number() {
    let other = identifier::ResourceId::from_u128(2);
    let mut world = World::new();
    world.calls("customer");
    world.redirect_to_service(RESOURCE, other).unwrap();
    world.ladder(expect![[r#"
        0.000  customer -> engine  calls
        0.000  engine -> customer  ring
        0.000  engine -> world  IncomingCall from customer
        0.000  app -> engine  Redirect to a service number
        0.000  engine -> world  IncomingCall from customer
    "#]]);
    // It is no longer the first resource's.
    assert_eq!(world.reject(RejectReason::Busy), Err(TakeError::NotFound));
}

#[test]
fn two_numbers_that_redirect_to_each_other_do_so_five_times() {
    let other = identifier::ResourceId::from_u128(2);
    let mut world = World::new();
    world.calls("customer");
    let (mut from, mut to) = (RESOURCE, other);
    for _ in 0..5 {
        world.redirect_to_service(from, to).unwrap();
        (from, to) = (to, from);
    }
    world.forget();
    world.redirect_to_service(from, to).unwrap();
    world.ladder(expect![[r#"
        0.000  app -> engine  Redirect to a service number
        0.000  engine -> customer  reject: NoAnswer
        0.000  engine -> media  release
    "#]]);
}
