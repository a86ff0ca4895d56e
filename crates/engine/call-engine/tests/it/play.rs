//! Playing, waiting in line, interrupting.

use call_engine::{EndCause, LegReport};
use expect_test::expect;
use media_plan::{PlaySource, SpeechService, Tone};

use crate::world::{World, ended, hold, play, recognize, send_tones, who};

#[test]
fn a_play_is_completed_when_its_last_frame_has_left() {
    let mut world = World::answered("customer");
    world.play(play(&["one", "two"]));
    world.wait_ms(40);
    world.started(1);
    world.wait_ms(3_000);
    world.finished(1);
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play one+two)
        0.000  engine -> media  play1 one+two to customer
        0.040  media -> engine  play1 started
        0.040  engine -> app  PlayStarted (Completed; play one+two)
        3.040  media -> engine  play1 finished
        3.040  engine -> app  PlayCompleted (Completed; play one+two)
    "#]]);
}

#[test]
fn plays_wait_in_line() {
    let mut world = World::answered("customer");
    world.play(play(&["one"]));
    world.play(play(&["two"]));
    world.started(1);
    world.finished(1);
    world.started(2);
    world.finished(2);
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play one)
        0.000  engine -> media  play1 one to customer
        0.000  app -> engine  Play (play two)
        0.000  media -> engine  play1 started
        0.000  engine -> app  PlayStarted (Completed; play one)
        0.000  media -> engine  play1 finished
        0.000  engine -> media  play2 two to customer
        0.000  engine -> app  PlayCompleted (Completed; play one)
        0.000  media -> engine  play2 started
        0.000  engine -> app  PlayStarted (Completed; play two)
        0.000  media -> engine  play2 finished
        0.000  engine -> app  PlayCompleted (Completed; play two)
    "#]]);
}

#[test]
fn a_play_that_cannot_be_played_lets_the_next_begin() {
    let mut world = World::answered("customer");
    world.play(play(&["one", "missing"]));
    world.play(play(&["two"]));
    world.forget();
    world.failed(1, 1);
    world.ladder(expect![[r#"
        0.000  media -> engine  play1 failed
        0.000  engine -> media  play2 two to customer
        0.000  engine -> app  PlayFailed at source 1 (Unplayable(Download); play one+missing)
    "#]]);
}

#[test]
fn an_interruption_cancels_what_plays_and_what_waits() {
    let mut world = World::answered("customer");
    let mut music = play(&["music"]);
    music.repeat = true;
    world.play(music);
    world.recognize(recognize("customer", &["menu"]));
    world.started(1);
    world.forget();
    let mut urgent = play(&["urgent"]);
    urgent.interrupt = true;
    world.play(urgent);
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play urgent)
        0.000  engine -> media  stop play1
        0.000  engine -> media  play2 urgent to customer
        0.000  engine -> app  PlayCanceled (Canceled; play music)
        0.000  engine -> app  RecognizeCanceled (Canceled; recognize)
    "#]]);
    // It had already been stopped.
    world.finished(1);
    world.ladder(expect![[r#"
        0.000  media -> engine  play1 finished
    "#]]);
}

#[test]
fn all_media_operations_are_cancelled_but_tones_are_not() {
    let mut world = World::answered("customer");
    world.ask("SendTones", |call| call.send_tones(send_tones("customer", &[Tone::One])));
    world.play(play(&["one"]));
    world.recognize(recognize("customer", &[]));
    world.forget();
    world.ask("CancelAllMediaOperations", |call| call.cancel_all_media_operations());
    world.ladder(expect![[r#"
        0.000  app -> engine  CancelAllMediaOperations
        0.000  engine -> app  PlayCanceled (Canceled; play one)
        0.000  engine -> app  RecognizeCanceled (Canceled; recognize)
    "#]]);
}

#[test]
fn one_sub_leg_operation_at_a_time() {
    let mut world = World::group("customer", &["alice"]);
    let mut whisper = play(&["whisper"]);
    whisper.audience = vec![who("alice")];
    world.play(whisper.clone());
    world.play(whisper.clone());
    world.recognize(recognize("customer", &[]));
    world.ask("SendTones", |call| call.send_tones(send_tones("alice", &[Tone::One])));
    // To everybody is always possible; a whisper behind it as well.
    world.play(play(&["notice"]));
    world.finished(1);
    world.play(whisper);
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play whisper)
        0.000  engine -> media  play1 whisper to alice
        0.000  app -> engine  Play (play whisper)
        0.000  engine -> app  cannot run this operation beside the one that runs now
        0.000  app -> engine  Recognize
        0.000  engine -> app  cannot run this operation beside the one that runs now
        0.000  app -> engine  SendTones
        0.000  engine -> app  cannot run this operation beside the one that runs now
        0.000  app -> engine  Play (play notice)
        0.000  media -> engine  play1 finished
        0.000  engine -> media  play2 notice to customer+alice
        0.000  engine -> app  PlayCompleted (Completed; play whisper)
        0.000  app -> engine  Play (play whisper)
    "#]]);
}

#[test]
fn who_is_on_hold_does_not_hear_what_is_played_to_everybody() {
    let mut world = World::group("customer", &["alice"]);
    world.ask("Hold customer", |call| call.hold(hold("customer")));
    world.forget();
    world.play(play(&["notice"]));
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play notice)
        0.000  engine -> media  play2 notice to alice
    "#]]);
}

#[test]
fn a_play_goes_on_for_those_who_stay() {
    let mut world = World::group("customer", &["alice"]);
    world.play(play(&["notice"]));
    world.started(1);
    world.forget();
    world.report("alice", ended(EndCause::HungUp));
    world.finished(1);
    world.ladder(expect![[r#"
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: customer
        0.000  engine -> world  ParticipantRemoved alice
        0.000  media -> engine  play1 finished
        0.000  engine -> app  PlayCompleted (Completed; play notice)
    "#]]);
}

#[test]
fn a_play_to_somebody_ends_when_they_leave() {
    let mut world = World::group("customer", &["alice"]);
    let mut whisper = play(&["whisper"]);
    whisper.audience = vec![who("alice")];
    whisper.repeat = true;
    world.play(whisper);
    world.play(play(&["notice"]));
    world.forget();
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> media  stop play1
        0.000  engine -> media  customer hears nobody
        0.000  engine -> media  play2 notice to customer
        0.000  engine -> app  PlayCanceled (ParticipantGone; play whisper)
        0.000  engine -> app  ParticipantsUpdated 3: customer
        0.000  engine -> world  ParticipantRemoved alice
    "#]]);
}

#[test]
fn an_operation_has_a_callback_of_its_own() {
    let mut world = World::answered("customer");
    let mut elsewhere = play(&["one"]);
    let callback = call_engine::Callback::Uri("https://elsewhere/".into());
    elsewhere.callback = Some(callback.clone());
    elsewhere.operation_context = None;
    world.play(elsewhere);
    world.started(1);
    world.finished(1);
    assert!(world.events.iter().all(|event| event.application.callback == callback));
    assert!(world.events.iter().all(|event| event.operation_context.is_none()));
    assert_eq!(world.events.len(), 2);
}

#[test]
fn words_need_a_speech_service() {
    let mut world = World::new();
    world.calls("customer");
    world.answer_with(false);
    world.report("customer", LegReport::Answered);
    world.forget();
    let mut words = play(&["one"]);
    words.sources = vec![PlaySource::Text {
        text: "hello".into(),
        locale: None,
        voice: None,
        voice_name: None,
        service: SpeechService::default(),
        cache_id: None,
    }];
    world.play(words);
    world.ladder(expect![[r#"
        0.000  app -> engine  Play (play one)
        0.000  engine -> app  cannot turn words into speech: the call was set up without a speech service
    "#]]);
}
