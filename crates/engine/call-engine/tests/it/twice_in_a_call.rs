//! One user in one call from two phones.

use call_engine::{LegReport, Limits, Mute};
use expect_test::expect;

use crate::world::{World, add, hold, name, remove, who};

/// Alice is in a call from her desk, and takes the place of the customer with her mobile.
fn alice_twice() -> World {
    let mut world = World::group("customer", &["alice"]);
    world.call_it("alice", "alice's desk");
    world.replaces("alice", "customer");
    world.report("alice", LegReport::Answered);
    world
}

#[test]
fn each_of_the_two_has_a_name() {
    let mut world = alice_twice();
    world.ladder(expect![[r#"
        0.000  alice -> engine  calls
        0.000  engine -> alice  answer
        0.000  alice -> engine  answered
        0.000  engine -> customer  hangup
        0.000  engine -> media  alice hears alice's desk, alice's desk hears alice
        0.000  engine -> app  ParticipantsUpdated 3: alice.2, alice
        0.000  engine -> world  ParticipantRemoved customer
        0.000  engine -> world  ParticipantAdded alice.2
    "#]]);
}

#[test]
fn each_of_the_two_is_asked_for_alone() {
    let mut world = alice_twice();
    world.forget();
    let mute = Mute { participants: vec![who("alice.2")], operation_context: None };
    world.ask("Mute alice.2", |call| call.mute(mute));
    world.ask("Hold alice", |call| call.hold(hold("alice")));
    world.ask("Remove alice", |call| call.remove_participant(remove("alice")));
    world.ladder(expect![[r#"
        0.000  app -> engine  Mute alice.2
        0.000  engine -> media  alice hears alice's desk, alice's desk hears nobody
        0.000  engine -> app  ParticipantsUpdated 4: alice.2 muted, alice
        0.000  app -> engine  Hold alice
        0.000  engine -> media  play1 hold music to alice's desk over and over
        0.000  engine -> media  alice hears nobody
        0.000  engine -> app  ParticipantsUpdated 5: alice.2 muted, alice held
        0.000  app -> engine  Remove alice
        0.000  engine -> alice's desk  dismiss
        0.000  engine -> media  stop play1
        0.000  engine -> app  ParticipantsUpdated 6: alice.2 muted
        0.000  engine -> world  ParticipantRemoved alice
    "#]]);
}

#[test]
fn somebody_whose_name_was_taken_while_their_phone_rang_is_added_under_another() {
    let mut world = World::group("customer", &["bob"]);
    world.add(add("alice"));
    world.call_it("alice", "alice's desk");
    world.replaces("alice", "customer");
    world.report("alice", LegReport::Answered);
    world.forget();
    world.report("alice's desk", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice's desk -> engine  answered
        0.000  engine -> media  alice hears alice's desk+bob, alice's desk hears alice+bob, bob hears alice+alice's desk
        0.000  engine -> app  AddParticipantSucceeded alice.2 (Completed; add alice)
        0.000  engine -> app  ParticipantsUpdated 4: alice, bob, alice.2
        0.000  engine -> world  ParticipantAdded alice.2
    "#]]);
}

#[test]
fn the_same_number_is_called_a_second_time_where_that_is_allowed() {
    let mut world = World::with(Limits { same_number_twice: true, ..Limits::default() });
    world.calls("customer");
    world.answer();
    world.report("customer", LegReport::Answered);
    world.add(add("+4930111"));
    world.report("+4930111", LegReport::Answered);
    world.call_it("+4930111", "the first");
    world.add(add("+4930111"));
    world.report("+4930111", LegReport::Answered);
    let people = world.ask("participants", |call| Ok::<_, std::fmt::Error>(call.participants()));
    let names: Vec<String> = people.into_iter().flatten().map(|one| name(&one.identifier)).collect();
    assert_eq!(names, ["customer", "+4930111", "+4930111_2"]);
}
