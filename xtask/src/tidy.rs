//! `cargo xtask tidy`: what the compiler does not check.

mod contents;
mod floors;
mod links;
mod names;
mod stacks;

use anyhow::bail;

use crate::workspace::Workspace;

/// Checks everything and says all that is wrong at once.
pub fn run() -> anyhow::Result<()> {
    let workspace = Workspace::read()?;
    let mut wrong = Vec::new();
    wrong.extend(floors::check(&workspace));
    wrong.extend(names::check(&workspace));
    wrong.extend(stacks::check(&workspace));
    wrong.extend(contents::check(&workspace)?);
    wrong.extend(links::check(&workspace)?);
    if !wrong.is_empty() {
        bail!("untidy:\n  {}", wrong.join("\n  "));
    }
    println!("tidy: {} packages, nothing to say", workspace.packages.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_workspace_is_tidy() {
        if let Err(untidy) = super::run() {
            panic!("{untidy:#}");
        }
    }
}
