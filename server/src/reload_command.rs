//! `ringdown reload`: lets the running server read its configuration again.

use serde_json::{Value, json};

use crate::client::Client;
use crate::command_line::ReloadOptions;
use crate::failure::Failure;

/// Asks for it, and says what is in force now, or what is wrong.
pub async fn run(options: &ReloadOptions) -> Result<(), Failure> {
    let reloaded = Client::find(&options.server.data)?.post("/admin/v1/reload", &json!({})).await?;
    if options.server.json {
        println!("{reloaded:#}");
    } else {
        print!("{}", told(&reloaded));
    }
    Ok(())
}

fn told(reloaded: &Value) -> String {
    let count = |name: &str| reloaded[name].as_u64().unwrap_or_default();
    let mut text = format!(
        "reloaded: {} tenants, {} resources, {} phones, {} trunks\n",
        count("tenants"),
        count("resources"),
        count("phones"),
        count("trunks"),
    );
    if reloaded["certificateRenewed"] == true {
        text.push_str("another certificate is shown from now on\n");
    }
    let settings: Vec<&str> =
        reloaded["wantRestart"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !settings.is_empty() {
        text.push_str(&format!("restart the server for {}\n", settings.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_restart_is_named() {
        let reloaded = json!({
            "tenants": 1, "resources": 2, "phones": 3, "trunks": 4, "certificateRenewed": true,
            "wantRestart": ["api.listen", "limits.calls"],
        });
        assert_eq!(
            told(&reloaded),
            "reloaded: 1 tenants, 2 resources, 3 phones, 4 trunks\nanother certificate is shown from now on\n\
             restart the server for api.listen, limits.calls\n"
        );
    }
}
