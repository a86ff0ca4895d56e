//! `lib.rs` is a table of contents: docs, modules, and what they offer; it defines nothing.

use std::fs;

use anyhow::Context;

use crate::workspace::Workspace;

pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        let path = package.folder().join("src/lib.rs");
        if !path.starts_with(workspace.root.join("crates")) || !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if let Some(line) = first_definition(&text) {
            wrong.push(format!("{} defines something: {line}", workspace.shown(&path)));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not say what the crate is for", workspace.shown(&path)));
        }
    }
    Ok(wrong)
}

fn first_definition(text: &str) -> Option<&str> {
    let mut inside_use = false;
    for line in text.lines().map(str::trim) {
        let allowed = line.is_empty()
            || line.starts_with("//")
            || line.starts_with("#[")
            || line.starts_with("#![")
            || inside_use
            || ["mod ", "pub mod ", "pub(crate) mod "].iter().any(|start| line.starts_with(start))
                && line.ends_with(';')
            || ["use ", "pub use ", "pub(crate) use "].iter().any(|start| line.starts_with(start));
        if !allowed {
            return Some(line);
        }
        let opens = line.contains("use ") && !line.starts_with("//");
        inside_use = (inside_use || opens) && !line.ends_with(';');
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_found() {
        let contents = "//! Words.\n\nmod word;\n\npub use word::{\n    Noun,\n    Verb,\n};\n";
        assert_eq!(first_definition(contents), None);
        assert_eq!(first_definition("//! Words.\nmod word;\npub struct Noun;"), Some("pub struct Noun;"));
        assert_eq!(first_definition("mod word {\n}"), Some("mod word {"));
    }
}
