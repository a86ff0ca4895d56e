//! Bringing somebody in, and changing one's mind.

use call_engine::{EndCause, LegReport};
use expect_test::expect;

use crate::world::{World, add, ended, remove};

#[test]
fn the_agent_answers() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.wait(1);
    world.report("alice", LegReport::Ringing);
    world.wait(3);
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant alice
        0.000  engine -> alice  dial for 20 s as +14255550100
        1.000  alice -> engine  ringing
        4.000  alice -> engine  answered
        4.000  engine -> media  alice hears customer, customer hears alice
        4.000  engine -> app  AddParticipantSucceeded alice (Completed; add alice)
        4.000  engine -> app  ParticipantsUpdated 2: customer, alice
        4.000  engine -> world  ParticipantAdded alice
    "#]]);
}

#[test]
fn the_agent_does_not_answer_in_time() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.wait(25);
    world.report("alice", ended(EndCause::Canceled));
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant alice
        0.000  engine -> alice  dial for 20 s as +14255550100
        20.000  engine -> alice  hangup
        20.000  engine -> app  AddParticipantFailed alice (LegEnded(NoAnswer); add alice)
        25.000  alice -> engine  ended: Canceled
    "#]]);
}

#[test]
fn without_a_limit_the_public_network_has_115_seconds_and_a_phone_60() {
    let mut world = World::answered("customer");
    for name in ["alice", "+4930123456"] {
        let mut request = add(name);
        request.ring_for = None;
        world.add(request);
    }
    world.wait(120);
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant alice
        0.000  engine -> alice  dial for 60 s as +14255550100
        0.000  app -> engine  AddParticipant +4930123456
        0.000  engine -> +4930123456  dial for 115 s as +14255550100
        60.000  engine -> alice  hangup
        60.000  engine -> app  AddParticipantFailed alice (LegEnded(NoAnswer); add alice)
        115.000  engine -> +4930123456  hangup
        115.000  engine -> app  AddParticipantFailed +4930123456 (LegEnded(NoAnswer); add +4930123456)
    "#]]);
}

#[test]
fn the_application_changes_its_mind() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.wait(2);
    world.cancel_add();
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant alice
        0.000  engine -> alice  dial for 20 s as +14255550100
        2.000  app -> engine  CancelAddParticipant
        2.000  engine -> alice  hangup
        2.000  engine -> app  CancelAddParticipantSucceeded (Completed; cancel)
    "#]]);
    // The answer crossed our CANCEL: it is too late, and nobody hears of it.
    world.report("alice", LegReport::Answered);
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        2.000  alice -> engine  answered
        2.000  alice -> engine  ended: HungUp
    "#]]);
}

#[test]
fn the_application_changes_its_mind_too_late() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.report("alice", LegReport::Answered);
    world.forget();
    world.cancel_add();
    world.ladder(expect![[r#"
        0.000  app -> engine  CancelAddParticipant
        0.000  engine -> app  CancelAddParticipantFailed (ParticipantGone; cancel)
    "#]]);
}

#[test]
fn nobody_is_added_twice() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.forget();
    world.add(add("alice"));
    world.add(add("customer"));
    world.ladder(expect![[r#"
        0.000  app -> engine  AddParticipant alice
        0.000  engine -> app  cannot add a participant who is already in the call
        0.000  app -> engine  AddParticipant customer
        0.000  engine -> app  cannot add a participant who is already in the call
    "#]]);
}

#[test]
fn somebody_is_sent_out() {
    let mut world = World::group("customer", &["alice"]);
    world.ask("RemoveParticipant bob", |call| call.remove_participant(remove("bob")));
    world.ask("RemoveParticipant alice", |call| call.remove_participant(remove("alice")));
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  RemoveParticipant bob
        0.000  engine -> app  cannot find the participant in the call
        0.000  app -> engine  RemoveParticipant alice
        0.000  engine -> alice  dismiss
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: customer
        0.000  engine -> world  ParticipantRemoved alice
        0.000  alice -> engine  ended: HungUp
        0.000  engine -> app  RemoveParticipantSucceeded alice (Completed; remove alice)
    "#]]);
    world.ask("RemoveParticipant customer", |call| call.remove_participant(remove("customer")));
    world.ladder(expect![[r#"
        0.000  app -> engine  RemoveParticipant customer
        0.000  engine -> customer  dismiss
        0.000  engine -> media  release
        0.000  engine -> app  RemoveParticipantSucceeded customer (Completed; remove customer)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
    "#]]);
}

#[test]
fn whoever_is_sent_out_and_never_hangs_up_is_out_all_the_same_and_the_application_knows() {
    let mut world = World::group("customer", &["alice", "bob"]);
    world.ask("RemoveParticipant alice", |call| call.remove_participant(remove("alice")));
    world.ask("RemoveParticipant bob", |call| call.remove_participant(remove("bob")));
    world.ask("RemoveParticipant bob", |call| call.remove_participant(remove("bob")));
    world.wait(32);
    world.report("alice", ended(EndCause::Unreachable));
    world.wait(40);
    world.ladder(expect![[r#"
        0.000  app -> engine  RemoveParticipant alice
        0.000  engine -> alice  dismiss
        0.000  engine -> media  bob hears customer, customer hears bob
        0.000  engine -> app  ParticipantsUpdated 4: customer, bob
        0.000  engine -> world  ParticipantRemoved alice
        0.000  app -> engine  RemoveParticipant bob
        0.000  engine -> bob  dismiss
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  ParticipantsUpdated 5: customer
        0.000  engine -> world  ParticipantRemoved bob
        0.000  app -> engine  RemoveParticipant bob
        0.000  engine -> app  cannot find the participant in the call
        32.000  alice -> engine  ended: Unreachable
        32.000  engine -> app  RemoveParticipantFailed alice (LegEnded(Unreachable); remove alice)
        64.000  engine -> app  RemoveParticipantFailed bob (LegEnded(Unreachable); remove bob)
    "#]]);
}

#[test]
fn a_call_that_ends_while_somebody_is_sent_out_says_so_before_its_end() {
    let mut world = World::group("customer", &["alice"]);
    world.ask("RemoveParticipant alice", |call| call.remove_participant(remove("alice")));
    world.terminate();
    world.report("alice", ended(EndCause::HungUp));
    world.ladder(expect![[r#"
        0.000  app -> engine  RemoveParticipant alice
        0.000  engine -> alice  dismiss
        0.000  engine -> media  customer hears nobody
        0.000  engine -> app  ParticipantsUpdated 3: customer
        0.000  engine -> world  ParticipantRemoved alice
        0.000  app -> engine  Terminate
        0.000  engine -> customer  hangup
        0.000  engine -> media  release
        0.000  engine -> app  RemoveParticipantSucceeded alice (Completed; remove alice)
        0.000  engine -> app  CallDisconnected (CallEnded; answer)
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  CallEnded by +14255550100: HungUp after 0 s
        0.000  alice -> engine  ended: HungUp
    "#]]);
}
