//! Calls of a company whose telephone system decides.

use std::sync::Arc;

use call_engine::{CallOptions, Origin};
use exchange::{Command, Exchange, Limits, Reply};
use expect_test::{Expect, expect};
use identifier::{CommunicationIdentifier, Home, ObjectId, PhoneNumber, TenantId, TrunkName, UserId};
use redact::Secret;
use tenant::organization::*;
use tenant::{
    Country, Directory, DirectoryBuilder, Phone, PhoneOwner, Resource, SipTransport, Tenant, Trunk,
};

use crate::world::{NOW, RESOURCE, SEED, application, asked, invite, offered, phone};

pub const CONTOSO: TenantId = TenantId::from_u128(1);
pub const ALICE: ObjectId = ObjectId::from_u128(100);
pub const LINE: ObjectId = ObjectId::from_u128(101);

pub fn number(text: &str) -> PhoneNumber {
    text.parse().expect("a number")
}

/// Alice has a desk phone and a number, the line an application and a number, and calls leave through two gateways.
pub fn contoso() -> OrganizationBuilder {
    let held = |text, holder| HeldNumber {
        number: number(text),
        extension: None,
        connectivity: Connectivity::DirectRouting,
        capabilities: Capabilities { person: true, voice_application: true, conference: false },
        holder: Some(holder),
        category: AssignmentCategory::Primary,
        location: None,
        skips_internal: false,
    };
    let mut contoso = OrganizationBuilder::new(CONTOSO);
    contoso.people = vec![Person {
        id: ALICE,
        user_principal_name: "alice@contoso.example".into(),
        display_name: "Alice".into(),
        usage_country: Country::US,
        licences: Licences { teams: true, phone_system: true, calling_plan: false },
        enterprise_voice: true,
        teams_only: true,
        blocked_numbers: Vec::new(),
        hides_number: false,
        policies: Assignments::default(),
        groups: Vec::new(),
        settings: CallingSettings::default(),
    }];
    contoso.accounts = vec![ResourceAccount {
        id: LINE,
        user_principal_name: "line@contoso.example".into(),
        display_name: "Contoso Line".into(),
        usage_country: Country::US,
        licensed: true,
        calling_plan: false,
        application: ApplicationKind::Other(ObjectId::from_u128(999)),
        resource: Some(RESOURCE),
        synced: true,
        concurrent_calls: CONCURRENT_CALLS,
        policies: Assignments::default(),
    }];
    contoso.numbers = vec![
        held("+14255550101", Holder::Person(ALICE)),
        held("+14255550200", Holder::ResourceAccount(LINE)),
    ];
    contoso.consents = vec![Consent { resource: RESOURCE, principal: LINE, grant: Grant::ResourceAccount }];
    contoso.usages = vec!["All".into()];
    contoso.voice_routing_policies =
        vec![VoiceRoutingPolicy { name: Name::global(), usages: vec!["All".into()] }];
    contoso.voice_routes = vec![VoiceRoute {
        name: "All".into(),
        pattern: Pattern::new(".").expect("a pattern"),
        priority: 1,
        usages: vec!["All".into()],
        gateways: vec![TrunkName::new("sbc")],
        bridge_source: None,
    }];
    contoso.gateways = vec![Gateway { enabled: true, ..Gateway::new(TrunkName::new("sbc")) }];
    contoso
}

pub fn directory(contoso: OrganizationBuilder) -> Arc<Directory> {
    directory_with(contoso, &[])
}

/// The same, where others have a desk phone, too: its name, its user, and whose it is.
pub fn directory_with(contoso: OrganizationBuilder, others: &[(&str, u128, ObjectId)]) -> Arc<Directory> {
    let phone = |name: &str, user, owner| Phone {
        name: name.into(),
        display_name: name.into(),
        user: UserId::from_u128(user),
        resource: RESOURCE,
        number: None,
        password: Secret::new("secret".into()),
        may_call_out: false,
        owner,
    };
    let mut directory = DirectoryBuilder {
        tenants: vec![Tenant { id: CONTOSO, name: "Contoso".into() }],
        resources: vec![Resource {
            id: RESOURCE,
            tenant: CONTOSO,
            name: "contoso".into(),
            hosts: Vec::new(),
            access_keys: Vec::new(),
            numbers: Vec::new(),
        }],
        phones: vec![
            phone(
                "alice-desk",
                1,
                Some(PhoneOwner { person: ALICE, persona: Persona::Teams, on_behalf_of: None }),
            ),
            phone("lobby", 2, None),
            phone(
                "alice-agent",
                33,
                Some(PhoneOwner { person: ALICE, persona: Persona::ContactCenter, on_behalf_of: None }),
            ),
            phone(
                "alice-line",
                34,
                Some(PhoneOwner { person: ALICE, persona: Persona::ContactCenter, on_behalf_of: Some(LINE) }),
            ),
        ],
        trunks: vec![Trunk {
            name: TrunkName::new("sbc"),
            tenant: CONTOSO,
            host: "sbc.contoso.example".into(),
            port: 0,
            transport: SipTransport::Udp,
            sources: Vec::new(),
            prefixes: Vec::new(),
            account: None,
            certificate: None,
            emergency: false,
            limits: tenant::TrunkLimits::default(),
            dialect: tenant::TrunkDialect::default(),
            pairing: tenant::Pairing::default(),
        }],
    };
    for (name, user, person) in others {
        let owner = PhoneOwner { person: *person, persona: Persona::Teams, on_behalf_of: None };
        directory.phones.push(phone(name, *user, Some(owner)));
    }
    let organization = Arc::new(contoso.build().expect("no contradiction"));
    Arc::new(
        directory
            .build()
            .and_then(|built| built.with_organizations(vec![organization]))
            .expect("it is sound"),
    )
}

#[track_caller]
fn check(contoso: OrganizationBuilder, origin: Origin, dialled: &str, expected: Expect) {
    let mut exchange = Exchange::new(Home::default(), directory(contoso), Limits::default());
    invite(&mut exchange, 1, origin, dialled);
    let offer = if offered(&mut exchange).is_some() { " (offered to applications)" } else { "" };
    expected.assert_eq(&format!("{}{offer}", asked(&mut exchange)));
}

pub fn sbc() -> Origin {
    Origin::Trunk(TrunkName::new("sbc"))
}

#[test]
fn a_number_of_a_resource_account_is_offered_to_the_application_that_it_is_linked_to() {
    check(contoso(), sbc(), "+14255550200", expect!["Ring (offered to applications)"]);
    check(contoso(), phone(1), "4255550200", expect!["Ring (offered to applications)"]);
}

#[test]
fn an_application_calls_in_the_name_of_a_resource_account() {
    let call = |contoso: OrganizationBuilder| {
        let mut exchange = Exchange::new(Home::default(), directory(contoso), Limits::default());
        let command = Command::CreateCall {
            application: application(),
            targets: vec![CommunicationIdentifier::phone(number("+12065550100"))],
            caller_number: None,
            account: Some(LINE),
            display_name: None,
            source: None,
            operation_context: None,
            options: CallOptions::default(),
        };
        match exchange.handle_command(command, SEED, NOW) {
            Ok(Reply::Call(call)) => {
                let source = call.source.expect("somebody calls").raw_id();
                format!("{source}: {}", asked(&mut exchange))
            }
            Ok(other) => panic!("CreateCall answers {other:?}"),
            Err(error) => format!("cannot {error}"),
        }
    };
    expect![[r#"28:orgid:00000000-0000-0000-0000-000000000065: dial Gateways([Hop { trunk: TrunkName("sbc"), called: "+12065550100", calling: None }]) as +14255550200"#]].assert_eq(&call(contoso()));
    let mut without_consent = contoso();
    without_consent.consents.clear();
    expect!["cannot call this destination: the communication resource has not consented"]
        .assert_eq(&call(without_consent));
    let mut without_number = contoso();
    without_number.numbers.pop();
    expect!["cannot call this destination: the public network needs a caller number: name one of the resource's own"].assert_eq(&call(without_number));
    let mut restricted = contoso();
    restricted.accounts[0].policies.0.insert(PolicyKind::DialOut, "DialoutCPCandPSTNDisabled".into());
    expect!["cannot call this destination: the dial-out policy does not let calls go to that country"]
        .assert_eq(&call(restricted));
}

#[test]
fn a_grant_that_is_missing_is_heard_as_busy_or_as_nothing() {
    let mut one = contoso();
    one.accounts[0].resource = None;
    check(one, sbc(), "+14255550200", expect!["Reject(Busy)"]);
    let mut other = contoso();
    other.consents.clear();
    check(other, sbc(), "+14255550200", expect!["Reject(NoAnswer)"]);
}

#[test]
fn a_number_of_a_person_rings_the_phones_of_the_person() {
    check(
        contoso(),
        sbc(),
        "+14255550101",
        expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as +4930999"],
    );
    check(
        contoso(),
        phone(2),
        "+14255550101",
        expect!["dial Phone(UserId(00000000-0000-0000-0000-000000000001)) as anonymous"],
    );
}

#[test]
fn a_person_calls_out_through_a_gateway_in_the_name_of_the_policy() {
    check(
        contoso(),
        phone(1),
        "206 555 0100",
        expect![[
            r#"dial Gateways([Hop { trunk: TrunkName("sbc"), called: "+12065550100", calling: None }]) as +14255550101"#
        ]],
    );
    check(contoso(), phone(2), "+12065550100", expect!["Reject(Forbidden)"]);
    let mut restricted = contoso();
    restricted.people[0].policies.0.insert(PolicyKind::DialOut, "DialoutCPCandPSTNDomestic".into());
    check(restricted, phone(1), "+49301234567", expect!["Reject(Forbidden)"]);
    check(
        contoso(),
        phone(1),
        "911",
        expect![[
            r#"dial Emergency { hops: [Hop { trunk: TrunkName("sbc"), called: "911", calling: None }], number: "911", location: None } as +14255550101"#
        ]],
    );
}

#[test]
fn a_call_that_is_forwarded_at_once_goes_out_in_the_name_of_the_person() {
    let mut forwarding = contoso();
    forwarding.people[0].settings.forwarding =
        Some(Forwarding::Immediate(ForwardTarget::Number(number("+12065550100"))));
    check(
        forwarding,
        sbc(),
        "+14255550101",
        expect![[
            r#"dial Gateways([Hop { trunk: TrunkName("sbc"), called: "+12065550100", calling: None }]) as +14255550101"#
        ]],
    );
    let mut asleep = contoso();
    asleep.people[0].settings.forwarding = Some(Forwarding::Immediate(ForwardTarget::Voicemail));
    check(asleep, sbc(), "+14255550101", expect!["Reject(NoAnswer)"]);
}
