//! What people of a company dial, and what administrators write as a pattern and a template.

use std::sync::{Arc, OnceLock};

use dial_plan::{Circumstances, Dialled, Principal, Route, explain};
use identifier::{ObjectId, TenantId, TrunkName};
use tenant::organization::{
    Assignments, CallingSettings, DialPlan, Licences, Name, NormalizationRule, OrganizationBuilder, Pattern,
    Person, Persona, Rewrite,
};
use tenant::{Country, Directory, DirectoryBuilder, Tenant};

const ALICE: ObjectId = ObjectId::from_u128(1);

pub(super) fn run(text: &str) {
    dial(text);
    write(text);
}

/// Alice has no number: whatever she dials, she reaches nobody in the public network but those who help.
fn dial(text: &str) {
    let principal = Principal::Person { person: ALICE, persona: Persona::Teams };
    let ask = || explain(directory(), principal, Dialled::Text(text), &Circumstances::default());
    let explained = ask();
    assert_eq!(explained, ask(), "the same question has another answer");
    let gets_out = matches!(explained.outcome, Ok(Route::Trunk { .. } | Route::Gateways { .. }));
    assert!(!gets_out, "{text:?} gets out: {}", explained.why);
    assert!(!explained.why.to_string().is_empty(), "nobody says why");
}

/// The first line is a pattern, the second a template, and all of it is what they are tried on.
fn write(text: &str) {
    let mut lines = text.splitn(3, '\n');
    let (pattern, template) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Ok(pattern) = Pattern::new(pattern) else { return };
    let found = pattern.is_match(text);
    let Ok(rewrite) = Rewrite::new(pattern, template) else { return };
    if let (Ok(found), Ok(rewritten)) = (found, rewrite.apply(text)) {
        assert_eq!(found, rewritten.is_some(), "what is found is rewritten");
    }
    let bytes = borsh::to_vec(&rewrite).expect("memory takes it");
    assert_eq!(borsh::from_slice::<Rewrite>(&bytes).expect("it was written"), rewrite);
}

fn directory() -> &'static Directory {
    static DIRECTORY: OnceLock<Directory> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let tenant = TenantId::from_u128(1);
        let mut parts = OrganizationBuilder::new(tenant);
        parts.people = vec![Person {
            id: ALICE,
            user_principal_name: "alice@contoso.example".into(),
            display_name: "Alice".into(),
            usage_country: Country::US,
            licences: Licences { teams: true, phone_system: true, calling_plan: true },
            enterprise_voice: true,
            teams_only: true,
            blocked_numbers: Vec::new(),
            hides_number: false,
            policies: Assignments::default(),
            groups: Vec::new(),
            settings: CallingSettings::default(),
        }];
        let rule = |pattern: &str, template: &str| NormalizationRule {
            name: Name::new(pattern),
            rewrite: Rewrite::new(Pattern::new(pattern).expect("a pattern"), template).expect("a template"),
            is_internal_extension: false,
        };
        let rules =
            vec![rule(r"^(\d{4})$", "+1425555$1"), rule(r"^(?!9)(\d+)#$", "+$1"), rule(r"^(.)\1+$", "$0$0")];
        parts.dial_plans = vec![DialPlan { name: Name::global(), rules }];
        let builder = DirectoryBuilder {
            tenants: vec![Tenant { id: tenant, name: "Contoso".into() }],
            trunks: vec![super::builder().trunks.remove(0)],
            ..DirectoryBuilder::default()
        };
        let organization = Arc::new(parts.build().expect("no contradiction"));
        assert_eq!(builder.trunks[0].name, TrunkName::new("carrier"));
        builder.build().and_then(|built| built.with_organizations(vec![organization])).expect("it is sound")
    })
}
