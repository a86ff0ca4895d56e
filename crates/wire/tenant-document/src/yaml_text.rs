//! Writing YAML: plain where it is clear, quoted where it is not.

use std::fmt::Write as _;

use serde_json::Value;

/// Where editors find the schema.
pub const FIRST_LINE: &str = "# yaml-language-server: $schema=docs/schemas/tenant.json\n";

/// A value as YAML, in blocks.
pub fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

/// Sections in this order.
pub(crate) fn document(sections: &[(&str, Value)]) -> String {
    let mut text = FIRST_LINE.to_owned();
    for (name, section) in sections {
        text.push_str(name);
        text.push(':');
        below(&mut text, section, 0);
    }
    text
}

/// Who something is comes before what else is said of it.
const FIRST: [&str; 6] = ["name", "identity", "userPrincipalName", "telephoneNumber", "fqdn", "displayName"];

fn place(name: &str) -> usize {
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}

fn block(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| place(name));
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    indent(text, depth);
                }
                text.push_str(&scalar(&Value::String(name.clone())));
                text.push(':');
                below(text, value, depth);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    indent(text, depth);
                }
                text.push_str("- ");
                block(text, item, depth + 1);
            }
        }
        other => {
            let _ = writeln!(text, "{}", scalar(other));
        }
    }
}

fn below(text: &mut String, value: &Value, depth: usize) {
    let short = |items: &[Value]| {
        items.len() <= 6 && depth > 0 && items.iter().all(|item| !item.is_object() && !item.is_array())
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            indent(text, depth + 1);
            block(text, value, depth + 1);
        }
        Value::Array(items) if !items.is_empty() && !short(items) => {
            text.push('\n');
            indent(text, depth + 1);
            block(text, value, depth + 1);
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            let _ = writeln!(text, " [{}]", items.join(", "));
        }
        other => {
            let _ = writeln!(text, " {}", scalar(other));
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Within brackets, commas and brackets have a meaning.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '[', ']', '{', '}']) => quoted(text),
        other => scalar(other),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => quoted(text),
        Value::Object(_) => "{}".to_owned(),
        Value::Array(_) => "[]".to_owned(),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    // JSON's quotes are YAML's.
    Value::String(text.to_owned()).to_string()
}

/// Whether a text is read back as the same text without quotes.
fn is_plain(text: &str) -> bool {
    let letters = |letter: char| letter.is_alphanumeric() || " _-.@/()+;$".contains(letter);
    let first = text.chars().next().is_some_and(|letter| letter.is_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    first
        && text.chars().all(letters)
        && !text.ends_with(' ')
        && !word.iter().any(|word| text.eq_ignore_ascii_case(word))
}
