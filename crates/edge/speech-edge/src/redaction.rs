//! Masking what says who somebody is or what they own: rules that give the same answer every time.
//!
//! Numbers of four digits and more, spoken or written; addresses of mail and the web; names that
//! somebody introduces ("my name is …"). The length of the text and the places of its words stay.

use std::ops::Range;

/// Spoken digits.
const SPOKEN: [&str; 12] =
    ["zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "double"];
/// Four digits are part of a number that means something.
const LEAST_DIGITS: usize = 4;
/// What stands before a name.
const INTRODUCES: &[&[&str]] = &[
    &["my", "name", "is"],
    &["my", "name's"],
    &["name", "is"],
    &["i", "am", "called"],
    &["mister"],
    &["mr"],
];
/// What stands before a name only when it is written with a capital.
const MAY_INTRODUCE: &[&[&str]] =
    &[&["i'm"], &["i", "am"], &["mrs"], &["this", "is"], &["call", "me"], &["speaking", "with"]];
/// Not a name after "this is".
const NO_NAMES: [&str; 24] = [
    "a", "an", "the", "not", "my", "your", "our", "it", "that", "what", "about", "for", "very", "really",
    "so", "good", "great", "bad", "in", "on", "just", "all", "calling", "and",
];
/// Words of a name at most.
const MOST_NAMES: usize = 2;

/// A text with every character of what is personal replaced by `*`.
pub fn redacted(text: &str) -> String {
    let words = words(text);
    let mut masked = vec![false; words.len()];
    mask_addresses(text, &words, &mut masked);
    mask_numbers(text, &words, &mut masked);
    mask_names(text, &words, &mut masked);
    let mut redacted = String::with_capacity(text.len());
    let mut at = 0;
    for (word, masked) in words.iter().zip(masked) {
        redacted.push_str(&text[at..word.start]);
        match masked {
            true => redacted.extend(text[word.clone()].chars().map(mask)),
            false => redacted.push_str(&text[word.clone()]),
        }
        at = word.end;
    }
    redacted.push_str(&text[at..]);
    redacted
}

/// Marks at its end belong to the sentence, not to the word.
fn mask(character: char) -> char {
    if matches!(character, '.' | ',' | '!' | '?' | ';') { character } else { '*' }
}

/// The places of what stands between blanks.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        match (character.is_whitespace(), start) {
            (true, Some(from)) => {
                words.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            (true, None) | (false, Some(_)) => {}
        }
    }
    words.extend(start.map(|from| from..text.len()));
    words
}

fn bare(word: &str) -> String {
    word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase().replace('’', "'")
}

fn mask_addresses(text: &str, words: &[Range<usize>], masked: &mut [bool]) {
    for (index, word) in words.iter().enumerate() {
        let written = text[word.clone()].trim_end_matches(['.', ',', '!', '?', ';']);
        let mail = written.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let web = written.contains("://") || written.starts_with("www.");
        masked[index] |= mail || web;
        // "john at example dot com"
        let bare = |at: usize| words.get(at).map(|word| bare(&text[word.clone()]));
        if bare(index).as_deref() == Some("dot") && index >= 3 && bare(index - 2).as_deref() == Some("at") {
            masked[index - 3..(index + 2).min(words.len())].fill(true);
        }
    }
}

fn mask_numbers(text: &str, words: &[Range<usize>], masked: &mut [bool]) {
    let mut index = 0;
    while index < words.len() {
        let from = index;
        let mut digits = 0;
        while let Some(count) = words.get(index).and_then(|word| digits_of(&text[word.clone()])) {
            digits += count;
            index += 1;
        }
        if digits >= LEAST_DIGITS {
            masked[from..index].fill(true);
        }
        index = index.max(from + 1);
    }
}

/// How many digits a word stands for; `None` when it is no number.
fn digits_of(word: &str) -> Option<usize> {
    let spoken = bare(word);
    if SPOKEN.contains(&spoken.as_str()) {
        return Some(1);
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let rest = word.chars().filter(|character| character.is_alphabetic()).count();
    // A licence plate or an account is letters and digits; "B2B" is not many.
    (digits > 0 && (rest == 0 || digits >= LEAST_DIGITS)).then_some(digits)
}

fn mask_names(text: &str, words: &[Range<usize>], masked: &mut [bool]) {
    let bare: Vec<String> = words.iter().map(|word| bare(&text[word.clone()])).collect();
    for index in 0..words.len() {
        let follows = |introduction: &&[&str]| {
            index >= introduction.len()
                && introduction
                    .iter()
                    .zip(&bare[index - introduction.len()..])
                    .all(|(wanted, word)| wanted == word)
        };
        let capital = |at: usize| {
            words
                .get(at)
                .is_some_and(|word| text[word.clone()].starts_with(|first: char| first.is_uppercase()))
        };
        let certain = INTRODUCES.iter().any(follows) && !NO_NAMES.contains(&bare[index].as_str());
        let likely = MAY_INTRODUCE.iter().any(follows) && capital(index);
        if certain || likely {
            masked[index] = true;
            let ends = |at: usize| text[words[at].clone()].ends_with(['.', ',', '!', '?', ';']);
            let more = (index + 1..words.len()).take(MOST_NAMES - 1);
            let more = more.take_while(|next| !ends(next - 1) && capital(*next));
            more.for_each(|next| masked[next] = true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_personal_is_masked_and_the_rest_stays() {
        for (text, expected) in [
            ("Call me at +49 30 1234567.", "Call me at *** ** *******."),
            ("It is 555-0100, extension 12", "It is ********, extension 12"),
            ("four one one one two two", "**** *** *** *** *** ***"),
            ("My card is 4111 1111 1111 1111!", "My card is **** **** **** ****!"),
            ("Write to jane.doe@example.com, please", "Write to ****.***********.***, please"),
            ("jane at example dot com is mine", "**** ** ******* *** *** is mine"),
            ("My name is Jane Doe and I call", "My name is **** *** and I call"),
            ("my name is jane", "my name is ****"),
            ("I'm Peter.", "I'm *****."),
            ("I'm very happy", "I'm very happy"),
            ("This is a test", "This is a test"),
            ("I have two dogs and 3 cats", "I have two dogs and 3 cats"),
            ("", ""),
        ] {
            assert_eq!(redacted(text), expected, "{text}");
        }
    }
}
