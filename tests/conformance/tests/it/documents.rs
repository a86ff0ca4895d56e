//! The documents tell the truth about the tests they name.

use std::collections::BTreeSet;
use std::path::Path;

use conformance::sdk::root;

#[test]
fn every_test_that_a_document_names_exists() {
    let tests = all_functions();
    for document in ["docs/COMPATIBILITY.md", "docs/FEATURES.md", "docs/RFC.md", "docs/SECURITY.md"] {
        let text = std::fs::read_to_string(root().join(document)).expect("the document can be read");
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|word| is_sentence(word)).collect();
        assert!(named.len() > 20, "{document} names tests");
        let missing: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
        assert!(missing.is_empty(), "{document} names tests that do not exist: {missing:#?}");
    }
}

#[test]
fn every_file_that_a_document_links_to_exists() {
    let documents = ["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)).into_iter();
    let more =
        walk(&root().join("docs")).into_iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
    for document in documents.chain(more) {
        let text = std::fs::read_to_string(&document).expect("the document can be read");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let path =
                document.parent().expect("a file has a folder").join(link.split('#').next().unwrap_or(link));
            assert!(path.exists(), "{} links to {link}", document.display());
        }
    }
}

/// The name of a test is a sentence.
fn is_sentence(word: &str) -> bool {
    let is_name =
        word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    is_name && word.matches('_').count() >= 2
}

fn all_functions() -> BTreeSet<String> {
    let folders = ["crates", "tests", "server", "xtask"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| walk(folder));
    let mut names = BTreeSet::new();
    for file in files.filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<', ' ']).next());
        names.extend(functions.map(ToOwned::to_owned));
    }
    names
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        match path.is_dir() {
            true if path.ends_with("node_modules") => {}
            true => files.extend(walk(&path)),
            false => files.push(path),
        }
    }
    files
}
