//! `ringdown calls`: which calls there are, and which there were.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::client::{Client, escaped};
use crate::command_line::Server;
use crate::failure::Failure;

/// Options of `ringdown calls`.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples: ringdown calls list --number 0123 --since 1h
          ringdown calls --of alice@contoso.example --persona teams --json"
)]
pub struct CallsOptions {
    /// What to do.
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    personal: PersonalOptions,
}

/// The calls that somebody made, took or missed.
#[derive(Args, Debug)]
struct PersonalOptions {
    /// Calls of this person, by user principal name or object id, newest first.
    #[arg(long, value_name = "PERSON", required = true)]
    of: Option<String>,
    /// Only those at the clients of one persona.
    #[arg(long, value_parser = ["teams", "contactCenter"])]
    persona: Option<String>,
    /// Only those with this outcome.
    #[arg(long, value_parser = ["answered", "missed", "unanswered"])]
    outcome: Option<String>,
    /// Only calls that began within this time, such as 90s, 30m, 2h or 7d.
    #[arg(long, value_name = "TIME", value_parser = span)]
    since: Option<SignedDuration>,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    most: usize,
    /// Show numbers and ids of people.
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists calls, those in progress first, then the newest.
    #[command(after_help = "Example: ringdown calls list --state over --since 30m --json")]
    List(ListOptions),
}

#[derive(Args, Debug)]
struct ListOptions {
    /// Only calls with somebody whose number or id has these characters in it.
    #[arg(long, value_name = "PART")]
    number: Option<String>,
    /// Only calls that ended within this time, such as 90s, 30m, 2h or 7d.
    #[arg(long, value_name = "TIME", value_parser = span)]
    since: Option<SignedDuration>,
    /// Only calls that are live, or over.
    #[arg(long, value_parser = ["live", "over"])]
    state: Option<String>,
    /// At most this many.
    #[arg(long, default_value_t = 20)]
    most: usize,
    /// Show numbers and ids of people.
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    server: Server,
}

/// Does what was asked.
pub async fn run(options: &CallsOptions) -> Result<(), Failure> {
    match &options.action {
        Some(Action::List(options)) => list(options).await,
        None => personal(&options.personal).await,
    }
}

async fn personal(options: &PersonalOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let person = options.of.as_deref().unwrap_or_default();
    let mut path = format!("/admin/v1/people/{}/calls?top={}", escaped(person), options.most.clamp(1, 500));
    let oldest = options.since.and_then(|since| Timestamp::now().checked_sub(since).ok());
    let filters = [
        ("persona", options.persona.clone()),
        ("outcome", options.outcome.clone()),
        ("from", oldest.map(|oldest| oldest.to_string())),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", escaped(&value)));
        }
    }
    let mut calls = Vec::new();
    loop {
        let page = client.get(&path).await?;
        for item in page["value"].as_array().into_iter().flatten().take(options.most - calls.len()) {
            let mut call = item.clone();
            if !options.reveal
                && let Some(with) = call["with"].as_array_mut()
            {
                with.iter_mut().for_each(hidden);
            }
            calls.push(call);
        }
        match page["nextLink"].as_str() {
            Some(next) if calls.len() < options.most => path = next.to_owned(),
            Some(_) | None => break,
        }
    }
    if options.server.json {
        println!("{:#}", Value::Array(calls));
    } else if calls.is_empty() {
        println!("no calls");
    } else {
        calls.iter().for_each(|call| println!("{}", personal_line(call)));
    }
    Ok(())
}

fn personal_line(call: &Value) -> String {
    let word = |name: &str| call[name].as_str().unwrap_or("-");
    let with: Vec<&str> = call["with"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let began = word("began").replacen('T', " ", 1).chars().take(19).collect::<String>();
    let talked = call["talkedSeconds"].as_f64().unwrap_or_default();
    format!(
        "{began}Z  {:<13} {:<8} {:<14} {:<10} {talked:>8.1} s",
        word("persona"),
        word("direction"),
        with.join(", "),
        word("outcome")
    )
}

async fn list(options: &ListOptions) -> Result<(), Failure> {
    let client = Client::find(&options.server.data)?;
    let mut calls = Vec::new();
    if options.state.as_deref() != Some("over") {
        collect(&client, "/admin/v1/calls", live, options, &mut calls).await?;
    }
    if options.state.as_deref() != Some("live") {
        collect(&client, "/admin/v1/call-records", over, options, &mut calls).await?;
    }
    if options.server.json {
        println!("{:#}", Value::Array(calls));
    } else if calls.is_empty() {
        println!("no calls");
    } else {
        calls.iter().for_each(|call| println!("{}", line(call)));
    }
    Ok(())
}

/// Reads a list page by page until there are enough calls that fit, or they are too old.
async fn collect(
    client: &Client,
    path: &str,
    shape: fn(&Value) -> Value,
    options: &ListOptions,
    calls: &mut Vec<Value>,
) -> Result<(), Failure> {
    let oldest = options.since.and_then(|since| Timestamp::now().checked_sub(since).ok());
    let mut path = format!("{path}?top=500");
    loop {
        let page = client.get(&path).await?;
        for item in page["value"].as_array().into_iter().flatten() {
            let mut call = shape(item);
            let ended = call["ended"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
            // The newest come first.
            if ended.zip(oldest).is_some_and(|(ended, oldest)| ended < oldest) {
                return Ok(());
            }
            if options.number.as_ref().is_none_or(|part| has(&call, part)) {
                if !options.reveal {
                    hide(&mut call);
                }
                calls.push(call);
            }
            if calls.len() >= options.most {
                return Ok(());
            }
        }
        match page["nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return Ok(()),
        }
    }
}

fn live(item: &Value) -> Value {
    let to = match &item["answeredFor"] {
        Value::Null => item["targets"].clone(),
        number => json!([number]),
    };
    json!({
        "callId": item["callId"], "state": "live", "from": item["source"], "to": to,
        "began": item["opened"], "callConnectionId": item["callConnectionId"],
    })
}

fn over(item: &Value) -> Value {
    json!({
        "callId": item["callId"], "state": "over", "from": item["startedBy"], "to": item["called"],
        "began": item["began"], "ended": item["ended"], "lastedSeconds": item["lastedSeconds"],
        "endReason": item["endReason"], "callConnectionId": item["callConnectionId"],
    })
}

fn people(call: &Value) -> impl Iterator<Item = &str> {
    let to = call["to"].as_array().into_iter().flatten();
    std::iter::once(&call["from"]).chain(to).filter_map(Value::as_str)
}

fn has(call: &Value, part: &str) -> bool {
    people(call).any(|who| who.contains(part))
}

fn hide(call: &mut Value) {
    hidden(&mut call["from"]);
    if let Some(to) = call["to"].as_array_mut() {
        to.iter_mut().for_each(hidden);
    }
}

fn hidden(who: &mut Value) {
    if let Some(text) = who.as_str() {
        *who = json!(ending(text));
    }
}

/// The last four characters.
fn ending(text: &str) -> String {
    let text = text.strip_prefix("4:").unwrap_or(text);
    if text == "anonymous" {
        return text.to_owned();
    }
    let count = text.chars().count();
    if count <= 4 {
        text.to_owned()
    } else {
        format!("…{}", text.chars().skip(count - 4).collect::<String>())
    }
}

fn line(call: &Value) -> String {
    let word = |name: &str| call[name].as_str().unwrap_or("-");
    let to: Vec<&str> = call["to"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let began = word("began").replacen('T', " ", 1).chars().take(19).collect::<String>();
    let how = match call["lastedSeconds"].as_f64() {
        Some(lasted) => format!("{lasted:>8.1} s  {}", word("endReason")),
        None => "    live".to_owned(),
    };
    format!("{}  {began}Z  {:<14} -> {:<14} {how}", word("callId"), word("from"), to.join(", "))
}

fn span(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("write a number and s, m, h or d, such as 30m, and not {text:?}");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).map(SignedDuration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_call_is_one_line_without_anybody_in_it() {
        let record = json!({
            "callId": "00000000-0000-0000-0000-000000000001", "startedBy": "4:+14255550123",
            "called": ["4:+14255550100"], "began": "2026-11-21T13:50:02.123456Z",
            "ended": "2026-11-21T13:50:09.000000Z", "lastedSeconds": 6.5, "endReason": "HungUp",
        });
        let mut call = over(&record);
        assert!(has(&call, "0123") && !has(&call, "9999"));
        hide(&mut call);
        expect!["00000000-0000-0000-0000-000000000001  2026-11-21 13:50:02Z  …0123          -> …0100               6.5 s  HungUp"]
            .assert_eq(&line(&call));
    }

    #[test]
    fn a_call_of_a_person_is_one_line() {
        let call = json!({
            "persona": "contactCenter", "direction": "incoming", "with": ["…0123"], "outcome": "answered",
            "began": "2026-11-21T13:50:02.123456Z", "talkedSeconds": 6.5,
        });
        expect!["2026-11-21 13:50:02Z  contactCenter incoming …0123          answered        6.5 s"]
            .assert_eq(&personal_line(&call));
    }

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        assert_eq!(span("30m"), Ok(SignedDuration::from_secs(1_800)));
        assert!(span("soon").is_err() && span("").is_err() && span("9223372036854775807d").is_err());
    }
}
