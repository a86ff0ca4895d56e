//! A small document does not become a large one.

use tenant_document::TenantDocument;

#[track_caller]
fn check(text: &str, told: &str) {
    let faults = TenantDocument::read(text).expect_err("it is refused").to_string();
    assert!(faults.contains(told), "{}", faults.chars().take(500).collect::<String>());
}

#[test]
fn aliases_of_aliases_are_not_written_out() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..14 {
        let before = level - 1;
        let aliases = vec![format!("*a{before}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    check(&text, "aliases repeat");
}

#[test]
fn aliases_do_not_make_it_deep() {
    let mut text = "a0: &a0 [[[[x]]]]\n".to_owned();
    for level in 1..100 {
        text.push_str(&format!("a{level}: &a{level} [[[[*a{}]]]]\n", level - 1));
    }
    check(&text, "too deep");
}

#[test]
fn depth_and_names_have_an_end() {
    check(&"[".repeat(100_000), "document");
    check(&format!("a: {}", "[".repeat(40)), "document");
    let names: String = (0..100_000).map(|number| format!("n{number}: 1\n")).collect();
    check(&names, "more than 200 names");
}

#[test]
fn what_is_wrong_everywhere_is_told_in_part() {
    let numbers: String = (0..5_000).map(|_| "  - telephoneNumber: x\n").collect();
    let text = format!("tenant: {{ name: Contoso, domains: [contoso.example] }}\nphoneNumbers:\n{numbers}");
    let faults = TenantDocument::read(&text).expect_err("it is refused");
    assert_eq!(faults.0.len(), 201);
    assert!(faults.to_string().ends_with("more faults; correct these first"));
}
