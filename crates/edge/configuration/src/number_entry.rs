//! `[[tenants.trunks.numbers]]`: what resources may purchase.

use identifier::NumberRange;
use serde::Deserialize;

use crate::error::ConfigurationError;
use crate::place::Place;
use crate::tenant_entry::TenantEntry;

/// Ranges of all trunks together: each is looked at when somebody searches.
const MOST_RANGES: usize = 10_000;
/// Numbers of all ranges together, for the same reason.
const MOST_NUMBERS: u64 = 1_000_000;

/// Numbers that are reached over a trunk and can be purchased.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NumberEntry {
    /// Where it stands in the file.
    #[serde(skip)]
    pub place: Option<Place>,
    /// `+4930555000-+4930555099`, or one number.
    #[serde(deserialize_with = "range")]
    pub range: NumberRange,
    /// ISO 3166-1 alpha-2, such as `DE`.
    #[serde(deserialize_with = "country")]
    pub country: String,
    /// What kind of numbers they are.
    #[serde(default, rename = "type")]
    pub kind: NumberTypeEntry,
    /// For whom they are; for both when absent.
    pub assignment: Option<AssignmentEntry>,
    /// What calls they can be used for.
    #[serde(default)]
    pub calling: CapabilityEntry,
    /// What short messages they can be used for; none when absent.
    #[serde(default = "no_messages")]
    pub sms: CapabilityEntry,
    /// What they begin with after the calling code of the country.
    #[serde(default, deserialize_with = "digits")]
    pub area_code: Option<String>,
    /// The city.
    pub locality: Option<String>,
    /// The state or province, such as `WA`.
    pub administrative_division: Option<String>,
    /// What one costs in a month; nothing when absent.
    #[serde(default, deserialize_with = "amount")]
    pub monthly_cost: f64,
    /// ISO 4217.
    #[serde(default = "dollars", deserialize_with = "currency")]
    pub currency: String,
}

/// What kind of number it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum NumberTypeEntry {
    #[default]
    Geographic,
    TollFree,
    Mobile,
}

/// For whom a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum AssignmentEntry {
    Person,
    Application,
}

/// In which direction a number can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum CapabilityEntry {
    None,
    Inbound,
    Outbound,
    #[default]
    #[serde(rename = "inbound+outbound")]
    Both,
}

fn no_messages() -> CapabilityEntry {
    CapabilityEntry::None
}

fn dollars() -> String {
    "USD".to_owned()
}

fn range<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<NumberRange, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn country<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    capitals(deserializer, 2, "a country is two capital letters of ISO 3166, for example DE")
}

fn currency<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    capitals(deserializer, 3, "a currency is three capital letters of ISO 4217, for example EUR")
}

fn capitals<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
    count: usize,
    wanted: &str,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_right = text.len() == count && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if is_right { Ok(text) } else { Err(serde::de::Error::custom(wanted)) }
}

fn digits<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_right = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_right { Ok(Some(text)) } else { Err(serde::de::Error::custom("an area code is digits")) }
}

fn amount<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let amount = f64::deserialize(deserializer)?;
    let is_right = (0.0..=1_000_000.0).contains(&amount);
    if is_right { Ok(amount) } else { Err(serde::de::Error::custom("a cost is from 0 to 1000000")) }
}

/// Whether no number is offered twice, and all together are no more than can be looked through.
pub(crate) fn check(tenants: &[TenantEntry]) -> Result<(), ConfigurationError> {
    const KEY: &str = "tenants.trunks.numbers";
    let trunks = tenants.iter().flat_map(|tenant| &tenant.trunks);
    let mut all: Vec<&NumberEntry> = trunks.flat_map(|trunk| &trunk.numbers).collect();
    let refused = |reason: String, entry: &NumberEntry| {
        Err(ConfigurationError::contradiction(KEY, reason).at(entry.place.as_ref()))
    };
    if let Some(first_too_many) = all.get(MOST_RANGES) {
        return refused(format!("there are more than {MOST_RANGES} ranges of numbers"), first_too_many);
    }
    let mut count = 0;
    for entry in &all {
        count += entry.range.count();
        if count > MOST_NUMBERS {
            let reason = format!("with {} there are more than {MOST_NUMBERS} numbers", entry.range);
            return refused(reason, entry);
        }
    }
    // A sort that keeps the order of the file, so that it is the later of two that is named.
    all.sort_by_key(|entry| entry.range);
    let twice = all.windows(2).find(|two| two[0].range.overlaps(&two[1].range));
    let Some([one, other]) = twice else { return Ok(()) };
    let line = |entry: &NumberEntry| entry.place.as_ref().map_or(0, |place| place.line);
    let (earlier, later) = if line(one) <= line(other) { (one, other) } else { (other, one) };
    let also = earlier.place.as_ref().map(|place| format!(" (line {})", place.line)).unwrap_or_default();
    let reason = format!(
        "{} overlaps {}{also}; a number is offered once, by one trunk of one tenant",
        later.range, earlier.range
    );
    refused(reason, later)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::file;

    fn told(numbers: &[&str]) -> Result<(), String> {
        let mut text = "[[tenants]]\nname = \"a\"\n".to_owned();
        for (index, range) in numbers.iter().enumerate() {
            text += &format!(
                "[[tenants.trunks]]\nname = \"t{index}\"\nhost = \"192.0.2.{index}\"\n\
                 [[tenants.trunks.numbers]]\nrange = \"{range}\"\ncountry = \"DE\"\n"
            );
        }
        let file = file::parse(&text, Path::new("ringdown.toml")).map_err(|error| error.to_string())?;
        check(&file.tenants).map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_offered_once() {
        assert_eq!(told(&["+4930555000-+4930555099", "+4930555100-+4930555199"]), Ok(()));
        let error = told(&["+4930555050-+4930555099", "+4940", "+4930555000-+4930555050"]);
        assert_eq!(
            error.unwrap_err(),
            "cannot use tenants.trunks.numbers (file ringdown.toml line 18): +4930555000-+4930555050 overlaps \
             +4930555050-+4930555099 (line 6); a number is offered once, by one trunk of one tenant"
        );
    }

    #[test]
    fn there_are_bounds() {
        let error = told(&["+10000000-+10999999", "+20000000"]).unwrap_err();
        assert!(error.contains("line 12") && error.contains("more than 1000000 numbers"), "{error}");
        let error = told(&["+49301-+4930"]).unwrap_err();
        assert!(error.contains("line 7") && error.contains("a range is a number in E.164"), "{error}");
    }

    #[test]
    fn what_a_range_is_like_is_said_beside_it() {
        let text = "[[tenants]]\nname = \"a\"\n[[tenants.trunks]]\nname = \"t\"\nhost = \"192.0.2.1\"\n\
                    [[tenants.trunks.numbers]]\nrange = \"+1800555000-+1800555009\"\ncountry = \"US\"\n\
                    type = \"toll-free\"\nassignment = \"application\"\nsms = \"inbound+outbound\"\n\
                    area-code = \"800\"\nmonthly-cost = 2.5\n";
        let file = file::parse(text, Path::new("ringdown.toml")).expect("it is right");
        let [numbers] = &file.tenants[0].trunks[0].numbers[..] else { panic!("one range") };
        assert_eq!(numbers.kind, NumberTypeEntry::TollFree);
        assert_eq!((numbers.calling, numbers.sms), (CapabilityEntry::Both, CapabilityEntry::Both));
        assert_eq!((numbers.monthly_cost, numbers.currency.as_str()), (2.5, "USD"));
        assert_eq!(numbers.place.as_ref().map(|place| place.line), Some(6));
        for (right, wrong) in [("\"US\"", "\"usa\""), ("2.5", "-1.0"), ("\"800\"", "\"8x\"")] {
            assert!(file::parse(&text.replace(right, wrong), Path::new("x")).is_err(), "{wrong}");
        }
    }
}
