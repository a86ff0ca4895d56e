//! What is written is read as the same.

use expect_test::expect;
use tenant_document::{FIRST_LINE, TenantDocument};

#[test]
fn what_is_written_is_short_and_read_as_the_same() {
    let text = "\
tenant:
  name: Contoso
  domains: [contoso.example]
users:
  - userPrincipalName: alice@contoso.example
    displayName: 'Alice: the first, \"really\"'
    callingSettings: { unansweredDelay: 30, isUnansweredEnabled: true }
    blockedNumbers: ['+15550100']
pstnUsages: ['no', '1st', Long distance]
pstnGateways:
  - fqdn: sbc1.contoso.example
    sipSignalingPort: 5061
    failoverResponseCodes: []
tenantDialPlans:
  - identity: Berlin
    normalizationRules:
      - { name: internal, pattern: '^(\\d{4})$', translation: +4930123$1 }
";
    let document = TenantDocument::read(text).unwrap_or_else(|faults| panic!("{faults}"));
    let written = TenantDocument::write(&document.objects);
    expect![[r#"
        tenant:
          name: Contoso
          domains: [contoso.example]
        users:
          - userPrincipalName: alice@contoso.example
            displayName: "Alice: the first, \"really\""
            blockedNumbers: ["+15550100"]
            callingSettings:
              unansweredDelay: 30
        tenantDialPlans:
          - identity: Berlin
            normalizationRules:
              - name: internal
                isInternalExtension: false
                pattern: "^(\\d{4})$"
                translation: "+4930123$1"
        pstnUsages:
          - "1st"
          - Long distance
          - "no"
        pstnGateways:
          - fqdn: sbc1.contoso.example
            failoverResponseCodes: []
            sipSignalingPort: 5061
    "#]]
    .assert_eq(written.strip_prefix(FIRST_LINE).expect("editors are told of the schema"));
    let again = TenantDocument::read(&written).unwrap_or_else(|faults| panic!("{faults}\n{written}"));
    assert_eq!(again.objects, document.objects);
}
