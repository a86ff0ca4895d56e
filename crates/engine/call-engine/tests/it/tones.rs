//! Telling of every key, and pressing keys.

use call_engine::{EndCause, LegReport, Limits};
use expect_test::expect;
use media_plan::{MediaReport, Tone};

use crate::world::{World, add, ended, listening, play, recognize, send_tones};

#[test]
fn every_key_is_told_and_none_is_taken_from_a_recognition() {
    let mut world = World::answered("customer");
    world.ask("Start", |call| call.start_continuous_tones(listening("customer", "listen")));
    world.recognize(recognize("customer", &[]));
    world.presses("customer", "1#2");
    world.ask("Stop", |call| call.stop_continuous_tones(listening("customer", "stop")));
    world.presses("customer", "3");
    world.ladder(expect![[r#"
        0.000  app -> engine  Start
        0.000  app -> engine  Recognize
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  engine -> app  ContinuousDtmfRecognitionToneReceived 1: 1 (Completed; listen)
        0.100  customer -> media  # down
        0.200  customer -> media  # up
        0.200  engine -> app  RecognizeCompleted '1' (StopTone; recognize)
        0.200  engine -> app  ContinuousDtmfRecognitionToneReceived 2: # (Completed; listen)
        0.200  customer -> media  2 down
        0.300  customer -> media  2 up
        0.300  engine -> app  ContinuousDtmfRecognitionToneReceived 3: 2 (Completed; listen)
        0.300  app -> engine  Stop
        0.300  engine -> app  ContinuousDtmfRecognitionStopped (Completed; stop)
        0.300  customer -> media  3 down
        0.400  customer -> media  3 up
    "#]]);
}

#[test]
fn starting_again_renews_the_context() {
    let mut world = World::answered("customer");
    world.ask("Start", |call| call.start_continuous_tones(listening("customer", "one")));
    world.ask("Start", |call| call.start_continuous_tones(listening("customer", "two")));
    world.presses("customer", "1");
    world.hang_up();
    world.ladder(expect![[r#"
        0.000  app -> engine  Start
        0.000  app -> engine  Start
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  engine -> app  ContinuousDtmfRecognitionToneReceived 1: 1 (Completed; two)
        0.100  app -> engine  HangUp
        0.100  engine -> customer  hangup
        0.100  engine -> media  release
        0.100  engine -> app  ContinuousDtmfRecognitionStopped (Canceled; two)
        0.100  engine -> app  CallDisconnected (CallEnded; answer)
        0.100  engine -> world  ParticipantRemoved customer
        0.100  engine -> world  CallEnded by +14255550100: HungUp after 0.1 s
    "#]]);
}

#[test]
fn keys_are_pressed() {
    let mut world = World::answered("customer");
    let keys = [Tone::One, Tone::Pound];
    world.ask("SendTones", |call| call.send_tones(send_tones("customer", &keys)));
    world.play(play(&["after"]));
    let operation = world.tone_operations[0];
    world.media(MediaReport::TonesSent(operation));
    world.ladder(expect![[r#"
        0.000  app -> engine  SendTones
        0.000  engine -> media  send 1# to customer
        0.000  app -> engine  Play (play after)
        0.000  engine -> media  play1 after to customer
        0.000  engine -> app  SendDtmfTonesCompleted (Completed; send)
    "#]]);
}

#[test]
fn a_far_end_that_takes_no_tones() {
    let mut world = World::answered("customer");
    world.ask("SendTones", |call| call.send_tones(send_tones("customer", &[Tone::One])));
    let operation = world.tone_operations[0];
    world.media(MediaReport::TonesRefused(operation));
    world.ladder(expect![[r#"
        0.000  app -> engine  SendTones
        0.000  engine -> media  send 1 to customer
        0.000  engine -> app  SendDtmfTonesFailed (TonesRefused; send)
    "#]]);
}

#[test]
fn tones_of_which_nothing_is_heard_again() {
    let mut world = World::answered("customer");
    world.ask("SendTones", |call| call.send_tones(send_tones("customer", &[Tone::One])));
    world.forget();
    world.wait(30);
    world.ladder(expect![[r#"
        30.000  engine -> app  SendDtmfTonesFailed (TonesRefused; send)
    "#]]);
}

#[test]
fn a_key_that_never_comes_up_is_told() {
    let mut world = World::answered("customer");
    world.ask("Start", |call| call.start_continuous_tones(listening("customer", "listen")));
    world.key_down("customer", Tone::One);
    world.wait(31);
    world.presses("customer", "2");
    world.ladder(expect![[r#"
        0.000  app -> engine  Start
        0.000  customer -> media  1 down
        30.000  engine -> app  ContinuousDtmfRecognitionToneFailed (KeyLost; listen)
        31.000  customer -> media  2 down
        31.100  customer -> media  2 up
        31.100  engine -> app  ContinuousDtmfRecognitionToneReceived 1: 2 (Completed; listen)
    "#]]);
}

#[test]
fn keys_for_somebody_who_is_being_called_wait_where_that_is_wanted() {
    let mut world = World::with(Limits { tones_wait_for_answer: true, ..Limits::default() });
    world.calls("customer");
    world.answer();
    world.report("customer", LegReport::Answered);
    world.add(add("agent"));
    world.forget();
    world.ask("SendTones", |call| call.send_tones(send_tones("agent", &[Tone::One])));
    world.wait(2);
    world.report("agent", LegReport::Answered);
    world.add(add("other"));
    world.ask("SendTones", |call| call.send_tones(send_tones("other", &[Tone::Two])));
    world.report("other", ended(EndCause::Busy));
    world.ladder(expect![[r#"
        0.000  app -> engine  SendTones
        2.000  agent -> engine  answered
        2.000  engine -> media  agent hears customer, customer hears agent
        2.000  engine -> media  send 1 to agent
        2.000  engine -> app  AddParticipantSucceeded agent (Completed; add agent)
        2.000  engine -> app  ParticipantsUpdated 2: customer, agent
        2.000  engine -> world  ParticipantAdded agent
        2.000  app -> engine  AddParticipant other
        2.000  engine -> other  dial for 20 s as +14255550100
        2.000  app -> engine  SendTones
        2.000  other -> engine  ended: Busy
        2.000  engine -> app  AddParticipantFailed other (LegEnded(Busy); add other)
        2.000  engine -> app  SendDtmfTonesFailed (ParticipantGone; send)
    "#]]);
}
