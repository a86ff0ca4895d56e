//! Which country a number is in, and what digits without one mean there.

use identifier::PhoneNumber;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use tenant::Country;

/// The most digits that are worth asking about (ITU-T E.164 §6, and prefixes to dial abroad).
const MOST_DIGITS: usize = 24;

/// The country of a number; none for numbers of the whole world, and for numbers that cannot be.
pub(crate) fn country_of(number: &PhoneNumber) -> Option<Country> {
    let parsed = PHONE_NUMBER_UTIL.parse(number.as_str(), None).ok()?;
    parsed.get_region_code()?.as_region_str().as_str().parse().ok()
}

/// The number that digits mean for somebody in a country: with its prefixes for the nation and the world.
pub(crate) fn dialled_in(country: Country, dialled: &str) -> Option<PhoneNumber> {
    if dialled.len() > MOST_DIGITS || !dialled.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let region = Region::from_code(country.as_str()).ok()?;
    let parsed = PHONE_NUMBER_UTIL.parse(dialled, Some(region)).ok()?;
    if !parsed.is_valid() {
        return None;
    }
    parsed.format_as(PhoneNumberFormat::E164).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_country(number: &str, country: Option<&str>) {
        let found = country_of(&number.parse().expect("a number"));
        assert_eq!(found.map(|country| country.to_string()).as_deref(), country, "{number}");
    }

    #[track_caller]
    fn check_dialled(country: &str, dialled: &str, expected: Option<&str>) {
        let found = dialled_in(country.parse().expect("a country"), dialled);
        assert_eq!(found.map(|number| number.to_string()).as_deref(), expected, "{dialled} in {country}");
    }

    #[test]
    fn a_number_is_in_a_country() {
        check_country("+14255550100", Some("US"));
        check_country("+49301234567", Some("DE"));
        check_country("+442071838750", Some("GB"));
        check_country("+99912345678", None);
    }

    #[test]
    fn digits_mean_what_they_mean_in_the_country() {
        check_dialled("US", "4252000100", Some("+14252000100"));
        check_dialled("US", "14252000100", Some("+14252000100"));
        check_dialled("US", "01149301234567", Some("+49301234567"));
        check_dialled("DE", "0301234567", Some("+49301234567"));
        check_dialled("DE", "004930123456", Some("+4930123456"));
        check_dialled("DE", "7", None);
        check_dialled("ZZ", "0301234567", None);
        check_dialled("DE", "٠٣٠١٢٣٤٥٦٧", None);
        check_dialled("DE", &"1".repeat(99), None);
    }
}
