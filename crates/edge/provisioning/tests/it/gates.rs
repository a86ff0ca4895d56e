//! What may not be, and what is said of it.

use crate::office::{Office, contoso};

/// Contoso with these lines replaced is refused with these words.
#[track_caller]
fn check(replaced: &[(&str, &str)], words: &str) -> impl Future<Output = ()> {
    let text = contoso(replaced);
    let words = words.to_owned();
    async move {
        let told = Office::open().await.refused(&text).await;
        assert!(told.contains(&words), "wanted {words:?}\n{told}");
    }
}

#[tokio::test]
async fn licenses_are_gates() {
    let alice = "    licenses: [Teams, TeamsPhone, CallingPlan]\n    department: Service\n    phones:";
    check(
        &[(alice, "    licenses: [Teams]\n    phones:")],
        "users[0].callingSettings: it wants the license TeamsPhone",
    )
    .await;
    check(
        &[(alice, "    licenses: [Teams]\n    phones:")],
        "a person with a number wants the license TeamsPhone",
    )
    .await;
    check(&[(alice, "    licenses: [Teams, TeamsPhone]\n    phones:")], "wants the license CallingPlan")
        .await;
    let licensed = "    licenses: [TeamsPhoneResourceAccount, PayAsYouGoCallingPlan]\n";
    check(&[(licensed, "")], "an account without the license TeamsPhoneResourceAccount has no number").await;
}

#[tokio::test]
async fn a_number_is_for_whom_it_can_be() {
    let service = "    capability: [VoiceApplicationAssignment]\n    isoCountryCode: DE\n    locationId: Ground floor\n    assignedPstnTargetId: service@";
    let person = "    isoCountryCode: DE\n    locationId: Ground floor\n    assignedPstnTargetId: service@";
    check(&[(service, person)], "this number is for people").await;
    check(&[("assignedPstnTargetId: service@", "assignedPstnTargetId: alice@")], "this is a service number")
        .await;
    check(&[("assignedPstnTargetId: shop@", "assignedPstnTargetId: service@")], "it has only one").await;
    check(
        &[("assignedPstnTargetId: bob@", "assignedPstnTargetId: alice@")],
        "this person has a primary number",
    )
    .await;
    check(&[("+493012345600", "+14255550200")], "it belongs to the communication resource resource-8").await;
    check(
        &[("assignedPstnTargetId: bob@", "assignedPstnTargetId: nobody@")],
        "there is no user or resource account",
    )
    .await;
}

#[tokio::test]
async fn calls_do_not_go_round_in_circles() {
    let carol = "forwardingTarget: alice@contoso.example";
    check(
        &[
            (carol, "forwardingTarget: dave@contoso.example"),
            (
                "displayName: Dave Example",
                "displayName: Dave\n    callingSettings: { isForwardingEnabled: true, forwardingTargetType: SingleTarget, \
                 forwardingTarget: carol@contoso.example }",
            ),
        ],
        "carol@contoso.example to dave@contoso.example to carol@contoso.example",
    )
    .await;
    check(&[(carol, "forwardingTarget: carol@contoso.example")], "in a circle").await;
}

#[tokio::test]
async fn patterns_end() {
    check(&[(r"^(6\d{2})$", r"^((\d+)\2*)+#$")], "normalizationRules[0].pattern").await;
    check(&[(r"^(6\d{2})$", r"^((\d+)\2*)+#$")], "it takes too many steps").await;
    check(&[(r"^(6\d{2})$", r"^(6\d{2}$")], "it is no regular expression").await;
}

#[tokio::test]
async fn names_lead_somewhere() {
    check(
        &[("callingPolicy: Service desk", "callingPolicy: Servicedesk")],
        "users[0].policies.callingPolicy",
    )
    .await;
    check(
        &[("onlinePstnUsages: [World]", "onlinePstnUsages: [Mars]")],
        "there is no pstn usage of this name",
    )
    .await;
    check(
        &[("fqdn: sbc3.contoso.example", "fqdn: sbc3.fabrikam.example")],
        "must be in a domain of the tenant",
    )
    .await;
    check(
        &[("userPrincipalName: trent@contoso.example", "userPrincipalName: trent@fabrikam.example")],
        "fabrikam.example is no domain of the tenant",
    )
    .await;
}

#[tokio::test]
async fn help_can_call_back() {
    check(
        &[(
            "    locationId: Ground floor\n    assignedPstnTargetId: shop@",
            "    assignedPstnTargetId: shop@",
        )],
        "has no place",
    )
    .await;
    check(
        &[("emergencyNumbers: [\"+493012345690\"", "emergencyNumbers: [\"+493012345610\"")],
        "alice@contoso.example holds it",
    )
    .await;
}

#[tokio::test]
async fn an_operators_numbers_want_the_consent_of_the_company() {
    let document = |operators: &str| {
        format!(
            "
tenant: {{ name: Contoso, domains: [contoso.example], operators: [{operators}] }}
phoneNumbers:
- {{ telephoneNumber: +493099999901, numberType: OperatorConnect, pstnPartnerName: telco }}
"
        )
    };
    let office = Office::open().await;
    let told = office.refused(&document("")).await;
    assert!(
        told.contains("line 4: phoneNumbers[0].pstnPartnerName = \"telco\"") && told.contains("consented"),
        "{told}"
    );
    assert_eq!(office.apply(&document("Telco")).await.warnings, [""; 0]);
    assert_eq!(office.company.lock().unwrap().clone().expect("it was checked").operators, ["Telco"]);
    let told = office.refused(&document("Elsewhere")).await;
    assert!(told.contains("pstnPartnerName"), "not while a number is of that operator: {told}");
    let more = office.apply(&document("Telco, Elsewhere")).await;
    assert!(more.warnings[0].contains("names no trunk of Elsewhere"), "{:?}", more.warnings);
    check(
        &[("numberType: DirectRouting", "numberType: DirectRouting\n    pstnPartnerName: Telco")],
        "no operator brings calls to numbers of DirectRouting",
    )
    .await;
}
