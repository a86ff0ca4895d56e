//! How calls end, and in which order that is told.

use call_engine::{Answer, CallOptions, EndCause, LegReport, RejectReason};
use expect_test::expect;
use identifier::CommunicationIdentifier;
use media_plan::MediaReport;

use crate::world::{SERVICE_NUMBER, World, add, application, ended, listening, play, recognize, who};

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
        5.000  engine -> world  CallEnded by +14255550100: HungUp after 5 s
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
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
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

#[test]
fn an_application_that_ends_a_call_is_named_as_it_named_itself() {
    let mut world = World::new();
    world.calls("customer");
    let answer = Answer {
        application: application(),
        answered_by: Some(who("agent")),
        operation_context: None,
        options: CallOptions::default(),
    };
    let properties = world.engine.answer(world.offered.unwrap(), answer, world.now).unwrap();
    world.connection = Some(properties.connection);
    world.report("customer", LegReport::Answered);
    world.terminate();
    assert_eq!(ended_by(&world), Some(who("agent")));

    let mut world = World::new();
    world.create(&["alice"]);
    world.report("alice", LegReport::Answered);
    world.hang_up();
    assert_eq!(ended_by(&world), Some(who(SERVICE_NUMBER)), "by the number under which it calls");

    let mut world = World::new();
    world.calls("customer");
    world.reject(RejectReason::Busy).unwrap();
    assert_eq!(ended_by(&world), Some(who(SERVICE_NUMBER)), "by the number that was called");
}

#[test]
fn a_call_that_nobody_took_was_ended_by_the_platform() {
    let mut world = World::new();
    world.calls("customer");
    world.wait(60);
    assert_eq!(ended_by(&world), None);
}

#[test]
fn a_callee_who_declines_has_ended_the_call() {
    let mut world = World::new();
    world.create(&["alice"]);
    world.report("alice", ended(EndCause::Declined));
    assert_eq!(ended_by(&world), Some(who("alice")));
}

/// Who ended the one call of a world.
#[track_caller]
fn ended_by(world: &World) -> Option<CommunicationIdentifier> {
    let [record] = &world.records[..] else { panic!("{} records", world.records.len()) };
    record.ended_by.clone()
}
