//! Lists of `ringdown events`, for people.

use serde_json::Value;

/// What fits beside a status on a line; the whole beginning is in the JSON.
const ANSWER_LENGTH: usize = 80;

/// How a list reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    Subscriptions,
    Deliveries,
    DeadLetters,
}

impl Listing {
    /// Its path in the administration surface.
    pub fn path(self) -> &'static str {
        match self {
            Self::Subscriptions => "/admin/v1/subscriptions",
            Self::Deliveries => "/admin/v1/deliveries",
            Self::DeadLetters => "/admin/v1/dead-letters",
        }
    }

    /// The whole list as text.
    pub fn text(self, items: &[Value]) -> String {
        if items.is_empty() {
            return self.nothing().to_owned();
        }
        let lines = items.iter().map(|item| match self {
            Self::Subscriptions => subscription(item),
            Self::Deliveries => delivery(item, &format!("{:<9}", word(item, "state"))),
            Self::DeadLetters => {
                delivery(item, &format!("{}  {}", word(item, "id"), word(item, "deadLetterReason")))
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn nothing(self) -> &'static str {
        match self {
            Self::Subscriptions => "no subscriptions; `ringdown events subscribe --url URL` makes one",
            Self::Deliveries => "no deliveries",
            Self::DeadLetters => "no dead letters: everything was delivered, or is still being tried",
        }
    }
}

fn subscription(item: &Value) -> String {
    let types: Vec<&str> = item["filter"]["includedEventTypes"]
        .as_array()
        .map(|types| types.iter().filter_map(Value::as_str).map(short_type).collect())
        .unwrap_or_default();
    let types = if types.is_empty() { "all events".to_owned() } else { types.join(", ") };
    format!("{:<24}  {:<20}  {}  ({types})", word(item, "name"), word(item, "state"), word(item, "endpoint"))
}

/// One event on one line, and a line for each attempt to deliver it.
fn delivery(item: &Value, state: &str) -> String {
    let mut text = format!(
        "{}  {state}  {}  -> {}",
        moment(&item["created"]),
        short_type(word(item, "eventType")),
        word(item, "destination")
    );
    for attempt in item["attempts"].as_array().into_iter().flatten() {
        text.push_str(&format!("\n    {}  {}", moment(&attempt["at"]), answer(attempt)));
        if !attempt["nextAttempt"].is_null() {
            text.push_str(&format!("  (next try {})", moment(&attempt["nextAttempt"])));
        }
    }
    text
}

/// The status and the first bytes of an answer, or why there was none.
fn answer(attempt: &Value) -> String {
    if let Some(error) = attempt["error"].as_str() {
        return error.to_owned();
    }
    let status =
        attempt["status"].as_u64().map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    match attempt["bodyHead"].as_str().map(str::trim).filter(|head| !head.is_empty()) {
        Some(head) => format!("{status}  {}", harmless(head)),
        None => status,
    }
}

/// An answer is a stranger's text: nothing in it may steer the terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .take(ANSWER_LENGTH)
        .map(|letter| if letter.is_control() { '\u{b7}' } else { letter })
        .collect()
}

fn word<'a>(item: &'a Value, name: &str) -> &'a str {
    item[name].as_str().unwrap_or("-")
}

fn short_type(name: &str) -> &str {
    name.strip_prefix("Microsoft.Communication.").unwrap_or(name)
}

/// `2026-11-21T07:14:53.768239Z` as `2026-11-21 07:14:53.768Z`.
fn moment(value: &Value) -> String {
    let Some(text) = value.as_str() else { return "-".to_owned() };
    let short: String = text.trim_end_matches('Z').replacen('T', " ", 1).chars().take(23).collect();
    format!("{short}Z")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_delivery_shows_every_attempt() {
        let item = json!({
            "created": "2026-11-21T07:14:53.768239Z", "state": "pending", "id": "8981",
            "eventType": "Microsoft.Communication.IncomingCall", "destination": "http://127.0.0.1:7123/x",
            "attempts": [
                { "at": "2026-11-21T07:14:53.769373Z", "status": 500, "bodyHead": "oops\u{1b}[2J\n", "error": null,
                  "nextAttempt": "2026-11-21T07:14:55.80473Z" },
                { "at": "2026-11-21T07:14:55.9Z", "status": null, "bodyHead": null, "error": "cannot connect",
                  "nextAttempt": null },
            ],
        });
        expect![[r"
            2026-11-21 07:14:53.768Z  pending    IncomingCall  -> http://127.0.0.1:7123/x
                2026-11-21 07:14:53.769Z  500  oops·[2J  (next try 2026-11-21 07:14:55.804Z)
                2026-11-21 07:14:55.9Z  cannot connect"]]
        .assert_eq(&Listing::Deliveries.text(&[item]));
    }

    #[test]
    fn an_empty_list_says_what_to_do() {
        let text = Listing::Subscriptions.text(&[]);
        assert!(text.contains("ringdown events subscribe"), "{text}");
    }
}
