//! Calls that arrive: whom they reach.

use call_engine::{EndCause, LegOutcome, LegReport, Origin};
use expect_test::{Expect, expect};
use redact::Pii;

use crate::world::{NOW, SERVICE_NUMBER, asked, exchange, invite, offered, phone, trunk};

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
