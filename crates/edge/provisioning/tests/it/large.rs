//! A company of many people: what a small change costs.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::json;
use tenant_document::Kind;

use crate::office::Office;

/// As many people as RINGDOWN_PEOPLE says, each with a number, and some rules.
fn company(people: usize) -> String {
    let mut text = "tenant: { name: Contoso, domains: [contoso.example] }\nusers:\n".to_owned();
    for index in 0..people {
        let user = format!("userPrincipalName: p{index}@contoso.example, licenses: [Teams, TeamsPhone]");
        writeln!(text, "- {{ {user}, displayName: Person {index} }}").expect("a text takes all");
    }
    text.push_str("phoneNumbers:\n");
    for index in 0..people {
        let number = format!("telephoneNumber: +4930{index:06}, numberType: DirectRouting");
        writeln!(text, "- {{ {number}, assignedPstnTargetId: p{index}@contoso.example }}")
            .expect("a text takes all");
    }
    text.push_str("translationRules:\n");
    for index in 0..people / 250 {
        writeln!(text, "- {{ identity: r{index}, pattern: '^00{index}(\\d+)$', translation: +$1 }}")
            .expect("a text takes all");
    }
    text
}

#[tokio::test]
async fn a_small_change_of_a_large_company_is_cheap() {
    let people = std::env::var("RINGDOWN_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let office = Office::open().await;
    let begin = Instant::now();
    office.apply(&company(people)).await;
    let whole = begin.elapsed();
    let mut small: Vec<Duration> = Vec::new();
    for index in 0..5 {
        let patch = json!({ "displayName": format!("Somebody {index}") });
        let patch = patch.as_object().cloned().unwrap_or_default();
        let begin = Instant::now();
        let done = office.provisioning.set("Contoso", Kind::User, "p1@contoso.example", &patch, false).await;
        small.push(begin.elapsed());
        assert_eq!(done.unwrap_or_else(|refusal| panic!("{refusal}")).changes.len(), 1);
    }
    small.sort();
    println!("{people} people and numbers: all of it {whole:?}, one change {:?}", small[2]);
    // Ten times and more, on a quiet machine.
    assert!(small[2] * 4 < whole, "all of it {whole:?}, one change {:?}", small[2]);
}
