//! What differs between two states of a tenant.

use serde::Serialize;
use serde_json::Value;
use tenant_document::{Kind, Object, Objects};

/// Something that a change does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The kind of the object.
    pub kind: &'static str,
    /// Its name.
    pub identity: String,
    /// What happens to it.
    pub action: Action,
    /// What is other of it, for what is updated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It was not there.
    Created,
    /// It says something else.
    Updated,
    /// It is gone; a Global one says again what it says by default.
    Deleted,
}

/// A field that says something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldChange {
    /// Which.
    pub field: String,
    /// What it said.
    pub old: Value,
    /// What it says.
    pub new: Value,
}

/// What is shown in place of a secret.
const HIDDEN: &str = "[hidden]";

/// All that differs, by kind and name.
pub(crate) fn differences(old: &Objects, new: &Objects) -> Vec<Change> {
    let mut changes = Vec::new();
    for kind in Kind::ALL {
        let differing = new.differing(old, *kind);
        for gone in differing.iter().filter_map(|(was, is)| was.filter(|_| is.is_none())) {
            changes.push(change(gone, Action::Deleted, Vec::new()));
        }
        for (was, object) in differing.iter().filter_map(|(was, is)| Some((was, (*is)?))) {
            match was {
                None => changes.push(change(object, Action::Created, Vec::new())),
                Some(before) if *before == object => {}
                Some(before) => {
                    let mut fields = Vec::new();
                    compare("", &before.to_json(), &object.to_json(), &mut fields);
                    if !fields.is_empty() {
                        changes.push(change(object, Action::Updated, fields));
                    }
                }
            }
        }
    }
    changes
}

fn change(object: &Object, action: Action, fields: Vec<FieldChange>) -> Change {
    Change { kind: object.kind().name(), identity: object.identity(), action, fields }
}

fn compare(path: &str, old: &Value, new: &Value, fields: &mut Vec<FieldChange>) {
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        for (name, value) in new {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            compare(&path, old.get(name).unwrap_or(&Value::Null), value, fields);
        }
    } else if old != new {
        let shown = |value: &Value| match path.to_ascii_lowercase().ends_with("password") {
            true => Value::String(HIDDEN.to_owned()),
            false => value.clone(),
        };
        fields.push(FieldChange { field: path.to_owned(), old: shown(old), new: shown(new) });
    }
}
