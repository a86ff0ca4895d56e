//! Calls that arrive: whom they reach.

use call_engine::{Diversion, EndCause, LegOutcome, LegReport, MOST_DIVERSIONS, Origin};
use expect_test::{Expect, expect};
use redact::Pii;

use crate::world::{NOW, SERVICE_NUMBER, asked, exchange, invite, invite_diverted, offered, phone, trunk};

#[track_caller]
fn check(origin: Origin, dialled: &str, expected: Expect) {
    let mut exchange = exchange();
    invite(&mut exchange, 1, origin, dialled);
    let offer = if offered(&mut exchange).is_some() { " (offered to applications)" } else { "" };
    expected.assert_eq(&format!("{}{offer}", asked(&mut exchange)));
}

#[test]
fn a_service_number_is_offered_to_applications() {
    check(phone(1), SERVICE_NUMBER, expect!["Ring (offered to applications)"]);
    check(trunk(), SERVICE_NUMBER, expect!["Ring (offered to applications)"]);
    check(Origin::Platform, SERVICE_NUMBER, expect!["Ring (offered to applications)"]);
    check(Origin::Stranger, SERVICE_NUMBER, expect!["Ring (offered to applications)"]);
}

#[test]
fn a_phone_is_called_in_the_callers_own_name() {
    check(phone(1), "bob", expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000002)) as anonymous"]);
    check(trunk(), "bob", expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000002)) as +4930999"]);
    check(Origin::Stranger, "bob", expect!["Reject(NotFound)"]);
}

#[test]
fn the_public_network_is_not_for_everybody() {
    check(
        phone(1),
        "+4930123456",
        expect![[
            r#"dial Trunk { trunk: TrunkName("carrier"), number: PhoneNumber("+4930123456") } as +14255550100"#
        ]],
    );
    check(phone(2), "+4930123456", expect!["Reject(Forbidden)"]);
    check(trunk(), "+4930123456", expect!["Reject(Forbidden)"]);
    check(Origin::Stranger, "+4930123456", expect!["Reject(Forbidden)"]);
}

#[test]
fn a_refused_call_leaves_nothing_behind() {
    let mut exchange = exchange();
    let leg = invite(&mut exchange, 1, Origin::Stranger, "+4930123456");
    asked(&mut exchange);
    exchange.handle_leg(leg, LegReport::Ended(LegOutcome::local(EndCause::Forbidden)), NOW);
    assert_eq!((exchange.call_count(), exchange.leg_count(), exchange.timer_count()), (0, 0, 0));
}

#[test]
fn who_may_not_call_out_may_not_transfer_out() {
    let mut exchange = exchange();
    let alice = invite(&mut exchange, 1, phone(1), "bob");
    let (_, bob, _) = exchange.poll_leg().unwrap();
    exchange.handle_leg(bob, LegReport::Answered, NOW);
    exchange.handle_leg(alice, LegReport::Answered, NOW);
    asked(&mut exchange);
    let refer = || LegReport::TransferRequested { target: Pii::new("+4930123456".into()), replaces: None };
    exchange.handle_leg(bob, refer(), NOW);
    expect!["TransferProgress(Failed(Forbidden))"].assert_eq(&asked(&mut exchange));
    exchange.handle_leg(alice, refer(), NOW);
    expect![[r#"TransferProgress(Trying); dial Trunk { trunk: TrunkName("carrier"), number: PhoneNumber("+4930123456") } as +14255550100"#]].assert_eq(&asked(&mut exchange));
}

#[test]
fn a_phone_sends_its_calls_only_where_it_may_call_itself() {
    let moved = |target: &str| LegReport::Moved { target: Pii::new(target.into()) };
    for (callee, target, expected) in [
        (
            "bob",
            "alice",
            expect![
                "Divert(Divert { destination: Phone(UserId(00000000-0000-0000-0000-000000000001)), diversion: Diversion { called: Some(<redacted>), reason: Unconditional } })"
            ],
        ),
        ("bob", "+4930123456", expect!["Hangup; Reject(NoAnswer)"]),
        ("bob", "nobody", expect!["Hangup; Reject(NoAnswer)"]),
        (
            "alice",
            "+4930123456",
            expect![[
                r#"Divert(Divert { destination: Trunk { trunk: TrunkName("carrier"), number: PhoneNumber("+4930123456") }, diversion: Diversion { called: Some(<redacted>), reason: Unconditional } })"#
            ]],
        ),
        (
            "alice",
            SERVICE_NUMBER,
            expect![[
                r#"Divert(Divert { destination: Platform(PhoneNumber("+14255550100")), diversion: Diversion { called: Some(<redacted>), reason: Unconditional } })"#
            ]],
        ),
    ] {
        let mut exchange = exchange();
        invite(&mut exchange, 1, trunk(), callee);
        let (_, leg, _) = exchange.poll_leg().unwrap();
        exchange.handle_leg(leg, moved(target), NOW);
        expected.assert_eq(&asked(&mut exchange));
    }
}

#[test]
fn a_call_that_goes_round_in_a_circle_is_refused() {
    let mut exchange = exchange();
    let diversions = vec![Diversion::deflected(SERVICE_NUMBER); MOST_DIVERSIONS];
    invite_diverted(&mut exchange, 1, trunk(), SERVICE_NUMBER, diversions);
    expect!["Reject(Looping)"].assert_eq(&asked(&mut exchange));
}
