//! `ringdown config`: every setting, its value, and who said so.

use configuration::{Configuration, Setting, Value};
use serde_json::json;

use crate::command_line::ConfigOptions;
use crate::failure::Failure;

/// Prints the effective configuration; fails as `ringdown serve` would.
pub fn run(options: &ConfigOptions) -> Result<(), Failure> {
    let configuration = options.settings.load()?;
    if options.json {
        println!("{:#}", as_json(&configuration));
    } else {
        print!("{}", as_text(&configuration));
    }
    Ok(())
}

fn as_json(configuration: &Configuration) -> serde_json::Value {
    let settings: serde_json::Map<String, serde_json::Value> = configuration
        .values
        .iter()
        .map(|(setting, value)| {
            let entry = json!({
                "value": value.text,
                "source": value.source.to_string(),
                "default": setting.default,
                "variable": setting.variable(),
                "flag": setting.flag,
                "about": setting.about,
            });
            (setting.key.to_owned(), entry)
        })
        .collect();
    let tenants: Vec<&str> = configuration.tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    json!({
        "settings": settings,
        "tenants": tenants,
        "subscriptions": configuration.subscriptions,
    })
}

fn as_text(configuration: &Configuration) -> String {
    let mut text = String::new();
    for (setting, value) in configuration.values.iter() {
        text.push_str(&line(setting, value));
    }
    for tenant in &configuration.tenants {
        text.push_str(&format!(
            "[[tenants]] {}: {} resources, {} phones, {} trunks\n",
            tenant.name,
            tenant.resources.len(),
            tenant.phones.len(),
            tenant.trunks.len()
        ));
    }
    for subscription in &configuration.subscriptions {
        text.push_str(&format!("[[events.subscriptions]] {}\n", subscription.name));
    }
    text
}

fn line(setting: &Setting, value: &Value) -> String {
    let shown = format!("{:?}", value.text);
    format!("{:<26} = {shown:<24} # {}; {}\n", setting.key, value.source, setting.about)
}
