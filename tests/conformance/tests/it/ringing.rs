//! Calls to people as they play out on the wire: phones that ring together, whoever comes after them, and what
//! each of them sees of the caller.

use conformance::platform::{Platform, folder};
use conformance::sipp::Scenario;
use conformance::soft_phone::SoftPhone;
use conformance::sound::{sine, wav};

use crate::company::does;
use crate::shared_configuration::{carrier, configuration};

/// Alice's calls ring at Bob's as well, and she does not see who calls; Carol has no phone at hand, her calls go on
/// to a number, and nobody sees hers; Bob is seen as the line.
const COMPANY: &str = r#"
tenant:
  name: Contoso
  domains: [contoso.example]
  usageLocation: DE

users:
  - userPrincipalName: alice@contoso.example
    displayName: Alice
    licenses: [Teams, TeamsPhone, CallingPlan]
    phones: [{ name: alice-desk, persona: teams }]
    callingSettings:
      isForwardingEnabled: true
      forwardingType: Simultaneous
      forwardingTargetType: SingleTarget
      forwardingTarget: bob@contoso.example
    policies: { callingLineIdentity: Discreet }
  - userPrincipalName: bob@contoso.example
    displayName: Bob
    licenses: [Teams, TeamsPhone, CallingPlan]
    phones: [{ name: bob-desk, persona: teams }]
    policies: { callingLineIdentity: Line }
  - userPrincipalName: carol@contoso.example
    displayName: Carol
    licenses: [Teams, TeamsPhone, CallingPlan]
    phones: [{ name: carol-desk, persona: teams }]
    callingSettings:
      unansweredTargetType: SingleTarget
      unansweredTarget: "+491711234567"
    policies: { callingLineIdentity: Nameless }

resourceAccounts:
  - userPrincipalName: line@contoso.example
    displayName: Contoso Line
    applicationId: 5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01
    licenses: [TeamsPhoneResourceAccount, CallingPlan]

phoneNumbers:
  - { telephoneNumber: "+493012345600", numberType: CallingPlan, capability: [VoiceApplicationAssignment],
      assignedPstnTargetId: line@contoso.example }
  - { telephoneNumber: "+493012345601", numberType: CallingPlan, capability: [UserAssignment],
      assignedPstnTargetId: alice@contoso.example }
  - { telephoneNumber: "+493012345602", numberType: CallingPlan, capability: [UserAssignment],
      assignedPstnTargetId: bob@contoso.example }
  - { telephoneNumber: "+493012345603", numberType: CallingPlan, capability: [UserAssignment],
      assignedPstnTargetId: carol@contoso.example }

callingLineIdentities:
  - { identity: Discreet, blockIncomingPstnCallerID: true }
  - { identity: Nameless, callingIDSubstitute: Anonymous }
  - { identity: Line, callingIDSubstitute: Resource, resourceAccount: line@contoso.example }
"#;

/// The lines of a header, of requests that somebody got.
fn lines<'a>(messages: &'a str, header: &str) -> Vec<&'a str> {
    messages.lines().filter(|line| line.starts_with(header)).collect()
}

#[tokio::test]
async fn calls_to_people_ring_where_they_shall_and_show_what_policies_say() {
    let world = carrier(11);
    let phone =
        |name: &str| format!("[[tenants.phones]]\nname = \"{name}\"\npassword = \"secret-of-{name}\"\n");
    let phones: String = ["alice-desk", "bob-desk", "carol-desk"].map(phone).concat();
    let trunk = "[[tenants.trunks]]\nname = \"carrier\"\nport = 5060\nprefixes = [\"+\"]\n";
    let more = format!("{phones}{trunk}host = \"{world}\"\n");
    let platform = Platform::configured("ringing", &configuration("", &more)).await;
    let document = platform.data().join("contoso.yaml");
    std::fs::write(&document, COMPANY).expect("there is room");
    does(&platform, &["apply", "-f", &document.display().to_string()]).await;
    let server = &platform.ready.sip.udp;
    let customer =
        |number: &str| Scenario::caller(world.into(), server, number).calling_as("+4930999").start();

    // Both ring; Alice answers, and Bob's phone falls silent.
    let bob = SoftPhone::answering(&platform, "bob-desk", "secret-of-bob-desk").option("--ring-for", "60s");
    let bob = bob.start_registered().await;
    let desk = carrier(12).into();
    let alice = Scenario::registered_callee(desk, server, "alice-desk", "secret-of-alice-desk").await;
    let caller = customer("+493012345601");
    caller.talks().await;
    alice.talks().await;
    bob.shows("CANCEL").await;
    let from = lines(&alice.messages(), "From:").concat();
    assert!(from.contains("anonymous") && !from.contains("4930999"), "she does not see who calls: {from}");
    assert!(bob.ladder().contains("INVITE"), "{}", bob.ladder());
    caller.nudge();
    caller.ends_well().await;
    alice.ends_well().await;
    drop(bob);

    // Carol is nowhere: the call goes out again, in her name, which nobody shall see.
    let number = Scenario::callee(world.into()).start_listening().await;
    let caller = customer("+493012345603");
    caller.talks().await;
    number.talks().await;
    let got = number.messages();
    assert!(got.contains("INVITE sip:+491711234567@"), "{got}");
    let from = lines(&got, "From:").concat();
    assert!(from.contains("anonymous.invalid") && !from.contains("4930"), "{from}");
    assert_eq!(lines(&got, "Privacy:"), ["Privacy: id"], "{got}");
    assert_eq!(lines(&got, "P-Asserted-Identity:"), Vec::<&str>::new(), "{got}");
    caller.nudge();
    caller.ends_well().await;
    number.ends_well().await;

    // Bob is seen as the line.
    let number = Scenario::callee(world.into()).start_listening().await;
    let bob = SoftPhone::dialing(&platform, "bob-desk", "secret-of-bob-desk", "+491711234567").start();
    number.talks().await;
    let got = number.messages();
    for header in ["From:", "P-Asserted-Identity:"] {
        let line = lines(&got, header).concat();
        assert!(line.contains("sip:+493012345600@") && !line.contains("493012345602"), "{header} {line}");
    }
    bob.hangs_up().await;
    number.ends_well().await;
}

#[tokio::test]
async fn whoever_calls_a_number_that_nobody_holds_is_told() {
    const TOLD: f64 = 700.0;
    let sounds = folder("announcements");
    let moved = wav(&sine(TOLD, 1.5, 16_000), 16_000);
    std::fs::write(sounds.join("moved.wav"), moved).expect("the folder can be written");
    let phone = "[[tenants.phones]]\nname = \"alice-desk\"\npassword = \"secret-of-alice-desk\"\n";
    let named = format!("name = \"Contoso\"\nannouncements = \"{}\"\n", sounds.display());
    let configuration = configuration("", phone).replacen("name = \"Contoso\"\n", &named, 1);
    let platform = Platform::configured("unassigned", &configuration).await;
    let treatment = "
unassignedNumberTreatments:
  - { identity: Moved, pattern: ^\\+4930123456\\d\\d$, targetType: Announcement, target: moved.wav, treatmentPriority: 1 }
";
    // Nobody else has a phone here.
    let is_here = |line: &&str| !line.contains("bob-desk") && !line.contains("carol-desk");
    let company: Vec<&str> = COMPANY.lines().filter(is_here).collect();
    let document = platform.data().join("contoso.yaml");
    std::fs::write(&document, company.join("\n") + treatment).expect("there is room");
    does(&platform, &["apply", "-f", &document.display().to_string()]).await;

    let alice = SoftPhone::dialing(&platform, "alice-desk", "secret-of-alice-desk", "+493012345699").start();
    let heard = alice.ends().await.heard;

    let seconds = heard.seconds_with_tone(TOLD);
    assert!((1.2..1.8).contains(&seconds), "she hears all of it, once, and is hung up on: {seconds} s");
}
