//! `$filter`: a condition on properties.
//!
//! Of OData's language the part that Graph has for people: `eq`, `ne`, `in`, `startswith`, `endswith`,
//! `not`, `and`, `or` and parentheses. Text is compared without regard to case.

use std::collections::HashSet;

use crate::query::field::{Field, fold, property_named};
use crate::query::lexer::{Token, TokenKind, tokens};

/// Conditions within conditions.
const DEEPEST: usize = 32;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    Equal(&'static str, Literal),
    In(&'static str, HashSet<String>),
    StartsWith(&'static str, String),
    EndsWith(&'static str, String),
    Not(Box<Filter>),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

/// What a property is compared with; text is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Text(String),
    Flag(bool),
    Null,
}

/// Why a filter is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FilterError {
    #[error("Invalid filter clause: cannot read it at position {0}.")]
    Unreadable(usize),
    #[error("Invalid filter clause: expected {1} at position {0}.")]
    Expected(usize, &'static str),
    #[error("Could not find a property named '{0}'.")]
    UnknownProperty(String),
    #[error(
        "Unsupported Query: '{0}' is not supported in a filter; eq, ne, in, startswith, endswith, not, and, or are."
    )]
    Unsupported(String),
    #[error("Invalid filter clause: more than {DEEPEST} conditions stand within one another.")]
    TooDeep,
}

impl Filter {
    /// Reads a filter over these properties.
    pub(crate) fn parse(text: &str, known: &'static [&'static str]) -> Result<Self, FilterError> {
        let tokens = tokens(text).map_err(FilterError::Unreadable)?;
        let mut parser = Parser { end: text.len(), tokens: tokens.into_iter().peekable(), known, depth: 0 };
        let filter = parser.any()?;
        match parser.tokens.next() {
            None => Ok(filter),
            Some(token) => Err(FilterError::Expected(token.at, "the end, and or or")),
        }
    }

    /// Whether the condition holds for something with these fields.
    pub(crate) fn matches<'a>(&self, field: &impl Fn(&'static str) -> Field<'a>) -> bool {
        match self {
            Self::Equal(property, literal) => literal.is(field(property)),
            Self::In(property, texts) => {
                field(property).folded().is_some_and(|text| texts.contains(text.as_ref()))
            }
            Self::StartsWith(property, start) => {
                field(property).folded().is_some_and(|text| text.starts_with(start))
            }
            Self::EndsWith(property, end) => field(property).folded().is_some_and(|text| text.ends_with(end)),
            Self::Not(filter) => !filter.matches(field),
            Self::All(filters) => filters.iter().all(|filter| filter.matches(field)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(field)),
        }
    }
}

impl Literal {
    fn is(&self, field: Field<'_>) -> bool {
        match (self, field) {
            (Self::Null, field) => field == Field::Absent,
            (Self::Flag(flag), Field::Flag(held)) => *flag == held,
            (Self::Text(text), field) => field.folded().is_some_and(|held| held == *text),
            (Self::Flag(_), _) => false,
        }
    }
}

struct Parser<I: Iterator<Item = Token>> {
    tokens: std::iter::Peekable<I>,
    known: &'static [&'static str],
    end: usize,
    depth: usize,
}

impl<I: Iterator<Item = Token>> Parser<I> {
    fn any(&mut self) -> Result<Filter, FilterError> {
        self.joined("or", Self::all, Filter::Any)
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        self.joined("and", Self::one, Filter::All)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Filter, FilterError>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter, FilterError> {
        let mut parts = vec![part(self)?];
        while self.tokens.next_if(|token| token.is_word(word)).is_some() {
            parts.push(part(self)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        if self.depth >= DEEPEST {
            return Err(FilterError::TooDeep);
        }
        self.depth += 1;
        let filter = self.condition()?;
        self.depth -= 1;
        Ok(filter)
    }

    fn condition(&mut self) -> Result<Filter, FilterError> {
        let token = self.next("a condition")?;
        let TokenKind::Name(name) = token.kind else {
            if token.kind != TokenKind::Open {
                return Err(FilterError::Expected(token.at, "a condition"));
            }
            let filter = self.any()?;
            self.expect(&TokenKind::Close, "a closing parenthesis")?;
            return Ok(filter);
        };
        if name.eq_ignore_ascii_case("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.tokens.next_if(|token| token.kind == TokenKind::Open).is_some() {
            return self.function(&name);
        }
        let property = self.property(&name)?;
        let operator = self.next("eq, ne or in")?;
        let TokenKind::Name(operator_name) = operator.kind else {
            return Err(FilterError::Expected(operator.at, "eq, ne or in"));
        };
        match operator_name.to_ascii_lowercase().as_str() {
            "eq" => Ok(Filter::Equal(property, self.literal()?)),
            "ne" => Ok(Filter::Not(Box::new(Filter::Equal(property, self.literal()?)))),
            "in" => self.list(property),
            _ => Err(FilterError::Unsupported(operator_name)),
        }
    }

    fn function(&mut self, name: &str) -> Result<Filter, FilterError> {
        let make = match name.to_ascii_lowercase().as_str() {
            "startswith" => Filter::StartsWith,
            "endswith" => Filter::EndsWith,
            _ => return Err(FilterError::Unsupported(name.to_owned())),
        };
        let token = self.next("a property")?;
        let TokenKind::Name(property) = token.kind else {
            return Err(FilterError::Expected(token.at, "a property"));
        };
        let property = self.property(&property)?;
        self.expect(&TokenKind::Comma, "a comma")?;
        let text = self.text()?;
        self.expect(&TokenKind::Close, "a closing parenthesis")?;
        Ok(make(property, text))
    }

    fn list(&mut self, property: &'static str) -> Result<Filter, FilterError> {
        self.expect(&TokenKind::Open, "an opening parenthesis")?;
        let mut texts = HashSet::from([self.text()?]);
        while self.tokens.next_if(|token| token.kind == TokenKind::Comma).is_some() {
            texts.insert(self.text()?);
        }
        self.expect(&TokenKind::Close, "a closing parenthesis")?;
        Ok(Filter::In(property, texts))
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        const EXPECTED: &str = "a text in single quotes, true, false or null";
        let token = self.next(EXPECTED)?;
        match token.kind {
            TokenKind::Text(text) => Ok(Literal::Text(fold(&text).into_owned())),
            TokenKind::Name(name) => match name.as_str() {
                "true" => Ok(Literal::Flag(true)),
                "false" => Ok(Literal::Flag(false)),
                "null" => Ok(Literal::Null),
                _ => Err(FilterError::Expected(token.at, EXPECTED)),
            },
            TokenKind::Open | TokenKind::Close | TokenKind::Comma => {
                Err(FilterError::Expected(token.at, EXPECTED))
            }
        }
    }

    fn text(&mut self) -> Result<String, FilterError> {
        const EXPECTED: &str = "a text in single quotes";
        let token = self.next(EXPECTED)?;
        match token.kind {
            TokenKind::Text(text) => Ok(fold(&text).into_owned()),
            _ => Err(FilterError::Expected(token.at, EXPECTED)),
        }
    }

    fn property(&self, name: &str) -> Result<&'static str, FilterError> {
        property_named(self.known, name).ok_or_else(|| FilterError::UnknownProperty(name.to_owned()))
    }

    fn expect(&mut self, kind: &TokenKind, what: &'static str) -> Result<(), FilterError> {
        let token = self.next(what)?;
        if token.kind == *kind { Ok(()) } else { Err(FilterError::Expected(token.at, what)) }
    }

    fn next(&mut self, what: &'static str) -> Result<Token, FilterError> {
        self.tokens.next().ok_or(FilterError::Expected(self.end, what))
    }
}

impl Token {
    fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, TokenKind::Name(name) if name.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["displayName", "mail", "accountEnabled"];

    fn field(property: &'static str) -> Field<'static> {
        match property {
            "displayName" => Field::Text("Adele Vance"),
            "accountEnabled" => Field::Flag(true),
            _ => Field::Absent,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let filter = Filter::parse(text, KNOWN).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.matches(&field), expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let error = Filter::parse(text, KNOWN).expect_err("it is no filter").to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }

    #[test]
    fn conditions_are_what_graph_says_they_are() {
        check("displayName eq 'adele VANCE'", true);
        check("DisplayName ne 'Adele Vance'", false);
        check("startswith(displayName,'A')", true);
        check("endsWith(displayName, 'nce')", true);
        check("startsWith(displayName,'O''Neill')", false);
        check("displayName in ('Alex', 'Adele Vance')", true);
        check("mail eq null and accountEnabled eq true", true);
        check("mail ne null or accountEnabled eq false", false);
        check("accountEnabled eq false and mail eq null or startswith(displayName,'a')", true);
        check("accountEnabled eq false and (mail eq null or startswith(displayName,'a'))", false);
        check("not (accountEnabled eq false)", true);
        check("mail eq 'a'", false);
        check("startswith(mail,'')", false);
    }

    #[test]
    fn what_is_no_filter_is_refused_with_the_place() {
        refused("", "position 0");
        refused("displayName", "position 11");
        refused("displayName eq", "position 14");
        refused("displayName eq 'a", "position 15");
        refused("displayName gt 'a'", "'gt'");
        refused("shoeSize eq '44'", "'shoeSize'");
        refused("contains(displayName,'a')", "'contains'");
        refused("displayName eq 'a' displayName", "position 19");
        refused("displayName in ()", "position 16");
        refused(&"(".repeat(1_000), "32");
        refused(&"not ".repeat(1_000), "32");
        refused(&"(".repeat(10_000), "position 4096");
    }

    proptest::proptest! {
        #[test]
        fn no_filter_is_too_strange(text in "[a-z '(),]{0,60}", any in ".*") {
            let _ = Filter::parse(&text, KNOWN);
            let _ = Filter::parse(&any, KNOWN);
        }
    }
}
