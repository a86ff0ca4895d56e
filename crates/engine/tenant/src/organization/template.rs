//! What comes in place of what a pattern finds, as .NET reads it.

use super::pattern::Pattern;

/// The longest template, in characters.
pub const LONGEST_TEMPLATE: usize = 256;

/// A text with places for groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    text: Box<str>,
    parts: Box<[Part]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Group(usize),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It has more than [`LONGEST_TEMPLATE`] characters.
    #[error("a translation has at most {LONGEST_TEMPLATE} characters, and this one has {0}")]
    TooLong(usize),
    /// It names a group that the pattern does not have.
    #[error("the translation names the group ${{{0}}}, which the pattern does not have")]
    NoSuchGroup(Box<str>),
}

impl Template {
    /// Reads a template that belongs to a pattern: which digits behind a dollar are a group depends on how many
    /// groups there are.
    pub(super) fn new(text: &str, pattern: &Pattern) -> Result<Self, TemplateError> {
        let length = text.chars().count();
        if length > LONGEST_TEMPLATE {
            return Err(TemplateError::TooLong(length));
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            plain.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            let (group, used) = group(behind, pattern)?;
            match group {
                Some(number) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain).into()));
                    }
                    parts.push(Part::Group(number));
                }
                None => plain.push('$'),
            }
            rest = &behind[used..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain.into()));
        }
        Ok(Self { text: text.into(), parts: parts.into() })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Writes the text with `found` in the places of groups.
    pub(super) fn expand<'a>(&self, found: impl Fn(usize) -> &'a str, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(number) => out.push_str(found(*number)),
            }
        }
    }
}

/// The group that stands behind a dollar, and how many bytes name it. No group and no byte is a plain dollar.
fn group(behind: &str, pattern: &Pattern) -> Result<(Option<usize>, usize), TemplateError> {
    if behind.starts_with('$') {
        return Ok((None, 1));
    }
    if behind.starts_with('&') {
        return Ok((Some(0), 1));
    }
    if let Some(named) = behind.strip_prefix('{')
        && let Some((name, _)) = named.split_once('}')
    {
        let used = name.len() + 2;
        let number = match name.parse::<usize>() {
            Ok(number) => pattern.group_numbered(number),
            Err(_) => pattern.group_named(name),
        };
        return match number {
            Some(number) => Ok((Some(number), used)),
            None => Err(TemplateError::NoSuchGroup(name.into())),
        };
    }
    // The longest number of a group that exists: `$15` is group 1 and a 5 where there is no group 15.
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    let fits = (1..=digits.min(4)).rev().find_map(|length| {
        let group = pattern.group_numbered(behind[..length].parse().ok()?)?;
        Some((Some(group), length))
    });
    Ok(fits.unwrap_or((None, 0)))
}
