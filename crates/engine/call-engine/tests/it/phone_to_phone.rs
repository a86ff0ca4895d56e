//! Calls between phones, without any application.

use call_engine::{EndCause, LegReport};
use expect_test::expect;

use crate::world::{World, add, ended};

#[test]
fn alice_calls_bob() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Ringing);
    world.wait(3);
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.wait(10);
    world.report("alice", ended(EndCause::HungUp));
    world.report("bob", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 85 s as anonymous
        0.000  bob -> engine  ringing
        0.000  engine -> alice  ring
        3.000  bob -> engine  answered
        3.000  engine -> alice  answer
        3.000  alice -> engine  answered
        3.000  engine -> media  alice hears bob, bob hears alice
        3.000  engine -> world  CallStarted by alice
        3.000  engine -> world  ParticipantAdded alice
        3.000  engine -> world  ParticipantAdded bob
        13.000  alice -> engine  ended: HungUp
        13.000  engine -> bob  hangup
        13.000  engine -> media  release
        13.000  engine -> world  ParticipantRemoved alice
        13.000  engine -> world  ParticipantRemoved bob
        13.000  engine -> world  CallEnded by alice: HungUp after 10 s
        13.000  bob -> engine  ended: HungUp
    "#]]);
    assert_eq!(world.engine.call_count(), 0);
}

#[test]
fn alice_hears_what_comes_before_the_answer() {
    let mut world = World::new();
    world.dials("alice", "+4930123456");
    world.report("+4930123456", LegReport::Ringing);
    world.report("+4930123456", LegReport::EarlyMedia);
    // The announcement goes on; a late alert must not bring local ringing back.
    world.report("+4930123456", LegReport::Ringing);
    world.report("+4930123456", LegReport::EarlyMedia);
    world.report("+4930123456", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> +4930123456  dial for 115 s as anonymous
        0.000  +4930123456 -> engine  ringing
        0.000  engine -> alice  ring
        0.000  +4930123456 -> engine  earlymedia
        0.000  engine -> alice  progress
        0.000  engine -> media  +4930123456 hears nobody, alice hears +4930123456
        0.000  +4930123456 -> engine  ringing
        0.000  +4930123456 -> engine  earlymedia
        0.000  +4930123456 -> engine  answered
        0.000  engine -> alice  answer
        0.000  alice -> engine  answered
        0.000  engine -> media  +4930123456 hears alice, alice hears +4930123456
        0.000  engine -> world  CallStarted by alice
        0.000  engine -> world  ParticipantAdded alice
        0.000  engine -> world  ParticipantAdded +4930123456
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> +4930123456  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantRemoved +4930123456
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn an_announcement_says_why_nobody_answers() {
    let mut world = World::new();
    world.dials("alice", "+4930123456");
    world.report("+4930123456", LegReport::EarlyMedia);
    world.wait(5);
    world.report("+4930123456", ended(EndCause::NotFound));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> +4930123456  dial for 115 s as anonymous
        0.000  +4930123456 -> engine  earlymedia
        0.000  engine -> alice  progress
        0.000  engine -> media  +4930123456 hears nobody, alice hears +4930123456
        5.000  +4930123456 -> engine  ended: NotFound
        5.000  engine -> alice  reject: NotFound
        5.000  engine -> media  release
    "#]]);
}

#[test]
fn alice_gives_up_while_she_listens() {
    let mut world = World::new();
    world.dials("alice", "+4930123456");
    world.report("+4930123456", LegReport::EarlyMedia);
    world.report("alice", ended(EndCause::Canceled));
    world.report("+4930123456", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> +4930123456  dial for 115 s as anonymous
        0.000  +4930123456 -> engine  earlymedia
        0.000  engine -> alice  progress
        0.000  engine -> media  +4930123456 hears nobody, alice hears +4930123456
        0.000  alice -> engine  ended: Canceled
        0.000  engine -> +4930123456  hangup
        0.000  engine -> media  release
        0.000  +4930123456 -> engine  ended: Canceled
    "#]]);
    assert_eq!((world.engine.call_count(), world.engine.timer_count()), (0, 0));
}

#[test]
fn a_caller_whom_an_application_sends_on_hears_it_too() {
    let mut world = World::new();
    world.calls("customer");
    world.redirect("+4930123456").unwrap();
    world.forget();
    world.report("+4930123456", LegReport::EarlyMedia);
    world.ladder(expect![[r#"
        0.000  +4930123456 -> engine  earlymedia
        0.000  engine -> customer  progress
        0.000  engine -> media  +4930123456 hears nobody, customer hears +4930123456
    "#]]);
}

#[test]
fn an_application_does_not_listen_before_the_answer() {
    let mut world = World::answered("customer");
    world.add(add("+4930123456"));
    world.forget();
    world.report("+4930123456", LegReport::EarlyMedia);
    world.ladder(expect![[r#"
        0.000  +4930123456 -> engine  earlymedia
    "#]]);
}

#[test]
fn bob_is_busy() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", ended(EndCause::Busy));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 85 s as anonymous
        0.000  bob -> engine  ended: Busy
        0.000  engine -> alice  reject: Busy
        0.000  engine -> media  release
    "#]]);
}

#[test]
fn alice_gives_up() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("alice", ended(EndCause::Canceled));
    // The answer crossed our CANCEL.
    world.report("bob", LegReport::Answered);
    world.report("bob", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 85 s as anonymous
        0.000  alice -> engine  ended: Canceled
        0.000  engine -> bob  hangup
        0.000  engine -> media  release
        0.000  bob -> engine  answered
        0.000  bob -> engine  ended: HungUp
    "#]]);
    assert_eq!(world.engine.call_count(), 0);
}

#[test]
fn bob_hangs_up_before_alice_has_acknowledged() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("bob", ended(EndCause::HungUp));
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 85 s as anonymous
        0.000  bob -> engine  answered
        0.000  engine -> alice  answer
        0.000  bob -> engine  ended: HungUp
        0.000  engine -> alice  hangup
        0.000  engine -> media  release
        0.000  alice -> engine  answered
    "#]]);
}

#[test]
fn alice_puts_bob_on_hold_from_her_phone() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    world.report("alice", LegReport::Held);
    world.report("alice", LegReport::Resumed);
    world.ladder(expect![[r#"
        0.000  alice -> engine  held
        0.000  engine -> media  bob hears nobody
        0.000  engine -> media  play1 hold music to bob over and over
        0.000  alice -> engine  resumed
        0.000  engine -> media  alice hears bob, bob hears alice
        0.000  engine -> media  stop play1
    "#]]);
}
