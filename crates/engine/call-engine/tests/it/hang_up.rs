//! How calls end, and in which order that is told.

use call_engine::{EndCause, LegReport};
use expect_test::expect;
use media_plan::MediaReport;

use crate::world::{World, add, ended, listening, play, recognize};

#[test]
fn the_customer_hangs_up_while_everything_runs() {
    let mut world = World::answered("customer");
    world.ask("StartContinuousTones", |call| call.start_continuous_tones(listening("customer", "listen")));
    world.play(play(&["welcome"]));
    world.recognize(recognize("customer", &["menu"]));
    world.add(add("alice"));
    world.started(1);
    world.wait(2);
    world.forget();

    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        2.000  customer -> engine  ended: HungUp
        2.000  engine -> alice  hangup
        2.000  engine -> media  stop play1
        2.000  engine -> media  release
        2.000  engine -> app  PlayCanceled (ParticipantGone; play welcome)
        2.000  engine -> app  RecognizeCanceled (ParticipantGone; recognize)
        2.000  engine -> app  ContinuousDtmfRecognitionStopped (ParticipantGone; listen)
        2.000  engine -> app  AddParticipantFailed alice (ParticipantGone; add alice)
        2.000  engine -> app  CallDisconnected (CallEnded; answer)
        2.000  engine -> world  ParticipantRemoved customer
        2.000  engine -> world  CallEnded by customer: HungUp after 2 s
    "#]]);

    world.finished(1);
    world.report("alice", LegReport::Answered);
    world.report("alice", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        2.000  media -> engine  play1 finished
        2.000  alice -> engine  answered
        2.000  alice -> engine  ended: Canceled
    "#]]);
    assert_eq!((world.engine.call_count(), world.engine.timer_count()), (0, 0));
}

#[test]
fn the_application_hangs_up_on_one() {
    let mut world = World::answered("customer");
    world.wait(5);
    world.hang_up();
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        5.000  app -> engine  HangUp
        5.000  engine -> customer  hangup
        5.000  engine -> media  release
        5.000  engine -> app  CallDisconnected (CallEnded; answer)
        5.000  engine -> world  ParticipantRemoved customer
        5.000  engine -> world  CallEnded by the application: HungUp after 5 s
        5.000  customer -> engine  ended: HungUp
    "#]]);
}

#[test]
fn the_application_leaves_a_group_that_talks_on() {
    let mut world = World::group("customer", &["alice"]);
    world.play(play(&["notice"]));
    world.forget();
    world.hang_up();
    world.ladder(expect![[r#"
        0.000  app -> engine  HangUp
        0.000  engine -> media  stop play1
        0.000  engine -> app  PlayCanceled (Canceled; play notice)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
    "#]]);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> customer  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn the_application_ends_the_call_for_everybody() {
    let mut world = World::group("customer", &["alice"]);
    world.terminate();
    world.ladder(expect![[r#"
        0.000  app -> engine  Terminate
        0.000  engine -> customer  hangup
        0.000  engine -> alice  hangup
        0.000  engine -> media  release
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  CallEnded by the application: HungUp after 0 s
    "#]]);
}

#[test]
fn one_of_a_group_leaves() {
    let mut world = World::group("customer", &["alice"]);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: customer
        0.000  engine -> world  ParticipantRemoved alice
    "#]]);
}

#[test]
fn a_leg_whose_sound_stopped_is_ended() {
    let mut world = World::answered("customer");
    let leg = world.leg("customer");
    world.media(MediaReport::Silent(leg));
    world.ladder(expect![[r#"
        0.000  engine -> customer  hangup
        0.000  engine -> media  release
        0.000  engine -> app  CallDisconnected (LegEnded(MediaLost); answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: MediaLost after 0 s
    "#]]);
}

#[test]
fn an_edge_that_never_says_ended_is_not_waited_for_forever() {
    let mut world = World::answered("customer");
    world.hang_up();
    assert_eq!(world.engine.call_count(), 1);
    world.wait(64);
    assert_eq!((world.engine.call_count(), world.engine.leg_count()), (0, 0));
}
