//! Phone numbers that follow one another.

use std::fmt;
use std::str::FromStr;

use crate::phone_number::PhoneNumber;

/// Numbers of one length from a first to a last one, such as `+4930555000-+4930555099`; or one number alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NumberRange {
    // E.164 numbers do not begin with 0, so their digits are a number that tells them apart.
    first: u64,
    last: u64,
}

/// The text is no range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a range is a number in E.164, or two of the same length with - between them, the smaller one first, for \
     example +4930555000-+4930555099"
)]
pub struct NumberRangeError;

impl NumberRange {
    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.last - self.first + 1
    }

    /// Whether the number is one of them.
    pub fn contains(&self, number: &PhoneNumber) -> bool {
        let digits = digits_of(number);
        (self.first..=self.last).contains(&digits)
    }

    /// Whether all of them come after the number.
    pub fn begins_after(&self, number: &PhoneNumber) -> bool {
        self.first > digits_of(number)
    }

    /// Whether both have a number in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The numbers, in order.
    pub fn numbers(&self) -> impl Iterator<Item = PhoneNumber> + use<> {
        (self.first..=self.last).map(number_of)
    }
}

fn digits_of(number: &PhoneNumber) -> u64 {
    number.digits().parse().expect("at most 15 digits")
}

fn number_of(digits: u64) -> PhoneNumber {
    format!("+{digits}").parse().expect("between two numbers of one length there are numbers of that length")
}

impl FromStr for NumberRange {
    type Err = NumberRangeError;

    fn from_str(text: &str) -> Result<Self, NumberRangeError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let number = |text: &str| text.trim().parse::<PhoneNumber>().map_err(|_| NumberRangeError);
        let (first, last) = (number(first)?, number(last)?);
        let same_length = first.as_str().len() == last.as_str().len();
        let (first, last) = (digits_of(&first), digits_of(&last));
        if same_length && first <= last { Ok(Self { first, last }) } else { Err(NumberRangeError) }
    }
}

impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.first)?;
        if self.first == self.last { Ok(()) } else { write!(f, "-+{}", self.last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> NumberRange {
        text.parse().expect("it is a range")
    }

    #[test]
    fn a_range_reads_back() {
        for text in ["+4930555000-+4930555099", "+14255550100"] {
            assert_eq!(range(text).to_string(), text);
        }
        assert_eq!(range("+4930555000 - +4930555001").to_string(), "+4930555000-+4930555001");
        for text in ["", "-", "+1-", "+4930555099-+4930555000", "+99-+100", "4930555000-4930555099", "+0-+1"]
        {
            assert_eq!(text.parse::<NumberRange>(), Err(NumberRangeError), "{text}");
        }
    }

    #[test]
    fn numbers_are_in_it_in_order() {
        let hundred = range("+4930555000-+4930555099");
        assert_eq!(hundred.count(), 100);
        assert!(hundred.contains(&"+4930555099".parse().expect("a number")));
        assert!(!hundred.contains(&"+4930555100".parse().expect("a number")));
        let numbers: Vec<String> = range("+998-+999").numbers().map(|number| number.to_string()).collect();
        assert_eq!(numbers, ["+998", "+999"]);
    }

    #[test]
    fn ranges_overlap_where_they_share_a_number() {
        let hundred = range("+4930555000-+4930555099");
        assert!(hundred.overlaps(&range("+4930555099")));
        assert!(hundred.overlaps(&hundred));
        assert!(!hundred.overlaps(&range("+4930555100-+4930555199")));
        assert!(!hundred.overlaps(&range("+49305550990")));
    }
}
