//! Each version has the operations that its client has.

use acs::version::ApiVersion;
use acs_edge::Operation;
use expect_test::expect;

use crate::surface::{CONNECTION, Surface, signed_target};

#[test]
fn each_version_has_as_many_operations_as_its_client() {
    let mut table = String::new();
    for version in ApiVersion::SERVED {
        // Newer clients have no unmute, which we keep for all.
        let theirs = |operation: &&Operation| {
            operation.is_known_to(version)
                && !(**operation == Operation::UnmuteParticipants && version > ApiVersion::V2023_10_03Preview)
        };
        let known = Operation::ALL.iter().filter(theirs).count();
        table.push_str(&format!("{:<18} {known}\n", version.as_str()));
    }
    expect![[r#"
        2022-04-07-preview 20
        2023-01-15-preview 20
        2023-03-06         20
        2023-06-15-preview 24
        2023-10-03-preview 26
        2023-10-15         25
        2024-01-22-preview 25
        2024-04-15         25
        2024-06-15-preview 33
        2024-09-15         28
        2024-11-15-preview 33
        2025-05-15         33
        2025-06-15         33
        2025-08-15-preview 35
        2026-03-12         34
    "#]]
    .assert_eq(&table);
}

#[tokio::test]
async fn an_operation_of_a_newer_version_is_not_found_in_an_older_one() {
    let surface = Surface::new();
    for (verb, version) in
        [(":hold", "2024-04-15"), (":startMediaStreaming", "2024-09-15"), (":summarizeCall", "2026-03-12")]
    {
        let target = format!("/calling/callConnections/{CONNECTION}{verb}?api-version={version}");
        let answer = surface.send(signed_target("POST", &target, b"{}")).await;
        assert_eq!(answer.refusal(), "404/8520", "{verb}");
        assert!(answer.message().contains(version));
    }
    assert!(surface.asked().is_empty());
}
