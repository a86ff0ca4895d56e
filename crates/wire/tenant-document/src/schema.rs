//! The JSON Schema of the document, for editors and for our own checks.

use std::sync::LazyLock;

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::document::MOST_OBJECTS;
use crate::format;
use crate::kind::Kind;

/// Sections by kind, and the definitions that they share.
pub(crate) struct Schemas {
    pub sections: Vec<(Kind, Value)>,
    pub definitions: Value,
    required: Vec<(Kind, Vec<String>)>,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let sections =
        Kind::ALL.iter().map(|kind| (*kind, Value::from(kind.schema(&mut generator)))).collect::<Vec<_>>();
    let definitions = Value::Object(generator.take_definitions(true));
    let required = sections.iter().map(|(kind, schema)| (*kind, required(schema, &definitions))).collect();
    Schemas { sections, definitions, required }
});

fn required(schema: &Value, definitions: &Value) -> Vec<String> {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let schema = name.map_or(schema, |name| &definitions[name]);
    let names = schema["required"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()
}

impl Schemas {
    /// The fields that must be there.
    pub fn required(&self, kind: Kind) -> &[String] {
        let found = self.required.iter().find(|(found, _)| *found == kind);
        found.map_or(&[], |(_, names)| names)
    }

    pub fn get() -> &'static Self {
        &SCHEMAS
    }

    pub fn of(&self, kind: Kind) -> &Value {
        let found = self.sections.iter().find(|(found, _)| *found == kind);
        found.map_or(&Value::Null, |(_, schema)| schema)
    }
}

/// The JSON Schema (draft 2020-12) of a tenant document.
pub fn document_schema() -> Value {
    let schemas = Schemas::get();
    let mut properties = Map::new();
    for (kind, schema) in &schemas.sections {
        let section = match kind {
            Kind::Tenant => schema.clone(),
            Kind::PstnUsage => json!({
                "description": "Names that join policies with routes.",
                "type": "array",
                "items": { "type": "string", "minLength": 1, "maxLength": 256 },
                "maxItems": MOST_OBJECTS,
            }),
            _ => json!({ "type": "array", "items": schema, "maxItems": MOST_OBJECTS }),
        };
        properties.insert(kind.section().to_owned(), section);
    }
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ringdown tenant document",
        "description": "A company's phone system: docs/TENANT.md",
        "type": "object",
        "properties": properties,
        "required": ["tenant"],
        "additionalProperties": false,
        "$defs": schemas.definitions,
    });
    for_editors(&mut document);
    document
}

/// The JSON Schema of one kind of object.
pub fn object_schema(kind: Kind) -> Value {
    let schemas = Schemas::get();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "allOf": [schemas.of(kind)],
        "$defs": schemas.definitions,
    });
    for_editors(&mut schema);
    schema
}

/// Our own formats are patterns too, which every editor knows.
fn for_editors(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(for_editors);
            let pattern = fields.get("format").and_then(Value::as_str).and_then(format::pattern);
            if let Some(pattern) = pattern {
                fields.insert("pattern".to_owned(), pattern.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(for_editors),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A field of a kind of object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it says.
    pub description: String,
    /// Whether it is text, even where it looks like a number.
    pub is_text: bool,
    /// Whether it is a list.
    pub is_list: bool,
}

/// The fields of a kind of object.
pub fn fields(kind: Kind) -> Vec<Field> {
    let schemas = Schemas::get();
    let resolved = |schema: &Value| match schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        Some(name) => schemas.definitions[name].clone(),
        None => schema.clone(),
    };
    let schema = resolved(schemas.of(kind));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let field = |(name, property): (&String, &Value)| {
        let first = property["anyOf"].as_array().and_then(|choices| choices.first()).unwrap_or(property);
        let found = resolved(first);
        let is = |kind: &str| {
            found["type"] == kind
                || found["type"].as_array().is_some_and(|kinds| kinds.contains(&kind.into()))
        };
        let is_choice = found["enum"].is_array() || found["oneOf"].is_array();
        let description = property["description"].as_str().unwrap_or_default().to_owned();
        let is_text = is("string") || (is_choice && !is("integer"));
        Field { name: name.clone(), description, is_text, is_list: is("array") }
    };
    properties.map(field).collect()
}
