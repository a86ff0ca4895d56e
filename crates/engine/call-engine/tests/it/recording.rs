//! Recordings: they belong to the call, there is one at a time, and each state is told.

use call_engine::{EndCause, LegReport, StartRecording};
use expect_test::expect;
use identifier::{RecordingId, ResourceId};
use media_plan::{RecordingFormat, TapEnd, TapReport};

use crate::world::{RESOURCE, World, add, application, ended, transfer};

fn wav(paused: bool) -> StartRecording {
    StartRecording {
        format: RecordingFormat::Wav,
        unmixed: false,
        channels: Vec::new(),
        paused,
        destination: None,
        announcement: None,
        application: Some(application()),
    }
}

/// Through the connection of the application.
fn record(world: &mut World, paused: bool) -> Option<RecordingId> {
    world.ask("StartRecording", |call| call.record(wav(paused))).map(|view| view.recording)
}

/// By the recording's own id, whoever asks.
fn on_recording(world: &mut World, verb: &str, id: RecordingId, resource: ResourceId) {
    let now = world.now;
    let done = match verb {
        "pause" => world.engine.pause_recording(id, resource, true, now),
        "resume" => world.engine.pause_recording(id, resource, false, now),
        "stop" => world.engine.stop_recording(id, resource, now),
        _ => world.engine.recording(id, resource).map(|view| {
            world.say(&format!("engine -> app  {}", if view.is_active { "active" } else { "inactive" }));
        }),
    };
    world.say(&format!(
        "app -> engine  {verb}{}",
        done.map_or_else(|e| format!(": cannot {e}"), |()| String::new())
    ));
}

#[test]
fn a_recording_is_paused_resumed_and_stopped() {
    let mut world = World::answered("customer");
    let id = record(&mut world, false).expect("it may");
    world.tapped(1, TapReport::Started);
    for verb in ["look", "pause", "pause", "look", "resume", "resume", "stop", "stop", "pause", "look"] {
        on_recording(&mut world, verb, id, RESOURCE);
    }
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records customer
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  engine -> app  active
        0.000  app -> engine  look
        0.000  engine -> media  tap1 now records, paused, customer
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  app -> engine  pause
        0.000  app -> engine  pause: cannot pause a recording that is paused, or resume one that is not
        0.000  engine -> app  inactive
        0.000  app -> engine  look
        0.000  engine -> media  tap1 now records customer
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  app -> engine  resume
        0.000  app -> engine  resume: cannot pause a recording that is paused, or resume one that is not
        0.000  engine -> media  tap1 now records, stopped, customer
        0.000  engine -> media  stop tap1
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  app -> engine  stop
        0.000  app -> engine  stop: cannot pause, resume or stop a recording that has ended
        0.000  app -> engine  pause: cannot pause, resume or stop a recording that has ended
        0.000  app -> engine  look: cannot find the recording
    "#]]);
}

#[test]
fn one_that_begins_paused_says_so() {
    let mut world = World::answered("customer");
    let id = record(&mut world, true).expect("it may");
    world.tapped(1, TapReport::Started);
    on_recording(&mut world, "resume", id, RESOURCE);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records, paused, customer
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  engine -> media  tap1 now records customer
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  app -> engine  resume
    "#]]);
}

#[test]
fn a_call_is_recorded_once_at_a_time() {
    let mut world = World::answered("customer");
    let id = record(&mut world, false).expect("it may");
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    record(&mut world, false);
    on_recording(&mut world, "stop", id, RESOURCE);
    record(&mut world, false);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records customer
        0.000  app -> engine  StartRecording
        0.000  engine -> app  cannot record a call that is being recorded
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  app -> engine  StartRecording
        0.000  engine -> app  cannot record a call that is being recorded
        0.000  engine -> media  tap1 now records, stopped, customer
        0.000  engine -> media  stop tap1
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  app -> engine  stop
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap2 records customer
    "#]]);
}

#[test]
fn a_recording_outlives_its_application_and_ends_with_the_call() {
    let mut world = World::group("customer", &["agent"]);
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.hang_up();
    world.wait(5);
    world.report("agent", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records agent+customer
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  app -> engine  HangUp
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        5.000  agent -> engine  ended: HungUp
        5.000  engine -> customer  hangup
        5.000  engine -> media  stop tap1
        5.000  engine -> media  release
        5.000  engine -> app  RecordingStateChanged inactive (Completed)
        5.000  engine -> world  ParticipantRemoved agent
        5.000  engine -> world  ParticipantRemoved customer
        5.000  engine -> world  CallEnded by agent: HungUp after 5 s
    "#]]);
}

#[test]
fn a_recording_goes_on_with_whom_the_caller_is_transferred_to() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.tapped(1, TapReport::Started);
    world.ask("Transfer", |call| call.transfer(transfer("agent", None)));
    world.forget();
    world.report("agent", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  agent -> engine  answered
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  tap1 now records agent+customer
        0.000  engine -> app  CallTransferAccepted customer to agent (Completed; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantAdded agent
    "#]]);
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_the_call_goes_on() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.tapped(1, TapReport::Ended(TapEnd::Storage));
    record(&mut world, false);
    world.tapped(2, TapReport::Started);
    world.wait(3);
    world.tapped(2, TapReport::Ended(TapEnd::Storage));
    record(&mut world, false);
    world.wait(31);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap1 records customer
        0.000  media -> engine  tap1 ended(storage)
        0.000  engine -> app  StartRecordingFailed (TapEnded(Storage))
        0.000  app -> engine  StartRecording
        0.000  engine -> media  tap2 records customer
        0.000  media -> engine  tap2 started
        0.000  engine -> app  RecordingStateChanged active (Completed)
        3.000  media -> engine  tap2 ended(storage)
        3.000  engine -> app  RecordingStateChanged inactive (TapEnded(Storage))
        3.000  app -> engine  StartRecording
        3.000  engine -> media  tap3 records customer
        33.000  engine -> media  stop tap3
        33.000  engine -> app  StartRecordingFailed (TapEnded(Timeout))
    "#]]);
}

#[test]
fn a_call_that_nobody_holds_is_recorded_by_its_own_id() {
    let mut world = World::new();
    world.dials("alice", "bob");
    world.report("bob", LegReport::Answered);
    world.report("alice", LegReport::Answered);
    world.forget();
    let call = world.engine.call_of_leg(world.leg("alice")).expect("they talk");
    let stranger = world.engine.record(call, ResourceId::from_u128(9), wav(false), world.now);
    world.say(&format!("stranger: cannot {}", stranger.expect_err("not theirs")));
    let view = world.engine.record(call, RESOURCE, wav(false), world.now).expect("it may");
    world.say("app -> engine  record");
    world.tapped(1, TapReport::Started);
    on_recording(&mut world, "stop", view.recording, ResourceId::from_u128(9));
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  stranger: cannot find the call
        0.000  engine -> media  tap1 records alice+bob
        0.000  app -> engine  record
        0.000  media -> engine  tap1 started
        0.000  engine -> app  RecordingStateChanged active (Completed)
        0.000  app -> engine  stop: cannot find the recording
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> bob  hangup
        0.000  engine -> media  stop tap1
        0.000  engine -> media  release
        0.000  engine -> app  RecordingStateChanged inactive (Completed)
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  ParticipantRemoved bob
        0.000  engine -> world  CallEnded by alice: HungUp after 0 s
    "#]]);
}

#[test]
fn nobody_is_recorded_before_they_talk() {
    let mut world = World::new();
    world.create(&["alice"]);
    world.forget();
    record(&mut world, false);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartRecording
        0.000  engine -> app  cannot record a call that is not established
    "#]]);
}

#[test]
fn whoever_joins_is_recorded_too() {
    let mut world = World::answered("customer");
    record(&mut world, false);
    world.add(add("agent"));
    world.forget();
    world.report("agent", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  agent -> engine  answered
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  tap1 now records agent+customer
        0.000  engine -> app  AddParticipantSucceeded agent (Completed; add agent)
        0.000  engine -> app  ParticipantsUpdated 2: customer, agent
        0.000  engine -> world  ParticipantAdded agent
    "#]]);
}
