//! A call that happens again, and one that does not.

use exchange::{CommandError, Limits};
use expect_test::expect;
use journal::{Excerpt, Item, Ladder, Output, Picture, Reveal, Verdict, What, replay};

use crate::world::World;

fn one_call() -> Excerpt {
    let mut world = World::new(Limits::default(), Vec::new());
    world.whole_call();
    Excerpt::all(world.scribe.sink()).pop().expect("one call")
}

#[test]
fn a_call_that_happens_again_is_equal_and_its_ladder_shows_nobody() {
    let excerpt = one_call();
    let lines = Ladder::new(Reveal::Nothing).lines(&excerpt);
    let text = format!("ladder:\n{}", Picture::text(&lines));
    expect![[r#"
        ladder:
                 ms  UTC                app   events    media ringdown     leg1
                0.0  13:40:02.123         │        │        │        ◀────────┤  INVITE +…0100 from +…3456 by this platform
                0.0  13:40:02.123         │        │        │        ├────────▶  180 Ringing
                0.0  13:40:02.123         │        ◀────────┼────────┤        │  IncomingCall to +…0100 from +…3456
                0.0  13:40:02.123         ├────────┼────────┼────────▶        │  Answer
                0.0  13:40:02.123         │        │        │        ├────────▶  200 OK
                0.0  13:40:02.123         ◀────────┼────────┼────────┤        │  connection 00000000-f2f9-44a0-eb0f-21f0c029dc60 (Connecting)
                0.0  13:40:02.123         │        │        │        ◀────────┤  ACK
                0.0  13:40:02.123         │        │        ◀────────┤        │  leg1 hears nobody
                0.0  13:40:02.123         ◀────────┼────────┼────────┤        │  CallConnected: Completed
                0.0  13:40:02.123         ◀────────┼────────┼────────┤        │  ParticipantsUpdated 1: +…3456
                0.0  13:40:02.123         │        ◀────────┼────────┤        │  CallStarted
                0.0  13:40:02.123         │        ◀────────┼────────┤        │  CallParticipantAdded +…3456
                0.0  13:40:02.123         │        │        │        ◀────────┤  BYE
                0.0  13:40:02.123         │        │        ◀────────┤        │  release
                0.0  13:40:02.123         ◀────────┼────────┼────────┤        │  CallDisconnected: CallEnded
                0.0  13:40:02.123         │        ◀────────┼────────┤        │  CallParticipantRemoved +…3456
                0.0  13:40:02.123         │        ◀────────┼────────┤        │  CallEnded: HungUp after 0.0 s
                0.0  13:40:02.123         │        │        │        ●        │  call record: HungUp by +…3456, 0.0 s connected
    "#]].assert_eq(&text);
    assert_eq!(replay(&excerpt), Verdict::Equal { inputs: 4, outputs: 13 });
}

#[test]
fn an_engine_that_does_something_else_is_told_where() {
    let mut excerpt = one_call();
    let entry = excerpt.items.iter_mut().rev().find_map(|item| match item {
        Item::Entry(entry) => Some(entry),
        Item::Setting(_) | Item::Gap(_) => None,
    });
    let entry = entry.expect("it has entries");
    let removed = entry.body.outputs.remove(0);
    let sequence = entry.head.sequence;
    let Verdict::Differs(difference) = replay(&excerpt) else { panic!("it is not the same") };
    assert_eq!(difference.sequence, sequence);
    assert_eq!(difference.now, What::Output(Box::new(removed)));
}

#[test]
fn a_call_that_was_one_too_many_is_refused_again_without_the_others() {
    let limits = Limits { calls: 1, ..Limits::default() };
    let mut world = World::new(limits, Vec::new());
    world.call();
    world.call();
    let excerpts = Excerpt::all(world.scribe.sink());
    assert_eq!(excerpts.len(), 2);
    for excerpt in excerpts {
        assert!(matches!(replay(&excerpt), Verdict::Equal { .. }));
    }
}

#[test]
fn a_call_that_was_forgotten_before_its_time_is_not_found_again() {
    let mut world = World::new(Limits::default(), Vec::new());
    let (_, first) = world.whole_call();
    assert_eq!(world.hang_up(first.connection), Err(CommandError::AlreadyTerminated));
    for _ in 0..10_000 {
        world.whole_call();
    }
    assert_eq!(world.hang_up(first.connection), Err(CommandError::CallNotFound));
    let mut excerpts = Excerpt::all(world.scribe.sink());
    excerpts.retain(|excerpt| excerpt.calls.contains(&first.call));
    for excerpt in excerpts {
        assert!(matches!(replay(&excerpt), Verdict::Equal { .. }));
    }
}

#[test]
fn a_call_without_its_beginning_cannot_be_replayed() {
    let mut excerpt = one_call();
    let first = excerpt.items.iter().position(|item| matches!(item, Item::Entry(_)));
    excerpt.items.remove(first.expect("it has entries"));
    let Verdict::Unknown(why) = replay(&excerpt) else { panic!("nobody can know") };
    assert!(why.contains("began"), "{why}");
}

#[test]
fn a_difference_after_a_gap_may_come_from_it() {
    let mut excerpt = one_call();
    let Some(Item::Entry(_)) = excerpt.items.get(2) else { panic!("the answer of the application") };
    excerpt.items[2] = Item::Gap(1);
    let Verdict::Unknown(why) = replay(&excerpt) else { panic!("nobody can know") };
    assert!(why.starts_with("1 inputs were not kept"), "{why}");
}

#[test]
fn what_is_written_down_reads_back_as_it_was() {
    let excerpt = one_call();
    let outputs = excerpt.entries().flat_map(|entry| &entry.body.outputs);
    let record = outputs.rev().find_map(|output| match output {
        Output::Record(record) => Some(record),
        Output::Leg(..) | Output::Media(..) | Output::Event(_) | Output::Notice(_) => None,
    });
    assert_eq!(record.map(|record| record.participants.len()), Some(1));
}
