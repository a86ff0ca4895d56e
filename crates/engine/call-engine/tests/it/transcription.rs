//! What is said in a call, as text on the application's WebSocket.

use call_engine::{CallOptions, EndCause, Reading, Switch, Transcribe, TranscriptionOptions};
use expect_test::expect;
use media_plan::{TapEnd, TapReport};

use crate::world::{World, ended};

fn wanting(summary_at_end: bool) -> CallOptions {
    let reading = Reading {
        languages: Some(vec!["en-US".into()]),
        summary_at_end: summary_at_end.then_some(true),
        ..Reading::default()
    };
    let url = "wss://app/words".into();
    let transcription = TranscriptionOptions { url, reading, intermediate: false, start: false };
    CallOptions {
        speech: Some("https://speech/".into()),
        transcription: Some(transcription),
        ..CallOptions::default()
    }
}

fn in_language(language: Option<&str>, context: &str) -> Transcribe {
    let languages = language.map(|language| vec![language.into()]);
    let reading = Reading { languages, ..Reading::default() };
    Transcribe { reading, operation_context: Some(context.into()), callback: None }
}

fn started(options: CallOptions) -> World {
    let mut world = World::answered_wanting("customer", options);
    world.ask("StartTranscription", |call| call.start_transcription(in_language(None, "start")));
    world.tapped(1, TapReport::Started);
    world.forget();
    world
}

fn update(world: &mut World, language: &str) {
    let update = in_language(Some(language), "update");
    world.ask(&format!("UpdateTranscription {language}"), |call| call.update_transcription(update));
}

fn stop(world: &mut World) {
    let stop = Switch { operation_context: Some("stop".into()), callback: None };
    world.ask("StopTranscription", |call| call.stop_transcription(stop));
}

#[test]
fn it_is_started_once_and_goes_on_when_it_is_started_again() {
    let mut world = started(wanting(false));
    world.ask("StartTranscription", |call| call.start_transcription(in_language(Some("de-DE"), "again")));
    stop(&mut world);
    world.ask("StartTranscription", |call| call.start_transcription(in_language(None, "once more")));
    world.ladder(expect![[r#"
        0.000  app -> engine  StartTranscription
        0.000  engine -> app  cannot start what runs already
        0.000  app -> engine  StopTranscription
        0.000  engine -> media  stop tap1
        0.000  engine -> app  TranscriptionStopped (Completed; stop)
        0.000  app -> engine  StartTranscription
        0.000  engine -> media  tap2 writes down customer in en-US
    "#]]);
}

#[test]
fn another_language_is_told_when_it_is_in_force() {
    let mut world = started(wanting(false));
    update(&mut world, "de-DE");
    world.wait(1);
    world.tapped(1, TapReport::Changed);
    // Nothing changes.
    update(&mut world, "de-DE");
    stop(&mut world);
    update(&mut world, "en-GB");
    stop(&mut world);
    world.ladder(expect![[r#"
        0.000  app -> engine  UpdateTranscription de-DE
        0.000  engine -> media  tap1 now writes down customer in de-DE
        1.000  media -> engine  tap1 changed
        1.000  engine -> app  TranscriptionUpdated (Completed; update)
        1.000  app -> engine  UpdateTranscription de-DE
        1.000  engine -> app  TranscriptionUpdated (Completed; update)
        1.000  app -> engine  StopTranscription
        1.000  engine -> media  stop tap1
        1.000  engine -> app  TranscriptionStopped (Completed; stop)
        1.000  app -> engine  UpdateTranscription en-GB
        1.000  engine -> app  cannot stop or change what does not run
        1.000  app -> engine  StopTranscription
        1.000  engine -> app  cannot stop or change what does not run
    "#]]);
}

#[test]
fn a_language_that_never_comes_into_force_has_failed() {
    let mut world = started(wanting(false));
    update(&mut world, "de-DE");
    world.wait(31);
    update(&mut world, "fr-FR");
    world.tapped(1, TapReport::Ended(TapEnd::Provider));
    world.ladder(expect![[r#"
        0.000  app -> engine  UpdateTranscription de-DE
        0.000  engine -> media  tap1 now writes down customer in de-DE
        30.000  engine -> app  TranscriptionFailed (TapEnded(Timeout); update)
        31.000  app -> engine  UpdateTranscription fr-FR
        31.000  engine -> media  tap1 now writes down customer in fr-FR
        31.000  media -> engine  tap1 ended(provider)
        31.000  engine -> app  TranscriptionFailed (TapEnded(Provider); update)
        31.000  engine -> app  TranscriptionFailed (TapEnded(Provider); start)
    "#]]);
}

#[test]
fn it_begins_in_the_language_that_the_start_names() {
    let mut world = World::answered_wanting("customer", wanting(false));
    world.ask("StartTranscription", |call| call.start_transcription(in_language(Some("es-ES"), "start")));
    world.tapped(1, TapReport::Ended(TapEnd::NoProvider));
    world.ladder(expect![[r#"
        0.000  app -> engine  StartTranscription
        0.000  engine -> media  tap1 writes down customer in es-ES
        0.000  media -> engine  tap1 ended(noprovider)
        0.000  engine -> app  TranscriptionFailed (TapEnded(NoProvider); start)
    "#]]);
}

#[test]
fn what_was_said_is_summed_up_when_the_application_asks() {
    let mut world = started(wanting(false));
    world.ask("SummarizeCall", |call| call.summarize(in_language(None, "summary")));
    world.wait(2);
    world.tapped(1, TapReport::Summary(Ok("They said hello.".into())));
    world.ask("SummarizeCall", |call| call.summarize(in_language(None, "another")));
    world.wait(21);
    world.ladder(expect![[r#"
        0.000  app -> engine  SummarizeCall
        0.000  engine -> media  tap1 now writes down customer in en-US, summed up in en-US
        2.000  media -> engine  tap1 summary(ok("they said hello."))
        2.000  engine -> media  tap1 now writes down customer in en-US
        2.000  engine -> app  TranscriptionCallSummaryUpdated "They said hello." (Completed; summary)
        2.000  app -> engine  SummarizeCall
        2.000  engine -> media  tap1 now writes down customer in en-US, summed up in en-US
        22.000  engine -> app  TranscriptionCallSummaryUpdated "none" (TapEnded(Timeout); another)
    "#]]);
}

#[test]
fn a_call_is_summed_up_before_its_application_hears_the_last_of_it() {
    let mut world = started(wanting(true));
    world.report("customer", ended(EndCause::HungUp));
    world.wait(2);
    world.tapped(1, TapReport::Summary(Ok("They said goodbye.".into())));
    world.ladder(expect![[r#"
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  stop tap1
        0.000  engine -> media  nobody hears anybody
        0.000  engine -> app  TranscriptionStopped (Completed; start)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: HungUp after 0 s
        2.000  media -> engine  tap1 summary(ok("they said goodbye."))
        2.000  engine -> media  release
        2.000  engine -> app  TranscriptionCallSummaryUpdated "They said goodbye." (Completed; answer)
        2.000  engine -> app  CallDisconnected (CallEnded; answer)
    "#]]);
    assert_eq!(world.engine.call_count(), 0);
}

#[test]
fn a_summary_that_does_not_come_is_not_waited_for_forever() {
    let mut world = started(wanting(true));
    world.hang_up();
    world.forget();
    world.wait(64);
    world.ladder(expect![[r#"
        20.000  engine -> media  release
        20.000  engine -> app  TranscriptionCallSummaryUpdated "none" (TapEnded(Timeout); answer)
        20.000  engine -> app  CallDisconnected (CallEnded; answer)
    "#]]);
    assert_eq!((world.engine.call_count(), world.engine.timer_count()), (0, 0));
}
