//! A document is applied as a whole.

use expect_test::expect;
use identifier::ResourceId;
use store::{Consent, Store};
use tenant::organization::{AssignedBy, DialPlan, Holder, PolicyHolder};
use tenant_document::Kind;

use crate::office::{CONTOSO, Office, RESOURCE, TENANT, contoso};

const OTHERS: ResourceId = ResourceId::from_u128(8);

#[tokio::test]
async fn a_whole_company_applies_twice_and_its_export_too_without_a_change() {
    let office = Office::open().await;
    let begin = std::time::Instant::now();
    let first = office.apply(CONTOSO).await;
    let lasted = begin.elapsed();
    assert!(lasted < std::time::Duration::from_secs(1), "it took {lasted:?}");
    assert_eq!(first.version, 1);
    assert!(first.changes.len() > 75 && first.changes.iter().all(|change| change.kind != "Nothing"));
    assert_eq!(office.apply(CONTOSO).await.changes, []);

    let export = office.provisioning.export("contoso").await.unwrap();
    assert!(export.contains("objectId"), "ids that nobody wrote are told");
    assert_eq!(office.apply(&export).await.changes, []);
    assert_eq!(office.provisioning.export("Contoso").await.unwrap(), export);
    assert_eq!(office.published(), 1, "only what differs is put into force");
}

#[tokio::test]
async fn ids_are_kept_by_name_even_when_the_object_was_gone() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let export = office.provisioning.export("Contoso").await.unwrap();
    let little = "tenant: { name: Contoso, domains: [contoso.example] }";
    let gone = office.apply(little).await;
    assert!(gone.changes.iter().any(|change| change.identity == "alice@contoso.example"));
    office.apply(CONTOSO).await;
    assert_eq!(office.provisioning.export("Contoso").await.unwrap(), export);
}

#[tokio::test]
async fn what_was_applied_is_there_after_a_restart() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let export = office.provisioning.export("Contoso").await.unwrap();
    let Office { provisioning, store, data, company, .. } = office;
    drop((provisioning, store, company));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let store = loop {
        match Store::open(data.path()).await {
            Ok(store) => break store,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
        }
        tokio::task::yield_now().await;
    };
    let office = Office::over(store, data, 2);
    assert_eq!(office.provisioning.export("Contoso").await.unwrap(), export);
    assert_eq!(office.apply(CONTOSO).await.changes, []);
}

#[tokio::test]
async fn what_differs_is_told_field_by_field_and_a_dry_run_does_nothing() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let other = contoso(&[
        ("unansweredDelay: 30", "unansweredDelay: 40"),
        ("  - identity: Nuisance\n    pattern: ^\\+49900\n", "  - identity: Spam\n    pattern: ^\\+49900\n"),
    ]);
    let tried = office.provisioning.apply(&other, true).await.unwrap_or_else(|refusal| panic!("{refusal}"));
    assert!(tried.dry_run && tried.version == 1);
    expect![[r#"
        [
          {
            "kind": "User",
            "identity": "alice@contoso.example",
            "action": "updated",
            "fields": [
              {
                "field": "callingSettings.unansweredDelay",
                "old": 30,
                "new": 40
              }
            ]
          },
          {
            "kind": "InboundBlockedNumberPattern",
            "identity": "Nuisance",
            "action": "deleted"
          },
          {
            "kind": "InboundBlockedNumberPattern",
            "identity": "Spam",
            "action": "created"
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&tried.changes).unwrap());
    assert_eq!(office.apply(CONTOSO).await.changes, [], "nothing was done");
    assert_eq!(office.apply(&other).await.changes, tried.changes);
}

#[tokio::test]
async fn calls_know_what_was_said() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let company = office.company.lock().unwrap().clone().expect("it was checked");
    let organization = &company.organization;
    let number = organization.number(&"+493012345610".parse().unwrap()).expect("Alice's");
    let Some(Holder::Person(alice)) = number.holder else { panic!("{:?}", number.holder) };
    let alice = organization.person(alice).expect("she is there");
    assert_eq!(&*alice.display_name, "Alice Example");
    assert!(alice.enterprise_voice && alice.licences.phone_system);
    let (plan, why) = organization.effective::<DialPlan>(PolicyHolder::Person(alice)).expect("there is one");
    assert_eq!((plan.rules.len(), why), (3, AssignedBy::Group(tenant::organization::Name::new("service"))));
    assert_eq!(plan.rules[0].rewrite.pattern().as_str(), r"^(6\d{2})$");
    let place = organization.location(number.location.expect("it is registered")).expect("it is known");
    assert_eq!(
        (place.place.as_deref(), place.city.as_deref()),
        (Some("ground floor, reception"), Some("Berlin"))
    );
    assert_eq!(company.trunks.len(), 3);
    assert_eq!(company.phones.len(), 2);
}

#[tokio::test]
async fn a_consent_counts_for_whom_there_is_and_disturbs_nothing_otherwise() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let account =
        office.provisioning.get("Contoso", Kind::ResourceAccount, "service@contoso.example").await.unwrap();
    let id = account["objectId"].as_str().unwrap();
    let mut consents = Vec::new();
    for object in [id, "00000000-0000-0000-0000-0000000000ff"] {
        let consent = Consent {
            resource: RESOURCE.to_string(),
            tenant: TENANT.to_string(),
            object: object.to_owned(),
            principal: "teamsResourceAccount".to_owned(),
            clients: Vec::new(),
        };
        consents.push(consent);
    }
    let other = Consent { principal: "user".to_owned(), resource: OTHERS.to_string(), ..consents[0].clone() };
    consents.push(other);
    let company = provisioning::load(&office.store, "Contoso", TENANT).await.unwrap().expect("it is there");
    let organization = provisioning::consented(company.organization, &consents);
    assert!(organization.consent(RESOURCE, id.parse().unwrap()).is_some());
    assert_eq!(organization.parts().consents.len(), 1, "nobody else, and nobody as what they are not");
}

#[tokio::test]
async fn nothing_of_a_document_with_a_fault_is_done() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let wrong = contoso(&[
        ("displayName: Bob Example", "displayName: Robert"),
        ("resourceAccount: shop@", "resourceAccount: shoe@"),
    ]);
    let told = office.refused(&wrong).await;
    assert!(
        told.contains("sharedCallingRoutingPolicies[0].resourceAccount = \"shoe@contoso.example\""),
        "{told}"
    );
    assert!(told.contains("line "), "{told}");
    assert_eq!(office.apply(CONTOSO).await.changes, []);
}

#[tokio::test]
async fn a_stranger_is_no_tenant() {
    let office = Office::open().await;
    let told = office.refused("tenant: { name: Northwind, domains: [northwind.example] }").await;
    assert!(told.contains("Contoso, Fabrikam"), "{told}");
    let id =
        "tenant: { name: Contoso, domains: [a.example], tenantId: 7d9a9b4e-0000-0000-0000-000000000001 }";
    let told = office.refused(id).await;
    assert!(
        told.contains("line 1: tenant.tenantId") && told.contains("00000000-0000-0000-0000-000000000001"),
        "{told}"
    );
}
