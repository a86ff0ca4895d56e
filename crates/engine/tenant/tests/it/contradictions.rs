//! What an organization may not be, and what its builder says then.

use expect_test::{Expect, expect};
use identifier::{ObjectId, ResourceId, TenantId, TrunkName};
use tenant::Country;
use tenant::organization::*;

pub fn id(number: u128) -> ObjectId {
    ObjectId::from_u128(number)
}

pub fn person(number: u128, name: &str) -> Person {
    Person {
        id: id(number),
        user_principal_name: format!("{name}@contoso.example").into(),
        display_name: name.into(),
        usage_country: Country::US,
        licences: Licences { teams: true, phone_system: true, calling_plan: false },
        enterprise_voice: true,
        teams_only: true,
        blocked_numbers: Vec::new(),
        hides_number: false,
        policies: Assignments::default(),
        groups: Vec::new(),
        settings: CallingSettings::default(),
    }
}

pub fn held(number: &str, holder: Option<Holder>) -> HeldNumber {
    HeldNumber {
        number: number.parse().expect("a number"),
        extension: None,
        connectivity: Connectivity::CallingPlan,
        capabilities: Capabilities { person: true, voice_application: false, conference: false },
        holder,
        category: AssignmentCategory::Primary,
        location: None,
        skips_internal: false,
    }
}

pub fn contoso() -> OrganizationBuilder {
    let mut contoso = OrganizationBuilder::new(TenantId::from_u128(1));
    contoso.domains = vec!["contoso.example".into()];
    contoso.people = vec![person(1, "alice"), person(2, "bob"), person(3, "carol")];
    contoso
}

/// What the builder says of Contoso when one thing is changed.
#[track_caller]
fn check(change: impl FnOnce(&mut OrganizationBuilder), expected: Expect) {
    let mut parts = contoso();
    change(&mut parts);
    expected.assert_eq(&match parts.build() {
        Ok(_) => "it is sound".to_owned(),
        Err(error) => error.to_string(),
    });
}

fn to_person(number: u128) -> Option<Forwarding> {
    Some(Forwarding::Immediate(ForwardTarget::Person(id(number))))
}

#[test]
fn every_tenant_has_global_policies_and_the_dial_out_policies_that_exist() {
    let contoso = contoso().build().expect("it is sound");
    let alice = PolicyHolder::Person(contoso.person(id(1)).expect("she is there"));
    assert!(contoso.effective::<CallingPolicy>(alice).is_some());
    assert!(contoso.effective::<SharedCallingPolicy>(alice).is_none());
    assert_eq!(contoso.parts().dial_out_policies.len(), 13);
    check(|_| {}, expect!["it is sound"]);
}

#[test]
fn a_thing_is_there_once() {
    check(
        |parts| parts.people.push(person(1, "dora")),
        expect!["person dora@contoso.example is there twice; take one away or give it another name"],
    );
    check(
        |parts| parts.people.push(person(9, "ALICE")),
        expect!["person ALICE@contoso.example is there twice; take one away or give it another name"],
    );
    check(
        |parts| {
            parts.numbers =
                vec![held("+14255550100", None), held("+14255550100", Some(Holder::Person(id(1))))]
        },
        expect!["number +14255550100 is there twice; take one away or give it another name"],
    );
    check(
        |parts| {
            let alice = Some(Holder::Person(id(1)));
            parts.numbers = vec![held("+14255550100", alice.clone()), held("+14255550101", alice)];
        },
        expect![
            "number +14255550101 is the second primary number of its holder; make it private or alternate"
        ],
    );
    check(
        |parts| {
            let plan = |name: &str| DialPlan { name: name.into(), rules: Vec::new() };
            parts.dial_plans = vec![plan("Redmond"), plan("redmond")];
        },
        expect!["dial plan redmond is there twice; take one away or give it another name"],
    );
}

#[test]
fn a_name_belongs_to_a_thing() {
    check(
        |parts| parts.numbers = vec![held("+14255550100", Some(Holder::Person(id(7))))],
        expect![
            "number +14255550100 names the person 00000000-0000-0000-0000-000000000007, which does not exist; add it, or take the name away"
        ],
    );
    check(
        |parts| {
            parts.people[0].policies.0.insert(PolicyKind::VoiceRouting, "Nowhere".into());
        },
        expect![
            "person alice@contoso.example names the voice routing policy Nowhere, which does not exist; add it, or take the name away"
        ],
    );
    check(
        |parts| {
            parts.voice_routing_policies =
                vec![VoiceRoutingPolicy { name: "All".into(), usages: vec!["US".into()] }]
        },
        expect![
            "voice routing policy All names the PSTN usage US, which does not exist; add it, or take the name away"
        ],
    );
    check(
        |parts| {
            parts.usages = vec!["US".into()];
            parts.voice_routes = vec![VoiceRoute {
                name: "Redmond".into(),
                pattern: Pattern::new(".*").expect("a pattern"),
                priority: 1,
                usages: vec!["us".into()],
                gateways: vec![TrunkName::new("sbc.contoso.example")],
                bridge_source: None,
            }];
        },
        expect![
            "voice route Redmond names the gateway sbc.contoso.example, which does not exist; add it, or take the name away"
        ],
    );
    check(
        |parts| {
            let (resource, principal) = (ResourceId::from_u128(1), id(1));
            parts.consents = vec![Consent { resource, principal, grant: Grant::ResourceAccount }];
        },
        expect![
            "a consent of the communication resource 00000000-0000-0000-0000-000000000001 names the resource account 00000000-0000-0000-0000-000000000001, which does not exist; add it, or take the name away"
        ],
    );
}

#[test]
fn calls_are_not_forwarded_in_a_circle() {
    check(
        |parts| parts.people[0].settings.forwarding = to_person(1),
        expect![
            "calls are forwarded in a circle: alice@contoso.example to alice@contoso.example; change the forwarding of one of them"
        ],
    );
    check(
        |parts| {
            parts.people[0].settings.forwarding = to_person(2);
            parts.people[1].settings.forwarding = to_person(3);
            parts.people[2].settings.forwarding = to_person(1);
        },
        expect![
            "calls are forwarded in a circle: alice@contoso.example to bob@contoso.example to carol@contoso.example to alice@contoso.example; change the forwarding of one of them"
        ],
    );
    check(
        |parts| {
            parts.people[0].settings.forwarding = to_person(3);
            parts.people[1].settings.forwarding = to_person(3);
        },
        expect!["it is sound"],
    );
    // Two who stand in for each other when they do not answer are no circle: one of them rings.
    check(
        |parts| {
            let to = |number| Some(Unanswered { seconds: 20, target: ForwardTarget::Person(id(number)) });
            parts.people[0].settings.unanswered = to(2);
            parts.people[1].settings.unanswered = to(1);
        },
        expect!["it is sound"],
    );
}

#[test]
fn values_keep_within_their_ranges() {
    check(
        |parts| {
            parts.people[0].settings.unanswered =
                Some(Unanswered { seconds: 17, target: ForwardTarget::Voicemail })
        },
        expect![
            "person alice@contoso.example: calls are unanswered after 17 s; one of [5, 10, 15, 20, 30, 40, 50, 60]"
        ],
    );
    check(
        |parts| {
            parts.people[0].settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Voicemail))
        },
        expect![
            "person alice@contoso.example: voicemail cannot ring at the same time; forward at once, or when unanswered"
        ],
    );
    check(
        |parts| {
            let group = CallGroup { members: vec![id(2); 6], order: GroupOrder::InOrder };
            parts.people[0].settings.group = group;
        },
        expect!["person alice@contoso.example: the call group has 6 members; at most 5"],
    );
    check(
        |parts| {
            parts.gateways = vec![Gateway::new(TrunkName::new("sbc.fabrikam.example"))];
        },
        expect![
            "gateway sbc.fabrikam.example is not a host under one of the tenant's domains; verify the domain, or name the gateway otherwise"
        ],
    );
    check(
        |parts| {
            let gateway = Gateway::new(TrunkName::new("sbc.contoso.example"));
            parts.gateways = vec![Gateway { failover_codes: vec![200], ..gateway }];
        },
        expect!["gateway sbc.contoso.example: it fails over on 200; a response that refuses is 400 to 699"],
    );
}

#[test]
fn digits_for_help_mean_one_thing() {
    let policy = |masks: &[&str]| EmergencyCallRoutingPolicy {
        name: Name::global(),
        enhanced: true,
        numbers: vec![EmergencyNumber {
            dial_string: "911".into(),
            masks: masks.iter().map(|mask| (*mask).into()).collect(),
            usage: None,
        }],
    };
    check(
        |parts| parts.emergency_call_routing_policies = vec![policy(&["112", "212"])],
        expect!["it is sound"],
    );
    check(
        |parts| parts.emergency_call_routing_policies = vec![policy(&["112", "911"])],
        expect![
            "emergency call routing policy Global has the digits 911 twice; each means one number for help"
        ],
    );
    check(
        |parts| parts.emergency_call_routing_policies = vec![policy(&["12345678901"])],
        expect![[r#"emergency call routing policy Global: "12345678901" is not one to 10 digits"#]],
    );
    check(
        |parts| parts.emergency_call_routing_policies = vec![policy(&["11x"])],
        expect![[r#"emergency call routing policy Global: "11x" is not one to 10 digits"#]],
    );
}

#[test]
fn unassigned_numbers_are_treated_in_an_order() {
    let treatment = |name: &str, priority| UnassignedTreatment {
        name: name.into(),
        priority,
        pattern: Pattern::new(".*").expect("a pattern"),
        target: UnassignedTarget::Person(id(1)),
    };
    check(
        |parts| parts.unassigned_treatments = vec![treatment("One", 2), treatment("Other", 2)],
        expect![
            "unassigned number treatments One and Other have the same priority; give one of them another"
        ],
    );
}
