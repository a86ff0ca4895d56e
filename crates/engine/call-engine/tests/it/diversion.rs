//! Calls that are sent on: who is told for whom they were meant, and where that ends.

use call_engine::{Diversion, EndCause, Invitation, LegReport};
use expect_test::expect;
use redact::Pii;

use crate::world::{RESOURCE, SERVICE_NUMBER, World, add, transfer};

fn told(world: &World) -> Vec<String> {
    let one = |diversion: &Diversion| {
        let called =
            diversion.called.as_ref().map_or("nobody".to_owned(), |called| called.expose().to_string());
        format!("{called} {:?}", diversion.reason)
    };
    world.diversions.iter().map(one).collect()
}

fn diverted(caller: &str, diversions: Vec<Diversion>) -> Invitation {
    Invitation { diversions, ..World::invitation(caller) }
}

#[test]
fn whom_an_application_redirects_to_learns_the_number_that_was_dialled() {
    let mut world = World::new();
    world.calls("customer");
    world.redirect("alice").unwrap();
    assert_eq!(told(&world), [format!("{SERVICE_NUMBER} Deflection")]);
}

#[test]
fn what_the_carrier_told_comes_first() {
    let mut world = World::new();
    world.offers("customer", diverted("customer", vec![Diversion::deflected("+4930100")]));
    world.redirect("alice").unwrap();
    assert_eq!(told(&world), ["+4930100 Deflection".to_owned(), format!("{SERVICE_NUMBER} Deflection")]);
}

#[test]
fn two_service_numbers_are_told_in_their_order() {
    let mut world = World::new();
    world.calls("customer");
    world.redirect_to_service(RESOURCE, RESOURCE).unwrap();
    world.redirect("alice").unwrap();
    assert_eq!(told(&world), [format!("{SERVICE_NUMBER} Deflection"), "+14255550200 Deflection".to_owned()]);
}

#[test]
fn the_target_of_a_transfer_learns_whom_the_caller_had_called() {
    let mut world = World::answered("customer");
    world.ask("Transfer to alice", |call| call.transfer(transfer("alice", None)));
    assert_eq!(told(&world), [format!("{SERVICE_NUMBER} Deflection")]);
}

#[test]
fn who_is_asked_in_was_called_in_the_first_place() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    assert_eq!(told(&world), [""; 0]);
}

#[test]
fn a_phone_sends_its_call_elsewhere() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.forget();
    world.moves("alice", Some("bob"));
    world.report("alice", LegReport::Ringing);
    world.report("alice", LegReport::Answered);
    world.ladder(expect![[r#"
        0.000  alice -> engine  moved to bob
        0.000  engine -> alice  divert to bob
        0.000  alice -> engine  ringing
        0.000  alice -> engine  answered
        0.000  engine -> media  alice hears customer, customer hears alice
        0.000  engine -> app  AddParticipantSucceeded alice (Completed; add alice)
        0.000  engine -> app  ParticipantsUpdated 2: customer, alice
        0.000  engine -> world  ParticipantAdded alice
    "#]]);
}

#[test]
fn a_phone_cannot_send_its_call_where_the_dial_plan_does_not_let_it() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.forget();
    world.moves("alice", None);
    world.ladder(expect![[r#"
        0.000  alice -> engine  moved to nowhere
        0.000  engine -> alice  hangup
        0.000  engine -> app  AddParticipantFailed alice (LegEnded(Unavailable); add alice)
    "#]]);
}

#[test]
fn phones_that_send_their_calls_to_each_other_do_so_five_times() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    for _ in 0..5 {
        world.moves("alice", Some("bob"));
    }
    world.forget();
    world.moves("alice", Some("bob"));
    world.ladder(expect![[r#"
        0.000  alice -> engine  moved to bob
        0.000  engine -> alice  hangup
        0.000  engine -> app  AddParticipantFailed alice (LegEnded(Unavailable); add alice)
    "#]]);
}

#[test]
fn without_a_word_from_the_dial_plan_a_call_goes_nowhere_else() {
    let mut world = World::answered("customer");
    world.add(add("alice"));
    world.report("alice", LegReport::Moved { target: Pii::new("bob".into()) });
    assert!(world.events.iter().any(|event| {
        let leg = event.result.as_ref().and_then(|result| result.leg.as_ref());
        leg.is_some_and(|leg| leg.cause == EndCause::Unavailable)
    }));
}
