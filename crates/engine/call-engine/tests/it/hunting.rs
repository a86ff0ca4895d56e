//! Callees for whom several ring, together or one after another
//! (RFC 3261 §16.1; contract: Teams Phone §1.19).

use std::time::Duration;

use call_engine::{Course, EndCause, Invitee, LegReport, Limits, MOST_RINGS, Ring, RingStage};
use expect_test::expect;
use media_plan::Tone;

use crate::world::{World, add, ended, invitee, send_tones, transfer};

fn ring(name: &str) -> Ring {
    let Invitee { identifier, destination, .. } = invitee(name);
    Ring { identifier: Some(identifier), destination, caller: None, diversion: None }
}

fn stage(names: &[&str], seconds: u64) -> RingStage {
    let lasts = Some(Duration::from_secs(seconds));
    RingStage { rings: names.iter().map(|name| ring(name)).collect(), lasts }
}

/// `beside` ring together with the callee for 20 seconds, and then the others, stage by stage.
fn with(callee: &str, beside: &[&str], then: Vec<RingStage>) -> Invitee {
    let beside = beside.iter().map(|name| ring(name)).collect();
    let course = Course { diversion: None, beside, lasts: Some(Duration::from_secs(20)), then };
    Invitee { course, ..invitee(callee) }
}

#[test]
fn the_first_answer_wins_and_the_caller_hears_one_alert_and_no_early_media() {
    let mut world = World::new();
    world.dials_for("alice", with("bob", &["carol"], Vec::new()));
    world.report("bob", LegReport::EarlyMedia);
    world.report("carol", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.report("bob", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 20 s as anonymous
        0.000  engine -> carol  dial for 20 s as anonymous
        0.000  bob -> engine  earlymedia
        0.000  engine -> alice  ring
        0.000  carol -> engine  answered
        0.000  engine -> bob  hangup
        0.000  engine -> alice  answer
        0.000  alice -> engine  answered
        0.000  engine -> media  alice hears carol, carol hears alice
        0.000  engine -> world  CallStarted by alice
        0.000  engine -> world  ParticipantAdded alice
        0.000  engine -> world  ParticipantAdded carol
        0.000  bob -> engine  ended: Canceled
    "#]]);
    assert_eq!(world.engine.leg_count(), 2);
}

#[test]
fn who_rings_alone_is_heard_and_who_rings_after_them_is_alerted_for() {
    let mut world = World::new();
    world.dials_for("alice", with("+4930123456", &[], vec![stage(&["carol"], 10)]));
    world.report("+4930123456", LegReport::EarlyMedia);
    world.wait(20);
    world.report("carol", LegReport::Ringing);
    world.wait(10);
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> +4930123456  dial for 20 s as anonymous
        0.000  +4930123456 -> engine  earlymedia
        0.000  engine -> alice  progress
        0.000  engine -> media  +4930123456 hears nobody, alice hears +4930123456
        20.000  engine -> +4930123456  hangup
        20.000  engine -> carol  dial for 10 s as anonymous
        20.000  engine -> media  nobody hears anybody
        20.000  carol -> engine  ringing
        20.000  engine -> alice  ring
        30.000  engine -> carol  hangup
        30.000  engine -> alice  reject: NoAnswer
        30.000  engine -> media  release
    "#]]);
}

#[test]
fn an_answer_that_crosses_is_hung_up() {
    let mut world = World::new();
    world.dials_for("alice", with("bob", &["carol"], Vec::new()));
    world.report("carol", LegReport::Answered);
    world.forget();
    world.report("bob", LegReport::Answered);
    world.report("bob", ended(EndCause::HungUp));
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  bob -> engine  answered
        0.000  bob -> engine  ended: HungUp
        0.000  alice -> engine  answered
        0.000  engine -> media  alice hears carol, carol hears alice
        0.000  engine -> world  CallStarted by alice
        0.000  engine -> world  ParticipantAdded alice
        0.000  engine -> world  ParticipantAdded carol
    "#]]);
}

#[test]
fn the_ending_that_says_most_is_told() {
    let mut world = World::new();
    world.dials_for("alice", with("bob", &["carol"], vec![stage(&["dan"], 10)]));
    world.report("bob", ended(EndCause::Busy));
    world.report("carol", ended(EndCause::Unavailable));
    world.report("dan", ended(EndCause::Unreachable));
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> bob  dial for 20 s as anonymous
        0.000  engine -> carol  dial for 20 s as anonymous
        0.000  bob -> engine  ended: Busy
        0.000  carol -> engine  ended: Unavailable
        0.000  engine -> dan  dial for 10 s as anonymous
        0.000  dan -> engine  ended: Unreachable
        0.000  engine -> alice  reject: Busy
        0.000  engine -> media  release
    "#]]);
}

#[test]
fn an_application_adds_somebody_for_whom_others_ring_and_is_told_once() {
    let mut world = World::answered("customer");
    let invitee = with("bob", &["carol"], vec![stage(&["dan"], 10)]);
    world.add(call_engine::AddParticipant { invitee: invitee.clone(), ring_for: None, ..add("bob") });
    world.wait(20);
    world.report("dan", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant bob
        0.000  engine -> bob  dial for 20 s as +14255550100
        0.000  engine -> carol  dial for 20 s as +14255550100
        20.000  engine -> bob  hangup
        20.000  engine -> carol  hangup
        20.000  engine -> dan  dial for 10 s as +14255550100
        20.000  dan -> engine  answered
        20.000  engine -> media  customer hears dan, dan hears customer
        20.000  engine -> app  AddParticipantSucceeded dan (Completed; add bob)
        20.000  engine -> app  ParticipantsUpdated 2: customer, dan
        20.000  engine -> world  ParticipantAdded dan
    "#]]);

    // Whoever says how long it may ring means all of it.
    let mut world = World::answered("customer");
    let ring_for = Some(Duration::from_secs(25));
    world.add(call_engine::AddParticipant { invitee: invitee.clone(), ring_for, ..add("bob") });
    world.wait(60);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant bob
        0.000  engine -> bob  dial for 20 s as +14255550100
        0.000  engine -> carol  dial for 20 s as +14255550100
        20.000  engine -> bob  hangup
        20.000  engine -> carol  hangup
        20.000  engine -> dan  dial for 5 s as +14255550100
        25.000  engine -> dan  hangup
        25.000  engine -> app  AddParticipantFailed bob (LegEnded(NoAnswer); add bob)
    "#]]);

    let mut world = World::answered("customer");
    world.add(call_engine::AddParticipant { invitee, ..add("bob") });
    world.cancel_add();
    world.wait(60);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant bob
        0.000  engine -> bob  dial for 20 s as +14255550100
        0.000  engine -> carol  dial for 20 s as +14255550100
        0.000  app -> engine  CancelAddParticipant
        0.000  engine -> bob  hangup
        0.000  engine -> carol  hangup
        0.000  engine -> app  CancelAddParticipantSucceeded (Completed; cancel)
    "#]]);
}

#[test]
fn a_transfer_goes_to_whoever_answers_for_its_target() {
    let mut world = World::answered("customer");
    let target = with("bob", &[], vec![stage(&["dan"], 10)]);
    let request = call_engine::Transfer { target, ..transfer("bob", None) };
    world.ask("Transfer", |call| call.transfer(request));
    world.report("bob", ended(EndCause::Declined));
    world.report("dan", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer
        0.000  engine -> bob  dial for 20 s as anonymous
        0.000  bob -> engine  ended: Declined
        0.000  engine -> dan  dial for 10 s as anonymous
        0.000  dan -> engine  answered
        0.000  engine -> media  customer hears dan, dan hears customer
        0.000  engine -> app  CallTransferAccepted customer to bob (Completed; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantAdded dan
    "#]]);
}

#[test]
fn keys_for_somebody_who_is_called_are_pressed_for_whoever_answers() {
    let mut world = World::with(Limits { tones_wait_for_answer: true, ..Limits::default() });
    world.calls("customer");
    world.answer();
    world.report("customer", LegReport::Answered);
    world.forget();
    let invitee = with("bob", &[], vec![stage(&["dan"], 10)]);
    world.add(call_engine::AddParticipant { invitee, ..add("bob") });
    world.ask("SendTones", |call| call.send_tones(send_tones("bob", &[Tone::One])));
    world.report("bob", ended(EndCause::Busy));
    world.report("dan", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant bob
        0.000  engine -> bob  dial for 20 s as +14255550100
        0.000  app -> engine  SendTones
        0.000  bob -> engine  ended: Busy
        0.000  engine -> dan  dial for 10 s as +14255550100
        0.000  dan -> engine  answered
        0.000  engine -> media  customer hears dan, dan hears customer
        0.000  engine -> media  send 1 to dan
        0.000  engine -> app  AddParticipantSucceeded dan (Completed; add bob)
        0.000  engine -> app  ParticipantsUpdated 2: customer, dan
        0.000  engine -> world  ParticipantAdded dan
    "#]]);
}

#[test]
fn however_many_ring_there_is_a_bound_and_a_group_counts_as_one() {
    let mut world = World::with(Limits { participants: 3, ..Limits::default() });
    world.calls("customer");
    world.answer();
    world.report("customer", LegReport::Answered);
    let names: Vec<String> = (0..100).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.add(call_engine::AddParticipant { invitee: with("bob", &names, Vec::new()), ..add("bob") });
    assert_eq!(world.engine.leg_count(), 1 + MOST_RINGS);
    world.forget();
    world.add(add("eve"));
    world.add(add("mallory"));
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant eve
        0.000  engine -> eve  dial for 20 s as +14255550100
        0.000  app -> engine  AddParticipant mallory
        0.000  engine -> app  cannot have more than 3 participants
    "#]]);
}
