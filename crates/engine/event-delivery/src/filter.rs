//! Which events a subscription wants (contract: Call Automation §11.4).

use serde_json::Value;

use crate::advanced_filter::AdvancedFilter;

/// What an event must be like. An empty filter takes everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The subject begins with this.
    pub subject_begins_with: String,
    /// The subject ends with this.
    pub subject_ends_with: String,
    /// Whether capitals matter in the two above.
    pub subject_case_sensitive: bool,
    /// One of these types; any when empty. `IncomingCall` means `Microsoft.Communication.IncomingCall`.
    pub event_types: Vec<String>,
    /// All of these hold.
    pub advanced: Vec<AdvancedFilter>,
}

/// An event that somebody may want.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its type.
    pub event_type: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// All of it, as it is sent.
    pub event: &'a Value,
}

const PREFIX: &str = "Microsoft.Communication.";

impl Filter {
    /// Whether the subscription wants this event.
    pub fn wants(&self, candidate: Candidate<'_>) -> bool {
        self.wants_type(candidate.event_type)
            && self.wants_subject(candidate.subject)
            && self.advanced.iter().all(|filter| filter.holds(candidate.event))
    }

    /// Whether the subscription may want events of this type.
    pub fn wants_type(&self, event_type: &str) -> bool {
        let short = event_type.strip_prefix(PREFIX).unwrap_or(event_type);
        self.event_types.is_empty()
            || self
                .event_types
                .iter()
                .any(|wanted| wanted.eq_ignore_ascii_case(event_type) || wanted.eq_ignore_ascii_case(short))
    }

    fn wants_subject(&self, subject: &str) -> bool {
        if self.subject_case_sensitive {
            return subject.starts_with(&self.subject_begins_with)
                && subject.ends_with(&self.subject_ends_with);
        }
        let subject = subject.to_lowercase();
        subject.starts_with(&self.subject_begins_with.to_lowercase())
            && subject.ends_with(&self.subject_ends_with.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(filter: &Filter, wanted: bool) {
        let event = json!({ "data": { "to": { "rawId": "4:+14255550100" } } });
        let candidate = Candidate {
            event_type: "Microsoft.Communication.IncomingCall",
            subject: "/caller/4:+1999/recipient/4:+14255550100",
            event: &event,
        };
        assert_eq!(filter.wants(candidate), wanted, "{filter:?}");
    }

    fn types(types: &[&str]) -> Filter {
        Filter { event_types: types.iter().map(|name| (*name).to_owned()).collect(), ..Filter::default() }
    }

    #[test]
    fn types_are_compared_with_and_without_their_prefix() {
        check(&Filter::default(), true);
        check(&types(&["Microsoft.Communication.IncomingCall"]), true);
        check(&types(&["microsoft.communication.incomingcall"]), true);
        check(&types(&["IncomingCall"]), true);
        check(&types(&["CallStarted", "CallEnded"]), false);
        check(&types(&["Incoming"]), false);
    }

    #[test]
    fn subjects_are_compared_at_both_ends() {
        let begins = |text: &str| Filter { subject_begins_with: text.into(), ..Filter::default() };
        let ends = |text: &str| Filter { subject_ends_with: text.into(), ..Filter::default() };
        check(&begins("/caller/4:+1999"), true);
        check(&begins("/CALLER/"), true);
        check(&Filter { subject_case_sensitive: true, ..begins("/CALLER/") }, false);
        check(&begins("/recipient"), false);
        check(&ends("/recipient/4:+14255550100"), true);
        check(&ends("0101"), false);
    }

    #[test]
    fn everything_given_must_hold() {
        let mut filter = types(&["IncomingCall"]);
        filter.subject_ends_with = "0101".into();
        check(&filter, false);
    }
}
