//! Subscriptions as people write them, and their filters over events.

use event_delivery::{AdvancedFilter, Candidate, Filter};
use event_edge::SubscriptionSpec;
use serde_json::{Value, json};

pub(super) fn run(bytes: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<SubscriptionSpec>(bytes) else { return };
    let written = serde_json::to_vec(&spec).expect("a subscription is JSON");
    let read: SubscriptionSpec = serde_json::from_slice(&written).expect("what we write can be read");
    // A fraction may lose its last bit when it is read.
    if !spec
        .filter
        .advanced_filters
        .iter()
        .flat_map(|filter| filter.values.iter().chain(&filter.value))
        .any(has_fraction)
    {
        assert_eq!(read, spec);
    }
    if spec.check().is_err() {
        return;
    }
    let advanced = spec.filter.advanced_filters.iter().map(|filter| {
        let values: Vec<Value> = filter.values.iter().cloned().chain(filter.value.clone()).collect();
        AdvancedFilter::new(&filter.operator_type, &filter.key, values).expect("it was checked")
    });
    let filter = Filter {
        subject_begins_with: spec.filter.subject_begins_with.clone(),
        subject_ends_with: spec.filter.subject_ends_with.clone(),
        subject_case_sensitive: spec.filter.is_subject_case_sensitive,
        event_types: spec.filter.included_event_types.clone(),
        advanced: advanced.collect(),
    };
    let event = json!({
        "id": "1", "data": {
            "to": { "kind": "phoneNumber", "rawId": "4:+14255550100", "phoneNumber": { "value": "+14255550100" } },
            "from": null, "isTwoParty": true, "durationOfCall": 7.5, "participants": [1, 2, 3],
        }
    });
    let subject = "/caller/4:+14255550123/recipient/4:+14255550100";
    filter.wants(Candidate { event_type: "Microsoft.Communication.IncomingCall", subject, event: &event });
}

fn has_fraction(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(has_fraction),
        Value::Object(members) => members.values().any(has_fraction),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}
