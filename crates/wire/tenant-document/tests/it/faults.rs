//! All that is wrong is told at once, with its line.

use expect_test::{Expect, expect};
use tenant_document::TenantDocument;

#[track_caller]
fn check(text: &str, told: Expect) {
    let said = match TenantDocument::read(text) {
        Ok(document) => format!("{} objects", document.objects.len()),
        Err(faults) => faults.to_string(),
    };
    told.assert_eq(&said);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_line() {
    check(
        "\
tenant:
  name: Contoso
  domains: [contoso.example]
users:
  - userPrincipalName: alice
    usageLocation: Germany
    callingSettings:
      unansweredDelay: 45
      forwardingType: Sometimes
  - userPrincipalName: bob@contoso.example
    licences: [Teams]
    lineUri: tel:+49301234567
callParkPolicies:
  - identity: Berlin
    pickupRangeStart: 9
    parkTimeoutSeconds: 60
  - identity: Hamburg
    pickupRangeStart: 99
    pickupRangeEnd: 10
emergencyCallRoutingPolicies:
  - identity: Berlin
    emergencyNumbers:
      - emergencyDialString: 911
        emergencyDialMask: 112;12345678901
      - emergencyDialString: 112
        emergencyDialMask: 112;911
trunks: []
",
        expect![[r#"
            line 5: users[0].userPrincipalName = "alice": write a name in a domain such as alice@contoso.example
            line 6: users[0].usageLocation = "Germany": write the two letters of ISO 3166-1 such as DE
            line 8: users[0].callingSettings.unansweredDelay = "45": expected one of 5, 10, 15, 20, 30, 40, 50, 60
            line 9: users[0].callingSettings.forwardingType = "Sometimes": expected one of Immediate, Simultaneous
            line 11: users[1].licences: there is no such field; is licenses meant?
            line 12: users[1].lineUri: it follows from the number; write assignedPstnTargetId at the phone number
            line 15: callParkPolicies[0].pickupRangeStart = "9": expected a whole number from 10 to 9999
            line 16: callParkPolicies[0].parkTimeoutSeconds = "60": expected a whole number from 120 to 1800
            line 19: callParkPolicies[1].pickupRangeEnd = "10": expected more than pickupRangeStart, which is 99
            line 24: emergencyCallRoutingPolicies[0].emergencyNumbers[0].emergencyDialMask = "112;12345678901": write alternatives of 1 to 10 digits each, separated by ; such as 112;212
            line 27: trunks: there is no such section; there are tenant, users, resourceAccounts, groups, applications, phoneNumbers, unassignedNumberTreatments, inboundBlockedNumberPatterns, inboundExemptNumberPatterns, callingPolicies, callingLineIdentities, tenantDialPlans, pstnUsages, voiceRoutes, voiceRoutingPolicies, pstnGateways, translationRules, emergencyCallingPolicies, emergencyCallRoutingPolicies, sharedCallingRoutingPolicies, callHoldPolicies, callParkPolicies, voicemailPolicies, externalAccessPolicies, voiceApplicationsPolicies, civicAddresses, locations, lisSubnets, lisWirelessAccessPoints, lisSwitches, lisPorts, trustedIpAddresses, networkRegions, networkSites, networkSubnets"#]],
    );
}

#[test]
fn digits_that_call_for_help_mean_one_thing() {
    check(
        "\
tenant: { name: Contoso, domains: [contoso.example] }
emergencyCallRoutingPolicies:
  - identity: Berlin
    emergencyNumbers:
      - { emergencyDialString: 112, emergencyDialMask: 110;112 }
      - { emergencyDialString: 911, emergencyDialMask: '110' }
",
        expect![[r#"
            line 5: emergencyCallRoutingPolicies[0].emergencyNumbers[0].emergencyDialMask = "112": these digits are in the policy twice; what they mean must be clear
            line 6: emergencyCallRoutingPolicies[0].emergencyNumbers[1].emergencyDialMask = "110": these digits are in the policy twice; what they mean must be clear"#]],
    );
}

#[test]
fn numbers_want_no_quotes() {
    let text = "\
tenant: { name: Contoso, domains: [contoso.example] }
phoneNumbers:
  - telephoneNumber: +49301234567
    numberType: CallingPlan
";
    let document = TenantDocument::read(text).unwrap_or_else(|faults| panic!("{faults}"));
    let number = document.objects.phone_numbers().next().map(|number| number.telephone_number.clone());
    assert_eq!(number.as_deref(), Some("+49301234567"));
}

#[test]
fn a_name_is_there_once_whatever_the_case_of_its_letters() {
    check(
        "\
tenant: { name: Contoso, domains: [contoso.example] }
callingPolicies:
  - identity: Berlin
  - identity: BERLIN
pstnUsages: [Local, local]
",
        expect![[r#"
            line 4: callingPolicies[1] = "BERLIN": there is one of this name in line 3 already
            line 5: pstnUsages[1] = "local": there is one of this name in line 5 already"#]],
    );
}

#[test]
fn what_is_no_document_is_told_so() {
    check("", expect!["line 1: document: it is empty; begin with the line tenant:"]);
    check("users: []", expect!["tenant: it is missing; begin with tenant: and the name of the company"]);
    check("- tenant", expect!["line 1: document: expected sections such as tenant: and users:"]);
    check(
        "{\"tenant\": ",
        expect!["line 1: document: this is not JSON: EOF while parsing a value at line 1 column 11"],
    );
    check("tenant: 1\ntenant: 2", expect!["line 2: document: tenant is said twice; keep one of them"]);
    check(
        "tenant: !secret x",
        expect!["line 1: document: tags such as !this mean nothing here; leave it out"],
    );
}

#[test]
fn json_is_a_document_too() {
    check(
        r#"{"tenant": {"name": "Contoso", "domains": ["contoso.example"]}, "pstnUsages": ["Local"]}"#,
        expect!["2 objects"],
    );
    check(
        r#"{"tenant": {"name": "Contoso", "domains": "contoso.example"}}"#,
        expect![[
            r#"tenant.domains = "contoso.example": expected a list; write each item on a line that begins with a dash"#
        ]],
    );
}
