//! Calls that applications make: whom they reach, and under which number.

use call_engine::CallOptions;
use exchange::{Command, Reply};
use expect_test::{Expect, expect};
use identifier::CommunicationIdentifier;

use crate::world::{NOW, SEED, SERVICE_NUMBER, application, asked, exchange, number, user};

#[track_caller]
fn check(target: CommunicationIdentifier, caller_number: Option<&str>, expected: Expect) {
    let mut exchange = exchange();
    let command = Command::CreateCall {
        application: application(),
        targets: vec![target],
        caller_number: caller_number.map(|number| number.parse().unwrap()),
        account: None,
        display_name: None,
        source: None,
        operation_context: None,
        options: CallOptions::default(),
    };
    let answer = match exchange.handle_command(command, SEED, NOW) {
        Ok(Reply::Call(_)) => asked(&mut exchange),
        Ok(other) => panic!("CreateCall answers {other:?}"),
        Err(error) => format!("cannot {error}"),
    };
    expected.assert_eq(&answer);
}

#[test]
fn a_phone_needs_no_caller_number() {
    check(user(1), None, expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as anonymous"]);
    check(
        user(1),
        Some(SERVICE_NUMBER),
        expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as +14255550100"],
    );
    check(user(77), None, expect!["cannot call this destination: nobody has that name or number"]);
}

#[test]
fn the_public_network_needs_a_number_of_the_resource() {
    check(
        number("+4930123456"),
        Some(SERVICE_NUMBER),
        expect![[
            r#"dial Trunk { trunk: TrunkName("carrier"), number: PhoneNumber("+4930123456") } as +14255550100"#
        ]],
    );
    check(
        number("+4930123456"),
        None,
        expect![
            "cannot call this destination: the public network needs a caller number: name one of the resource's own"
        ],
    );
    check(
        number("+4930123456"),
        Some("+4930999"),
        expect!["cannot call this destination: the caller number does not belong to the resource"],
    );
}

#[test]
fn a_service_number_is_called_through_the_platform() {
    check(
        number("+14255550101"),
        Some(SERVICE_NUMBER),
        expect![[r#"dial Platform(PhoneNumber("+14255550101")) as +14255550100"#]],
    );
}
