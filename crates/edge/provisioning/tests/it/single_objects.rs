//! One object at a time, as commands and REST change it.

use provisioning::Filter;
use serde_json::{Map, Value, json};
use tenant_document::{Kind, PolicyType};

use crate::office::{CONTOSO, Office, RESOURCE, told};

fn patch(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_resource_account_is_made_licensed_numbered_and_linked_step_by_step() {
    let office = Office::open().await;
    let provisioning = &office.provisioning;
    let name = "service@contoso.example";
    let application = "5b0f2e1c-6a4d-4c8e-9a51-0d9f0b7c1a01";
    let account = json!({ "userPrincipalName": name, "applicationId": application });
    let made = provisioning.create("Contoso", Kind::ResourceAccount, &account, false).await.unwrap();
    assert_eq!(
        made.changes.len(),
        2,
        "the tenant says its name, and the account is there: {:?}",
        made.changes
    );
    let twice = told(provisioning.create("Contoso", Kind::ResourceAccount, &account, false).await);
    assert!(twice.contains("there is one of this name"), "{twice}");

    let number = json!({
        "telephoneNumber": "+493012345600", "numberType": "CallingPlan", "capability": ["VoiceApplicationAssignment"],
    });
    provisioning.create("Contoso", Kind::PhoneNumber, &number, false).await.unwrap();
    let assign = patch(json!({ "assignedPstnTargetId": name }));
    let early = provisioning.set("Contoso", Kind::PhoneNumber, "+493012345600", &assign, false).await;
    let early = told(early);
    assert!(early.contains("phone-number +493012345600: assignedPstnTargetId"), "{early}");
    let license = patch(json!({ "licenses": ["TeamsPhoneResourceAccount"] }));
    provisioning.set("Contoso", Kind::ResourceAccount, name, &license, false).await.unwrap();
    let assigned =
        provisioning.set("Contoso", Kind::PhoneNumber, "+493012345600", &assign, false).await.unwrap();
    assert!(assigned.warnings[0].contains("no acsResourceId"), "{:?}", assigned.warnings);

    let link = patch(json!({ "acsResourceId": RESOURCE.to_string() }));
    let linked = provisioning.set("Contoso", Kind::ResourceAccount, name, &link, false).await.unwrap();
    assert!(linked.warnings[0].contains("is not synchronized"), "{:?}", linked.warnings);
    let sync = patch(json!({ "synchronized": true }));
    let synced = provisioning.set("Contoso", Kind::ResourceAccount, name, &sync, false).await.unwrap();
    assert_eq!(synced.warnings, [""; 0]);

    let shown = provisioning.get("Contoso", Kind::ResourceAccount, name).await.unwrap();
    assert_eq!(shown["phoneNumber"], "tel:+493012345600");
    let id = shown["objectId"].as_str().unwrap();
    assert_eq!(provisioning.get("contoso", Kind::ResourceAccount, id).await.unwrap(), shown, "by id too");
    let number = provisioning.get("Contoso", Kind::PhoneNumber, "+493012345600").await.unwrap();
    assert_eq!(number["pstnAssignmentStatus"], "ThirdPartyAppAssigned");
    let in_use = told(provisioning.remove("Contoso", Kind::ResourceAccount, name, false).await);
    assert!(in_use.contains("phone-number +493012345600 uses it (assignedPstnTargetId)"), "{in_use}");
}

#[tokio::test]
async fn policies_are_granted_and_taken_away_and_not_deleted_while_granted() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let provisioning = &office.provisioning;
    let grant = async |to: &str, policy: Option<&str>| {
        provisioning.grant("Contoso", PolicyType::CallingPolicy, to, policy, None, false).await
    };
    let granted = grant("dave@contoso.example", Some("Service desk")).await.unwrap();
    assert_eq!(granted.changes[0].fields[0].field, "policies.callingPolicy");
    let in_use = told(provisioning.remove("Contoso", Kind::CallingPolicy, "service desk", false).await);
    assert!(
        in_use.contains("user alice@contoso.example uses it (policies.callingPolicy), and 1 more do"),
        "{in_use}"
    );
    for person in ["alice@contoso.example", "dave@contoso.example"] {
        grant(person, None).await.unwrap();
    }
    provisioning.remove("Contoso", Kind::CallingPolicy, "Tag:service desk", false).await.unwrap();
    let unknown = told(grant("dave@contoso.example", Some("Service desk")).await);
    assert!(unknown.contains("there is no calling policy of this name"), "{unknown}");
    let group = grant("Service", Some("No forwarding")).await.unwrap();
    assert_eq!(group.changes[0].kind, "Group");
}

#[tokio::test]
async fn the_global_one_is_always_there_and_falls_back() {
    let office = Office::open().await;
    let provisioning = &office.provisioning;
    let global = async || provisioning.get("Contoso", Kind::CallParkPolicy, "Global").await.unwrap();
    assert_eq!(global().await["allowCallPark"], false);
    let park = patch(json!({ "allowCallPark": true }));
    provisioning.set("Contoso", Kind::CallParkPolicy, "global", &park, false).await.unwrap();
    assert_eq!(global().await["allowCallPark"], true);
    provisioning.remove("Contoso", Kind::CallParkPolicy, "Global", false).await.unwrap();
    assert_eq!(global().await["allowCallPark"], false);
}

#[tokio::test]
async fn lists_are_filtered() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let list = async |kind: Kind, search: Option<&str>, field: Option<(&str, &str)>| {
        let fields = field.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        let filter = Filter { search: search.map(ToOwned::to_owned), fields };
        office.provisioning.list("Contoso", kind, &filter).await.unwrap().len()
    };
    assert_eq!(list(Kind::User, None, None).await, 20);
    assert_eq!(list(Kind::User, Some("ALICE"), None).await, 1);
    assert_eq!(list(Kind::ResourceAccount, Some("shops"), None).await, 1);
    assert_eq!(list(Kind::PhoneNumber, None, Some(("pstnAssignmentStatus", "PolicyAssigned"))).await, 2);
    assert_eq!(list(Kind::PhoneNumber, None, Some(("numberType", "directrouting"))).await, 5);
    assert_eq!(list(Kind::CallingPolicy, None, None).await, 3, "Global too");
}

#[tokio::test]
async fn another_tenants_objects_are_not_found() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let alice = office.provisioning.get("Contoso", Kind::User, "alice@contoso.example").await.unwrap();
    let id = alice["objectId"].as_str().unwrap();
    assert!(office.provisioning.get("Fabrikam", Kind::User, id).await.is_err());
    let grant = office.provisioning.grant("Fabrikam", PolicyType::CallingPolicy, id, None, None, false).await;
    assert!(told(grant).contains("find user"));
}

#[tokio::test]
async fn two_who_grant_to_a_group_at_the_same_time_both_have_granted() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    for round in 0..8 {
        let grant = async |kind: PolicyType, policy: Option<&str>| {
            office.provisioning.grant("Contoso", kind, "Service", policy, None, false).await.map(drop)
        };
        let policy = if round % 2 == 0 { Some("Global") } else { None };
        let both = tokio::join!(
            grant(PolicyType::CallParkPolicy, policy),
            grant(PolicyType::ExternalAccessPolicy, policy),
            grant(PolicyType::CallHoldPolicy, policy),
        );
        assert!(both.0.is_ok() && both.1.is_ok() && both.2.is_ok(), "{both:?}");
        let group = office.provisioning.get("Contoso", Kind::Group, "Service").await.unwrap();
        let policies = group["policies"].as_array().unwrap();
        let granted = policies.iter().filter(|one| one["policyName"] == "Global").count();
        assert_eq!(granted, if policy.is_some() { 3 } else { 0 }, "{policies:?}");
    }
}

#[tokio::test]
async fn what_does_not_go_together_with_all_else_is_not_kept_and_its_repetition_is_not_done_either() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let before = office.provisioning.export("Contoso").await.unwrap();
    *office.refusal.lock().unwrap() = Some("number +4930 is assigned twice".to_owned());
    let park = patch(json!({ "allowCallPark": true }));
    for _ in 0..2 {
        let refused = office.provisioning.set("Contoso", Kind::CallParkPolicy, "Global", &park, false).await;
        assert!(told(refused).contains("is assigned twice"));
    }
    assert_eq!(office.provisioning.export("Contoso").await.unwrap(), before);
    *office.refusal.lock().unwrap() = None;
    let done =
        office.provisioning.set("Contoso", Kind::CallParkPolicy, "Global", &park, false).await.unwrap();
    assert_eq!((done.changes.len(), done.version, office.published()), (1, 2, 2));
}

#[tokio::test]
async fn a_dry_run_of_one_object_shows_it_as_it_would_stand_in_the_document() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let provisioning = &office.provisioning;
    let park = patch(json!({ "allowCallPark": true }));
    let tried = provisioning.set("Contoso", Kind::CallParkPolicy, "Global", &park, true).await.unwrap();
    assert_eq!((tried.dry_run, tried.version, tried.changes.len()), (true, 1, 1));
    let yaml = tried.yaml.unwrap();
    assert_eq!(yaml, "callParkPolicies:\n  - identity: Global\n    allowCallPark: true\n");
    let grant = provisioning.grant("Contoso", PolicyType::CallParkPolicy, "Service", None, None, true).await;
    assert!(grant.unwrap().changes.is_empty(), "it has none");
    let gone =
        provisioning.remove("Contoso", Kind::InboundBlockedNumberPattern, "Nuisance", true).await.unwrap();
    assert_eq!((gone.changes.len(), gone.yaml.as_deref()), (1, Some("")));
    let usage = json!({ "identity": "Mars" });
    let made = provisioning.create("Contoso", Kind::PstnUsage, &usage, true).await.unwrap();
    assert_eq!(made.yaml.as_deref(), Some("pstnUsages:\n  - Mars\n"));
    assert_eq!(office.apply(CONTOSO).await.changes, [], "nothing was done");
}
