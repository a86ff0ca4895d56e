//! A package is called what its folder is called, everywhere, and by a noun.

use crate::workspace::Workspace;

/// Names that say nothing.
const NOT_NOUNS: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "types", "misc", "shared"];

pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let mut wrong = Vec::new();
    for package in &workspace.packages {
        let folder = package.folder().file_name().unwrap_or_default().to_string_lossy();
        // The binary is called what the product is called; it stands in the folder `server`.
        let exempt = package.folder() == workspace.root.join("server");
        if package.name != folder && !exempt {
            wrong.push(format!("package {} lies in a folder called {folder}", package.name));
        }
        if package.name.split('-').any(|word| NOT_NOUNS.contains(&word)) {
            wrong.push(format!("package {} is called what says nothing", package.name));
        }
        for dependency in &package.dependencies {
            if let Some(rename) = &dependency.rename {
                wrong.push(format!("{} renames {} to {rename}", package.name, dependency.name));
            }
        }
    }
    wrong
}
