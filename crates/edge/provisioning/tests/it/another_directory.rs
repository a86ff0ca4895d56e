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

fn id(number: u8) -> Value {
    person(number, "", "").object_id.into()
}

#[tokio::test]
async fn whoever_was_made_anew_has_what_they_had() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    office
        .provisioning
        .synchronize("Contoso", &[person(1, "anna", "Anna"), person(2, "ben", "Ben")])
        .await
        .unwrap();
    let settings = json!({ "isForwardingEnabled": true, "forwardingTarget": "+491711234567",
        "forwardingTargetType": "SingleTarget" });
    set(&office, "anna", json!({ "licenses": ["Teams", "TeamsPhone"], "callingSettings": settings }))
        .await
        .unwrap();
    // Somebody else calls her by the id that she has.
    let by_id = json!({ "licenses": ["Teams", "TeamsPhone"], "callingSettings": {
        "isForwardingEnabled": true, "forwardingTargetType": "SingleTarget", "forwardingTarget": id(1) } });
    set(&office, "ben", by_id).await.unwrap();

    let people = [person(2, "ben", "Ben"), person(9, "anna", "Anna")];
    let told = office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert_eq!(told.conflicts, Vec::<String>::new());
    let anna = shown(&office, "anna").await;
    assert_eq!((&anna["objectId"], &anna["licenses"][1]), (&id(9), &json!("TeamsPhone")));
    assert_eq!(anna["callingSettings"]["forwardingTarget"], "+491711234567");
    assert_eq!(shown(&office, "ben").await["callingSettings"]["forwardingTarget"], id(9));
    let again = office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert!(again.outcome.changes.is_empty(), "{:?}", again.outcome.changes);

    set(&office, "ben", json!({ "callingSettings": null })).await.unwrap();
    // Who is gone leaves their name to whoever is called so now.
    let people = [person(2, "anna", "Ben"), person(3, "ben", "Another Ben")];
    let told = office.provisioning.synchronize("Contoso", &people).await.unwrap();
    assert_eq!(told.conflicts, Vec::<String>::new());
    assert_eq!(shown(&office, "anna").await["objectId"], id(2));
    assert_eq!(shown(&office, "ben").await["objectId"], id(3));
}

#[tokio::test]
async fn two_who_swap_their_names_have_each_others() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let synchronize = async |people: &[SourcedUser]| {
        office.provisioning.synchronize("Contoso", people).await.unwrap().conflicts
    };
    assert!(synchronize(&[person(1, "anna", "One"), person(2, "ben", "Two")]).await.is_empty());
    set(&office, "anna", json!({ "licenses": ["Teams"] })).await.unwrap();
    assert_eq!(synchronize(&[person(1, "ben", "One"), person(2, "anna", "Two")]).await, Vec::<String>::new());
    let ben = shown(&office, "ben").await;
    assert_eq!((&ben["objectId"], &ben["displayName"]), (&id(1), &json!("One")));
    assert_eq!(ben["licenses"][0], "Teams", "what they may do goes with them");
    assert_eq!(shown(&office, "anna").await["objectId"], id(2));
    // Where one of three cannot, neither can those who want the name that stays.
    let people = [person(1, "alice", "One"), person(2, "ben", "Two"), person(3, "anna", "Three")];
    assert_eq!(synchronize(&people).await.len(), 3);
    assert_eq!(shown(&office, "ben").await["objectId"], id(1));
}

#[tokio::test]
async fn many_who_are_gone_at_once_are_kept_and_told() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let people: Vec<SourcedUser> =
        (1..=50).map(|number| person(number, &format!("p{number}"), "Somebody")).collect();
    office.provisioning.synchronize("Contoso", &people).await.unwrap();
    for left in [&people[..0], &people[..39]] {
        let told = office.provisioning.synchronize("Contoso", left).await.unwrap();
        assert!(told.outcome.changes.is_empty(), "{:?}", told.outcome.changes);
        assert!(
            told.conflicts[0].contains("gone from the directory at once and are kept"),
            "{:?}",
            told.conflicts
        );
    }
    // They are the directory's still.
    let refused = self::told(set(&office, "p50", json!({ "displayName": "Me" })).await);
    assert!(refused.contains("another directory"), "{refused}");
    let told = office.provisioning.synchronize("Contoso", &people[..40]).await.unwrap();
    assert_eq!((told.outcome.changes.len(), told.conflicts.len()), (10, 0));
}

#[tokio::test]
async fn whoever_came_from_a_directory_that_is_not_asked_any_more_is_the_companys_own() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    office.provisioning.synchronize("Contoso", &[person(1, "anna", "Anna")]).await.unwrap();
    let Office { store, data, .. } = office;
    let office = Office::over(store, data, 2);
    assert_eq!(office.provisioning.adopt_sourced("Contoso").await.unwrap(), 1);
    set(&office, "anna", json!({ "displayName": "Me" })).await.unwrap();
    let Office { store, data, .. } = office;
    let office = Office::over(store, data, 3);
    assert_eq!(office.provisioning.adopt_sourced("Contoso").await.unwrap(), 0);
    office.provisioning.remove("Contoso", Kind::User, "anna@contoso.example", false).await.unwrap();
}

#[tokio::test]
async fn where_somebody_is_said_once_when_they_are_new() {
    let office = Office::open().await;
    office.apply(CONTOSO).await;
    let anna = || {
        let mut anna = person(1, "anna", "Anna");
        anna.fields.insert("usageLocation".into(), "DE".into());
        [anna]
    };
    office.provisioning.synchronize("Contoso", &anna()).await.unwrap();
    assert_eq!(shown(&office, "anna").await["usageLocation"], "DE");
    set(&office, "anna", json!({ "usageLocation": "FR" })).await.unwrap();
    office.provisioning.synchronize("Contoso", &anna()).await.unwrap();
    assert_eq!(shown(&office, "anna").await["usageLocation"], "FR", "it is the company's from then on");
}

#[tokio::test]
async fn a_leaver_whose_license_others_count_on_is_closed_and_blocks_nobody() {
    let office = Office::open().await;
    let account = |number: u8| {
        format!(
            "  - {{ userPrincipalName: line{number}@contoso.example, licenses: [TeamsPhoneResourceAccount], \
             applicationId: ce933385-9390-45d1-9512-c8d228074e07 }}\n"
        )
    };
    let tenant =
        "tenant: { name: Contoso, domains: [contoso.example], usageLocation: US }\nresourceAccounts:\n";
    let mut text = tenant.to_owned();
    text.extend((0..25).map(account));
    office.apply(&text).await;
    let people: Vec<SourcedUser> =
        (1..=10).map(|number| person(number, &format!("p{number}"), "Somebody")).collect();
    office.provisioning.synchronize("Contoso", &people).await.unwrap();
    for number in 1..=10 {
        set(&office, &format!("p{number}"), json!({ "licenses": ["Teams", "TeamsPhone"] })).await.unwrap();
    }
    text += &account(25);
    office.apply(&text).await;
    let mut left = people[..9].to_vec();
    left.push(person(0x63, "new", "New"));
    let told = office.provisioning.synchronize("Contoso", &left).await.unwrap();
    assert!(
        told.conflicts[0].contains("p10@contoso.example") && told.conflicts[0].contains("closed"),
        "{:?}",
        told.conflicts
    );
    assert_eq!(shown(&office, "p10").await["accountDisabled"], true);
    assert_eq!(shown(&office, "new").await["displayName"], "New", "others are taken");
}
