//! Calls for help.

use dial_plan::Circumstances;
use expect_test::expect;
use tenant::organization::*;

use crate::world::{World, id};

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
        emergency: help calls back +14255550101; no policy hides it
        emergency: the place is that of the number
        emergency: 1 on the security desk are told (emergency calling policy Global, for everybody)
        trunk: help is called through the first of carrier, sbc1.contoso.example, sbc2.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    world.check_why("alice", "933", expect![[r#"
        caller: alice@contoso.example in US
        emergency: 933 calls for help (emergency call routing policy Global, for everybody)
        emergency: help calls back +14255550101; no policy hides it
        emergency: the place is that of the number
        emergency: nobody on the security desk is told (emergency calling policy Global, for everybody)
        voice route: usage Help has one route for 933 (PSTN usage Help)
        voice route: leads through sbc2.contoso.example (voice route Help, priority 1)
        trunk: help is called through the first of sbc2.contoso.example, carrier, sbc1.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    world.check_why("bob", "911", expect![[r#"
        caller: bob@contoso.example in US
        emergency: 911 calls for help, as everywhere on this platform
        emergency: help calls back one of 1 numbers, bound to the caller (shared calling policy Reception, assigned directly)
        emergency: no place is known; the call is made all the same
        emergency: 1 on the security desk are told (emergency calling policy Global, for everybody)
        trunk: help is called through the first of carrier, sbc1.contoso.example, sbc2.contoso.example, sbc3.contoso.example, sbc4.contoso.example, sbc5.contoso.example, sbc6.contoso.example
    "#]]);
    let help = world.ask("bob", "911", &Circumstances::default()).help.expect("it is for help");
    assert_eq!(help.pool.len(), 1);
    let help = world.ask("alice", "911", &Circumstances::default()).help.expect("it is for help");
    assert_eq!(help.location, Some(id(700)));
}
