//! Lists of choices: their wordings as a recognizer needs them, and which one was said.

use std::sync::Arc;

use media_plan::Grammar;

const DIGITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// The words of a wording as they are said: lower case, numbers up to 99 in words, others digit by
/// digit, without marks.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            push(std::mem::take(word), words);
        }
    };
    for character in text.chars().flat_map(char::to_lowercase) {
        let breaks = word.chars().next_back().is_some_and(|last| {
            last.is_ascii_digit() != character.is_ascii_digit() && (character.is_alphanumeric())
        });
        match character {
            // "don't" is one word; a quotation mark around one is not of it.
            '\'' | '’' if !word.is_empty() => word.push('\''),
            '&' => {
                end(&mut word, &mut words);
                words.push("and".to_owned());
            }
            _ if character.is_alphanumeric() => {
                if breaks {
                    end(&mut word, &mut words);
                }
                word.push(character);
            }
            _ => end(&mut word, &mut words),
        }
    }
    end(&mut word, &mut words);
    words
}

fn push(word: String, words: &mut Vec<String>) {
    let word = word.trim_end_matches('\'');
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        words.extend((!word.is_empty()).then(|| word.to_owned()));
        return;
    }
    let number = word.parse::<usize>().ok().filter(|_| !word.starts_with('0') || word == "0");
    match number {
        Some(number) if number < DIGITS.len() => words.push(DIGITS[number].to_owned()),
        Some(number) if number < 100 => {
            words.push(TENS[number / 10].to_owned());
            words.extend((number % 10 > 0).then(|| DIGITS[number % 10].to_owned()));
        }
        Some(_) | None => {
            words.extend(word.bytes().map(|digit| DIGITS[usize::from(digit - b'0')].to_owned()));
        }
    }
}

/// The position of the choice that was said, if `text` says one: a wording as a whole, or the only
/// choice of which a wording stands in it ("sales, please").
pub fn choice_of(grammar: &Grammar, text: &str) -> Option<u16> {
    let Grammar::Choices(choices) = grammar else { return None };
    let said = words(text);
    let position = |found: usize| u16::try_from(found).ok();
    let is_said = |wording: &Arc<str>| words(wording) == said;
    if let Some(whole) = choices.iter().position(|wordings| wordings.iter().any(is_said)) {
        return position(whole);
    }
    let stands_in_it = |wording: &Arc<str>| {
        let wording = words(wording);
        !wording.is_empty() && said.windows(wording.len()).any(|part| *part == *wording)
    };
    let mut found = choices
        .iter()
        .enumerate()
        .filter(|(_, wordings)| wordings.iter().any(stands_in_it))
        .map(|(position, _)| position);
    match (found.next(), found.next()) {
        (Some(only), None) => position(only),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wordings_become_what_is_said() {
        for (text, said) in [
            ("Yes!", "yes"),
            ("Account  Balance", "account balance"),
            ("1", "one"),
            ("42 apples", "forty two apples"),
            ("0", "zero"),
            ("007", "zero zero seven"),
            ("120", "one two zero"),
            ("Don’t know", "don't know"),
            ("R&D", "r and d"),
            ("B2B", "b two b"),
            ("'quoted'", "quoted"),
            ("", ""),
            ("Straße", "straße"),
        ] {
            assert_eq!(words(text).join(" "), said, "{text}");
        }
    }

    #[test]
    fn what_was_said_is_found_among_the_choices() {
        let list = |wordings: &[&str]| wordings.iter().map(|wording| Arc::from(*wording)).collect();
        let grammar =
            Grammar::Choices(vec![list(&["Yes", "ya"]), list(&["No"]), list(&["Sales", "buy something"])]);
        for (text, choice) in [
            ("yes.", Some(0)),
            ("Ya", Some(0)),
            ("I want to buy something, please", Some(2)),
            ("yes or no", None),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(choice_of(&grammar, text), choice, "{text}");
        }
        assert_eq!(choice_of(&Grammar::Free, "yes"), None);
    }
}
