//! Calls from the public network, and of applications.

use expect_test::expect;
use tenant::organization::*;

use crate::world::{LINE, RESOURCE, STRANGE_RESOURCE, World, id, pattern, rewrite};

const SBC: &str = "trunk:sbc1.contoso.example:+4930999";

#[test]
fn a_number_of_a_resource_account_leads_to_its_application() {
    let world = World::new();
    world.check(SBC, "+14255550200", expect!["application of account 101 for +14255550200"]);
    world.check("trunk:carrier", "14255550200", expect!["application of account 101 for +14255550200"]);
    world.check("alice", "0200", expect!["application of account 101 for +14255550200"]);
    world.check("stranger", "+14255550200", expect!["application of account 101 for +14255550200"]);
    world.check("trunk:britain", "+14255550200", expect!["refused: it belongs to another tenant"]);
    world.check(
        "app:10:+14255550200",
        "4:+14255550200",
        expect![[r#"Platform(PhoneNumber("+14255550200"))"#]],
    );
}

#[test]
fn each_missing_grant_has_its_symptom() {
    let mut world = World::new();
    world.contoso.consents.clear();
    world.check(SBC, "+14255550200", expect!["refused: the communication resource has not consented"]);
    world.contoso.accounts[0].synced = false;
    world.check(
        SBC,
        "+14255550200",
        expect!["refused: the resource account is not linked to an application"],
    );
    world.contoso.accounts[0].synced = true;
    world.contoso.accounts[0].resource = None;
    world.check(
        SBC,
        "+14255550200",
        expect!["refused: the resource account is not linked to an application"],
    );
    world.contoso.accounts[0].resource = Some(RESOURCE);
    world.contoso.accounts[0].application =
        ApplicationKind::of("ce933385-9390-45d1-9512-c8d228074e07".parse().expect("an id"));
    world.check_why(SBC, "+14255550200", expect![[r#"
        ownership: +14255550200 belongs to the resource account line@contoso.example
        application: it has the application id of a voice app, which answers for no other (resource account line@contoso.example)
        outcome: the resource account is not linked to an application
    "#]]);
}

#[test]
fn a_number_of_a_person_rings_the_person() {
    let mut world = World::new();
    world.check(SBC, "+14255550101", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("stranger", "+14255550101", expect!["refused: nobody has that name or number"]);
    world.check("trunk:britain", "+14255550101", expect!["refused: it belongs to another tenant"]);
    world.person_mut("alice").licences.phone_system = false;
    world.check(
        SBC,
        "+14255550101",
        expect!["refused: a licence or policy does not let this person have calls"],
    );
    world.check("carl", "+14255550101", expect!["person 1 for 20 s; then voicemail of 1"]);
}

#[test]
fn numbers_are_read_as_the_gateway_writes_them() {
    let mut world = World::new();
    world.contoso.translation_rules =
        vec![TranslationRule { name: "Local".into(), rewrite: rewrite(r"^(\d{4})$", "+1425555$1") }];
    world.contoso.gateways[0].inbound_called = vec!["Local".into()];
    world.check(SBC, "0101", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("trunk:sbc2.contoso.example", "0101", expect!["refused: nobody has that name or number"]);
}

#[test]
fn blocked_callers_do_not_get_through() {
    let mut world = World::new();
    let block = |name: &str, text: &str, redirect| InboundBlock {
        name: name.into(),
        enabled: true,
        pattern: pattern(text),
        redirect,
    };
    world.contoso.blocks = vec![block("Spam", r"^\+4930", None), block("Fax", r"^\+4940", Some(LINE))];
    world.check(SBC, "+14255550101", expect!["refused: calls from this number are blocked"]);
    world.check(
        "trunk:sbc1.contoso.example:+4940999",
        "+14255550101",
        expect!["application of account 101 for +14255550200"],
    );
    world.check(
        "trunk:sbc1.contoso.example:+4950999",
        "+14255550101",
        expect!["person 1 for 20 s; then voicemail of 1"],
    );
    world.contoso.exempts =
        vec![InboundExempt { name: "Friend".into(), enabled: true, pattern: pattern(r"^\+4930999$") }];
    world.check(SBC, "+14255550101", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.person_mut("alice").blocked_numbers = vec![pattern("999$")];
    world.check(SBC, "+14255550101", expect!["refused: calls from this number are blocked"]);
}

#[test]
fn two_companies_may_use_the_same_digits_behind_their_gateways() {
    let mut world = World::new();
    let mut own =
        crate::world::held("+14255550101", Connectivity::DirectRouting, Some(Holder::Person(id(51))));
    own.category = AssignmentCategory::Alternate;
    world.fabrikam.numbers.push(own);
    world.check(SBC, "+14255550101", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("trunk:britain", "+14255550101", expect!["person 51 for 20 s; then voicemail of 51"]);
}

#[test]
fn applications_reach_people_where_both_sides_let_them() {
    let mut world = World::new();
    let alice = &format!("8:orgid:{}", id(1));
    world.check("app:10", alice, expect!["person 1"]);
    world.check("app:20", alice, expect!["refused: external access does not let the two talk"]);
    world.contoso.federation.resources = Some(vec![STRANGE_RESOURCE]);
    world.check("app:20", alice, expect!["person 1"]);
    let mut policy = ExternalAccessPolicy::new(Name::global());
    policy.communication_resources = false;
    world.contoso.external_access_policies = vec![policy];
    world.check("app:20", alice, expect!["refused: external access does not let the two talk"]);
    // A resource that works for the company needs no more than the consent, as in Azure; unless the tenant says so.
    world.check("app:10", alice, expect!["person 1"]);
    world.contoso.beyond_azure.honors_external_access = true;
    world.check("app:10", alice, expect!["refused: external access does not let the two talk"]);
}

#[test]
fn an_agent_is_reached_where_the_resource_consented() {
    let mut world = World::new();
    let agent = &format!("8:acs:{RESOURCE}_{}_{}", crate::world::CONTOSO, id(1));
    world.check("app:10", agent, expect!["refused: the communication resource has not consented"]);
    let grant = Grant::Person { clients: vec![id(800)] };
    world.contoso.consents.push(Consent { resource: RESOURCE, principal: id(1), grant });
    world.check("app:10", agent, expect!["agent 1"]);
    world.check("app:20", agent, expect!["refused: it belongs to another tenant"]);
}
