//! Calls for help.

use dial_plan::{Availability, Circumstances, Principal, Route, called_number, help_dialled};
use expect_test::expect;
use identifier::{PhoneNumber, TrunkName, UserId};
use tenant::Directory;
use tenant::organization::*;

use crate::world::{CONTOSO, FABRIKAM, World, busy, held, id, number, rewrite};

fn policy(name: &str, dial_string: &str, masks: &[&str], usage: Option<&str>) -> EmergencyCallRoutingPolicy {
    EmergencyCallRoutingPolicy {
        name: name.into(),
        enhanced: true,
        numbers: vec![EmergencyNumber {
            dial_string: dial_string.into(),
            masks: masks.iter().map(|mask| (*mask).into()).collect(),
            usage: usage.map(Name::new),
        }],
    }
}

#[test]
fn a_mask_is_sent_as_the_number_for_help() {
    let mut world = World::new();
    world.check(
        "alice",
        "911",
        expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.contoso.emergency_call_routing_policies =
        vec![policy("Global", "911", &["112", "212"], Some("Help"))];
    world.check(
        "alice",
        "911",
        expect!["help at 911 via sbc2, carrier, sbc1, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check(
        "alice",
        "112",
        expect!["help at 911 via sbc2, carrier, sbc1, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check(
        "alice",
        "2-1-2",
        expect!["help at 911 via sbc2, carrier, sbc1, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check("alice", "213", expect!["refused: nobody has that name or number"]);
    world.check(
        "phone:alice-desk",
        "212",
        expect!["help at 911 via sbc2, carrier, sbc1, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check("phone:lobby", "911", expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6"]);
    world.check(
        "trunk:sbc1.contoso.example",
        "911",
        expect!["refused: a call from one trunk may not leave through another"],
    );
}

#[test]
fn help_is_recognized_before_the_dial_plan_changes_the_digits() {
    let mut world = World::new();
    world.contoso.dial_plans[0].rules.insert(0, crate::world::rule("Everything", r"^(\d+)$", "+1425555$1"));
    world.check(
        "alice",
        "911",
        expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
}

#[test]
fn the_site_decides_where_help_comes_from() {
    let mut world = World::new();
    world.contoso.emergency_call_routing_policies =
        vec![policy("Global", "911", &[], None), policy("Berlin", "110", &["911"], None)];
    world.contoso.sites = vec![NetworkSite {
        name: "Berlin".into(),
        emergency_calling: None,
        emergency_call_routing: Some("Berlin".into()),
        location_based_routing: false,
        voice_routing: None,
    }];
    let network = |text: &str, prefix| Network::new(text.parse().expect("an address"), prefix);
    world.contoso.subnets = vec![NetworkSubnet { network: network("10.2.0.0", 16), site: "Berlin".into() }];
    world.contoso.trusted_addresses = vec![network("203.0.113.0", 24)];
    let there = Circumstances {
        client: Some("10.2.0.1".parse().expect("an address")),
        seen_from: Some("203.0.113.9".parse().expect("an address")),
        ..Circumstances::default()
    };
    world.check_in(
        "alice",
        "911",
        &there,
        expect!["help at 110 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
    world.check(
        "alice",
        "911",
        expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
}

#[test]
fn help_learns_whom_to_call_back_and_where_to_come() {
    let mut world = World::new();
    let place = Location {
        id: id(700),
        place: None,
        company: None,
        country: "US".parse().expect("a country"),
        state: None,
        city: Some("Redmond".into()),
        postal_code: None,
        street_pre_directional: None,
        street: None,
        street_suffix: None,
        street_post_directional: None,
        house_number: None,
        house_number_suffix: None,
        position: None,
        elin: None,
    };
    world.contoso.locations = vec![place];
    world.contoso.numbers[0].location = Some(id(700));
    world.contoso.emergency_calling_policies = vec![EmergencyCallingPolicy {
        name: Name::global(),
        notification: Some(Notification {
            mode: NotificationMode::ConferenceMuted,
            group: vec!["desk@contoso.example".into()],
            number: None,
        }),
        extended: vec![("933".into(), None)],
        may_confirm_location: false,
    }];
    world.contoso.emergency_call_routing_policies = vec![policy("Global", "933", &[], Some("Help"))];
    world.check_why("alice", "911", expect![[r#"
        caller: alice@contoso.example in US
        emergency: 911 calls for help, as everywhere on this platform
        emergency: help sees +14255550101 and calls it back; no policy hides it
        emergency: the place is that of the number
        emergency: the security desk is told: desk@contoso.example (emergency calling policy Global, for everybody)
        trunk: help is called through the first of carrier, sbc1.contoso.example, sbc2.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    world.check_why("alice", "933", expect![[r#"
        caller: alice@contoso.example in US
        emergency: 933 calls for help (emergency call routing policy Global, for everybody)
        emergency: help sees +14255550101 and calls it back; no policy hides it
        emergency: the place is that of the number
        emergency: no security desk is told (emergency calling policy Global, for everybody)
        voice route: usage Help has one route for 933 (PSTN usage Help)
        voice route: leads through sbc2.contoso.example (voice route Help, priority 1)
        trunk: help is called through the first of sbc2.contoso.example, carrier, sbc1.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    world.check_why("bob", "911", expect![[r#"
        caller: bob@contoso.example in US
        emergency: 911 calls for help, as everywhere on this platform
        emergency: +14255550400 is reserved for the caller, so that help can call back (shared calling policy Reception, assigned directly)
        emergency: no place is known; the call is made all the same
        emergency: the security desk is told: desk@contoso.example (emergency calling policy Global, for everybody)
        trunk: help is called through the first of carrier, sbc1.contoso.example, sbc2.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    let help = world.ask("bob", "911", &Circumstances::default()).help.expect("it is for help");
    assert_eq!((help.callback, help.reserves), (Some(number("+14255550400")), true));
    let help = world.ask("alice", "911", &Circumstances::default()).help.expect("it is for help");
    assert_eq!(help.location, Some(id(700)));
}

#[test]
fn those_who_share_a_number_are_called_back_under_one_that_is_reserved_for_them() {
    let mut world = World::new();
    let pool = ["+14255550400", "+14255550401", "+14255550402"].map(number);
    world.contoso.shared_calling_policies[0].emergency_numbers = pool.to_vec();
    for spare in &pool[1..] {
        let held = HeldNumber { number: spare.clone(), ..world.contoso.numbers[4].clone() };
        world.contoso.numbers.push(held);
    }
    let [first, second, third] = pool;
    // Phones 7, 8 and 9 called for help earlier, in this order; 3 is that of bob.
    let check = |reserved: &[(&PhoneNumber, u128)], expected: &PhoneNumber| {
        let reserved: Vec<_> =
            reserved.iter().map(|(number, user)| ((*number).clone(), UserId::from_u128(*user))).collect();
        let circumstances = Circumstances { reserved: &reserved, ..Circumstances::default() };
        let explained = world.ask("phone:bob-desk", "911", &circumstances);
        assert_eq!(explained.shown.and_then(|shown| shown.number).as_ref(), Some(expected));
        assert!(explained.help.expect("it is for help").reserves);
    };
    check(&[], &first);
    check(&[(&first, 7)], &second);
    check(&[(&second, 8), (&first, 7)], &third);
    // Who calls once more keeps the number; and when all are taken, whoever has waited longest is given up.
    check(&[(&first, 7), (&second, 3)], &second);
    check(&[(&second, 8), (&third, 9), (&first, 7)], &second);

    world.contoso.shared_calling_policies[0].emergency_numbers.clear();
    let help = world.ask("bob", "911", &Circumstances::default()).help.expect("it is for help");
    assert_eq!(
        (help.callback, help.reserves),
        (Some(number("+14255550300")), false),
        "the account is called back"
    );
}

#[test]
fn help_that_calls_back_reaches_whoever_called_past_everything() {
    let mut world = World::new();
    let alice = world.person_mut("alice");
    alice.settings.forwarding = Some(Forwarding::Immediate(ForwardTarget::Number(number("+4930777"))));
    alice.blocked_numbers = vec![crate::world::pattern(".*")];
    alice.enterprise_voice = false;
    let check = |number_called: &str, user: u128, availability, expected| {
        let reserved = [(number(number_called), UserId::from_u128(user))];
        let availability = move |_| availability;
        let there =
            Circumstances { reserved: &reserved, availability: &availability, ..Circumstances::default() };
        world.check_in("trunk:carrier:+14255550999", number_called, &there, expected);
    };
    for availability in [Availability::InACall, Availability::DoNotDisturb] {
        // From a Teams client: that alone. From an agent's: both.
        check("+14255550101", 1, availability, expect!["person 1"]);
        check("+14255550101", 2, availability, expect!["person 1 and agent 1"]);
        check("+14255550400", 3, availability, expect!["person 2"]);
    }
    // Nobody but the public network calls back, and no trunk of another company.
    let reserved = [(number("+14255550101"), UserId::from_u128(1))];
    let there = Circumstances { reserved: &reserved, availability: &busy, ..Circumstances::default() };
    world.check_in(
        "trunk:britain:+14255550999",
        "+14255550101",
        &there,
        expect!["refused: it belongs to another tenant"],
    );
    // After the hour, or without a call for help, everything is as they want it.
    world.check(
        "trunk:carrier:+14255550999",
        "+14255550400",
        expect!["refused: the communication resource has not consented"],
    );
}

#[test]
fn whatever_tells_most_of_where_a_phone_is_is_where_help_comes() {
    let mut world = World::new();
    let place = |number: u128| Location {
        id: id(number),
        place: None,
        company: None,
        country: "US".parse().expect("a country"),
        state: None,
        city: None,
        postal_code: None,
        street_pre_directional: None,
        street: None,
        street_suffix: None,
        street_post_directional: None,
        house_number: None,
        house_number_suffix: None,
        position: None,
        elin: None,
    };
    let network = |text: &str, prefix| Network::new(text.parse().expect("an address"), prefix);
    let point = |text: &str| Whereabouts::AccessPoint(text.into());
    let port = |chassis: &str, port: &str| Whereabouts::Port { chassis: chassis.into(), port: port.into() };
    let seen = [
        Whereabouts::Subnet(network("10.0.0.0", 8)),
        Whereabouts::Subnet(network("10.2.0.0", 16)),
        Whereabouts::Switch("00-11-22-33-44-55".into()),
        port("00-11-22-33-44-55", "Gi1/0/12"),
        point("a1-b2-c3-d4-e5-f*"),
        point("a1-b2-c3-d4-e5-f6"),
    ];
    world.contoso.locations = (0..6).map(|index| place(700 + index)).collect();
    let entries = (700..).zip(seen);
    world.contoso.wiremap = entries.map(|(at, seen)| WiremapEntry { seen, location: id(at) }).collect();
    world.contoso.trusted_addresses = vec![network("203.0.113.0", 24)];
    let trusted = Circumstances {
        client: Some("10.2.0.1".parse().expect("an address")),
        seen_from: Some("203.0.113.9".parse().expect("an address")),
        ..Circumstances::default()
    };
    let check = |there: Circumstances<'_>, expected: Option<u128>| {
        let help = world.ask("alice", "911", &there).help.expect("it is for help");
        assert_eq!(help.location, expected.map(id));
    };
    let wired = Circumstances { chassis: Some("00-11-22-33-44-55"), ..trusted };
    check(trusted, Some(701));
    check(Circumstances { client: Some("10.9.0.1".parse().expect("an address")), ..trusted }, Some(700));
    check(wired, Some(702));
    check(Circumstances { port: Some("gi1/0/12"), ..wired }, Some(703));
    check(Circumstances { port: Some("Gi1/0/13"), ..wired }, Some(702));
    check(Circumstances { access_point: Some("a1-b2-c3-d4-e5-f7"), ..wired }, Some(704));
    check(Circumstances { access_point: Some("a1-b2-c3-d4-e5-f6"), ..wired }, Some(705));
    check(Circumstances { access_point: Some("a1-b2-c3-d4-e6-f6"), ..trusted }, Some(701));
    // Anybody could say so who is not in the company's network.
    check(Circumstances { seen_from: None, access_point: Some("a1-b2-c3-d4-e5-f6"), ..wired }, None);
}

#[test]
fn help_is_called_where_nothing_else_may_be() {
    let mut world = World::new();
    let alice = world.person_mut("alice");
    alice.policies.0.insert(PolicyKind::DialOut, Name::new("DialoutCPCandPSTNDisabled"));
    alice.policies.0.insert(PolicyKind::CallerId, Name::new("Nobody"));
    alice.enterprise_voice = false;
    world.contoso.dial_out_policies = DialOutPolicy::prebuilt().collect();
    let hidden = CallerIdSubstitute::Anonymous;
    world.contoso.caller_id_policies =
        vec![CallerIdPolicy { substitute: hidden, ..CallerIdPolicy::new(Name::new("Nobody")) }];
    for gateway in &mut world.contoso.gateways {
        gateway.enabled = false;
    }
    assert!(world.ask("alice", "+14255550999", &Circumstances::default()).outcome.is_err());
    world.check(
        "alice",
        "911",
        expect!["help at 911 via carrier, sbc1, sbc2, sbc3, sbc4, sbc5, sbc6 as +14255550101"],
    );
}

#[test]
fn a_number_that_others_share_behind_extensions_is_reserved_for_none_of_them() {
    let mut world = World::new();
    for (person, extension) in [(2, "202"), (4, "204")] {
        let main = held("+14255550700", Connectivity::DirectRouting, Some(Holder::Person(id(person))));
        world.contoso.numbers.push(HeldNumber { extension: Some(extension.into()), ..main });
    }
    let reserves = |who: &str| {
        let help = world.ask(who, "911", &Circumstances::default()).help.expect("it is for help");
        (help.callback, help.reserves)
    };
    assert_eq!(reserves("bob"), (Some(number("+14255550400")), true), "one of his policy's pool");
    assert_eq!(reserves("dora"), (Some(number("+14255550700")), false));
    let why = world.ask("dora", "911", &Circumstances::default()).why.to_string();
    assert!(
        why.contains("help that calls back reaches whoever answers +14255550700, and not the caller"),
        "{why}"
    );
    let alone = HeldNumber { extension: None, ..world.contoso.numbers.pop().expect("hers") };
    world.contoso.numbers.retain(|held| held.extension.is_none());
    world.contoso.numbers.push(alone);
    let help = world.ask("dora", "911", &Circumstances::default()).help.expect("it is for help");
    assert!(help.reserves, "it is hers alone");
}

#[test]
fn a_test_of_help_is_one_only_where_nobody_named_its_number() {
    let mut world = World::new();
    let is_test = |world: &World, who: &str| {
        world.ask(who, "933", &Circumstances::default()).outcome == Ok(Route::TestOfHelp)
    };
    assert!(is_test(&world, "alice"));
    assert!(!is_test(&world, "carl"), "he is in Germany");
    // A policy names it, with a usage or without.
    world.contoso.emergency_call_routing_policies = vec![policy("Global", "933", &[], None)];
    for who in ["alice", "carl"] {
        let Ok(Route::Emergency { number, .. }) = world.ask(who, "933", &Circumstances::default()).outcome
        else {
            panic!("it calls for help")
        };
        assert_eq!(&*number, "933");
    }
    // The operator names it.
    let directory = World::new().directory();
    let asked = |directory: &Directory| {
        let phone = Principal::Phone(directory.phone("alice-desk").expect("a phone").user);
        let found = help_dialled(directory, phone, "933", &Circumstances::default());
        found.map(|help| (help.number.to_owned(), help.is_test))
    };
    assert_eq!(asked(&directory), Some(("933".to_owned(), true)));
    let directory = directory.with_emergency_numbers(vec!["911".into(), "933".into()]);
    assert_eq!(asked(&directory), Some(("933".to_owned(), false)));
}

#[test]
fn what_a_trunk_dials_is_a_number_of_its_company_as_its_gateway_means_it() {
    let mut world = World::new();
    world.contoso.translation_rules =
        vec![TranslationRule { name: "Local".into(), rewrite: rewrite(r"^(\d{4})$", "+1425555$1") }];
    world.contoso.gateways[0].inbound_called = vec!["Local".into()];
    let directory = world.directory();
    let called = |trunk: &str, dialled: &str| {
        called_number(&directory, Principal::Trunk(&TrunkName::new(trunk)), dialled)
    };
    let alice = number("+14255550101");
    assert_eq!(called("sbc1.contoso.example", "0101"), Some((CONTOSO, alice.clone())));
    assert_eq!(called("carrier", "14255550101"), Some((CONTOSO, alice.clone())), "without its plus sign");
    assert_eq!(called("carrier", "+1 (425) 555-0101"), Some((CONTOSO, alice.clone())));
    assert_eq!(called("britain", "+14255550101"), Some((FABRIKAM, alice)), "whoever else holds it");
    assert_eq!(called("carrier", "+24255550101"), Some((CONTOSO, number("+24255550101"))));
    assert_eq!(called("carrier", "alice-desk"), None);
    assert_eq!(called("nobody", "+14255550101"), None);
}
