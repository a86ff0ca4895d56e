//! Regular expressions as administrators of Teams Phone write them: those of .NET (contract: Teams Phone §1.9).
//!
//! What differs from Rust's: `\d` is one of ten digits, `$` is also before a line feed that ends the text,
//! a bracket within a class is a character, and looking around and back is possible. A text that would take
//! too many steps does not match; a pattern that is known to take them is refused.

use std::fmt;
use std::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use std::sync::{Arc, OnceLock};

use borsh::{BorshDeserialize, BorshSerialize};
use fancy_regex::{Regex, RegexBuilder};

use super::template::{Template, TemplateError};

/// The longest pattern, in characters.
pub const LONGEST_PATTERN: usize = 1024;
/// The longest text that is compared with a pattern, in bytes; a longer one matches nothing.
pub const LONGEST_SUBJECT: usize = 256;

/// The most steps back that one comparison may take.
const MOST_STEPS: usize = 20_000;
/// The largest program that a pattern may become, in bytes.
const LARGEST_PROGRAM: usize = 256 * 1024;

/// A regular expression, compiled once. Two patterns are the same when their texts are.
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    /// With which every text begins that it is found in.
    beginning: Beginning,
    regex: Regex,
    /// The same for texts that end with a line feed, which nobody dials.
    before_line_feed: OnceLock<Option<Regex>>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It has more than [`LONGEST_PATTERN`] characters.
    #[error("a pattern has at most {LONGEST_PATTERN} characters, and this one has {0}")]
    TooLong(usize),
    /// It is none.
    #[error("it is no regular expression: {0}")]
    Syntax(Box<str>),
    /// Some texts would take it forever.
    #[error("it takes too many steps on a text such as {0}; avoid repetitions of repetitions")]
    Catastrophic(Box<str>),
}

/// A comparison took too many steps, or the text was too long: it counts as no match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it took too many steps, which counts as no match")]
pub struct GaveUp;

impl Pattern {
    /// Reads and compiles a pattern.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let length = text.chars().count();
        if length > LONGEST_PATTERN {
            return Err(PatternError::TooLong(length));
        }
        let regex = compile(text, r"\z").map_err(|error| PatternError::Syntax(error.to_string().into()))?;
        let pattern = Self(Arc::new(Compiled {
            text: text.into(),
            beginning: Beginning::of(text),
            regex,
            before_line_feed: OnceLock::new(),
        }));
        pattern.try_out()?;
        Ok(pattern)
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Whether it is found in a text.
    pub fn is_match(&self, subject: &str) -> Result<bool, GaveUp> {
        let regex = self.regex(subject)?;
        // Most rules of a company are for numbers that begin otherwise, and to know it needs no regular expression.
        if !self.0.beginning.begins(subject) {
            return Ok(false);
        }
        if self.0.beginning.is_all {
            return Ok(true);
        }
        regex.is_match(subject).map_err(|_| GaveUp)
    }

    /// Whether it is found in a text; one that takes too long is not.
    pub fn matches(&self, subject: &str) -> bool {
        self.is_match(subject).unwrap_or(false)
    }

    /// The group that has a name.
    pub(crate) fn group_named(&self, name: &str) -> Option<usize> {
        self.0.regex.capture_names().position(|found| found == Some(name))
    }

    /// The group that has a number. Groups with names are counted after all others.
    pub(crate) fn group_numbered(&self, number: usize) -> Option<usize> {
        let groups = || self.0.regex.capture_names().enumerate();
        let plain = groups().filter(|(_, name)| name.is_none());
        let named = groups().filter(|(_, name)| name.is_some());
        plain.chain(named).nth(number).map(|(group, _)| group)
    }

    fn regex(&self, subject: &str) -> Result<&Regex, GaveUp> {
        if subject.len() > LONGEST_SUBJECT {
            return Err(GaveUp);
        }
        if !subject.ends_with('\n') {
            return Ok(&self.0.regex);
        }
        let other = self.0.before_line_feed.get_or_init(|| compile(&self.0.text, r"(?=\n?\z)").ok());
        other.as_ref().ok_or(GaveUp)
    }

    /// Tries texts that repetitions of repetitions stumble over. Without looking around or back every text
    /// takes a time that grows with its length, so there is nothing to try.
    fn try_out(&self) -> Result<(), PatternError> {
        let looks =
            ["(?=", "(?!", "(?<=", "(?<!", "(?>", "\\k"].iter().any(|look| self.0.text.contains(look));
        let back =
            self.0.text.as_bytes().windows(2).any(|two| two[0] == b'\\' && (b'1'..=b'9').contains(&two[1]));
        if !looks && !back {
            return Ok(());
        }
        for (unit, end) in [("1", ""), ("0", "x"), ("1", "x"), ("12", "#"), ("a", "!")] {
            let subject = format!("+{}{end}", unit.repeat(48 / unit.len()));
            for subject in [&subject[1..], &subject] {
                if self.0.regex.is_match(subject).is_err() {
                    return Err(PatternError::Catastrophic(subject.into()));
                }
            }
        }
        Ok(())
    }
}

/// The digits and signs that a pattern begins with, after `^`.
#[derive(Clone, Copy, Debug, Default)]
struct Beginning {
    letters: [u8; Self::LONGEST],
    length: u8,
    /// Whether the pattern asks for nothing else.
    is_all: bool,
}

impl Beginning {
    /// Longer ones are cut: numbers differ sooner.
    const LONGEST: usize = 14;

    fn of(pattern: &str) -> Self {
        let mut found = Self::default();
        let Some(rest) = pattern.strip_prefix('^').filter(|rest| !has_alternatives(rest)) else {
            return found;
        };
        let mut letters = rest.bytes().peekable();
        loop {
            if usize::from(found.length) == Self::LONGEST {
                return found;
            }
            let letter = match letters.next() {
                Some(letter @ (b'0'..=b'9' | b'#')) => letter,
                Some(b'\\') => match letters.next() {
                    Some(letter @ (b'+' | b'*' | b'.')) => letter,
                    _ => return found,
                },
                None => return Self { is_all: true, ..found },
                Some(_) => return found,
            };
            match letters.peek() {
                // It may be missing.
                Some(b'?' | b'*' | b'{') => return found,
                _ => {
                    found.letters[usize::from(found.length)] = letter;
                    found.length += 1;
                }
            }
        }
    }

    fn begins(&self, subject: &str) -> bool {
        subject.as_bytes().starts_with(&self.letters[..usize::from(self.length)])
    }
}

/// Whether a pattern has alternatives that are not within a group; also where that is hard to tell.
fn has_alternatives(pattern: &str) -> bool {
    if !pattern.contains('|') {
        return false;
    }
    // Brackets, comments and modes may hide what groups are.
    let mut groups = pattern.split("(?").skip(1);
    if pattern.contains('[') || !groups.all(|group| group.starts_with([':', '<', '=', '!', '>', '\''])) {
        return true;
    }
    let mut depth = 0_usize;
    let mut letters = pattern.bytes();
    while let Some(letter) = letters.next() {
        match letter {
            b'\\' => drop(letters.next()),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

fn compile(text: &str, end: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    let mut builder = RegexBuilder::new(&translated(text, end));
    builder.backtrack_limit(MOST_STEPS).delegate_size_limit(LARGEST_PROGRAM);
    builder.build().map_err(Box::new)
}

/// The pattern in Rust's grammar; `end` stands for the end of the text.
fn translated(text: &str, end: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('Z') => out.push_str(end),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '$' => out.push_str(end),
            '[' => class(&mut letters, &mut out),
            '(' => {
                out.push('(');
                let mut ahead = letters.clone();
                if ahead.next() == Some('?') && ahead.next() == Some('\'') {
                    letters = ahead;
                    out.push_str("?<");
                    out.extend(letters.by_ref().take_while(|letter| *letter != '\''));
                    out.push('>');
                }
            }
            other => out.push(other),
        }
    }
    out
}

/// A class, whose bracket was read: other brackets in it are characters, but for `-[`, which takes away.
fn class(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    if letters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut depth = 1_usize;
    let mut is_first = true;
    let mut is_range = false;
    while let Some(letter) = letters.next() {
        let was_range = std::mem::take(&mut is_range);
        match letter {
            ']' if is_first => out.push_str(r"\]"),
            ']' => {
                out.push(']');
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            '[' => out.push_str(r"\["),
            '-' if letters.peek() == Some(&'[') && !is_first => {
                letters.next();
                out.push_str("--[");
                if letters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                depth += 1;
                is_first = true;
                continue;
            }
            '-' if is_first || was_range || letters.peek() == Some(&']') => out.push_str(r"\-"),
            '-' => {
                out.push('-');
                is_range = true;
            }
            '&' | '~' => out.extend(['\\', letter]),
            '\\' => match letters.next() {
                Some('d') => out.push_str("0-9"),
                Some('D') => out.push_str("[^0-9]"),
                Some('b') => out.push_str(r"\x08"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
        is_first = false;
    }
}

/// A pattern, and what comes in place of what it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    pattern: Pattern,
    template: Template,
}

impl Rewrite {
    /// A rewrite; the template may name groups of the pattern (`$1`, `${1}`, `${name}`, `$&`), and `$$` is a dollar.
    pub fn new(pattern: Pattern, template: &str) -> Result<Self, TemplateError> {
        let template = Template::new(template, &pattern)?;
        Ok(Self { pattern, template })
    }

    /// The pattern.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The template as it was written.
    pub fn template(&self) -> &str {
        self.template.as_str()
    }

    /// The text with what the pattern finds first replaced; nothing when it finds nothing.
    pub fn apply(&self, subject: &str) -> Result<Option<String>, GaveUp> {
        let regex = self.pattern.regex(subject)?;
        if !self.pattern.0.beginning.begins(subject) {
            return Ok(None);
        }
        let Some(captures) = regex.captures(subject).map_err(|_| GaveUp)? else { return Ok(None) };
        let Some(whole) = captures.get(0) else { return Ok(None) };
        let mut out = String::from(&subject[..whole.start()]);
        self.template.expand(|group| captures.get(group).map_or("", |found| found.as_str()), &mut out);
        out.push_str(&subject[whole.end()..]);
        if out.len() > LONGEST_SUBJECT { Err(GaveUp) } else { Ok(Some(out)) }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.text)
    }
}

impl BorshSerialize for Pattern {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        self.0.text.serialize(writer)
    }
}

impl BorshDeserialize for Pattern {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let text = Box::<str>::deserialize_reader(reader)?;
        Self::new(&text).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

impl BorshSerialize for Rewrite {
    fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
        (&self.pattern, self.template.as_str()).serialize(writer)
    }
}

impl BorshDeserialize for Rewrite {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let (pattern, template) = <(Pattern, Box<str>)>::deserialize_reader(reader)?;
        Self::new(pattern, &template).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, subject: &str, expected: bool) {
        let pattern = Pattern::new(pattern).expect("it is a pattern");
        assert_eq!(pattern.is_match(subject), Ok(expected), "{pattern} on {subject:?}");
    }

    #[track_caller]
    fn check_rewrite(pattern: &str, template: &str, subject: &str, expected: &str) {
        let pattern = Pattern::new(pattern).expect("it is a pattern");
        let rewrite = Rewrite::new(pattern, template).expect("it is a template");
        assert_eq!(rewrite.apply(subject).expect("it takes few steps").as_deref(), Some(expected));
    }

    #[test]
    fn patterns_mean_what_they_mean_in_dot_net() {
        check(r"^\d{4}$", "0100", true);
        check(r"^\d{4}$", "٠١٠٠", false);
        check(r"^\d{4}$", "0100\n", true);
        check(r"^\d{4}$", "0100\n\n", false);
        check(r"[0-9]{10}", "+14255550100", true);
        check(r"^\+?911$", "911", true);
        check(r"^(?!911)\d{3}$", "911", false);
        check(r"^(?!911)\d{3}$", "912", true);
        check(r"^(\d)\1$", "77", true);
        check(r"^(\d)\1$", "78", false);
        check(r"^[[]$", "[", true);
        check(r"^[]]$", "]", true);
        check(r"^[^]]$", "]", false);
        check(r"^[\d#*-]+$", "12-#*", true);
        check(r"^[+\-&~]+$", "+-&~", true);
        check(r"^[0-9-[5]]$", "5", false);
        check(r"^[0-9-[5]]$", "6", true);
        check(r"^(?'area'\d{3})$", "425", true);
    }

    #[test]
    fn what_a_pattern_begins_with_changes_nothing_but_the_time() {
        let beginning = |pattern: &str| {
            let found = Beginning::of(pattern);
            let letters = String::from_utf8_lossy(&found.letters[..usize::from(found.length)]).into_owned();
            (letters, found.is_all)
        };
        let begins = |letters: &str| (letters.to_owned(), false);
        assert_eq!(beginning(r"^\+49"), ("+49".to_owned(), true));
        assert_eq!(beginning("^"), (String::new(), true));
        assert_eq!(beginning(r"^\+49(\d+)$"), begins("+49"));
        assert_eq!(beginning(r"^\+1(425|206)\d{7}$"), begins("+1"));
        assert_eq!(beginning(r"^\+?911$"), begins(""));
        assert_eq!(beginning(r"^90*1"), begins("9"));
        assert_eq!(beginning(r"^12{2}3"), begins("1"));
        assert_eq!(beginning(r"^12+3"), begins("12"));
        for none in [r"\+49", "^1|2", "^(1|2)|3", "^[12]|3", "^1[](]|3", "^1(?#()|3", "^1(?x)#(\n|3"] {
            assert_eq!(beginning(none), begins(""), "{none}");
        }
        check("^1|2", "42", true);
        check(r"^\+49", "+4930", true);
        check(r"^\+49", "04930", false);
        check("^12+3", "1223", true);
        check(r"^1234567890123456$", "1234567890123457", false);
        check(r"^1234567890123456$", "1234567890123456", true);
        check_rewrite(r"^\+49(\d+)$", "0$1", "+4930", "030");
    }

    #[test]
    fn groups_are_put_where_the_template_says() {
        check_rewrite(r"^(\d{4})$", "+1425555$1", "0100", "+14255550100");
        check_rewrite(r"^5(\d{4})$", "+1425555$1", "50100", "+14255550100");
        check_rewrite(r"^([2-9]\d\d[2-9]\d{6})$", "1$1", "4255550100", "14255550100");
        check_rewrite(r"^0$", "+14255550100", "0", "+14255550100");
        check_rewrite(r"^(\d{4})$", "$1555", "0100", "0100555");
        check_rewrite(r"^(\d{4})$", "${1}5$$", "0100", "01005$");
        check_rewrite(r"^(\d)(\d)$", "$2$1$0$&", "12", "211212");
        check_rewrite(r"^(\d)$", "$7$", "1", "$7$");
        check_rewrite(r"^(?<area>\d{3})(\d)$", "${area}-$1", "4251", "425-1");
        check_rewrite(r"25", "x", "4251", "4x1");
    }

    #[test]
    fn a_pattern_that_never_ends_is_refused() {
        let refused = |pattern: &str| Pattern::new(pattern).expect_err("it never ends");
        assert!(matches!(refused(r"^((\d+)\2*)+#$"), PatternError::Catastrophic(_)));
        assert!(matches!(refused("("), PatternError::Syntax(_)));
        assert!(matches!(refused(&"1".repeat(2000)), PatternError::TooLong(2000)));
        assert!(matches!(refused(r"((\d{1,500}){1,500}){1,500}"), PatternError::Syntax(_)));
        check(r"^(\d+)+$", &format!("{}x", "1".repeat(200)), false);
    }

    #[test]
    fn a_text_without_end_matches_nothing() {
        let pattern = Pattern::new(".*").expect("a pattern");
        assert_eq!(pattern.is_match(&"1".repeat(LONGEST_SUBJECT)), Ok(true));
        assert_eq!(pattern.is_match(&"1".repeat(LONGEST_SUBJECT + 1)), Err(GaveUp));
    }

    #[test]
    fn a_rewrite_reads_back() {
        let rewrite = Rewrite::new(Pattern::new(r"^(\d)$").expect("a pattern"), "+$1").expect("a template");
        let bytes = borsh::to_vec(&rewrite).expect("memory takes it");
        assert_eq!(borsh::from_slice::<Rewrite>(&bytes).expect("it was written"), rewrite);
    }
}
