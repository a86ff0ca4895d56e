//! Recognizing speech: barge-in, silence, and whichever of a key and a word comes first.

use std::time::Duration;

use call_engine::{DtmfOptions, EndCause, LegReport, Recognize, SpeechOptions, SpokenChoice};
use expect_test::expect;
use media_plan::{TapEnd, TapReport, Tone};

use crate::world::{World, ended, play, recognize, understood};

fn speech(choices: &[&str]) -> SpeechOptions {
    let choice = |label: &&str| SpokenChoice { label: (*label).into(), phrases: vec![(*label).into()] };
    SpeechOptions {
        languages: vec!["en-US".into()],
        model: None,
        sentiment: false,
        end_silence: Duration::from_millis(500),
        choices: choices.iter().map(choice).collect(),
    }
}

fn words(prompts: &[&str]) -> Recognize {
    Recognize { dtmf: None, speech: Some(speech(&[])), ..recognize("customer", prompts) }
}

fn choices(prompts: &[&str]) -> Recognize {
    let keys = vec![(Tone::One, "sales".into()), (Tone::Two, "support".into())];
    Recognize {
        dtmf: Some(DtmfOptions::Choices(keys)),
        speech: Some(speech(&["sales", "support"])),
        ..recognize("customer", prompts)
    }
}

fn words_or_keys(prompts: &[&str]) -> Recognize {
    Recognize { speech: Some(speech(&[])), ..recognize("customer", prompts) }
}

#[test]
fn speech_stops_the_prompt_at_once_and_counts() {
    let mut world = World::answered("customer");
    world.recognize(words(&["ask"]));
    world.started(1);
    world.wait(1);
    world.tapped(1, TapReport::SpeechStarted);
    world.wait(7);
    world.tapped(1, understood("I want a pizza", None));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 ask to customer
        0.000  engine -> media  tap1 understands customer
        0.000  media -> engine  play1 started
        1.000  media -> engine  tap1 speechstarted
        1.000  engine -> media  stop play1
        8.000  media -> engine  tap1 understood "I want a pizza"
        8.000  engine -> app  RecognizeCompleted "I want a pizza" (SpeechRecognized; recognize)
    "#]]);
}

#[test]
fn a_prompt_that_must_be_heard_is_not_stopped_and_nobody_listens_meanwhile() {
    let mut world = World::answered("customer");
    let request = Recognize { interrupt_prompt: false, ..words(&["ask"]) };
    world.recognize(request);
    world.started(1);
    world.wait(3);
    world.finished(1);
    world.wait(4);
    world.tapped(1, TapReport::SpeechStarted);
    world.wait(2);
    world.tapped(1, understood("yes", None));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 ask to customer
        0.000  media -> engine  play1 started
        3.000  media -> engine  play1 finished
        3.000  engine -> media  tap1 understands customer
        7.000  media -> engine  tap1 speechstarted
        9.000  media -> engine  tap1 understood "yes"
        9.000  engine -> app  RecognizeCompleted "yes" (SpeechRecognized; recognize)
    "#]]);
}

#[test]
fn silence_after_the_prompt_fails_after_its_time() {
    let mut world = World::answered("customer");
    world.recognize(words(&["ask"]));
    world.finished(1);
    world.wait(6);
    // Too late.
    world.tapped(1, understood("yes", None));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 ask to customer
        0.000  engine -> media  tap1 understands customer
        0.000  media -> engine  play1 finished
        5.000  engine -> media  stop tap1
        5.000  engine -> app  RecognizeFailed (InitialSilenceTimeout; recognize)
        6.000  media -> engine  tap1 understood "yes"
    "#]]);
}

#[test]
fn a_choice_is_said() {
    let mut world = World::answered("customer");
    world.recognize(choices(&[]));
    world.tapped(1, TapReport::SpeechStarted);
    world.tapped(1, understood("support please", Some(1)));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap1 understands 2 choices of customer
        0.000  media -> engine  tap1 speechstarted
        0.000  media -> engine  tap1 understood "support please"
        0.000  engine -> app  RecognizeCompleted support (ChoicePhraseMatched; recognize)
    "#]]);
}

#[test]
fn a_choice_is_pressed_while_somebody_clears_their_throat() {
    let mut world = World::answered("customer");
    world.recognize(choices(&["menu"]));
    world.started(1);
    world.tapped(1, TapReport::SpeechStarted);
    world.presses("customer", "1");
    world.tapped(1, TapReport::Ended(TapEnd::NoChoice));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 menu to customer
        0.000  engine -> media  tap1 understands 2 choices of customer
        0.000  media -> engine  play1 started
        0.000  media -> engine  tap1 speechstarted
        0.000  engine -> media  stop play1
        0.000  customer -> media  1 down
        0.000  engine -> media  stop tap1
        0.100  customer -> media  1 up
        0.100  engine -> app  RecognizeCompleted sales (ChoiceToneMatched; recognize)
        0.100  media -> engine  tap1 ended(nochoice)
    "#]]);
}

#[test]
fn what_is_no_choice_and_what_is_not_understood_fail() {
    let mut world = World::answered("customer");
    for why in [TapEnd::NoChoice, TapEnd::NotUnderstood, TapEnd::NoProvider, TapEnd::Provider] {
        let number = match why {
            TapEnd::NoChoice => 1,
            TapEnd::NotUnderstood => 2,
            TapEnd::NoProvider => 3,
            _ => 4,
        };
        world.recognize(choices(&[]));
        world.tapped(number, TapReport::Ended(why));
    }
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap1 understands 2 choices of customer
        0.000  media -> engine  tap1 ended(nochoice)
        0.000  engine -> app  RecognizeFailed (TapEnded(NoChoice); recognize)
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap2 understands 2 choices of customer
        0.000  media -> engine  tap2 ended(notunderstood)
        0.000  engine -> app  RecognizeFailed (TapEnded(NotUnderstood); recognize)
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap3 understands 2 choices of customer
        0.000  media -> engine  tap3 ended(noprovider)
        0.000  engine -> app  RecognizeFailed (TapEnded(NoProvider); recognize)
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap4 understands 2 choices of customer
        0.000  media -> engine  tap4 ended(provider)
        0.000  engine -> app  RecognizeFailed (TapEnded(Provider); recognize)
    "#]]);
}

#[test]
fn of_a_key_and_a_word_the_first_decides() {
    let mut world = World::answered("customer");
    world.recognize(words_or_keys(&[]));
    world.presses("customer", "12");
    world.tapped(1, understood("one two", None));
    world.presses("customer", "3");
    world.recognize(words_or_keys(&[]));
    world.tapped(2, TapReport::SpeechStarted);
    world.tapped(2, understood("four", None));
    world.presses("customer", "4");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap1 understands customer
        0.000  customer -> media  1 down
        0.000  engine -> media  stop tap1
        0.100  customer -> media  1 up
        0.100  customer -> media  2 down
        0.200  customer -> media  2 up
        0.200  media -> engine  tap1 understood "one two"
        0.200  customer -> media  3 down
        0.300  customer -> media  3 up
        0.300  engine -> app  RecognizeCompleted '123' (MaxTonesReceived; recognize)
        0.300  app -> engine  Recognize
        0.300  engine -> media  tap2 understands customer
        0.300  media -> engine  tap2 speechstarted
        0.300  media -> engine  tap2 understood "four"
        0.300  engine -> app  RecognizeCompleted "four" (SpeechRecognized; recognize)
        0.300  customer -> media  4 down
        0.400  customer -> media  4 up
    "#]]);
}

#[test]
fn keys_mean_nothing_where_only_words_count() {
    let mut world = World::answered("customer");
    world.recognize(words(&["ask"]));
    world.started(1);
    world.presses("customer", "1");
    world.tapped(1, TapReport::SpeechStarted);
    world.tapped(1, understood("hello", None));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 ask to customer
        0.000  engine -> media  tap1 understands customer
        0.000  media -> engine  play1 started
        0.000  customer -> media  1 down
        0.100  customer -> media  1 up
        0.100  media -> engine  tap1 speechstarted
        0.100  engine -> media  stop play1
        0.100  media -> engine  tap1 understood "hello"
        0.100  engine -> app  RecognizeCompleted "hello" (SpeechRecognized; recognize)
    "#]]);
}

#[test]
fn whoever_speaks_without_end_is_not_listened_to_forever() {
    let mut world = World::answered("customer");
    world.recognize(words(&[]));
    world.tapped(1, TapReport::SpeechStarted);
    world.wait(61);
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  tap1 understands customer
        0.000  media -> engine  tap1 speechstarted
        60.000  engine -> media  stop tap1
        60.000  engine -> app  RecognizeFailed (TapEnded(NotUnderstood); recognize)
    "#]]);
}

#[test]
fn an_interruption_and_a_hang_up_end_it() {
    let mut world = World::answered("customer");
    world.recognize(words(&["ask"]));
    let mut request = play(&["urgent"]);
    request.interrupt = true;
    world.play(request);
    world.recognize(words(&[]));
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> media  play1 ask to customer
        0.000  engine -> media  tap1 understands customer
        0.000  app -> engine  Play (play urgent)
        0.000  engine -> media  stop play1
        0.000  engine -> media  stop tap1
        0.000  engine -> media  play2 urgent to customer
        0.000  engine -> app  RecognizeCanceled (Canceled; recognize)
        0.000  app -> engine  Recognize
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  stop play2
        0.000  engine -> media  release
        0.000  engine -> app  PlayCanceled (ParticipantGone; play urgent)
        0.000  engine -> app  RecognizeCanceled (ParticipantGone; recognize)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: HungUp after 0 s
    "#]]);
}

#[test]
fn words_need_a_speech_service_and_choices_with_keys_do_without() {
    let mut world = World::new();
    world.calls("customer");
    world.answer_with(false);
    world.report("customer", LegReport::Answered);
    world.forget();
    world.recognize(words(&[]));
    world.recognize(choices(&[]));
    world.presses("customer", "2");
    world.ladder(expect![[r#"
        0.000  app -> engine  Recognize
        0.000  engine -> app  cannot understand speech: the call was set up without a speech service
        0.000  app -> engine  Recognize
        0.000  customer -> media  2 down
        0.100  customer -> media  2 up
        0.100  engine -> app  RecognizeCompleted support (ChoiceToneMatched; recognize)
    "#]]);
}
