//! Who says what: the layers, put over each other.

use std::collections::BTreeMap;

use crate::file::Said;
use crate::setting::{SETTINGS, Setting, Source};

/// What the command line says, by key.
pub type Flags = Vec<(&'static str, String)>;

/// One setting's value and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// As written.
    pub text: String,
    /// Who said so.
    pub source: Source,
}

/// All settings.
#[derive(Clone, Debug, Default)]
pub struct Values(BTreeMap<&'static str, Value>);

impl Values {
    /// The defaults, covered by the file, the environment and the flags.
    pub(crate) fn layered(file: &[Said], environment: &BTreeMap<String, String>, flags: &Flags) -> Self {
        let mut said = BTreeMap::new();
        for line in file {
            said.insert(line.setting.key, value(&line.text, Source::File(line.place.clone())));
        }
        for setting in SETTINGS {
            let variable = setting.variable();
            if let Some(text) = environment.get(&variable) {
                said.insert(setting.key, value(text, Source::Environment(variable)));
            }
        }
        for (key, text) in flags {
            let flag = Setting::named(key).and_then(|setting| setting.flag).unwrap_or(key);
            said.insert(key, value(text, Source::Flag(flag)));
        }
        let demo = said.get("demo").is_some_and(|demo| demo.text == "true");
        Self(SETTINGS.iter().map(|setting| (setting.key, settled(setting, &said, demo))).collect())
    }

    /// The value of a setting.
    ///
    /// # Panics
    /// When there is no such setting: the table of settings and its readers belong together.
    pub fn get(&self, key: &'static str) -> &Value {
        self.0.get(key).expect("a key of the table of settings")
    }

    /// Who said what `key` is; none when nobody did, or when there is no such setting.
    pub(crate) fn source(&self, key: &str) -> Option<Source> {
        let source = self.0.get(key).map(|value| value.source.clone())?;
        (!matches!(source, Source::Default | Source::Demo | Source::Follows(_))).then_some(source)
    }

    /// The keys of settings that differ.
    pub fn differing(&self, other: &Self) -> Vec<&'static str> {
        let keys = SETTINGS.iter().map(|setting| setting.key);
        keys.filter(|key| self.get(key).text != other.get(key).text).collect()
    }

    /// All settings with their values, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, &Value)> {
        SETTINGS.iter().map(|setting| (setting, self.get(setting.key)))
    }
}

fn value(text: &str, source: Source) -> Value {
    Value { text: text.to_owned(), source }
}

fn settled(setting: &Setting, said: &BTreeMap<&'static str, Value>, demo: bool) -> Value {
    if let Some(value) = said.get(setting.key) {
        return value.clone();
    }
    let (text, source) = match setting.demo_default.filter(|_| demo) {
        Some(text) => (text, Source::Demo),
        None => (setting.default, Source::Default),
    };
    match following(setting.key, text, said, demo) {
        Some((address, leader)) if text != "off" => value(&address, Source::Follows(leader)),
        Some(_) | None => value(text, source),
    }
}

/// Where a listener goes that nobody named, beside one that somebody named: SIP over TLS to the next
/// port, and beside a port of 0 (any free one) to any free one too. In demo mode the same holds beside
/// any API address, so that two demos can be started side by side by naming the main addresses only.
fn following(
    key: &str,
    default: &str,
    said: &BTreeMap<&'static str, Value>,
    demo: bool,
) -> Option<(String, &'static str)> {
    let leader = match key {
        "api.http" | "web.listen" => "api.listen",
        "sip.tls" => "sip.listen",
        _ => return None,
    };
    let led = &said.get(leader)?.text;
    if key == "sip.tls" {
        let beside: Option<Vec<String>> = led.split(',').map(next_port).collect();
        return beside.map(|addresses| (addresses.join(","), leader));
    }
    let (_, port) = led.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let (default_ip, _) = default.rsplit_once(':').unwrap_or((default, ""));
    match port {
        0 => Some((format!("{default_ip}:0"), leader)),
        _ if demo => Some((format!("{default_ip}:0"), leader)),
        _ => None,
    }
}

fn next_port(address: &str) -> Option<String> {
    let (ip, port) = address.trim().rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let next = if port == 0 { 0 } else { port.checked_add(1)? };
    Some(format!("{ip}:{next}"))
}
