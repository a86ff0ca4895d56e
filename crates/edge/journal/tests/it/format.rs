//! What is written down has the shape that its format number stands for.
//!
//! The shapes are read off the sources: every type that derives Borsh, with its fields and variants in
//! their order, and every `impl` by hand. `fixtures/shapes.txt` keeps those of the format in force.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Attribute, Fields, Item};

/// Where types live that may be written down.
const FLOORS: [&str; 3] = ["crates/ground", "crates/engine", "crates/edge/journal/src"];

/// What accepts the shapes of now as those of a format that was raised.
const ACCEPT: &str = "JOURNAL_SHAPES=accept cargo test -p journal --test it format";

#[test]
fn whoever_changes_what_is_written_down_raises_the_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let kept_at = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shapes.txt");
    let kept = fs::read_to_string(&kept_at).expect("fixtures/shapes.txt can be read");
    let (first, kept_shapes) = kept.split_once("\n\n").expect("a format, an empty line, and the shapes");
    let kept_format: u16 = first.trim_start_matches("format ").parse().expect("a number");

    let shapes = shapes(&root);
    let now: BTreeSet<&str> = shapes.iter().map(String::as_str).collect();
    let before: BTreeSet<&str> = kept_shapes.lines().collect();
    if now == before && kept_format == journal::FORMAT {
        return;
    }
    let gone = before.difference(&now).map(|shape| format!("- {shape}\n"));
    let new = now.difference(&before).map(|shape| format!("+ {shape}\n"));
    let difference: String = gone.chain(new).collect();
    assert!(
        kept_format != journal::FORMAT,
        "What the journal writes down has another shape than format {kept_format} had, so that journals of \
         this format would be misread:\n\n{difference}\n\
         Raise FORMAT in crates/edge/journal/src/frame.rs to {next}, then run\n\n    {ACCEPT}\n\n\
         and commit crates/edge/journal/fixtures/shapes.txt with your change. If the lines above are \
         somebody else's, who is still at it, there is nothing for you to do.",
        next = kept_format + 1,
    );
    if std::env::var("JOURNAL_SHAPES").is_ok_and(|wish| wish == "accept") {
        let lines: String = shapes.iter().map(|shape| format!("{shape}\n")).collect();
        fs::write(&kept_at, format!("format {}\n\n{lines}", journal::FORMAT)).expect("it can be written");
        return;
    }
    panic!(
        "FORMAT is {}, and fixtures/shapes.txt tells the shapes of format {kept_format}:\n\n{difference}\n\
         Run\n\n    {ACCEPT}\n\nand commit crates/edge/journal/fixtures/shapes.txt with your change.",
        journal::FORMAT,
    );
}

/// One line for each type that is written down, sorted.
fn shapes(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for floor in FLOORS {
        for path in sources(&root.join(floor)) {
            let text = fs::read_to_string(&path).expect("a source can be read");
            if text.contains("Borsh") {
                let file = syn::parse_file(&text);
                let file = file.unwrap_or_else(|error| panic!("{} is Rust: {error}", path.display()));
                file.items.iter().for_each(|item| look_at(item, &mut found));
            }
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the floors are where they were").flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(end) if end == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

fn look_at(item: &Item, found: &mut BTreeSet<String>) {
    match item {
        Item::Struct(item) if is_written(&item.attrs) => {
            let end = if matches!(item.fields, Fields::Named(_)) { "" } else { ";" };
            found.insert(format!("struct {}{}{end}", item.ident, fields(&item.fields)));
        }
        Item::Enum(item) if is_written(&item.attrs) => {
            let variants: Vec<String> = item
                .variants
                .iter()
                .map(|variant| format!("{}{}", variant.ident, fields(&variant.fields)))
                .collect();
            found.insert(format!("enum {} {{ {} }}", item.ident, variants.join(", ")));
        }
        Item::Impl(item) => {
            let written = item.trait_.as_ref().map(|(_, path, _)| path.to_token_stream().to_string());
            if written.is_some_and(|name| name.starts_with("Borsh")) {
                found.insert(item.to_token_stream().to_string());
            }
        }
        Item::Mod(item) => {
            let is_test = item.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"));
            let items = item.content.iter().filter(|_| !is_test).flat_map(|(_, items)| items);
            items.for_each(|item| look_at(item, found));
        }
        Item::Macro(item) => {
            let name = item.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let body = item.mac.tokens.to_string();
            // What follows the derive, up to the end of the type.
            for made in body.split("BorshSerialize").skip(1).filter_map(|rest| rest.split_once(']')) {
                let shape = made.1.split_inclusive([';', '}']).next().unwrap_or_default();
                found.insert(format!("macro {name}:{shape}"));
            }
        }
        _ => {}
    }
}

fn is_written(attributes: &[Attribute]) -> bool {
    let mut derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives.any(|attribute| attribute.to_token_stream().to_string().contains("Borsh"))
}

/// Names, types and what is said of how they are written; no comments.
fn fields(fields: &Fields) -> String {
    let all: Vec<String> = fields
        .iter()
        .map(|field| {
            let told = field.attrs.iter().filter(|attribute| attribute.path().is_ident("borsh"));
            let told: String = told.map(|attribute| format!("{} ", attribute.to_token_stream())).collect();
            let name = field.ident.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{told}{name}{}", field.ty.to_token_stream())
        })
        .collect();
    match fields {
        Fields::Named(_) => format!(" {{ {} }}", all.join(", ")),
        Fields::Unnamed(_) => format!("({})", all.join(", ")),
        Fields::Unit => String::new(),
    }
}
