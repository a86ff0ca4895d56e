//! For every way in which a leg can end, and for every race: which events, with which outcome.

use call_engine::{EndCause, LegReport};
use expect_test::{Expect, expect};

use crate::world::{World, add, ended, event_text, transfer};

/// What an application did when it happened.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Create,
    Add,
    Transfer,
}

const VERBS: [Verb; 3] = [Verb::Create, Verb::Add, Verb::Transfer];

fn begun(verb: Verb) -> World {
    let mut world = match verb {
        Verb::Create => World::new(),
        Verb::Add | Verb::Transfer => World::answered("customer"),
    };
    match verb {
        Verb::Create => {
            world.create(&["alice"]);
        }
        Verb::Add => world.add(add("alice")),
        Verb::Transfer => {
            world.ask("Transfer", |call| call.transfer(transfer("alice", None)));
        }
    }
    world.forget();
    world
}

/// The events that follow from a story, for each verb.
fn check(story: &str, tell: impl Fn(&mut World, Verb), expected: Expect) {
    let mut table = format!("{story}\n");
    for verb in VERBS {
        let mut world = begun(verb);
        tell(&mut world, verb);
        let events: Vec<String> = world.events.iter().map(event_text).collect();
        table += &format!("  {verb:?}: {}\n", events.join(", "));
    }
    expected.assert_eq(&table);
}

#[test]
fn every_final_answer() {
    let causes = [
        EndCause::Declined,
        EndCause::Busy,
        EndCause::NoAnswer,
        EndCause::Canceled,
        EndCause::Unavailable,
        EndCause::NotFound,
        EndCause::Forbidden,
        EndCause::NotAcceptable,
        EndCause::Unreachable,
        EndCause::Overloaded,
        EndCause::HungUp,
        EndCause::MediaLost,
    ];
    let mut table = String::new();
    for cause in causes {
        for verb in VERBS {
            let mut world = begun(verb);
            world.report("alice", LegReport::Ringing);
            world.report("alice", ended(cause));
            let events: Vec<String> = world.events.iter().map(event_text).collect();
            let verb = format!("{verb:?}");
            let cause = format!("{cause:?}");
            table += &format!("{cause:<13}  {verb:<8}  {}\n", events.join(", "));
        }
    }
    expect![[r#"
        Declined       Create    CreateCallFailed (LegEnded(Declined); create)
        Declined       Add       AddParticipantFailed alice (LegEnded(Declined); add alice)
        Declined       Transfer  CallTransferFailed (LegEnded(Declined); transfer)
        Busy           Create    CreateCallFailed (LegEnded(Busy); create)
        Busy           Add       AddParticipantFailed alice (LegEnded(Busy); add alice)
        Busy           Transfer  CallTransferFailed (LegEnded(Busy); transfer)
        NoAnswer       Create    CreateCallFailed (LegEnded(NoAnswer); create)
        NoAnswer       Add       AddParticipantFailed alice (LegEnded(NoAnswer); add alice)
        NoAnswer       Transfer  CallTransferFailed (LegEnded(NoAnswer); transfer)
        Canceled       Create    CreateCallFailed (LegEnded(Canceled); create)
        Canceled       Add       AddParticipantFailed alice (LegEnded(Canceled); add alice)
        Canceled       Transfer  CallTransferFailed (LegEnded(Canceled); transfer)
        Unavailable    Create    CreateCallFailed (LegEnded(Unavailable); create)
        Unavailable    Add       AddParticipantFailed alice (LegEnded(Unavailable); add alice)
        Unavailable    Transfer  CallTransferFailed (LegEnded(Unavailable); transfer)
        NotFound       Create    CreateCallFailed (LegEnded(NotFound); create)
        NotFound       Add       AddParticipantFailed alice (LegEnded(NotFound); add alice)
        NotFound       Transfer  CallTransferFailed (LegEnded(NotFound); transfer)
        Forbidden      Create    CreateCallFailed (LegEnded(Forbidden); create)
        Forbidden      Add       AddParticipantFailed alice (LegEnded(Forbidden); add alice)
        Forbidden      Transfer  CallTransferFailed (LegEnded(Forbidden); transfer)
        NotAcceptable  Create    CreateCallFailed (LegEnded(NotAcceptable); create)
        NotAcceptable  Add       AddParticipantFailed alice (LegEnded(NotAcceptable); add alice)
        NotAcceptable  Transfer  CallTransferFailed (LegEnded(NotAcceptable); transfer)
        Unreachable    Create    CreateCallFailed (LegEnded(Unreachable); create)
        Unreachable    Add       AddParticipantFailed alice (LegEnded(Unreachable); add alice)
        Unreachable    Transfer  CallTransferFailed (LegEnded(Unreachable); transfer)
        Overloaded     Create    CreateCallFailed (LegEnded(Overloaded); create)
        Overloaded     Add       AddParticipantFailed alice (LegEnded(Overloaded); add alice)
        Overloaded     Transfer  CallTransferFailed (LegEnded(Overloaded); transfer)
        HungUp         Create    CreateCallFailed (LegEnded(HungUp); create)
        HungUp         Add       AddParticipantFailed alice (LegEnded(HungUp); add alice)
        HungUp         Transfer  CallTransferFailed (LegEnded(HungUp); transfer)
        MediaLost      Create    CreateCallFailed (LegEnded(MediaLost); create)
        MediaLost      Add       AddParticipantFailed alice (LegEnded(MediaLost); add alice)
        MediaLost      Transfer  CallTransferFailed (LegEnded(MediaLost); transfer)
    "#]]
    .assert_eq(&table);
}

#[test]
fn answered() {
    check(
        "answered",
        |world, _| world.report("alice", LegReport::Answered),
        expect![[r#"
        answered
          Create: CallConnected (Completed; create), ParticipantsUpdated 1: alice
          Add: AddParticipantSucceeded alice (Completed; add alice), ParticipantsUpdated 2: customer, alice
          Transfer: CallTransferAccepted customer to alice (Completed; transfer), CallDisconnected (CallEnded; answer)
    "#]],
    );
}

#[test]
fn answered_and_gone_at_once() {
    check(
        "answered, then hung up",
        |world, _| {
            world.report("alice", LegReport::Answered);
            world.report("alice", ended(EndCause::HungUp));
        },
        expect![[r#"
            answered, then hung up
              Create: CallConnected (Completed; create), ParticipantsUpdated 1: alice, CallDisconnected (CallEnded; create)
              Add: AddParticipantSucceeded alice (Completed; add alice), ParticipantsUpdated 2: customer, alice, ParticipantsUpdated 3: customer
              Transfer: CallTransferAccepted customer to alice (Completed; transfer), CallDisconnected (CallEnded; answer)
        "#]],
    );
}

#[test]
fn nobody_answers_and_the_engine_gives_up() {
    check(
        "nobody answers for two minutes",
        |world, _| world.wait(120),
        expect![[r#"
        nobody answers for two minutes
          Create: CreateCallFailed (LegEnded(NoAnswer); create)
          Add: AddParticipantFailed alice (LegEnded(NoAnswer); add alice)
          Transfer: CallTransferFailed (LegEnded(NoAnswer); transfer)
    "#]],
    );
}

#[test]
fn the_answer_crosses_the_timeout() {
    check(
        "nobody answers in time, then an answer arrives",
        |world, _| {
            world.wait(120);
            world.report("alice", LegReport::Answered);
            world.report("alice", ended(EndCause::HungUp));
        },
        expect![[r#"
            nobody answers in time, then an answer arrives
              Create: CreateCallFailed (LegEnded(NoAnswer); create)
              Add: AddParticipantFailed alice (LegEnded(NoAnswer); add alice)
              Transfer: CallTransferFailed (LegEnded(NoAnswer); transfer)
        "#]],
    );
}

#[test]
fn the_application_leaves_while_it_rings() {
    check(
        "the application hangs up, then an answer arrives",
        |world, _| {
            world.hang_up();
            world.report("alice", LegReport::Answered);
            world.report("alice", ended(EndCause::HungUp));
        },
        expect![[r#"
            the application hangs up, then an answer arrives
              Create: CallDisconnected (LegEnded(Canceled); create)
              Add: AddParticipantFailed alice (Canceled; add alice), CallDisconnected (CallEnded; answer)
              Transfer: CallTransferFailed (Canceled; transfer), CallDisconnected (CallEnded; answer)
        "#]],
    );
}

#[test]
fn the_application_ends_everything_while_it_rings() {
    check(
        "the application terminates the call",
        |world, _| world.terminate(),
        expect![[r#"
        the application terminates the call
          Create: CallDisconnected (LegEnded(Canceled); create)
          Add: AddParticipantFailed alice (Canceled; add alice), CallDisconnected (CallEnded; answer)
          Transfer: CallTransferFailed (Canceled; transfer), CallDisconnected (CallEnded; answer)
    "#]],
    );
}

#[test]
fn the_customer_is_gone_while_it_rings() {
    check(
        "the customer hangs up, then alice answers",
        |world, verb| {
            if !matches!(verb, Verb::Create) {
                world.report("customer", ended(EndCause::HungUp));
            }
            world.report("alice", LegReport::Answered);
        },
        expect![[r#"
            the customer hangs up, then alice answers
              Create: CallConnected (Completed; create), ParticipantsUpdated 1: alice
              Add: AddParticipantFailed alice (ParticipantGone; add alice), CallDisconnected (CallEnded; answer)
              Transfer: CallTransferFailed (ParticipantGone; transfer), CallDisconnected (CallEnded; answer)
        "#]],
    );
}

#[test]
fn the_customer_and_the_answer_at_the_same_moment() {
    check(
        "alice answers, then the customer hangs up",
        |world, verb| {
            world.report("alice", LegReport::Answered);
            if !matches!(verb, Verb::Create) {
                world.report("customer", ended(EndCause::HungUp));
            }
        },
        expect![[r#"
            alice answers, then the customer hangs up
              Create: CallConnected (Completed; create), ParticipantsUpdated 1: alice
              Add: AddParticipantSucceeded alice (Completed; add alice), ParticipantsUpdated 2: customer, alice, ParticipantsUpdated 3: alice
              Transfer: CallTransferAccepted customer to alice (Completed; transfer), CallDisconnected (CallEnded; answer)
        "#]],
    );
}
