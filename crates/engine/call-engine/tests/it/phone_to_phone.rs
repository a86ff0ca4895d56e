//! Calls between phones, without any application.

use call_engine::{EndCause, LegReport};
use expect_test::expect;

use crate::world::{World, ended};

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
