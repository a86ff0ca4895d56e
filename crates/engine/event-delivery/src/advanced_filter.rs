//! Conditions on single values of an event.
//!
//! Keys are compared without regard to case, because the documented examples are cased otherwise
//! than the events are. Within a condition any value is enough.

use std::str::FromStr;

use serde_json::Value;

/// The most conditions of a subscription.
const MOST_FILTERS: usize = 25;
/// The most values of a condition.
const MOST_VALUES: usize = 100;
/// The longest text to compare with.
const LONGEST_VALUE: usize = 512;
/// The deepest key.
const DEEPEST_KEY: usize = 8;

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct AdvancedFilter {
    operator: Operator,
    path: Vec<String>,
    values: Vec<Value>,
}

/// Why a condition makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvancedFilterError {
    /// Not one of Event Grid's.
    #[error("filter with the operator {0:?}; use one of those of Event Grid, for example StringContains")]
    UnknownOperator(String),
    /// No key, or a very deep one.
    #[error("filter by the key {0:?}; write a property such as data.to.rawId")]
    Key(String),
    /// The operator needs other values.
    #[error("filter with {operator}: it needs {wanted}")]
    Values {
        /// The operator.
        operator: &'static str,
        /// What it needs.
        wanted: &'static str,
    },
    /// Too many conditions.
    #[error("filter with more than {MOST_FILTERS} advanced filters")]
    TooMany,
}

macro_rules! operators {
    ($($name:ident needs $needs:ident,)+) => {
        /// How a value is compared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Operator {
            $($name,)+
        }

        impl Operator {
            /// As Event Grid spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            const fn needs(self) -> Needs {
                match self { $(Self::$name => Needs::$needs,)+ }
            }
        }

        impl FromStr for Operator {
            type Err = AdvancedFilterError;

            fn from_str(text: &str) -> Result<Self, AdvancedFilterError> {
                $(if text.eq_ignore_ascii_case(stringify!($name)) {
                    return Ok(Self::$name);
                })+
                Err(AdvancedFilterError::UnknownOperator(text.chars().take(64).collect()))
            }
        }
    };
}

operators! {
    BoolEquals needs Bool,
    IsNotNull needs Nothing,
    IsNullOrUndefined needs Nothing,
    NumberGreaterThan needs Number,
    NumberGreaterThanOrEquals needs Number,
    NumberIn needs Numbers,
    NumberInRange needs Ranges,
    NumberLessThan needs Number,
    NumberLessThanOrEquals needs Number,
    NumberNotIn needs Numbers,
    NumberNotInRange needs Ranges,
    StringBeginsWith needs Texts,
    StringContains needs Texts,
    StringEndsWith needs Texts,
    StringIn needs Texts,
    StringNotBeginsWith needs Texts,
    StringNotContains needs Texts,
    StringNotEndsWith needs Texts,
    StringNotIn needs Texts,
}

#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    Bool,
    Number,
    Numbers,
    Ranges,
    Texts,
}

impl AdvancedFilter {
    /// A condition on `key`; single-valued operators take their value from a list of one.
    pub fn new(operator: &str, key: &str, values: Vec<Value>) -> Result<Self, AdvancedFilterError> {
        let operator: Operator = operator.parse()?;
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        if path.len() > DEEPEST_KEY || path.iter().any(String::is_empty) || key.len() > LONGEST_VALUE {
            return Err(AdvancedFilterError::Key(key.chars().take(64).collect()));
        }
        operator.accept(&values)?;
        Ok(Self { operator, path, values })
    }

    /// Refuses more conditions than a subscription may have.
    pub fn check_count(filters: &[Self]) -> Result<(), AdvancedFilterError> {
        if filters.len() > MOST_FILTERS { Err(AdvancedFilterError::TooMany) } else { Ok(()) }
    }

    /// How values are compared.
    pub const fn operator(&self) -> Operator {
        self.operator
    }

    /// The key, as it was written.
    pub fn key(&self) -> String {
        self.path.join(".")
    }

    /// What they are compared with.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Whether the condition holds for an event.
    pub fn holds(&self, event: &Value) -> bool {
        let found = lookup(event, &self.path);
        match (self.operator.positive(), found) {
            (_, None | Some(Value::Null)) if self.operator == Operator::IsNullOrUndefined => true,
            (_, found) if self.operator == Operator::IsNotNull => found.is_some_and(|value| !value.is_null()),
            (None, None | Some(Value::Null)) => false,
            // What is not there is also not equal to anything.
            (Some(_), None | Some(Value::Null)) => true,
            (None, Some(value)) => self.operator.any(value, &self.values),
            (Some(opposite), Some(value)) => !opposite.any(value, &self.values),
        }
    }
}

impl Operator {
    fn accept(self, values: &[Value]) -> Result<(), AdvancedFilterError> {
        let pair =
            |value: &Value| value.as_array().is_some_and(|pair| numbers(pair).is_some_and(|n| n.len() == 2));
        let text = |value: &Value| value.as_str().is_some_and(|text| text.len() <= LONGEST_VALUE);
        let several = (1..=MOST_VALUES).contains(&values.len());
        let (accepted, wanted) = match self.needs() {
            Needs::Nothing => (values.is_empty(), "no values"),
            Needs::Bool => (values.len() == 1 && values[0].is_boolean(), "one value, true or false"),
            Needs::Number => (values.len() == 1 && values[0].is_number(), "one number"),
            Needs::Numbers => (several && values.iter().all(Value::is_number), "1 to 100 numbers"),
            Needs::Ranges => (several && values.iter().all(pair), "1 to 100 pairs of numbers"),
            Needs::Texts => (several && values.iter().all(text), "1 to 100 texts of at most 512 bytes"),
        };
        if accepted { Ok(()) } else { Err(AdvancedFilterError::Values { operator: self.as_str(), wanted }) }
    }

    /// The operator that this one negates.
    const fn positive(self) -> Option<Self> {
        match self {
            Self::NumberNotIn => Some(Self::NumberIn),
            Self::NumberNotInRange => Some(Self::NumberInRange),
            Self::StringNotBeginsWith => Some(Self::StringBeginsWith),
            Self::StringNotContains => Some(Self::StringContains),
            Self::StringNotEndsWith => Some(Self::StringEndsWith),
            Self::StringNotIn => Some(Self::StringIn),
            Self::BoolEquals
            | Self::IsNotNull
            | Self::IsNullOrUndefined
            | Self::NumberGreaterThan
            | Self::NumberGreaterThanOrEquals
            | Self::NumberIn
            | Self::NumberInRange
            | Self::NumberLessThan
            | Self::NumberLessThanOrEquals
            | Self::StringBeginsWith
            | Self::StringContains
            | Self::StringEndsWith
            | Self::StringIn => None,
        }
    }

    fn any(self, found: &Value, values: &[Value]) -> bool {
        match found {
            Value::Array(items) => items.iter().any(|item| self.any_scalar(item, values)),
            scalar => self.any_scalar(scalar, values),
        }
    }

    fn any_scalar(self, found: &Value, values: &[Value]) -> bool {
        values.iter().any(|value| self.compare(found, value).unwrap_or(false))
    }

    fn compare(self, found: &Value, value: &Value) -> Option<bool> {
        let texts = || Some((found.as_str()?.to_lowercase(), value.as_str()?.to_lowercase()));
        let pair = || Some((found.as_f64()?, value.as_f64()?));
        Some(match self {
            Self::BoolEquals => found.as_bool()? == value.as_bool()?,
            Self::NumberIn => pair()?.0 == pair()?.1,
            Self::NumberGreaterThan => pair()?.0 > pair()?.1,
            Self::NumberGreaterThanOrEquals => pair()?.0 >= pair()?.1,
            Self::NumberLessThan => pair()?.0 < pair()?.1,
            Self::NumberLessThanOrEquals => pair()?.0 <= pair()?.1,
            Self::NumberInRange => {
                let bounds = numbers(value.as_array()?)?;
                (*bounds.first()?..=*bounds.get(1)?).contains(&found.as_f64()?)
            }
            Self::StringBeginsWith => texts()?.0.starts_with(&texts()?.1),
            Self::StringContains => texts()?.0.contains(&texts()?.1),
            Self::StringEndsWith => texts()?.0.ends_with(&texts()?.1),
            Self::StringIn => texts()?.0 == texts()?.1,
            // Decided before values are compared.
            Self::IsNotNull
            | Self::IsNullOrUndefined
            | Self::NumberNotIn
            | Self::NumberNotInRange
            | Self::StringNotBeginsWith
            | Self::StringNotContains
            | Self::StringNotEndsWith
            | Self::StringNotIn => return None,
        })
    }
}

fn numbers(values: &[Value]) -> Option<Vec<f64>> {
    values.iter().map(Value::as_f64).collect()
}

fn lookup<'a>(event: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(event, |value, name| {
        let members = value.as_object()?;
        members.get(name).or_else(|| {
            members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(operator: &str, key: &str, values: Value, holds: bool) {
        let event = json!({
            "subject": "/caller/x",
            "data": {
                "to": { "rawId": "4:+14255550100", "phoneNumber": { "value": "+14255550100" } },
                "isTwoParty": true,
                "callDurationInSeconds": 12.5,
                "nothing": null,
                "tags": ["Blue", "Green"],
            },
        });
        let values = values.as_array().expect("a list of values").clone();
        let filter = AdvancedFilter::new(operator, key, values).expect("a sound condition");
        assert_eq!(filter.holds(&event), holds, "{filter:?}");
    }

    #[test]
    fn texts() {
        check("StringBeginsWith", "data.to.rawId", json!(["4:"]), true);
        check("stringbeginswith", "Data.To.RawID", json!(["8:", "4:"]), true);
        check("StringContains", "data.to.PhoneNumber.Value", json!(["5550100"]), true);
        check("StringContains", "data.to.rawId", json!(["999"]), false);
        check("StringEndsWith", "data.to.rawId", json!(["0100"]), true);
        check("StringIn", "subject", json!(["/CALLER/X"]), true);
        check("StringIn", "subject", json!(["/caller"]), false);
        check("StringNotIn", "subject", json!(["/caller"]), true);
        check("StringNotContains", "data.to.rawId", json!(["+1425"]), false);
        check("StringNotBeginsWith", "data.to.rawId", json!(["8:acs"]), true);
        check("StringNotEndsWith", "data.to.rawId", json!(["0100"]), false);
        check("StringContains", "data.tags", json!(["gree"]), true);
        check("StringNotContains", "data.tags", json!(["gree"]), false);
    }

    #[test]
    fn numbers_and_truths() {
        check("BoolEquals", "data.isTwoParty", json!([true]), true);
        check("BoolEquals", "data.isTwoParty", json!([false]), false);
        check("NumberGreaterThan", "data.callDurationInSeconds", json!([12]), true);
        check("NumberLessThanOrEquals", "data.callDurationInSeconds", json!([12.5]), true);
        check("NumberLessThan", "data.callDurationInSeconds", json!([12.5]), false);
        check("NumberGreaterThanOrEquals", "data.callDurationInSeconds", json!([13]), false);
        check("NumberIn", "data.callDurationInSeconds", json!([1, 12.5]), true);
        check("NumberNotIn", "data.callDurationInSeconds", json!([1]), true);
        check("NumberInRange", "data.callDurationInSeconds", json!([[1, 2], [12, 13]]), true);
        check("NumberNotInRange", "data.callDurationInSeconds", json!([[1, 2]]), true);
        check("NumberIn", "data.to.rawId", json!([4]), false);
    }

    #[test]
    fn what_is_absent_equals_nothing() {
        check("StringContains", "data.from.rawId", json!(["4:"]), false);
        check("StringNotContains", "data.from.rawId", json!(["4:"]), true);
        check("NumberGreaterThan", "data.nothing", json!([0]), false);
        check("IsNullOrUndefined", "data.nothing", json!([]), true);
        check("IsNullOrUndefined", "data.to", json!([]), false);
        check("IsNotNull", "data.to", json!([]), true);
        check("IsNotNull", "data.from", json!([]), false);
    }

    #[test]
    fn conditions_without_sense_are_refused() {
        let refused = |operator: &str, key: &str, values: Value| {
            AdvancedFilter::new(operator, key, values.as_array().expect("a list").clone()).is_err()
        };
        assert!(refused("StringSmells", "data", json!(["x"])));
        assert!(refused("StringIn", "", json!(["x"])));
        assert!(refused("StringIn", "data..to", json!(["x"])));
        assert!(refused("StringIn", "data", json!([])));
        assert!(refused("StringIn", "data", json!([1])));
        assert!(refused("StringIn", "data", json!(["x".repeat(513)])));
        assert!(refused("BoolEquals", "data", json!(["true"])));
        assert!(refused("NumberInRange", "data", json!([[1]])));
        assert!(refused("NumberLessThan", "data", json!([1, 2])));
    }
}
