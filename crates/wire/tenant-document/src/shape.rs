//! Whether a value has the shape that its JSON Schema gives it: everything that is wrong, at once.
//!
//! Knows what the schemas of this crate say, and nothing else of JSON Schema.

use serde_json::{Map, Number, Value, json};

use crate::fault::Fault;
use crate::format;
use crate::node::{Content, Node, known};

/// What was found to be wrong, and where we are.
pub(crate) struct Shape<'a> {
    /// The `$defs` that schemas refer to.
    pub definitions: &'a Value,
    pub faults: Vec<Fault>,
}

/// The longest part of a value that is repeated in a fault.
const SHOWN: usize = 60;

impl Shape<'_> {
    /// The value as the schema understands it; `None` where it does not, and then there is a fault.
    pub fn read(&mut self, path: &str, node: &Node, schema: &Value) -> Option<Value> {
        let schema = self.resolved(schema);
        if let Some(choices) = schema["anyOf"].as_array() {
            if node.is_null() {
                return Some(Value::Null);
            }
            let choice = choices.iter().find(|choice| choice["type"] != "null")?.clone();
            return self.read(path, node, &choice);
        }
        let kinds = kinds(&schema);
        if node.is_null() && kinds.contains(&"null") {
            return Some(Value::Null);
        }
        if let Some(options) = options(&schema) {
            return self.option(path, node, &options);
        }
        match kinds.iter().find(|kind| **kind != "null").copied() {
            Some("object") => self.object(path, node, &schema),
            Some("array") => self.list(path, node, &schema),
            Some("string") => self.text(path, node, &schema),
            Some("boolean") => self.truth(path, node),
            Some("integer") => self.number(path, node, &schema, "a whole number"),
            Some("number") => self.number(path, node, &schema, "a number"),
            _ => Some(Value::Null),
        }
    }

    fn resolved(&self, schema: &Value) -> Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        match name {
            Some(name) => self.definitions[name].clone(),
            None => schema.clone(),
        }
    }

    fn refuse<T>(&mut self, path: &str, node: &Node, reason: impl Into<String>) -> Option<T> {
        let secret = path.ends_with("password");
        let value = if secret { None } else { Some(shown(node)) };
        self.faults.push(Fault { line: node.line(), path: path.to_owned(), value, reason: reason.into() });
        None
    }

    fn object(&mut self, path: &str, node: &Node, schema: &Value) -> Option<Value> {
        let Content::Map(entries) = &node.content else {
            return self.refuse(path, node, "expected names and values, as in name: value");
        };
        let nothing = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&nothing);
        let before = self.faults.len();
        let mut read = Map::new();
        for (name, line, value) in entries {
            let path = join(path, name);
            let Some(property) = properties.get(name) else {
                let reason = unknown(name, properties);
                self.faults.push(Fault { line: known(*line), path, value: None, reason });
                continue;
            };
            if let Some(value) = self.read(&path, value, property) {
                read.insert(name.clone(), value);
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !entries.iter().any(|(key, _, _)| key == name) {
                let reason = "it is missing, and there is no default".to_owned();
                self.faults.push(Fault { line: node.line(), path: join(path, name), value: None, reason });
            }
        }
        (self.faults.len() == before).then_some(Value::Object(read))
    }

    fn list(&mut self, path: &str, node: &Node, schema: &Value) -> Option<Value> {
        let Content::List(items) = &node.content else {
            return self.refuse(
                path,
                node,
                "expected a list; write each item on a line that begins with a dash",
            );
        };
        let (least, most) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        if !within(items.len() as u64, least, most) {
            let reason = format!("expected {}, and there are {}", amount(least, most, "items"), items.len());
            self.faults.push(Fault { line: node.line(), path: path.to_owned(), value: None, reason });
            return None;
        }
        let before = self.faults.len();
        let mut read = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            read.extend(self.read(&format!("{path}[{index}]"), item, &schema["items"]));
        }
        (self.faults.len() == before).then_some(Value::Array(read))
    }

    fn text(&mut self, path: &str, node: &Node, schema: &Value) -> Option<Value> {
        let Content::Scalar { text, .. } = &node.content else {
            return self.refuse(path, node, "expected text");
        };
        if node.is_null() {
            return self.refuse(
                path,
                node,
                "expected text; put what looks like nothing into quotes, or leave it out",
            );
        }
        let length = text.chars().count() as u64;
        let (least, most) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
        if !within(length, least, most) {
            let reason = format!("expected {}, and there are {length}", amount(least, most, "characters"));
            return self.refuse(path, node, reason);
        }
        if let Some(letter) = text.chars().find(|letter| letter.is_control() && !"\n\t".contains(*letter)) {
            return self.refuse(
                path,
                node,
                format!("the character {letter:?} cannot be shown; leave it out"),
            );
        }
        if let Some(problem) = schema["format"].as_str().and_then(|format| format::problem(format, text)) {
            return self.refuse(path, node, problem);
        }
        Some(Value::String(text.clone()))
    }

    fn truth(&mut self, path: &str, node: &Node) -> Option<Value> {
        match &node.content {
            Content::Scalar { text, plain: true } if text.eq_ignore_ascii_case("true") => Some(json!(true)),
            Content::Scalar { text, plain: true } if text.eq_ignore_ascii_case("false") => Some(json!(false)),
            Content::Scalar { .. } | Content::List(_) | Content::Map(_) => {
                self.refuse(path, node, "expected true or false")
            }
        }
    }

    fn number(&mut self, path: &str, node: &Node, schema: &Value, what: &str) -> Option<Value> {
        let number = match &node.content {
            Content::Scalar { text, plain: true } if what == "a whole number" => {
                text.parse::<i64>().ok().map(Number::from)
            }
            Content::Scalar { text, plain: true } => text.parse().ok().and_then(Number::from_f64),
            Content::Scalar { .. } | Content::List(_) | Content::Map(_) => None,
        };
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        let span = match (least, most) {
            (Some(least), Some(most)) => format!("expected {what} from {least} to {most}"),
            (Some(least), None) => format!("expected {what} of {least} or more"),
            (None, _) => format!("expected {what}"),
        };
        let Some(number) = number else { return self.refuse(path, node, span) };
        let value = number.as_f64().unwrap_or(f64::NAN);
        if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            return self.refuse(path, node, span);
        }
        Some(Value::Number(number))
    }

    fn option(&mut self, path: &str, node: &Node, options: &[Value]) -> Option<Value> {
        let Content::Scalar { text, .. } = &node.content else {
            return self.refuse(path, node, format!("expected one of {}", listed(options)));
        };
        let said = |option: &&Value| match option {
            Value::String(option) => option.eq_ignore_ascii_case(text),
            other => other.to_string() == *text,
        };
        match options.iter().find(said) {
            Some(option) => Some(option.clone()),
            None => self.refuse(path, node, format!("expected one of {}", listed(options))),
        }
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What a closed choice allows.
fn options(schema: &Value) -> Option<Vec<Value>> {
    if let Some(options) = schema["enum"].as_array() {
        return Some(options.iter().filter(|option| !option.is_null()).cloned().collect());
    }
    let choices = schema["oneOf"].as_array()?;
    Some(
        choices
            .iter()
            .flat_map(|choice| match &choice["const"] {
                Value::Null => options(choice).unwrap_or_default(),
                option => vec![option.clone()],
            })
            .collect(),
    )
}

fn listed(options: &[Value]) -> String {
    let options: Vec<String> = options
        .iter()
        .map(|option| option.as_str().map_or_else(|| option.to_string(), ToOwned::to_owned))
        .collect();
    options.join(", ")
}

fn within(value: u64, least: Option<u64>, most: Option<u64>) -> bool {
    least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most)
}

fn amount(least: Option<u64>, most: Option<u64>, what: &str) -> String {
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) => format!("{least} to {most} {what}"),
        (Some(least), None) => format!("at least {least} {what}"),
        (None, Some(most)) => format!("at most {most} {what}"),
        (None, None) => what.to_owned(),
    }
}

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn shown(node: &Node) -> String {
    match &node.content {
        Content::Scalar { text, .. } => {
            let cut: String = text.chars().take(SHOWN).collect();
            let dots = if cut.len() < text.len() { "…" } else { "" };
            format!("{:?}", format!("{cut}{dots}"))
        }
        Content::List(items) => format!("a list of {}", items.len()),
        Content::Map(entries) => format!("a map of {}", entries.len()),
    }
}

/// What to do about a name that means nothing.
fn unknown(name: &str, properties: &Map<String, Value>) -> String {
    if let Some(reason) = derived(name) {
        return reason.to_owned();
    }
    let near = properties.keys().find(|known| known.eq_ignore_ascii_case(name)).or_else(|| {
        let distances = properties.keys().map(|known| (distance(known, name), known));
        distances.filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known)
    });
    match near {
        Some(near) => format!("there is no such field; is {near} meant?"),
        None => {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            format!("there is no such field; there are {}", known.join(", "))
        }
    }
}

/// Fields that follow from others.
fn derived(name: &str) -> Option<&'static str> {
    Some(match name {
        "lineUri" | "phoneNumber" => {
            "it follows from the number; write assignedPstnTargetId at the phone number"
        }
        "featureTypes" => "it follows from licenses; write those",
        "accountType" => "it follows from the section in which the account stands; leave it out",
        "pstnAssignmentStatus" | "activationState" => {
            "it follows from what the number is assigned to; leave it out"
        }
        "validationStatus" => "addresses are not validated here; leave it out",
        _ => return None,
    })
}

/// How many letters are other ones, too many or missing (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..other.len() {
            let replaced = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
