//! People who come from another directory.

use provisioning::SourcedUser;
use serde_json::{Map, Value, json};
use tenant_document::Kind;

use crate::office::{CONTOSO, Office, told};

fn person(number: u8, name: &str, display_name: &str) -> SourcedUser {
    let fields = json!({ "displayName": display_name, "department": "Field" });
    SourcedUser {
        object_id: format!("00000000-0000-0000-0000-0000000000{number:02x}"),
        user_principal_name: format!("{name}@contoso.example"),
        fields: fields.as_object().cloned().unwrap(),
        is_enabled: true,
    }
}

async fn set(
    office: &Office,
    name: &str,
    patch: Value,
) -> Result<provisioning::Outcome, provisioning::Refusal> {
    let patch: Map<String, Value> = patch.as_object().cloned().unwrap();
    office.provisioning.set("Contoso", Kind::User, &format!("{name}@contoso.example"), &patch, false).await
}

async fn shown(office: &Office, name: &str) -> Value {
    let name = format!("{name}@contoso.example");
    office.provisioning.get("Contoso", Kind::User, &name).await.unwrap_or(Value::Null)
}

#[tokio::test]
async fn they_come_change_and_go_and_whoever_does_not_go_together_is_told() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let stranger =
        SourcedUser { user_principal_name: "zoe@elsewhere.example".into(), ..person(3, "zoe", "Zoe") };
    let people =
        [person(1, "anna", "Anna"), person(2, "ben", "Ben"), stranger, person(4, "alice", "Another Alice")];
    let told = office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert_eq!(told.outcome.changes.len(), 2, "{:?}", told.outcome.changes);
    let [alice, zoe] = &told.conflicts[..] else { panic!("{:?}", told.conflicts) };
    assert!(
        alice.contains("alice@contoso.example") && alice.contains("somebody else of this name"),
        "{alice}"
    );
    assert!(zoe.contains("zoe@elsewhere.example"), "{zoe}");
    assert_eq!(shown(&office, "anna").await["displayName"], "Anna");
    assert_eq!(shown(&office, "alice").await["displayName"], "Alice Example");
    let again = office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert!(again.outcome.changes.is_empty());

    set(&office, "anna", json!({ "licenses": ["Teams", "TeamsPhone"] })).await.unwrap();
    let people = [person(1, "anna", "Anna Smith"), person(3, "carl", "Carl")];
    office.provisioning.synchronize("Contoso", &people).await.unwrap();
    let anna = shown(&office, "anna").await;
    assert_eq!((&anna["displayName"], &anna["licenses"][0]), (&json!("Anna Smith"), &json!("Teams")));
    assert_eq!(shown(&office, "ben").await, Value::Null, "he is gone");
    let people = [person(1, "anna.smith", "Anna Smith")];
    office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert_eq!(shown(&office, "anna.smith").await["licenses"][0], "Teams", "she has another name now");
}

#[tokio::test]
async fn what_the_directory_says_is_not_changed_here() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    office.provisioning.synchronize("Contoso", &[person(1, "anna", "Anna")]).await.unwrap();
    // Also for the next process.
    let Office { store, data, .. } = office;
    let office = Office::over(store, data, 2);
    for patch in [
        json!({ "displayName": "Me" }),
        json!({ "mail": "me@contoso.example" }),
        json!({ "department": null }),
    ] {
        let refused = told(set(&office, "anna", patch.clone()).await);
        assert!(refused.contains("another directory"), "{patch}: {refused}");
    }
    let removed = office.provisioning.remove("Contoso", Kind::User, "anna@contoso.example", false).await;
    assert!(told(removed).contains("another directory"));

    // A document need not know them, and may say what is the company's.
    let applied = office.apply(CONTOSO).await;
    assert!(applied.changes.is_empty(), "{:?}", applied.changes);
    let hers = "users:\n  - userPrincipalName: anna@contoso.example\n    licenses: [Teams, TeamsPhone]\n";
    office.apply(&CONTOSO.replacen("users:\n", hers, 1)).await;
    let anna = shown(&office, "anna").await;
    assert_eq!((&anna["displayName"], &anna["licenses"][1]), (&json!("Anna"), &json!("TeamsPhone")));
    let wrong = hers.replace("    licenses", "    displayName: Me\n    licenses");
    let refused = office.refused(&CONTOSO.replacen("users:\n", &wrong, 1)).await;
    assert!(refused.contains("displayName") && refused.contains("another directory"), "{refused}");
}
