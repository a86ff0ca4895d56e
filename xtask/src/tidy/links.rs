//! Links in the documents lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::workspace::Workspace;

/// Folders that are not ours.
const FOREIGN: [&str; 6] = ["target", "node_modules", "ringdown-data", ".git", ".make", ".venv"];

pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut documents = Vec::new();
    collect(&workspace.root, &mut documents)?;
    let mut wrong = Vec::new();
    for document in documents {
        let text =
            fs::read_to_string(&document).with_context(|| format!("cannot read {}", document.display()))?;
        let folder = document.parent().unwrap_or(&workspace.root);
        for target in links(&text) {
            if !leads_somewhere(folder, &target) {
                wrong.push(format!("{} links to {target}, which is not there", workspace.shown(&document)));
            }
        }
    }
    Ok(wrong)
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let foreign = path.file_name().is_some_and(|name| FOREIGN.iter().any(|foreign| name == *foreign));
        if entry.file_type()?.is_dir() && !foreign {
            collect(&path, documents)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    Ok(())
}

/// The targets of `[text](target)`, outside of fenced code.
fn links(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, tail)) = after.split_once(')') else { break };
            targets.push(target.split_whitespace().next().unwrap_or_default().to_owned());
            rest = tail;
        }
    }
    targets
}

fn leads_somewhere(folder: &Path, target: &str) -> bool {
    let outside = ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    let path = target.split('#').next().unwrap_or_default();
    outside || path.is_empty() || folder.join(path).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_of_code() {
        let text =
            "See [this](a.md#part) and [that](https://x.org).\n```\n[no](b.md)\n```\n[other](c.md \"title\")";
        assert_eq!(links(text), ["a.md#part", "https://x.org", "c.md"]);
    }
}
