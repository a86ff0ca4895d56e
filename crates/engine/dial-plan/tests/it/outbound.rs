//! Calls of people and resource accounts to the public network.

use dial_plan::Circumstances;
use expect_test::expect;
use identifier::TrunkName;
use tenant::organization::*;

use crate::world::{World, assigned, id, number, pattern, rewrite};

#[test]
fn digits_are_normalized_by_the_dial_plan_of_the_caller() {
    let world = World::new();
    world.check(
        "alice",
        "0199",
        expect!["+14255550199 via sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check(
        "alice",
        "50199",
        expect!["+14255550199 via sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check(
        "alice",
        "2065550100",
        expect!["+12065550100 via sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check("alice", "0", expect!["+14255550100 via sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"]);
    world.check("alice", "011 49 30 1234567", expect!["+49301234567 via sbc6 as +14255550101"]);
    world.check("carl", "030 1234567", expect!["+49301234567 via carrier as +4930555010"]);
    world.check("carl", "٠٣٠١٢٣٤٥٦٧", expect!["refused: nobody has that name or number"]);
}

#[test]
fn routes_are_tried_by_usage_priority_and_health() {
    let world = World::new();
    world.check(
        "alice",
        "+14255550199",
        expect!["+14255550199 via sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as +14255550101"]);
    world.check("alice", "+49301234567", expect!["+49301234567 via sbc6 as +14255550101"]);
    let ingress = TrunkName::new("sbc5.contoso.example");
    let forwarded = Circumstances { ingress: Some(&ingress), ..Circumstances::default() };
    world.check_in(
        "alice",
        "+14255550199",
        &forwarded,
        expect!["+14255550199 via sbc5, sbc1, sbc2, sbc3, sbc4, sbc6 as +14255550101"],
    );
    let silent = |name: &TrunkName| name.as_str().starts_with("sbc1") || name.as_str().starts_with("sbc4");
    let demoted = Circumstances { is_demoted: &silent, ..Circumstances::default() };
    world.check_in(
        "alice",
        "+14255550199",
        &demoted,
        expect!["+14255550199 via sbc2, sbc3, sbc5, sbc6, sbc1, sbc4 as +14255550101"],
    );
}

#[test]
fn gateways_of_one_route_share_the_calls() {
    let world = World::new();
    let first = |chance| {
        let circumstances = Circumstances { chance, ..Circumstances::default() };
        let explained = world.ask("alice", "+14255550199", &circumstances);
        let Ok(dial_plan::Route::Gateways { candidates, .. }) = explained.outcome else {
            panic!("{explained:?}")
        };
        assert!(candidates[1].trunk.as_str() < "sbc3", "a route ends before the next one begins");
        candidates[0].trunk.as_str().starts_with("sbc1")
    };
    let ones = (0..1000).filter(|chance| first(*chance)).count();
    assert!((400..600).contains(&ones), "{ones} of 1000");
}

#[test]
fn a_gateway_that_is_not_enabled_gets_no_calls() {
    let mut world = World::new();
    world.contoso.gateways[4].enabled = false;
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc6 as +14255550101"]);
    world.contoso.gateways[5].enabled = false;
    world.check("alice", "+13245678989", expect!["refused: no trunk leads to this number"]);
}

#[test]
fn a_gateway_gets_numbers_as_its_rules_have_them() {
    let mut world = World::new();
    world.contoso.translation_rules = vec![
        TranslationRule { name: "National".into(), rewrite: rewrite(r"^\+1(\d{10})$", "$1") },
        TranslationRule { name: "Abroad".into(), rewrite: rewrite(r"^\+(\d+)$", "011$1") },
    ];
    world.contoso.gateways[5].outbound_called = vec!["National".into(), "Abroad".into()];
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 (3245678989) as +14255550101"]);
    world.check("alice", "+49301234567", expect!["+49301234567 via sbc6 (01149301234567) as +14255550101"]);
}

#[test]
fn who_has_a_calling_plan_leaves_through_the_operator() {
    let mut world = World::new();
    world.check("carl", "+49301234567", expect!["+49301234567 via carrier as +4930555010"]);
    // Usages for everybody pull people with a calling plan onto the gateways.
    world
        .contoso
        .voice_routing_policies
        .push(VoiceRoutingPolicy { name: Name::global(), usages: vec!["Elsewhere".into()] });
    world.check("carl", "+49301234567", expect!["+49301234567 via sbc6 as +4930555010"]);
    world.check(
        "dora",
        "+49301234567",
        expect!["refused: the caller has no number to call the public network with"],
    );
}

#[test]
fn calls_go_as_far_as_the_dial_out_policy_lets_them() {
    let mut world = World::new();
    let domestic = assigned(&[(PolicyKind::DialOut, "DialoutCPCandPSTNDomestic")]);
    world.person_mut("carl").policies = domestic;
    world.check("carl", "+49301234567", expect!["+49301234567 via carrier as +4930555010"]);
    world.check(
        "carl",
        "+33123456789",
        expect!["refused: the dial-out policy does not let calls go to that country"],
    );
    world.check(
        "carl",
        "112",
        expect!["help at 112 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +4930555010"],
    );
    world.person_mut("carl").policies = assigned(&[(PolicyKind::DialOut, "DialoutCPCandPSTNDisabled")]);
    world.check(
        "carl",
        "+49301234567",
        expect!["refused: the dial-out policy does not let calls go to that country"],
    );
    world.check("carl", "alice@contoso.example", expect!["person 1 for 20 s; then voicemail of 1"]);
}

#[test]
fn licences_are_gates() {
    let mut world = World::new();
    world.person_mut("carl").licences.phone_system = false;
    world.check(
        "carl",
        "+49301234567",
        expect!["refused: a licence or policy does not let this person have calls"],
    );
    world.person_mut("alice").enterprise_voice = false;
    world.check(
        "alice",
        "+14255550199",
        expect!["refused: a licence or policy does not let this person have calls"],
    );
}

#[test]
fn the_caller_is_shown_as_the_policy_says() {
    let mut world = World::new();
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as +14255550101"]);
    let mut policy = CallerIdPolicy::new("Desk".into());
    policy.substitute = CallerIdSubstitute::ResourceAccount(id(101));
    policy.person_may_hide = true;
    world.contoso.caller_id_policies = vec![policy];
    world.person_mut("alice").policies.0.insert(PolicyKind::CallerId, "desk".into());
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as +14255550200"]);
    world.person_mut("alice").hides_number = true;
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as nobody"]);
    world.contoso.caller_id_policies[0].substitute = CallerIdSubstitute::Anonymous;
    world.person_mut("alice").hides_number = false;
    world.check("alice", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as nobody"]);
    world.check(
        "alice",
        "911",
        expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
}

#[test]
fn who_shares_a_number_calls_in_its_name() {
    let world = World::new();
    world.check("bob", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as +14255550300"]);
    world.check_why("bob", "+13245678989", expect![[r#"
        caller: bob@contoso.example in US
        normalization: +13245678989 is written with its country
        restriction: calls may go everywhere (dial-out policy Global, for everybody)
        caller id: +14255550300 is shown, which is shared (shared calling policy Reception, assigned directly)
        voice route: usage US has one route for +13245678989 (voice routing policy Redmond, by shared calling policy Reception, assigned directly)
        voice route: leads through sbc5.contoso.example, sbc6.contoso.example (voice route Other +1, priority 3)
    "#]]);
}

#[test]
fn a_resource_account_calls_under_its_own_policies() {
    let mut world = World::new();
    world.check("account:102", "+13245678989", expect!["+13245678989 via sbc5, sbc6 as +14255550300"]);
    world.check("account:101", "+13245678989", expect!["refused: no trunk leads to this number"]);
    world.check("app:10:+14255550200", "4:+13245678989", expect!["refused: no trunk leads to this number"]);
    world.contoso.accounts[0].policies = assigned(&[
        (PolicyKind::VoiceRouting, "Redmond"),
        (PolicyKind::DialOut, "DialoutCPCandPSTNDomestic"),
    ]);
    world.check(
        "app:10:+14255550200",
        "4:+13245678989",
        expect!["+13245678989 via sbc5, sbc6 as +14255550200"],
    );
    world.check(
        "app:10:+14255550200",
        "4:+33123456789",
        expect!["refused: the dial-out policy does not let calls go to that country"],
    );
    world.check(
        "app:20:+14255550200",
        "4:+13245678989",
        expect!["refused: the caller number does not belong to the resource"],
    );
}

#[test]
fn a_group_gives_what_nobody_was_given_directly() {
    let mut world = World::new();
    world.person_mut("dora").groups = vec!["Sales".into(), "Staff".into()];
    let policy = |group: &str, name: &str, rank| GroupPolicy {
        group: group.into(),
        kind: PolicyKind::DialPlan,
        policy: name.into(),
        rank,
    };
    world
        .contoso
        .dial_plans
        .push(DialPlan { name: "Sales".into(), rules: vec![crate::world::rule("Nine", r"^9(\d+)$", "+$1")] });
    world.contoso.group_policies = vec![policy("Staff", "Redmond", 2), policy("Sales", "Sales", 1)];
    world.check_why("dora", "9442071234567", expect![[r#"
        caller: dora@contoso.example in DE
        normalization: 9442071234567 becomes +442071234567 (normalization rule Nine, of dial plan Sales, by group Sales)
        restriction: dora@contoso.example has no number and shares none
        outcome: the caller has no number to call the public network with
    "#]]);
}

#[test]
fn tolls_are_not_bypassed_where_that_is_forbidden() {
    let mut world = World::new();
    let mut policy = CallingPolicy::new("Toll".into());
    policy.prevents_toll_bypass = true;
    world.contoso.calling_policies = vec![policy];
    world.person_mut("alice").policies.0.insert(PolicyKind::Calling, "Toll".into());
    world.contoso.sites = vec![NetworkSite {
        name: "Redmond".into(),
        emergency_calling: None,
        emergency_call_routing: None,
        location_based_routing: true,
        voice_routing: None,
    }];
    let network = |text: &str, prefix| Network::new(text.parse().expect("an address"), prefix);
    world.contoso.subnets = vec![NetworkSubnet { network: network("10.1.0.0", 16), site: "Redmond".into() }];
    world.contoso.trusted_addresses = vec![network("203.0.113.0", 24)];
    world.contoso.gateways[4].site = Some("Redmond".into());
    world.contoso.gateways[4].location_based_routing = true;
    let at = |client: &str, outside: &str| Circumstances {
        client: Some(client.parse().expect("an address")),
        seen_from: Some(outside.parse().expect("an address")),
        ..Circumstances::default()
    };
    world.check_in(
        "alice",
        "+13245678989",
        &at("10.1.2.3", "203.0.113.7"),
        expect!["+13245678989 via sbc5 as +14255550101"],
    );
    world.check_in(
        "alice",
        "+13245678989",
        &at("10.1.2.3", "198.51.100.7"),
        expect!["+13245678989 via sbc6 as +14255550101"],
    );
    world.check_in(
        "alice",
        "+49301234567",
        &at("10.1.2.3", "203.0.113.7"),
        expect!["refused: location-based routing leaves no gateway for this call"],
    );
}

#[test]
fn numbers_of_nobody_are_treated_from_within_as_well() {
    let mut world = World::new();
    world.check("alice", "0900", expect!["refused: nobody has that name or number"]);
    world.contoso.unassigned_treatments = vec![
        UnassignedTreatment {
            name: "Second".into(),
            priority: 2,
            pattern: pattern(r"^\+1425555"),
            target: UnassignedTarget::Announcement("moved.wav".into()),
        },
        UnassignedTreatment {
            name: "First".into(),
            priority: 1,
            pattern: pattern(r"^\+14255550900$"),
            target: UnassignedTarget::ResourceAccount(id(101)),
        },
    ];
    world.check("alice", "0900", expect!["application of account 101 for +14255550200"]);
    world.check(
        "alice",
        "0901",
        expect![[
            r#"Announcement { tenant: TenantId(00000000-0000-0000-0000-000000000001), sound: "moved.wav" }"#
        ]],
    );
    world.check("alice", "0101", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check(
        "trunk:sbc1.contoso.example",
        "+14255550900",
        expect!["application of account 101 for +14255550200"],
    );
    assert_eq!(
        world.directory().organizations()[0]
            .number(&number("+14255550900"))
            .map(|held| held.holder.is_none()),
        Some(true)
    );
}
