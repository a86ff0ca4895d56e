//! Nobody is recorded who has not heard that they are, where the operator wants it so.

use call_engine::{EndCause, LegReport, StartRecording};
use expect_test::expect;
use identifier::RecordingId;
use media_plan::{RecordingFormat, TapReport};

use crate::world::{RESOURCE, World, add, application, ended, file, hold, who};

fn record(world: &mut World, paused: bool) -> RecordingId {
    let wish = StartRecording {
        format: RecordingFormat::Wav,
        unmixed: false,
        channels: Vec::new(),
        paused,
        destination: None,
        announcement: Some(file("you are recorded")),
        application: Some(application()),
    };
    world.ask("StartRecording", |call| call.record(wish)).expect("it may").recording
}

fn pause(world: &mut World, id: RecordingId, pause: bool) {
    world.say(&format!("app -> engine  {}", if pause { "pause" } else { "resume" }));
    world.engine.pause_recording(id, RESOURCE, pause, world.now).expect("it may");
    world.tell();
}

#[test]
fn the_first_sound_is_kept_when_the_announcement_was_heard() {
    let mut world = World::group("customer", &["agent"]);
    let id = record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.wait(2);
    world.finished(1);
    pause(&mut world, id, true);
    pause(&mut world, id, false);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records, paused, nobody
        0.000  media -> engine  tap1 started
        0.000  engine -> media  play1 you are recorded to customer+agent
        2.000  media -> engine  play1 finished
        2.000  engine -> media  tap1 now records, paused, agent+customer
        2.000  engine -> media  tap1 now records agent+customer
        2.000  engine -> app  RecordingStateChanged active (Completed)
        2.000  app -> engine  pause
        2.000  engine -> media  tap1 now records, paused, agent+customer
        2.000  engine -> app  RecordingStateChanged inactive (Completed)
        2.000  app -> engine  resume
        2.000  engine -> media  tap1 now records agent+customer
        2.000  engine -> app  RecordingStateChanged active (Completed)
    "#]]);
}

#[test]
fn whoever_comes_later_is_recorded_when_they_have_heard_it_too() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.finished(1);
    world.forget();
    world.add(add("agent"));
    world.report("agent", LegReport::Answered);
    world.wait(2);
    world.finished(2);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant agent
        0.000  engine -> agent  dial for 20 s as +14255550100
        0.000  agent -> engine  answered
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  play2 you are recorded to agent
        0.000  engine -> app  AddParticipantSucceeded agent (Completed; add agent)
        0.000  engine -> app  ParticipantsUpdated 2: customer, agent
        0.000  engine -> world  ParticipantAdded agent
        2.000  media -> engine  play2 finished
        2.000  engine -> media  tap1 now records agent+customer
    "#]]);
}

#[test]
fn whoever_is_on_hold_hears_it_when_they_are_back() {
    let mut world = World::group("customer", &["agent"]);
    world.ask("Hold", |call| call.hold(hold("agent")));
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.finished(2);
    world.forget();
    world.ask("Unhold", |call| call.unhold(&who("agent")));
    world.finished(3);
    world.ladder(expect![[r#"
        0.000  app -> engine  Unhold
        0.000  engine -> media  stop play1
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  play3 you are recorded to agent
        0.000  engine -> app  ParticipantsUpdated 4: customer, agent
        0.000  media -> engine  play3 finished
        0.000  engine -> media  tap1 now records agent+customer
    "#]]);
}

#[test]
fn one_that_begins_paused_announces_itself_when_it_goes_on() {
    let mut world = World::answered("customer");
    let id = record(&mut world, true);
    world.tapped(1, TapReport::Started);
    world.wait(60);
    pause(&mut world, id, false);
    pause(&mut world, id, true);
    world.finished(1);
    pause(&mut world, id, false);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records, paused, nobody
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        60.000  app -> engine  resume
        60.000  engine -> media  play1 you are recorded to customer
        60.000  app -> engine  pause
        60.000  engine -> app  RecordingStateChanged inactive (Completed)
        60.000  media -> engine  play1 finished
        60.000  engine -> media  tap1 now records, paused, customer
        60.000  app -> engine  resume
        60.000  engine -> media  tap1 now records customer
        60.000  engine -> app  RecordingStateChanged active (Completed)
    "#]]);
}

#[test]
fn without_the_announcement_nothing_is_recorded() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.failed(1, 0);
    record(&mut world, false);
    world.tapped(2, TapReport::Started);
    world.wait(121);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records, paused, nobody
        0.000  media -> engine  tap1 started
        0.000  engine -> media  play1 you are recorded to customer
        0.000  media -> engine  play1 failed
        0.000  engine -> media  stop tap1
        0.000  engine -> app  StartRecordingFailed (PromptFailed(Download))
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap2 records, paused, nobody
        0.000  media -> engine  tap2 started
        0.000  engine -> media  play2 you are recorded to customer
        120.000  engine -> media  stop tap2
        120.000  engine -> media  stop play2
        120.000  engine -> app  StartRecordingFailed (TapEnded(Timeout))
    "#]]);
}

#[test]
fn an_announcement_ends_with_the_recording() {
    let mut world = World::answered("customer");
    let id = record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.say("app -> engine  stop");
    world.engine.stop_recording(id, RESOURCE, world.now).expect("it may");
    world.tell();
    record(&mut world, false);
    world.tapped(2, TapReport::Started);
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records, paused, nobody
        0.000  media -> engine  tap1 started
        0.000  engine -> media  play1 you are recorded to customer
        0.000  app -> engine  stop
        0.000  engine -> media  tap1 now records, paused, stopped, nobody
        0.000  engine -> media  stop play1
        0.000  engine -> media  stop tap1
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap2 records, paused, nobody
        0.000  media -> engine  tap2 started
        0.000  engine -> media  play2 you are recorded to customer
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  stop play2
        0.000  engine -> media  stop tap2
        0.000  engine -> media  release
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: HungUp after 0 s
    "#]]);
}

#[test]
fn whoever_comes_later_hears_it_again_when_it_fails_and_is_not_left_out_in_silence() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.finished(1);
    world.add(add("agent"));
    world.report("agent", LegReport::Answered);
    world.forget();
    world.failed(2, 0);
    world.finished(3);
    world.ladder(expect![[r#"
        0.000  media -> engine  play2 failed
        0.000  engine -> media  play3 you are recorded to agent
        0.000  media -> engine  play3 finished
        0.000  engine -> media  tap1 now records agent+customer
    "#]]);

    world.add(add("expert"));
    world.report("expert", LegReport::Answered);
    world.forget();
    for playback in 4..=6 {
        world.failed(playback, 0);
    }
    world.ladder(expect![[r#"
        0.000  media -> engine  play4 failed
        0.000  engine -> media  play5 you are recorded to expert
        0.000  media -> engine  play5 failed
        0.000  engine -> media  play6 you are recorded to expert
        0.000  media -> engine  play6 failed
        0.000  engine -> app  RecordingStateChanged active (PromptFailed(Download))
    "#]]);
}

#[test]
fn an_announcement_that_nothing_is_heard_of_is_not_waited_for_any_longer_because_of_a_pause() {
    let mut world = World::answered("customer");
    let id = record(&mut world, false);
    world.tapped(1, TapReport::Started);
    pause(&mut world, id, true);
    world.wait(200);
    world.forget();
    pause(&mut world, id, false);
    world.wait(200);
    world.ladder(expect![[r#"
        200.000  app -> engine  resume
        320.000  engine -> media  stop tap1
        320.000  engine -> media  stop play1
        320.000  engine -> app  RecordingStateChanged inactive (TapEnded(Timeout))
    "#]]);
}
