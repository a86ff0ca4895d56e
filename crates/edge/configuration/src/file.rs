//! The TOML file: single values by dotted key, and the tables of tenants and subscriptions.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::error::ConfigurationError;
use crate::place::Place;
use crate::setting::{SETTINGS, Setting};
use crate::subscription_entry::SubscriptionEntry;
use crate::tenant_entry::TenantEntry;

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) values: Vec<Said>,
    pub(crate) tenants: Vec<TenantEntry>,
    pub(crate) subscriptions: Vec<SubscriptionEntry>,
}

/// One value.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) setting: &'static Setting,
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// The tables; single values are read by their keys.
#[derive(Deserialize)]
struct Tables {
    #[serde(default)]
    tenants: Vec<TenantEntry>,
    #[serde(default)]
    events: Events,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Events {
    #[serde(default)]
    subscriptions: Vec<SubscriptionEntry>,
}

/// Where the entries of the tables begin.
#[derive(Deserialize)]
struct Lines {
    #[serde(default)]
    tenants: Vec<TenantLines>,
}

#[derive(Deserialize)]
struct TenantLines {
    #[serde(default)]
    resources: Vec<Spanned<IgnoredAny>>,
    #[serde(default)]
    phones: Vec<Spanned<IgnoredAny>>,
    #[serde(default)]
    trunks: Vec<Spanned<TrunkLines>>,
}

#[derive(Deserialize)]
struct TrunkLines {
    #[serde(default)]
    numbers: Vec<Spanned<IgnoredAny>>,
}

pub(crate) fn read(path: &Path) -> Result<File, ConfigurationError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigurationError::unreadable(path, &error))?;
    parse(&text, path)
}

/// Reads the text of a file that lies at `path`.
pub(crate) fn parse(text: &str, path: &Path) -> Result<File, ConfigurationError> {
    let text = Text { path: path.into(), text };
    let table = DeTable::parse(text.text).map_err(|error| text.malformed(&error))?;
    let mut values = Vec::new();
    let singles = table.get_ref().iter().filter(|(name, _)| !TABLES.contains(&name.get_ref().as_ref()));
    for (name, value) in singles {
        text.flatten(name, value, "", &mut values)?;
    }
    let tables: Tables = toml::from_str(text.text).map_err(|error| text.malformed(&error))?;
    let mut file = File { values, tenants: tables.tenants, subscriptions: tables.events.subscriptions };
    let lines: Lines = toml::from_str(text.text).map_err(|error| text.malformed(&error))?;
    for (tenant, lines) in file.tenants.iter_mut().zip(lines.tenants) {
        let places = |spans: Vec<Spanned<IgnoredAny>>| {
            spans.into_iter().map(|span| Some(text.place(span.span().start))).collect::<Vec<_>>()
        };
        let resources = tenant.resources.iter_mut().map(|entry| &mut entry.place);
        resources.zip(places(lines.resources)).for_each(|(place, found)| *place = found);
        let phones = tenant.phones.iter_mut().map(|entry| &mut entry.place);
        phones.zip(places(lines.phones)).for_each(|(place, found)| *place = found);
        for (trunk, lines) in tenant.trunks.iter_mut().zip(lines.trunks) {
            trunk.place = Some(text.place(lines.span().start));
            let numbers = trunk.numbers.iter_mut().map(|entry| &mut entry.place);
            numbers.zip(places(lines.into_inner().numbers)).for_each(|(place, found)| *place = found);
        }
    }
    Ok(file)
}

const TABLES: [&str; 2] = ["tenants", "events"];

/// The text of a file, and where it lies.
struct Text<'a> {
    path: Arc<Path>,
    text: &'a str,
}

impl Text<'_> {
    fn place(&self, offset: usize) -> Place {
        Place::of(&self.path, self.text, offset)
    }

    fn flatten(
        &self,
        name: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        prefix: &str,
        values: &mut Vec<Said>,
    ) -> Result<(), ConfigurationError> {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        let place = self.place(name.span().start);
        match (Setting::named(&key), value.get_ref()) {
            (Some(setting), value) => {
                let text = as_text(value)
                    .ok_or_else(|| ConfigurationError::NotOneValue { place: place.clone(), key })?;
                values.push(Said { setting, text, place });
            }
            (None, DeValue::Table(inner)) if is_group(&key) => {
                for (name, value) in inner {
                    self.flatten(name, value, &key, values)?;
                }
            }
            (None, _) => return Err(unknown(place, key)),
        }
        Ok(())
    }

    fn malformed(&self, error: &toml::de::Error) -> ConfigurationError {
        let place = self.place(error.span().map_or(0, |span| span.start));
        ConfigurationError::Malformed { place, reason: one_line(error.message()) }
    }
}

fn is_group(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key.split_once('.').is_some_and(|(group, _)| group == key))
}

fn as_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string())
        }
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
            items.map(|items| items.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn unknown(place: Place, key: String) -> ConfigurationError {
    let known = SETTINGS.iter().map(|setting| setting.key);
    let near = known.min_by_key(|known| distance(known, &key)).filter(|known| distance(known, &key) <= 3);
    let hint = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
    ConfigurationError::UnknownKey { place, key, hint }
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
        refused("[[tenants]]\nname = \"a\"\ncolor = 1", "ringdown.toml line 3: unknown field `color`");
        refused("[events]\nsubscribe = 1", "unknown field `subscribe`");
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        refused("demo = true\n[api\n", "ringdown.toml line 2:");
        refused("[api]\nlisten = 1.5", "ringdown.toml line 2: api.listen: expected a string");
    }

    #[test]
    fn values_are_found_by_their_dotted_key() {
        let file = parse("demo = true\n[api]\nhosts = [\"a\", \"b\"]\n[limits]\ncalls = 5", Path::new("x"))
            .expect("it is right");
        let values: Vec<_> = file.values.iter().map(|said| (said.setting.key, said.text.as_str())).collect();
        assert_eq!(values, [("api.hosts", "a,b"), ("demo", "true"), ("limits.calls", "5")]);
    }

    #[test]
    fn every_entry_knows_its_line() {
        let text = "[[tenants]]\nname = \"a\"\n\n[[tenants.phones]]\nname = \"x\"\n[[tenants.phones]]\nname = \"y\"\n\
                    [[tenants.trunks]]\nname = \"t\"\nhost = \"192.0.2.1\"\n";
        let file = parse(text, Path::new("x")).expect("it is right");
        let lines: Vec<usize> =
            file.tenants[0].phones.iter().filter_map(|phone| Some(phone.place.as_ref()?.line)).collect();
        assert_eq!(lines, [4, 6]);
        assert_eq!(file.tenants[0].trunks[0].place.as_ref().map(|place| place.line), Some(8));
    }
}
