//! Agents who call numbers on behalf of a resource account (contract: Teams Phone §8.5).

use call_engine::{CallProperties, CustomHeaders, IncomingCall, LegReport, NoticeKind};
use exchange::{Command, CommandError, Exchange, Limits, Reply};
use expect_test::{Expect, expect};
use identifier::{CallConnectionId, CallId, CommunicationIdentifier, Home, LegId, ObjectId};
use tenant::organization::*;

use crate::companies::{ALICE, CONTOSO, LINE, contoso, directory};
use crate::world::{NOW, RESOURCE, SEED, answer, asked, invite, invite_preferring, number, offered, phone};

const AGENT: u128 = 33;
/// Another phone of hers, which calls on behalf of the line when it says nothing.
const DESK_OF_LINE: u128 = 34;
const ACCOUNT: &str = "line@contoso.example";
const CUSTOMER: &str = "+12065550100";

/// Both have consented: to the account, and to Alice at the client of the contact center.
fn consented() -> OrganizationBuilder {
    let mut contoso = contoso();
    let grant = Grant::Person { clients: vec![ObjectId::from_u128(7)] };
    contoso.consents.push(Consent { resource: RESOURCE, principal: ALICE, grant });
    contoso
}

fn exchange(contoso: OrganizationBuilder) -> Exchange {
    Exchange::new(Home::default(), directory(contoso), Limits::default())
}

fn told(exchange: &mut Exchange) -> Option<(CallId, IncomingCall)> {
    std::iter::from_fn(|| exchange.poll_notice()).find_map(|notice| match notice.kind {
        NoticeKind::IncomingCall(incoming) => Some((notice.call, *incoming)),
        _ => None,
    })
}

/// What an application is told of a call, or what the phone is.
#[track_caller]
fn check(contoso: OrganizationBuilder, user: u128, preferred: Option<&str>, dialled: &str, expected: Expect) {
    let mut exchange = exchange(contoso);
    match preferred {
        Some(preferred) => invite_preferring(&mut exchange, 1, phone(user), preferred, dialled),
        None => {
            invite(&mut exchange, 1, phone(user), dialled);
        }
    }
    let asked = asked(&mut exchange);
    expected.assert_eq(&match told(&mut exchange) {
        Some((_, incoming)) => {
            let on_behalf_of = incoming.on_behalf_of.map_or("itself".to_owned(), |account| account.raw_id());
            format!("{asked}: {} for {on_behalf_of}", incoming.to.raw_id())
        }
        None => asked,
    });
}

/// An agent has called a customer on behalf of the line, and the application has answered.
fn agent_calls(exchange: &mut Exchange) -> CallProperties {
    invite_preferring(exchange, 1, phone(AGENT), ACCOUNT, CUSTOMER);
    let call = offered(exchange).expect("it is offered");
    let properties = answer(exchange, call).expect("it waits");
    exchange.handle_leg(LegId::from_u128(1), LegReport::Answered, NOW);
    asked(exchange);
    properties
}

fn add(exchange: &mut Exchange, connection: CallConnectionId, target: &str) -> Result<Reply, CommandError> {
    let command = Command::AddParticipant {
        connection,
        resource: RESOURCE,
        target: number(target),
        caller_number: None,
        display_name: None,
        headers: CustomHeaders::default(),
        ring_for: None,
        operation_context: None,
        callback: None,
    };
    exchange.has_room_for(&command, NOW)?;
    exchange.handle_command(command, SEED, NOW)
}

#[test]
fn the_application_of_the_account_is_told_whom_the_agent_wants_to_call() {
    let line = || expect!["Ring: 4:+12065550100 for 28:orgid:00000000-0000-0000-0000-000000000065"];
    let raw_id = &format!("28:orgid:{LINE}");
    for preferred in [ACCOUNT, "Line@Contoso.Example", raw_id] {
        check(consented(), AGENT, Some(preferred), CUSTOMER, line());
    }
    check(consented(), AGENT, Some(ACCOUNT), "206 555 0100", line());
    check(consented(), DESK_OF_LINE, None, CUSTOMER, line());
    let mut exchange = exchange(consented());
    let properties = agent_calls(&mut exchange);
    assert_eq!(properties.answered_for.as_ref().map(|number| number.as_str()), Some(CUSTOMER));
    assert_eq!(properties.targets, [number(CUSTOMER)]);
}

#[test]
fn the_application_adds_whom_the_agent_wants_under_the_number_and_name_of_the_account() {
    let mut contoso = consented();
    let mut shown = CallerIdPolicy::new(Name::global());
    shown.company = Some("Contoso Service".into());
    contoso.caller_id_policies = vec![shown];
    let mut exchange = exchange(contoso);
    let connection = agent_calls(&mut exchange).connection;
    assert!(add(&mut exchange, connection, CUSTOMER).is_ok());
    let dial = std::iter::from_fn(|| exchange.poll_leg())
        .find_map(|(_, _, request)| match request {
            call_engine::LegRequest::Dial(dial) => Some(dial),
            _ => None,
        })
        .expect("somebody is called");
    assert_eq!(dial.caller.number.map(|number| number.to_string()).as_deref(), Some("+14255550200"));
    let name = dial.caller.display_name.expect("there is a name");
    assert_eq!(&**name.expose(), "Contoso Service");
}

#[test]
fn policies_of_the_account_decide_whom_its_application_may_call_for_an_agent() {
    let mut restricted = consented();
    restricted.accounts[0].policies.0.insert(PolicyKind::DialOut, "DialoutCPCandPSTNDomestic".into());
    // What holds for the person does not hold for the account.
    restricted.people[0].policies.0.insert(PolicyKind::DialOut, "DialoutCPCandPSTNDisabled".into());
    let mut exchange = exchange(restricted);
    let connection = agent_calls(&mut exchange).connection;
    let Err(refused) = add(&mut exchange, connection, "+49301234567") else { panic!("it is far away") };
    expect!["call this destination: the dial-out policy does not let calls go to that country"]
        .assert_eq(&refused.to_string());
    assert!(add(&mut exchange, connection, CUSTOMER).is_ok());
}

#[test]
fn a_call_on_behalf_of_an_account_is_not_redirected() {
    for target in ["+12065550101", "+14255550200"] {
        let mut exchange = exchange(consented());
        invite_preferring(&mut exchange, 1, phone(AGENT), ACCOUNT, CUSTOMER);
        let call = offered(&mut exchange).expect("it is offered");
        let command = Command::Redirect { call, resource: RESOURCE, target: number(target) };
        let refused = exchange.handle_command(command, SEED, NOW);
        let Err(CommandError::InvalidArgument { property, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(property, "incomingCallContext");
        assert!(answer(&mut exchange, call).is_ok(), "it waits still");
    }
}

#[test]
fn who_may_not_call_on_behalf_of_the_account_is_told_why() {
    check(consented(), AGENT, Some("+14255550200"), CUSTOMER, expect!["Reject(Identity(Invalid))"]);
    check(
        consented(),
        AGENT,
        Some("+14255550200@contoso.example"),
        CUSTOMER,
        expect!["Reject(Identity(Invalid))"],
    );
    check(consented(), AGENT, Some("nobody@contoso.example"), CUSTOMER, expect!["Reject(Identity(Invalid))"]);
    check(consented(), AGENT, Some(ACCOUNT), "bob", expect!["Reject(Identity(NotANumber))"]);
    check(consented(), 1, Some(ACCOUNT), CUSTOMER, expect!["Reject(Identity(NotAgent))"]);
    check(contoso(), AGENT, Some(ACCOUNT), CUSTOMER, expect!["Reject(Identity(NoConsent))"]);
    let mut unlicensed = consented();
    unlicensed.people[0].licences.teams = false;
    check(unlicensed, AGENT, Some(ACCOUNT), CUSTOMER, expect!["Reject(Identity(NotLicensed))"]);
    let mut unlinked = consented();
    unlinked.accounts[0].resource = None;
    check(unlinked, AGENT, Some(ACCOUNT), CUSTOMER, expect!["Reject(Busy)"]);
    let mut unwanted = consented();
    unwanted.consents.remove(0);
    check(unwanted, AGENT, Some(ACCOUNT), CUSTOMER, expect!["Reject(NoAnswer)"]);
}

#[test]
fn help_is_called_by_the_person_whatever_the_phone_prefers() {
    for (user, preferred) in
        [(AGENT, ACCOUNT), (AGENT, "+14255550200"), (DESK_OF_LINE, "alice@contoso.example")]
    {
        let mut exchange = exchange(consented());
        invite_preferring(&mut exchange, 1, phone(user), preferred, "911");
        let asked = asked(&mut exchange);
        assert!(asked.starts_with("dial Emergency") && asked.ends_with("as +14255550101"), "{asked}");
        assert_eq!(told(&mut exchange), None);
    }
}

#[test]
fn a_phone_that_names_itself_calls_as_itself_and_colleagues_are_called_so_too() {
    for own in
        ["alice-agent@192.0.2.1", "alice@contoso.example", "+14255550101", "anonymous@anonymous.invalid"]
    {
        check(consented(), AGENT, Some(own), CUSTOMER, expect!["Reject(Forbidden)"]);
    }
    check(
        consented(),
        DESK_OF_LINE,
        None,
        "+14255550101",
        expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as +14255550101"],
    );
    // A phone of nobody has one identity.
    check(
        consented(),
        2,
        Some("somebody@else.example"),
        "alice-desk",
        expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as anonymous"],
    );
    check(consented(), 2, Some(ACCOUNT), CUSTOMER, expect!["Reject(Identity(NotAgent))"]);
}

#[test]
fn so_many_calls_go_out_under_one_number_at_the_same_time() {
    let mut exchange = exchange(consented());
    let connection = agent_calls(&mut exchange).connection;
    assert!(add(&mut exchange, connection, CUSTOMER).is_ok());
    assert!(add(&mut exchange, connection, "+12065550101").is_ok());
    let third = add(&mut exchange, connection, "+12065550102");
    assert_eq!(third, Err(CommandError::Overloaded { limit: 2 }));
    // Colleagues are not called through the public network.
    let alice = CommunicationIdentifier::from_raw_id(&format!("8:orgid:{ALICE}"));
    let command = Command::AddParticipant {
        connection,
        resource: RESOURCE,
        target: alice,
        caller_number: None,
        display_name: None,
        headers: CustomHeaders::default(),
        ring_for: None,
        operation_context: None,
        callback: None,
    };
    assert_eq!(exchange.has_room_for(&command, NOW), Ok(()));
    // One of them gives up.
    let leg = std::iter::from_fn(|| exchange.poll_leg())
        .find_map(|(_, leg, request)| matches!(request, call_engine::LegRequest::Dial(_)).then_some(leg))
        .expect("somebody is called");
    let busy = call_engine::LegOutcome::local(call_engine::EndCause::Busy);
    exchange.handle_leg(leg, LegReport::Ended(busy), NOW);
    assert!(add(&mut exchange, connection, "+12065550102").is_ok());
}

#[test]
fn an_application_reaches_people_at_the_clients_that_it_names() {
    let agent = format!("8:acs:{RESOURCE}_{CONTOSO}_{ALICE}");
    let teams = format!("8:orgid:{ALICE}");
    let dialled = |contoso: OrganizationBuilder, target: &str| {
        let mut exchange = exchange(contoso);
        let connection = agent_calls(&mut exchange).connection;
        let target = CommunicationIdentifier::from_raw_id(target);
        let command = Command::AddParticipant {
            connection,
            resource: RESOURCE,
            target,
            caller_number: None,
            display_name: None,
            headers: CustomHeaders::default(),
            ring_for: None,
            operation_context: None,
            callback: None,
        };
        match exchange.handle_command(command, SEED, NOW) {
            Ok(_) => asked(&mut exchange),
            Err(error) => format!("cannot {error}"),
        }
    };
    let phone = |user: u8| {
        format!("dial Phone(UserId(00000000-0000-0000-0000-0000000000{user:02x})) as +14255550200")
    };
    assert_eq!(dialled(consented(), &teams), phone(1));
    assert_eq!(dialled(consented(), &agent), phone(33));
    let mut choosy = consented();
    choosy.people[0].settings.rings = RingingClients::ContactCenter;
    assert_eq!(dialled(choosy.clone(), &teams), phone(1), "whoever names a client reaches that");
    assert_eq!(dialled(choosy, "4:+14255550101"), phone(33));
    let mut other = consented();
    other.people[0].settings.rings = RingingClients::Both;
    let both = dialled(other, "4:+14255550101");
    assert!(both.contains(&phone(1)) && both.contains(&phone(33)), "{both}");
    // Nobody has consented to the other company's person, and there is no such person.
    let stranger = format!("8:orgid:{}", ObjectId::from_u128(0xff));
    assert!(dialled(consented(), &stranger).starts_with("cannot call this destination"));
}
