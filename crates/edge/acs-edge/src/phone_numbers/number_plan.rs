//! How numbers are made up (ITU-T E.164 §6): a calling code, and what the country makes of the rest.

use identifier::PhoneNumber;

/// Calling codes of two digits; 1 and 7 have one, all others three.
const TWO_DIGITS: [u8; 44] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58,
    60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// The digits after the calling code.
pub(crate) fn national(number: &PhoneNumber) -> &str {
    let digits = number.digits();
    let length = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [tens, ones, ..] if TWO_DIGITS.contains(&((tens - b'0') * 10 + (ones - b'0'))) => 2,
        _ => 3,
    };
    digits.get(length..).unwrap_or_default()
}

/// The area code, where the plan of the country has one at a fixed place: in North America.
pub(crate) fn area_code(number: &PhoneNumber) -> Option<String> {
    let is_north_american = number.digits().starts_with('1');
    if is_north_american { number.digits().get(1..4).map(str::to_owned) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calling_code_is_one_to_three_digits() {
        let national = |number: &str| national(&number.parse().expect("a number")).to_owned();
        assert_eq!(national("+14255550100"), "4255550100");
        assert_eq!(national("+4930555000"), "30555000");
        assert_eq!(national("+353155500"), "155500");
        assert_eq!(national("+989121234567"), "9121234567");
        assert_eq!(national("+35"), "");
        let area = |number: &str| area_code(&number.parse().expect("a number"));
        assert_eq!(area("+14255550100").as_deref(), Some("425"));
        assert_eq!((area("+4930555000"), area("+142")), (None, None));
    }
}
