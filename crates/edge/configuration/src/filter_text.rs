//! Advanced filters as people type them: `key:operator:value,value`.

use event_edge::AdvancedFilterSpec;
use serde_json::Value;

/// The text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "read {0:?} as a filter; write for example data.to.phoneNumber.value:StringIn:+14255550100,+14255550101"
)]
pub struct FilterTextError(String);

/// Reads one filter. Numbers, true and false are what they look like.
pub fn parse(text: &str) -> Result<AdvancedFilterSpec, FilterTextError> {
    let mut parts = text.splitn(3, ':');
    let (Some(key), Some(operator)) = (parts.next(), parts.next()) else {
        return Err(FilterTextError(text.to_owned()));
    };
    if key.is_empty() || operator.is_empty() {
        return Err(FilterTextError(text.to_owned()));
    }
    let values = parts.next().unwrap_or_default();
    let values = values.split(',').filter(|value| !value.is_empty()).map(|value| typed(operator, value));
    Ok(AdvancedFilterSpec {
        operator_type: operator.to_owned(),
        key: key.to_owned(),
        values: values.collect(),
        value: None,
    })
}

/// An operator says by its name what it compares: a number may also be a string of digits.
fn typed(operator: &str, value: &str) -> Value {
    if operator.starts_with("String") {
        return Value::String(value.to_owned());
    }
    match serde_json::from_str(value) {
        Ok(number @ (Value::Number(_) | Value::Bool(_))) => number,
        Ok(_) | Err(_) => Value::String(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_are_read_as_people_type_them() {
        let filter = parse("data.to.rawId:StringIn:4:+1,8:acs:x").expect("a filter");
        assert_eq!((filter.key.as_str(), filter.operator_type.as_str()), ("data.to.rawId", "StringIn"));
        assert_eq!(filter.values, [json!("4:+1"), json!("8:acs:x")]);
        assert_eq!(parse("data.isTwoParty:BoolEquals:true").expect("a filter").values, [json!(true)]);
        assert_eq!(parse("data.n:NumberIn:1,2.5").expect("a filter").values, [json!(1), json!(2.5)]);
        assert_eq!(parse("data.from:IsNotNull").expect("a filter").values, Vec::<Value>::new());
        for wrong in ["", "data", ":StringIn:x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
