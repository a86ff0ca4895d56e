//! Collecting keys: prompts, barge-in, and every timer.

use std::time::Duration;

use call_engine::{DtmfOptions, EndCause, LegReport};
use expect_test::expect;
use media_plan::Tone;

use crate::world::{World, ended, play, recognize};

#[test]
fn as_many_keys_as_asked_for() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &["menu"]));
    world.started(1);
    world.wait(2);
    world.finished(1);
    world.wait(1);
    world.presses("customer", "123");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  media -> engine  play1 started
        2.000  media -> engine  play1 finished
        3.000  customer -> media  1 down
        3.100  customer -> media  1 up
        3.100  customer -> media  2 down
        3.200  customer -> media  2 up
        3.200  customer -> media  3 down
        3.300  customer -> media  3 up
        3.300  engine -> app  RecognizeCompleted '123' (MaxTonesReceived; recognize)
    "#]]);
}

#[test]
fn a_stop_tone_ends_it_and_does_not_count() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &[]));
    world.presses("customer", "4#");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  customer -> media  4 down
        0.100  customer -> media  4 up
        0.100  customer -> media  # down
        0.200  customer -> media  # up
        0.200  engine -> app  RecognizeCompleted '4' (StopTone; recognize)
    "#]]);
}

#[test]
fn a_key_stops_the_prompt_when_it_goes_down_and_counts() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &["menu"]));
    world.started(1);
    world.wait(1);
    world.presses("customer", "7");
    // It had already been stopped.
    world.finished(1);
    world.wait(3);
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  media -> engine  play1 started
        1.000  customer -> media  7 down
        1.000  engine -> media  stop play1
        1.100  customer -> media  7 up
        1.100  media -> engine  play1 finished
        3.100  engine -> app  RecognizeCompleted '7' (InterToneTimeout; recognize)
    "#]]);
}

#[test]
fn keys_during_an_uninterruptible_prompt_do_not_count() {
    let mut world = World::answered("customer");
    let mut request = recognize("customer", &["menu"]);
    request.interrupt_prompt = false;
    world.recognize(request);
    world.presses("customer", "1");
    world.key_down("customer", Tone::Two);
    world.finished(1);
    world.key_up("customer", Tone::Two);
    world.presses("customer", "345");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  customer -> media  2 down
        0.100  media -> engine  play1 finished
        0.100  customer -> media  2 up
        0.100  customer -> media  3 down
        0.200  customer -> media  3 up
        0.200  customer -> media  4 down
        0.300  customer -> media  4 up
        0.300  customer -> media  5 down
        0.400  customer -> media  5 up
        0.400  engine -> app  RecognizeCompleted '345' (MaxTonesReceived; recognize)
    "#]]);
}

#[test]
fn the_initial_silence_begins_when_the_prompt_has_ended() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &["menu"]));
    world.wait(60);
    world.finished(1);
    world.forget();
    world.wait_ms(4_999);
    world.ladder(expect![]);
    world.wait_ms(1);
    world.ladder(expect![[r#"
        65.000  engine -> app  RecognizeFailed (InitialSilenceTimeout; recognize)
    "#]]);
}

#[test]
fn a_key_held_across_the_silence_counts() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &[]));
    world.wait_ms(4_990);
    world.key_down("customer", Tone::Nine);
    world.wait(3);
    world.key_up("customer", Tone::Nine);
    world.wait_ms(1_999);
    world.presses("customer", "#");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        4.990  customer -> media  9 down
        7.990  customer -> media  9 up
        9.989  customer -> media  # down
        10.089  customer -> media  # up
        10.089  engine -> app  RecognizeCompleted '9' (StopTone; recognize)
    "#]]);
}

#[test]
fn what_was_typed_is_not_lost_when_the_next_key_does_not_come() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &[]));
    world.presses("customer", "12");
    world.wait_ms(1_999);
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  customer -> media  2 down
        0.200  customer -> media  2 up
    "#]]);
    world.wait_ms(1);
    world.ladder(expect![[r#"
        2.200  engine -> app  RecognizeCompleted '12' (InterToneTimeout; recognize)
    "#]]);
}

#[test]
fn a_key_that_never_comes_up_was_lost() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &[]));
    world.key_down("customer", Tone::One);
    world.forget();
    world.wait(30);
    world.ladder(expect![[r#"
        30.000  engine -> app  RecognizeFailed (InterToneTimeout; recognize)
    "#]]);
}

#[test]
fn a_key_stands_for_a_choice() {
    let choices = || DtmfOptions::Choices(vec![(Tone::One, "yes".into()), (Tone::Two, "no".into())]);
    let mut world = World::answered("customer");
    let mut request = recognize("customer", &[]);
    request.dtmf = Some(choices());
    world.recognize(request.clone());
    world.presses("customer", "2");
    world.recognize(request);
    world.presses("customer", "3");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  customer -> media  2 down
        0.100  customer -> media  2 up
        0.100  engine -> app  RecognizeCompleted no (ChoiceToneMatched; recognize)
        0.100  app -> engine  Recognize
        0.100  customer -> media  3 down
        0.200  customer -> media  3 up
        0.200  engine -> app  RecognizeFailed (IncorrectTone; recognize)
    "#]]);
}

#[test]
fn keys_told_in_signaling_count_as_well() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &["menu"]));
    world.report("customer", LegReport::Tone(Tone::Five));
    world.report("customer", LegReport::Tone(Tone::Pound));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  customer -> engine  tone(five)
        0.000  engine -> media  stop play1
        0.000  customer -> engine  tone(pound)
        0.000  engine -> app  RecognizeCompleted '5' (StopTone; recognize)
    "#]]);
}

#[test]
fn a_prompt_that_cannot_be_played() {
    let mut world = World::answered("customer");
    world.recognize(recognize("customer", &["menu", "missing"]));
    world.failed(1, 1);
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu+missing to customer
        0.000  media -> engine  play1 failed
        0.000  engine -> app  RecognizeFailed at source 1 (PromptFailed(Download); recognize)
    "#]]);
}

#[test]
fn only_the_keys_of_the_target_count() {
    let mut world = World::group("customer", &["alice"]);
    let mut request = recognize("customer", &["menu"]);
    request.initial_silence = Duration::from_secs(1);
    world.recognize(request);
    world.presses("alice", "123");
    world.finished(1);
    world.wait(1);
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  alice -> media  1 down
        0.100  alice -> media  1 up
        0.100  alice -> media  2 down
        0.200  alice -> media  2 up
        0.200  alice -> media  3 down
        0.300  alice -> media  3 up
        0.300  media -> engine  play1 finished
        1.300  engine -> app  RecognizeFailed (InitialSilenceTimeout; recognize)
    "#]]);
}

#[test]
fn a_recognition_waits_for_the_play_before_it() {
    let mut world = World::answered("customer");
    world.play(play(&["welcome"]));
    world.recognize(recognize("customer", &["menu"]));
    world.presses("customer", "1");
    world.finished(1);
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play welcome)
        0.000  engine -> media  play1 welcome to customer
        0.000  app -> engine  Recognize
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  media -> engine  play1 finished
        0.100  engine -> media  play2 menu to customer
        0.100  engine -> app  PlayCompleted (Completed; play welcome)
        0.100  customer -> engine  ended: HungUp
        0.100  engine -> media  stop play2
        0.100  engine -> media  release
        0.100  engine -> app  RecognizeCanceled (ParticipantGone; recognize)
        0.100  engine -> app  CallDisconnected (CallEnded; answer)
        0.100  engine -> world  ParticipantRemoved customer
        0.100  engine -> world  CallEnded by customer: HungUp after 0.1 s
    "#]]);
}
