//! What people want to happen to their calls.

use dial_plan::{Availability, Circumstances};
use expect_test::expect;
use tenant::organization::*;

use crate::world::{World, busy, id, number};

const SBC: &str = "trunk:sbc1.contoso.example:+4930999";
const ALICE: &str = "+14255550101";

#[test]
fn calls_are_forwarded_as_the_person_wishes() {
    let mut world = World::new();
    world.person_mut("alice").settings.forwarding =
        Some(Forwarding::Immediate(ForwardTarget::Number(number("+13245678989"))));
    world.check(SBC, ALICE, expect!["+13245678989"]);
    world.person_mut("alice").settings.forwarding =
        Some(Forwarding::Simultaneous(ForwardTarget::Number(number("+13245678989"))));
    world.check(SBC, ALICE, expect!["person 1 and +13245678989 for 20 s; then voicemail of 1"]);
    world.person_mut("alice").settings.unanswered =
        Some(Unanswered { seconds: 30, target: ForwardTarget::Person(id(3)) });
    world.person_mut("carl").settings.forwarding = Some(Forwarding::Immediate(ForwardTarget::Person(id(4))));
    world.check(SBC, ALICE, expect!["person 1 and +13245678989 for 30 s; then person 4"]);
    world.person_mut("alice").settings.unanswered = None;
    world.person_mut("alice").settings.forwarding = None;
    world.check(SBC, ALICE, expect!["person 1"]);
}

#[test]
fn a_policy_decides_whether_calls_may_be_sent_on() {
    let mut world = World::new();
    world.person_mut("alice").settings.forwarding =
        Some(Forwarding::Immediate(ForwardTarget::Number(number("+13245678989"))));
    let mut policy = CallingPolicy::new(Name::global());
    policy.forwarding_to_numbers = false;
    policy.voicemail = VoicemailUse::Never;
    world.contoso.calling_policies = vec![policy];
    world.check_why(
        SBC,
        ALICE,
        expect![[r#"
        ownership: +14255550101 belongs to alice@contoso.example
        delivery: calls may not be sent on to the public network (calling policy Global, for everybody)
        delivery: alice@contoso.example rings
    "#]],
    );
    world.contoso.calling_policies[0].voicemail = VoicemailUse::Always;
    world.check(SBC, ALICE, expect!["person 1 for 30 s; then voicemail of 1"]);
    world.contoso.calling_policies[0].inbound_public = InboundTreatment::Voicemail;
    world.check(SBC, ALICE, expect!["voicemail of 1"]);
    world.check("carl", ALICE, expect!["person 1 for 30 s; then voicemail of 1"]);
    world.contoso.calling_policies[0].private_calling = false;
    world.check(SBC, ALICE, expect!["refused: a licence or policy does not let this person have calls"]);
}

#[test]
fn groups_and_delegates_ring_together_or_in_order() {
    let mut world = World::new();
    let alice = world.person_mut("alice");
    alice.settings.group = CallGroup { members: vec![id(2), id(3)], order: GroupOrder::InOrder };
    alice.settings.forwarding = Some(Forwarding::Immediate(ForwardTarget::Group));
    world.check(SBC, ALICE, expect!["person 2 for 20 s; then person 3 for 20 s"]);
    let alice = world.person_mut("alice");
    alice.settings.group.order = GroupOrder::Simultaneous;
    world.check(SBC, ALICE, expect!["person 2 and person 3"]);
    let delegate = |person, receive_calls| Delegate {
        person: id(person),
        make_calls: true,
        receive_calls,
        manage_settings: false,
        pick_up_held_calls: false,
        join_active_calls: false,
    };
    let alice = world.person_mut("alice");
    alice.settings.delegates = vec![delegate(2, false), delegate(4, true)];
    alice.settings.forwarding = Some(Forwarding::Simultaneous(ForwardTarget::Delegates));
    world.check(SBC, ALICE, expect!["person 1 and person 4 for 20 s; then voicemail of 1"]);
}

#[test]
fn who_is_busy_is_called_as_policy_and_person_say() {
    let mut world = World::new();
    let circumstances = Circumstances { availability: &busy, ..Circumstances::default() };
    world.check_in(SBC, ALICE, &circumstances, expect!["person 1 for 20 s; then voicemail of 1"]);
    let mut policy = CallingPolicy::new(Name::global());
    policy.busy_on_busy = BusyOnBusy::BusySignal;
    world.contoso.calling_policies = vec![policy];
    world.check_in(SBC, ALICE, &circumstances, expect!["refused: the person is busy"]);
    world.contoso.calling_policies[0].busy_on_busy = BusyOnBusy::Person;
    world.check_in(SBC, ALICE, &circumstances, expect!["person 1 for 20 s; then voicemail of 1"]);
    world.person_mut("alice").settings.when_busy = WhenBusy::Unanswered;
    world.check_in(SBC, ALICE, &circumstances, expect!["voicemail of 1"]);
    let asleep = |_| Availability::DoNotDisturb;
    let circumstances = Circumstances { availability: &asleep, ..Circumstances::default() };
    world.check_in(SBC, ALICE, &circumstances, expect!["voicemail of 1"]);
}

#[test]
fn calls_of_applications_follow_no_forwarding_unless_the_tenant_wants_it() {
    let mut world = World::new();
    world.person_mut("alice").settings.forwarding =
        Some(Forwarding::Immediate(ForwardTarget::Number(number("+13245678989"))));
    let alice = &format!("8:orgid:{}", id(1));
    world.check("app:10", alice, expect!["person 1"]);
    world.contoso.beyond_azure.honors_forwarding = true;
    world.check("app:10", alice, expect!["+13245678989"]);
}

#[test]
fn people_reach_one_another_by_name_number_and_identity() {
    let mut world = World::new();
    world.check("carl", "alice@contoso.example", expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("carl", ALICE, expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("carl", &format!("8:orgid:{}", id(1)), expect!["person 1 for 20 s; then voicemail of 1"]);
    world.check("carl", "nobody@contoso.example", expect!["refused: nobody has that name or number"]);
    world.check("carl", "fay@fabrikam.example", expect!["person 51 for 20 s; then voicemail of 51"]);
    world.fabrikam.federation.blocked_domains = vec!["Contoso.example".into()];
    world.check_why("carl", "fay@fabrikam.example", expect![[r#"
        caller: carl@contoso.example in DE
        access: carl@contoso.example may talk with people of fabrikam.example (external access policy Global, for everybody)
        access: fay@fabrikam.example may not talk with people of contoso.example (external access policy Global, for everybody)
        outcome: external access does not let the two talk
    "#]]);
}

#[test]
fn a_number_may_be_called_through_the_public_network_from_within() {
    let mut world = World::new();
    world.contoso.numbers[0].skips_internal = true;
    world.check("carl", ALICE, expect!["+14255550101 via carrier as +4930555010"]);
    world.check(SBC, ALICE, expect!["person 1 for 20 s; then voicemail of 1"]);
}

#[test]
fn a_policy_hides_callers_from_a_person() {
    let mut world = World::new();
    let mut policy = CallerIdPolicy::new(Name::global());
    policy.hides_callers = true;
    world.contoso.caller_id_policies = vec![policy];
    world.check(SBC, ALICE, expect!["person 1 for 20 s; then voicemail of 1, caller hidden"]);
    world.check("carl", ALICE, expect!["person 1 for 20 s; then voicemail of 1"]);
}
