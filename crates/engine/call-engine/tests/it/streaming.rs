//! The sound of a call on the application's WebSocket: when it begins and ends, and what is told of it.

use call_engine::{CallOptions, EndCause, LegReport, StreamingOptions, Switch};
use expect_test::expect;
use media_plan::{TapEnd, TapReport};

use crate::world::{World, add, ended, hold, transfer, who};

fn wanting(start: bool) -> CallOptions {
    let streaming = StreamingOptions {
        url: "wss://app/sound".into(),
        unmixed: false,
        rate_hz: 16_000,
        bidirectional: true,
        keys: true,
        loopback: false,
        start,
    };
    CallOptions { streaming: Some(streaming), ..CallOptions::default() }
}

fn switch(context: &str) -> Switch {
    Switch { operation_context: Some(context.into()), callback: None }
}

fn start(world: &mut World) {
    world.ask("StartMediaStreaming", |call| call.start_streaming(switch("start")));
}

fn stop(world: &mut World) {
    world.ask("StopMediaStreaming", |call| call.stop_streaming(switch("stop")));
}

#[test]
fn it_begins_with_the_call_and_ends_before_it() {
    let mut world = World::new();
    world.calls("customer");
    world.answer_wanting(wanting(true));
    world.forget();
    world.report("customer", LegReport::Answered);
    world.tapped(1, TapReport::Started);
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  customer -> engine  answered
        0.000  engine -> media  customer hears nobody
        0.000  engine -> media  tap1 streams customer
        0.000  engine -> app  CallConnected (Completed; answer)
        0.000  engine -> app  ParticipantsUpdated 1: customer
        0.000  engine -> world  CallStarted by customer
        0.000  engine -> world  ParticipantAdded customer
        0.000  media -> engine  tap1 started
        0.000  engine -> app  MediaStreamingStarted (Completed; answer)
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  stop tap1
        0.000  engine -> media  release
        0.000  engine -> app  MediaStreamingStopped (Completed; answer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: HungUp after 0 s
    "#]]);
}

#[test]
fn it_is_started_and_stopped_as_often_as_one_likes_and_never_twice() {
    let mut world = World::answered_wanting("customer", wanting(false));
    stop(&mut world);
    start(&mut world);
    start(&mut world);
    world.tapped(1, TapReport::Started);
    start(&mut world);
    stop(&mut world);
    stop(&mut world);
    start(&mut world);
    world.tapped(2, TapReport::Started);
    world.ladder(expect![[r#"
        0.000  app -> engine  StopMediaStreaming
        0.000  engine -> app  cannot stop or change what does not run
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap1 streams customer
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> app  cannot start what runs already
        0.000  media -> engine  tap1 started
        0.000  engine -> app  MediaStreamingStarted (Completed; start)
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> app  cannot start what runs already
        0.000  app -> engine  StopMediaStreaming
        0.000  engine -> media  stop tap1
        0.000  engine -> app  MediaStreamingStopped (Completed; stop)
        0.000  app -> engine  StopMediaStreaming
        0.000  engine -> app  cannot stop or change what does not run
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap2 streams customer
        0.000  media -> engine  tap2 started
        0.000  engine -> app  MediaStreamingStarted (Completed; start)
    "#]]);
}

#[test]
fn it_must_be_set_up_with_the_call() {
    let mut world = World::answered("customer");
    start(&mut world);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> app  cannot stream or transcribe: it was not configured when the call was made, answered or connected to
    "#]]);
}

#[test]
fn it_follows_whoever_comes_and_goes_and_is_heard() {
    let mut world = World::answered_wanting("customer", wanting(false));
    start(&mut world);
    world.tapped(1, TapReport::Started);
    world.add(add("agent"));
    world.report("agent", LegReport::Answered);
    world.ask("Hold customer", |call| call.hold(hold("customer")));
    world.ask("Unhold customer", |call| call.unhold(&who("customer")));
    world.ask("Mute agent", |call| {
        call.mute(call_engine::Mute { participants: vec![who("agent")], operation_context: None })
    });
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap1 streams customer
        0.000  media -> engine  tap1 started
        0.000  engine -> app  MediaStreamingStarted (Completed; start)
        0.000  app -> engine  AddParticipant agent
        0.000  engine -> agent  dial for 20 s as +14255550100
        0.000  agent -> engine  answered
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  tap1 now streams agent+customer
        0.000  engine -> app  AddParticipantSucceeded agent (Completed; add agent)
        0.000  engine -> app  ParticipantsUpdated 2: customer, agent
        0.000  engine -> world  ParticipantAdded agent
        0.000  app -> engine  Hold customer
        0.000  engine -> media  play1 hold music to customer over and over
        0.000  engine -> media  agent hears nobody
        0.000  engine -> media  tap1 now streams agent
        0.000  engine -> app  ParticipantsUpdated 3: customer held, agent
        0.000  app -> engine  Unhold customer
        0.000  engine -> media  stop play1
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> media  tap1 now streams agent+customer
        0.000  engine -> app  ParticipantsUpdated 4: customer, agent
        0.000  app -> engine  Mute agent
        0.000  engine -> media  agent hears customer, customer hears nobody
        0.000  engine -> media  tap1 now streams customer
        0.000  engine -> app  ParticipantsUpdated 5: customer, agent muted
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> media  agent hears nobody
        0.000  engine -> media  tap1 now streams nobody
        0.000  engine -> app  ParticipantsUpdated 6: agent muted
        0.000  engine -> world  ParticipantRemoved customer
    "#]]);
}

#[test]
fn a_socket_that_cannot_be_had_or_is_lost_is_told() {
    let mut world = World::answered_wanting("customer", wanting(false));
    start(&mut world);
    world.tapped(1, TapReport::Ended(TapEnd::Unreachable));
    start(&mut world);
    world.tapped(2, TapReport::Started);
    // Lost, and back.
    world.tapped(2, TapReport::Started);
    world.tapped(2, TapReport::Ended(TapEnd::Interrupted));
    start(&mut world);
    world.tapped(3, TapReport::Started);
    world.tapped(3, TapReport::Ended(TapEnd::Closed));
    // Nobody ever says anything about the fourth.
    start(&mut world);
    world.wait(31);
    // A word about one that is over changes nothing.
    world.tapped(4, TapReport::Started);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap1 streams customer
        0.000  media -> engine  tap1 ended(unreachable)
        0.000  engine -> app  MediaStreamingFailed (TapEnded(Unreachable); start)
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap2 streams customer
        0.000  media -> engine  tap2 started
        0.000  engine -> app  MediaStreamingStarted (Completed; start)
        0.000  media -> engine  tap2 started
        0.000  engine -> app  MediaStreamingStarted again (Completed; start)
        0.000  media -> engine  tap2 ended(interrupted)
        0.000  engine -> app  MediaStreamingFailed (TapEnded(Interrupted); start)
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap3 streams customer
        0.000  media -> engine  tap3 started
        0.000  engine -> app  MediaStreamingStarted (Completed; start)
        0.000  media -> engine  tap3 ended(closed)
        0.000  engine -> app  MediaStreamingStopped (TapEnded(Closed); start)
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap4 streams customer
        30.000  engine -> media  stop tap4
        30.000  engine -> app  MediaStreamingFailed (TapEnded(Timeout); start)
        31.000  media -> engine  tap4 started
    "#]]);
}

#[test]
fn one_that_is_being_started_when_it_is_stopped_has_failed() {
    let mut world = World::answered_wanting("customer", wanting(false));
    start(&mut world);
    stop(&mut world);
    world.tapped(1, TapReport::Started);
    world.ladder(expect![[r#"
        0.000  app -> engine  StartMediaStreaming
        0.000  engine -> media  tap1 streams customer
        0.000  app -> engine  StopMediaStreaming
        0.000  engine -> media  stop tap1
        0.000  engine -> app  MediaStreamingFailed (Canceled; start)
        0.000  engine -> app  MediaStreamingStopped (Completed; stop)
        0.000  media -> engine  tap1 started
    "#]]);
}

#[test]
fn it_ends_when_the_application_leaves_two_who_talk() {
    let mut world = World::answered_wanting("customer", wanting(false));
    world.add(add("agent"));
    world.report("agent", LegReport::Answered);
    start(&mut world);
    world.tapped(1, TapReport::Started);
    world.forget();
    world.hang_up();
    world.ladder(expect![[r#"
        0.000  app -> engine  HangUp
        0.000  engine -> media  stop tap1
        0.000  engine -> app  MediaStreamingStopped (Completed; start)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
    "#]]);
}

#[test]
fn it_ends_when_the_caller_is_transferred_away() {
    let mut world = World::answered_wanting("customer", wanting(false));
    start(&mut world);
    world.tapped(1, TapReport::Started);
    world.ask("Transfer", |call| call.transfer(transfer("agent", None)));
    world.forget();
    world.report("agent", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  agent -> engine  answered
        0.000  engine -> media  stop tap1
        0.000  engine -> media  agent hears customer, customer hears agent
        0.000  engine -> app  CallTransferAccepted customer to agent (Completed; transfer)
        0.000  engine -> app  MediaStreamingStopped (Completed; start)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantAdded agent
    "#]]);
}
