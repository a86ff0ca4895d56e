//! The TOML file: single values by dotted key, and the tables of tenants and subscriptions.

use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::error::ConfigurationError;
use super::setting::{SETTINGS, Setting};
use super::subscription_entry::SubscriptionEntry;
use super::tenant_entry::TenantEntry;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) values: Vec<(&'static Setting, String)>,
    pub(super) tenants: Vec<TenantEntry>,
    pub(super) subscriptions: Vec<SubscriptionEntry>,
}

#[derive(Deserialize)]
struct Tenants {
    #[serde(default)]
    tenants: Vec<TenantEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    #[serde(default)]
    subscriptions: Vec<SubscriptionEntry>,
}

pub(super) fn read(path: &Path) -> Result<File, ConfigurationError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigurationError::unreadable(path, &error))?;
    parse(&text, path)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<File, ConfigurationError> {
    let mut table: Table = text.parse().map_err(|error| malformed(path, text, &error))?;
    let mut file = File::default();
    if let Some(tenants) = table.remove("tenants") {
        let tenants = Table::from_iter([("tenants".to_owned(), tenants)]);
        let tenants: Tenants = tenants.try_into().map_err(|error| in_table(path, "tenants", &error))?;
        file.tenants = tenants.tenants;
    }
    if let Some(events) = table.remove("events") {
        let events: Events = events.try_into().map_err(|error| in_table(path, "events", &error))?;
        file.subscriptions = events.subscriptions;
    }
    flatten(&table, "", path, &mut file.values)?;
    Ok(file)
}

fn flatten(
    table: &Table,
    prefix: &str,
    path: &Path,
    values: &mut Vec<(&'static Setting, String)>,
) -> Result<(), ConfigurationError> {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (Setting::named(&key), value) {
            (Some(setting), value) => values.push((setting, as_text(&key, value, path)?)),
            (None, Value::Table(inner)) if is_group(&key) => flatten(inner, &key, path, values)?,
            (None, _) => return Err(unknown(path, key)),
        }
    }
    Ok(())
}

fn is_group(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.split_once('.').is_some_and(|(group, _)| group == key))
}

fn as_text(key: &str, value: &Value, path: &Path) -> Result<String, ConfigurationError> {
    let wrong = || {
        ConfigurationError::malformed(
            path,
            format!("{key}: expected a string, a number, true, false, or a list of strings"),
        )
    };
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(truth) => Ok(truth.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            items.map(|items| items.join(",")).ok_or_else(wrong)
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(wrong()),
    }
}

fn unknown(path: &Path, key: String) -> ConfigurationError {
    let known = SETTINGS.iter().map(|setting| setting.key);
    let near = known.min_by_key(|known| distance(known, &key)).filter(|known| distance(known, &key) <= 3);
    let hint = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
    ConfigurationError::UnknownKey { path: path.display().to_string(), key, hint }
}

fn malformed(path: &Path, text: &str, error: &toml::de::Error) -> ConfigurationError {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    ConfigurationError::malformed(path, format!("line {line}: {}", one_line(error.message())))
}

fn in_table(path: &Path, table: &str, error: &toml::de::Error) -> ConfigurationError {
    ConfigurationError::malformed(path, format!("in {table}: {}", one_line(error.message())))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many letters must be changed, added or left out to come from one to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..to.len() {
            let replaced = diagonal + usize::from(letter != to[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = parse(text, Path::new("ringdown.toml")).expect_err("it is wrong").to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
        refused("[api]\nlisen = \"x\"", "unknown key api.lisen (did you mean api.listen?)");
        refused("colour = 1", "unknown key colour;");
        refused("[sound]\nvolume = 1", "unknown key sound;");
        refused("[[tenants]]\nname = \"a\"\ncolor = 1", "unknown field `color`");
        refused("[events]\nsubscribe = 1", "unknown field `subscribe`");
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        refused("demo = true\n[api\n", "ringdown.toml: line 2:");
        refused("[api]\nlisten = 1.5", "api.listen: expected a string");
    }

    #[test]
    fn values_are_found_by_their_dotted_key() {
        let file = parse("demo = true\n[api]\nhosts = [\"a\", \"b\"]\n[limits]\ncalls = 5", Path::new("x"))
            .expect("it is right");
        let values: Vec<_> =
            file.values.iter().map(|(setting, value)| (setting.key, value.as_str())).collect();
        assert_eq!(values, [("api.hosts", "a,b"), ("demo", "true"), ("limits.calls", "5")]);
    }
}
