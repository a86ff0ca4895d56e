//! The accounts that calls leave.

use call_engine::{EndCause, LegOutcome, LegReport, LegRequest, Origin};
use exchange::Exchange;
use expect_test::{Expect, expect};
use identifier::LegId;

use crate::world::{NOW, RESOURCE, SERVICE_NUMBER, asked, exchange, invite, phone, trunk};

/// What is told of a call by all records there are.
#[track_caller]
fn check(exchange: &mut Exchange, expected: Expect) {
    let mut lines = Vec::new();
    while let Some(record) = exchange.poll_record() {
        let called: Vec<String> = record.called.iter().map(|one| one.raw_id()).collect();
        let whose = record
            .resource
            .map_or("nobody's", |resource| if resource == RESOURCE { "ours" } else { "somebody's" });
        lines.push(format!(
            "{} called {}: {:?}, {} participants, {whose}",
            record.started_by.raw_id(),
            called.join(" and "),
            record.cause,
            record.participants.len()
        ));
    }
    expected.assert_eq(&lines.join("\n"));
}

fn ended(cause: EndCause) -> LegReport {
    LegReport::Ended(LegOutcome::local(cause))
}

/// The leg that was dialled.
fn dialled(exchange: &mut Exchange) -> LegId {
    std::iter::from_fn(|| exchange.poll_leg())
        .find_map(|(_, leg, request)| matches!(request, LegRequest::Dial(_)).then_some(leg))
        .unwrap()
}

#[test]
fn a_phone_calls_a_phone() {
    let mut exchange = exchange();
    let alice = invite(&mut exchange, 1, phone(1), "bob");
    let bob = dialled(&mut exchange);
    exchange.handle_leg(bob, LegReport::Answered, NOW);
    exchange.handle_leg(alice, LegReport::Answered, NOW);
    assert_eq!(exchange.poll_record(), None);
    exchange.handle_leg(bob, ended(EndCause::HungUp), NOW);
    check(
        &mut exchange,
        expect![
            "4:+4930999 called 8:acs:00000000-0000-0000-0000-000000000001_00000000-0000-0000-0000-000000000002: HungUp, 2 participants, ours"
        ],
    );
}

#[test]
fn a_caller_gives_up() {
    let mut exchange = exchange();
    let alice = invite(&mut exchange, 1, phone(1), SERVICE_NUMBER);
    exchange.handle_leg(alice, ended(EndCause::Canceled), NOW);
    check(&mut exchange, expect!["4:+4930999 called 4:+14255550100: Canceled, 0 participants, ours"]);
}

#[test]
fn the_dial_plan_refuses() {
    let mut exchange = exchange();
    invite(&mut exchange, 1, phone(2), "+4930123456");
    invite(&mut exchange, 2, trunk(), "+4930123456");
    invite(&mut exchange, 3, phone(1), "nobody");
    asked(&mut exchange);
    check(
        &mut exchange,
        expect![[r#"
            4:+4930999 called 4:+4930123456: Forbidden, 0 participants, ours
            4:+4930999 called 4:+4930123456: Forbidden, 0 participants, nobody's
            4:+4930999 called nobody: NotFound, 0 participants, ours"#]],
    );
}

#[test]
fn strangers_leave_no_trace_of_what_they_try() {
    let mut exchange = exchange();
    invite(&mut exchange, 1, Origin::Stranger, "alice");
    check(&mut exchange, expect![""]);
}
