//! `ringdown status`: whether it runs, and how.

use serde_json::{Value, json};

use crate::client::Client;
use crate::command_line::StatusOptions;
use crate::failure::Failure;

/// Asks the running server how it is.
pub async fn run(options: &StatusOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let health = client.get("/health").await?;
    let mut trunks = client.get("/admin/v1/trunks?top=500").await?;
    let trunks = trunks["value"].take();
    let ready = client.ready();
    if options.server.json {
        println!(
            "{:#}",
            json!({
                "running": true,
                "endpoint": ready.endpoint,
                "sip": ready.sip,
                "numbers": ready.numbers,
                "web": ready.web,
                "trunks": trunks,
                "health": health,
            })
        );
    } else {
        println!("{}", state(&health));
        println!("  endpoint  {}", ready.endpoint);
        println!("  SIP       {}", ready.sip.all.join(", "));
        println!("  numbers   {}", ready.numbers.join(", "));
        println!("  web       {}", ready.web);
        trunks.as_array().into_iter().flatten().for_each(|one| println!("  trunk     {}", trunk(one)));
    }
    Ok(())
}

/// `running`, or why no new calls are taken.
fn state(health: &Value) -> String {
    let reasons: Vec<&str> =
        health["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if reasons.is_empty() {
        "running".to_owned()
    } else {
        format!("running, not ready: {}", reasons.join("; "))
    }
}

/// One trunk on one line.
fn trunk(one: &Value) -> String {
    let word = |name: &str| one[name].as_str().unwrap_or("-").to_owned();
    let registration = match one["registration"].as_str() {
        Some("registered") => ", registered",
        Some("failed") => ", NOT registered",
        Some(_) | None => "",
    };
    let round_trip = one["roundTripMilliseconds"].as_f64().map(|time| format!(", answers in {time:.1} ms"));
    let state = match one["state"].as_str() {
        Some("down") => format!("DOWN since {}", word("since")),
        Some("unknown") => "not known: it has not been asked yet (sip.trunk-ping)".to_owned(),
        Some(_) | None => word("state"),
    };
    format!(
        "{}  {} {}: {state}{}{registration}",
        word("name"),
        word("transport"),
        word("host"),
        round_trip.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_reads_as_one_line() {
        let one = json!({
            "name": "carrier", "transport": "tls", "host": "sbc.example.net", "state": "up",
            "roundTripMilliseconds": 12.345, "registration": "registered",
        });
        assert_eq!(trunk(&one), "carrier  tls sbc.example.net: up, answers in 12.3 ms, registered");
        let one = json!({
            "name": "b", "transport": "udp", "host": "192.0.2.1", "state": "down", "since": "2026-11-21T07:14:53Z",
            "roundTripMilliseconds": null, "registration": "failed",
        });
        assert_eq!(trunk(&one), "b  udp 192.0.2.1: DOWN since 2026-11-21T07:14:53Z, NOT registered");
    }

    #[test]
    fn whoever_looks_is_told_why_no_calls_are_taken() {
        assert_eq!(state(&json!({ "status": "ok", "ready": true, "reasons": [] })), "running");
        let full = json!({ "ready": false, "reasons": ["the store cannot be written"] });
        assert_eq!(state(&full), "running, not ready: the store cannot be written");
    }
}
