//! Connecting a participant with somebody else.

use call_engine::{CallState, EndCause, LegOutcome, LegReport, ReferOutcome, Transfer};
use expect_test::expect;

use crate::world::{RESOURCE, World, ended, hold, play, transfer};

#[test]
fn transfer_connects_the_customer_with_the_agent() {
    let mut world = World::answered("customer");
    world.play(play(&["music"]));
    world.forget();
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    let connection = world.connection.unwrap();
    let properties = world.engine.call(connection, RESOURCE, world.now).unwrap().properties();
    assert_eq!(properties.state, CallState::Transferring);
    world.wait(4);
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer to alice
        0.000  engine -> alice  dial for 60 s as anonymous
        4.000  alice -> engine  answered
        4.000  engine -> media  stop play1
        4.000  engine -> media  alice hears customer, customer hears alice
        4.000  engine -> app  PlayCanceled (Canceled; play music)
        4.000  engine -> app  CallTransferAccepted customer to alice (Completed; transfer)
        4.000  engine -> app  CallDisconnected (CallEnded; answer)
        4.000  engine -> world  ParticipantAdded alice
    "#]]);
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        4.000  customer -> engine  ended: HungUp
        4.000  engine -> alice  hangup
        4.000  engine -> media  release
        4.000  engine -> world  ParticipantRemoved customer
        4.000  engine -> world  ParticipantRemoved alice
        4.000  engine -> world  CallEnded by customer: HungUp after 4 s
    "#]]);
}

#[test]
fn transfer_lets_a_held_customer_talk() {
    let mut world = World::answered("customer");
    world.ask("Hold", |call| call.hold(hold("customer")));
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    world.forget();
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice -> engine  answered
        0.000  engine -> media  stop play1
        0.000  engine -> media  alice hears customer, customer hears alice
        0.000  engine -> app  CallTransferAccepted customer to alice (Completed; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantAdded alice
    "#]]);
}

#[test]
fn the_agent_declines_and_the_customer_stays() {
    let mut world = World::answered("customer");
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    world.forget();
    world.report("alice", ended(EndCause::Declined));
    world.ladder(expect![[r#"
        0.000  alice -> engine  ended: Declined
        0.000  engine -> app  CallTransferFailed (LegEnded(Declined); transfer)
    "#]]);
}

#[test]
fn the_agent_does_not_answer_in_sixty_seconds() {
    let mut world = World::answered("customer");
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    world.forget();
    world.wait(61);
    world.ladder(expect![[r#"
        60.000  engine -> alice  hangup
        60.000  engine -> app  CallTransferFailed (LegEnded(NoAnswer); transfer)
    "#]]);
}

#[test]
fn the_customer_leaves_while_the_agent_rings() {
    let mut world = World::answered("customer");
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    world.forget();
    world.report("customer", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  customer -> engine  ended: HungUp
        0.000  engine -> alice  hangup
        0.000  engine -> media  release
        0.000  engine -> app  CallTransferFailed (ParticipantGone; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by customer: HungUp after 0 s
    "#]]);
}

#[test]
fn one_of_a_group_moves_out_with_the_agent() {
    let mut world = World::group("customer", &["alice", "bob"]);
    world.ask("Transfer", |call| call.transfer(transfer("carol", None)));
    world.ask("Transfer alice to carol", |call| call.transfer(transfer("carol", Some("alice"))));
    world.report("carol", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer
        0.000  engine -> app  cannot tell who is to be transferred: the call has several participants
        0.000  app -> engine  Transfer alice to carol
        0.000  engine -> carol  dial for 60 s as anonymous
        0.000  carol -> engine  answered
        0.000  engine -> media  bob hears customer, customer hears bob
        0.000  engine -> media  alice hears carol, carol hears alice
        0.000  engine -> app  CallTransferAccepted alice to carol (Completed; transfer)
        0.000  engine -> app  ParticipantsUpdated 4: customer, bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  CallStarted by alice
        0.000  engine -> world  ParticipantAdded alice
        0.000  engine -> world  ParticipantAdded carol
    "#]]);
    world.report("carol", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  carol -> engine  ended: HungUp
        0.000  engine -> alice  hangup
        0.000  engine -> media  release
        0.000  engine -> world  ParticipantRemoved carol
        0.000  engine -> world  ParticipantRemoved alice
        0.000  engine -> world  CallEnded by carol: HungUp after 0 s
    "#]]);
    assert_eq!(world.engine.call_count(), 2);
    world.report("alice", ended(EndCause::HungUp));
    assert_eq!(world.engine.call_count(), 1);
}

#[test]
fn nobody_is_transferred_twice_at_a_time() {
    let mut world = World::answered("customer");
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    world.forget();
    world.ask("Transfer to bob", |call| call.transfer(transfer("bob", None)));
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer to bob
        0.000  engine -> app  CallTransferFailed (Canceled; transfer)
    "#]]);
}

const OUTSIDE: &str = "+4930123456";

/// A caller of the trunk is transferred to somebody behind the same trunk, which does such things itself.
fn referred() -> World {
    let mut world = World::answered_on_a_trunk("+4930999");
    world.ask("Transfer", |call| call.transfer(Transfer { by_refer: true, ..transfer(OUTSIDE, None) }));
    world
}

#[test]
fn a_trunk_takes_a_transferred_call_away() {
    let mut world = referred();
    world.wait(2);
    world.report("+4930999", LegReport::Referred(ReferOutcome::Succeeded));
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer
        0.000  engine -> +4930999  REFER to +4930123456 by +14255550100
        2.000  +4930999 -> engine  referred(succeeded)
        2.000  engine -> +4930999  hangup
        2.000  engine -> media  release
        2.000  engine -> app  CallTransferAccepted +4930999 to +4930123456 (Completed; transfer)
        2.000  engine -> app  CallDisconnected (CallEnded; answer)
        2.000  engine -> world  ParticipantRemoved +4930999
        2.000  engine -> world  CallEnded by +14255550100: HungUp after 2 s
    "#]]);
}

#[test]
fn where_a_trunk_does_not_refer_the_platform_calls() {
    let mut world = referred();
    world.forget();
    world.report("+4930999", LegReport::Referred(ReferOutcome::Refused));
    world.report(OUTSIDE, LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  +4930999 -> engine  referred(refused)
        0.000  engine -> +4930123456  dial for 60 s as +4930999
        0.000  +4930123456 -> engine  answered
        0.000  engine -> media  +4930123456 hears +4930999, +4930999 hears +4930123456
        0.000  engine -> app  CallTransferAccepted +4930999 to +4930123456 (Completed; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantAdded +4930123456
    "#]]);
}

#[test]
fn whom_a_trunk_could_not_reach_leaves_the_caller_with_the_application() {
    let mut world = referred();
    world.forget();
    let busy = LegOutcome::sip(EndCause::Busy, 486, "Busy Here");
    world.report("+4930999", LegReport::Referred(ReferOutcome::Failed(busy)));
    world.ladder(expect![[r#"
        0.000  +4930999 -> engine  referred(failed: Busy)
        0.000  engine -> app  CallTransferFailed (LegEnded(Busy); transfer)
    "#]]);
}

#[test]
fn a_trunk_that_says_nothing_of_a_transfer_has_failed() {
    let mut world = referred();
    world.forget();
    world.wait(80);
    world.ladder(expect![[r#"
        70.000  engine -> app  CallTransferFailed (LegEnded(NoAnswer); transfer)
    "#]]);
}

#[test]
fn a_caller_who_leaves_before_the_trunk_has_acted_ends_the_transfer() {
    let mut world = referred();
    world.forget();
    world.report("+4930999", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  +4930999 -> engine  ended: HungUp
        0.000  engine -> media  release
        0.000  engine -> app  CallTransferFailed (ParticipantGone; transfer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved +4930999
        0.000  engine -> world  CallEnded by +4930999: HungUp after 0 s
    "#]]);
}

#[test]
fn a_phone_is_never_asked_to_transfer_itself() {
    let mut world = World::answered("customer");
    world.ask("Transfer", |call| call.transfer(Transfer { by_refer: true, ..transfer(OUTSIDE, None) }));
    world.ladder(expect![[r#"
        0.000  app -> engine  Transfer
        0.000  engine -> +4930123456  dial for 60 s as anonymous
    "#]]);
}
