//! A whole document: read with everything that is wrong, and written.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::fault::{Checker, Fault, Faults};
use crate::kind::{Kind, Object};
use crate::node::{Content, Node, known};
use crate::objects::{Objects, folded};
use crate::schema::Schemas;
use crate::shape::{Shape, join};
use crate::yaml;

/// The largest document, in bytes.
pub const LARGEST_DOCUMENT: usize = 32 * 1024 * 1024;
/// How many objects of one kind there may be.
pub const MOST_OBJECTS: usize = 200_000;

/// A document that was read.
#[derive(Clone, Debug, Default)]
pub struct TenantDocument {
    /// What it says.
    pub objects: Objects,
    origins: HashMap<(Kind, String), Origin>,
}

/// Where an object stands in a document.
#[derive(Clone, Debug)]
pub struct Origin {
    path: String,
    node: Option<Box<Node>>,
}

impl TenantDocument {
    /// Reads a document, YAML or JSON (which begins with a brace). All that is wrong is told at once.
    pub fn read(text: &str) -> Result<Self, Faults> {
        if text.len() > LARGEST_DOCUMENT {
            let reason = format!("it has {} bytes, and at most {LARGEST_DOCUMENT} are read", text.len());
            return Err(Faults::one(None, "document", reason));
        }
        let root = match text.trim_start().starts_with('{') {
            true => Node::from_json(&serde_json::from_str::<Value>(text).map_err(|error| {
                Faults::one(Some(error.line()), "document", format!("this is not JSON: {error}"))
            })?),
            false => yaml::read(text)?,
        };
        let mut document = Self::default();
        let mut faults = document.fill(&root);
        if faults.is_empty() && document.objects.tenant().is_none() {
            let reason = "it is missing; begin with tenant: and the name of the company".to_owned();
            faults.push(Fault { line: None, path: "tenant".to_owned(), value: None, reason });
        }
        Faults::refuse(faults)?;
        Ok(document)
    }

    /// Reads one object from its JSON.
    pub fn read_object(kind: Kind, value: &Value) -> Result<Object, Faults> {
        let node = Node::from_json(value);
        let mut faults = Vec::new();
        let object = read_object(kind, "", &node, &mut faults);
        Faults::refuse(faults)?;
        object.ok_or_else(|| Faults::one(None, kind.noun(), "it cannot be understood"))
    }

    /// Where an object stands.
    pub fn origin(&self, kind: Kind, identity: &str) -> Option<&Origin> {
        self.origins.get(&(kind, folded(identity)))
    }

    /// As YAML.
    pub fn write(objects: &Objects) -> String {
        let mut sections = Vec::new();
        for kind in Kind::ALL {
            let mut items = objects.of(*kind).map(|object| match object {
                Object::PstnUsage(usage) => json!(usage.identity),
                other => other.to_short_json(),
            });
            let section = match kind {
                Kind::Tenant => items.next(),
                _ => Some(Value::Array(items.collect())).filter(|items| *items != json!([])),
            };
            sections.extend(section.map(|section| (kind.section(), section)));
        }
        crate::yaml_text::document(&sections)
    }

    fn fill(&mut self, root: &Node) -> Vec<Fault> {
        let mut faults = Vec::new();
        let Content::Map(sections) = &root.content else {
            let reason = "expected sections such as tenant: and users:".to_owned();
            return vec![Fault { line: root.line(), path: "document".to_owned(), value: None, reason }];
        };
        for (name, line, section) in sections {
            let Some(kind) = Kind::ALL.iter().find(|kind| kind.section() == name).copied() else {
                let near = Kind::ALL.iter().find(|kind| kind.section().eq_ignore_ascii_case(name));
                let reason = match near {
                    Some(near) => format!("there is no such section; is {} meant?", near.section()),
                    None => {
                        let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.section()).collect();
                        format!("there is no such section; there are {}", known.join(", "))
                    }
                };
                let path = if name.is_empty() { "document".to_owned() } else { name.clone() };
                faults.push(Fault { line: known(*line), path, value: None, reason });
                continue;
            };
            match (&section.content, kind) {
                (_, Kind::Tenant) => self.take(kind, name, section, &mut faults),
                _ if section.is_null() => {}
                (Content::List(items), _) if items.len() <= MOST_OBJECTS => {
                    for (index, item) in items.iter().enumerate() {
                        self.take(kind, &format!("{name}[{index}]"), item, &mut faults);
                    }
                }
                (Content::List(items), _) => {
                    let reason = format!("there are {}, and at most {MOST_OBJECTS} may be", items.len());
                    faults.push(Fault { line: known(*line), path: name.clone(), value: None, reason });
                }
                (Content::Scalar { .. } | Content::Map(_), _) => {
                    let reason =
                        "expected a list; write each item on a line that begins with a dash".to_owned();
                    faults.push(Fault { line: known(*line), path: name.clone(), value: None, reason });
                }
            }
        }
        faults
    }

    fn take(&mut self, kind: Kind, path: &str, node: &Node, faults: &mut Vec<Fault>) {
        let Some(object) = read_object(kind, path, node, faults) else { return };
        let origin = Origin { path: path.to_owned(), node: Some(Box::new(node.clone())) };
        let identity = object.identity();
        match self.objects.add(object) {
            Ok(()) => {
                self.origins.insert((kind, folded(&identity)), origin);
            }
            Err(same) => {
                let reason = match self.origin(kind, &same.identity).and_then(|origin| origin.line("")) {
                    Some(line) => format!("there is one of this name in line {line} already"),
                    None => "there is one of this name already".to_owned(),
                };
                let value = Some(format!("{identity:?}"));
                faults.push(Fault { line: node.line(), path: path.to_owned(), value, reason });
            }
        }
    }
}

impl Origin {
    /// The line of a field of the object.
    pub fn line(&self, field: &str) -> Option<usize> {
        self.node.as_ref()?.line_of(field)
    }

    /// The path of a field of the object.
    pub fn path(&self, field: &str) -> String {
        if field.is_empty() { self.path.clone() } else { join(&self.path, field) }
    }
}

/// An object without faults, or `None` and the faults.
fn read_object(kind: Kind, path: &str, node: &Node, faults: &mut Vec<Fault>) -> Option<Object> {
    let schemas = Schemas::get();
    let mut shape = Shape { definitions: &schemas.definitions, faults: Vec::new() };
    // A usage is nothing but its name.
    let value = match (&node.content, kind) {
        (Content::Scalar { text, .. }, Kind::PstnUsage)
            if !text.is_empty() && text.chars().count() <= 256 =>
        {
            Some(json!({ "identity": text }))
        }
        _ => shape.read(path, node, schemas.of(kind)),
    };
    faults.append(&mut shape.faults);
    let object = match kind.parse(value?) {
        Ok(object) => object,
        Err(error) => {
            let reason = format!("it cannot be understood: {error}");
            faults.push(Fault { line: node.line(), path: path.to_owned(), value: None, reason });
            return None;
        }
    };
    let mut checker = Checker::default();
    object.check(&mut checker);
    faults.extend(checker.found.into_iter().map(|(field, value, reason)| {
        let line = if field.is_empty() { node.line() } else { node.line_of(&field) };
        Fault { line, path: join(path, &field), value, reason }
    }));
    Some(object)
}
