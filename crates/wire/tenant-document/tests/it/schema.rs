//! What editors are told.

use expect_test::expect_file;
use tenant_document::{Kind, document_schema};

#[test]
fn the_schema_in_the_documentation_is_the_one_in_force() {
    // UPDATE_EXPECT=1 writes it.
    let schema = format!("{:#}\n", document_schema());
    expect_file!["../../../../../docs/schemas/tenant.json"].assert_eq(&schema);
}

#[test]
fn every_kind_is_found_by_all_of_its_names() {
    for kind in Kind::ALL {
        for name in [kind.name(), kind.noun(), kind.plural(), kind.section()] {
            assert_eq!(name.parse(), Ok(*kind), "{name}");
        }
    }
    let unknown = "caling-policy".parse::<Kind>().unwrap_err().to_string();
    assert!(unknown.contains("calling-policy"), "{unknown}");
}
