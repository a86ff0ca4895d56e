//! `$search`: words that somebody's properties begin with.

use crate::query::field::{Field, fold, property_named};

/// More clauses than anybody types.
const MOST_CLAUSES: usize = 32;

/// Clauses, of which all of one group must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    groups: Vec<Vec<Clause>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    property: &'static str,
    words: Vec<String>,
}

impl Search {
    /// Reads `"displayName:wa" AND "mail:ad"`; a clause that names no property means the display name.
    pub(crate) fn parse(text: &str, known: &'static [&'static str]) -> Result<Self, String> {
        let mut groups = vec![Vec::new()];
        let mut rest = text.trim();
        let mut count = 0;
        while !rest.is_empty() {
            let Some((quoted, after)) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
                return Err(
                    "Invalid search clause: each one stands in double quotes, as in \"displayName:ad\"."
                        .into(),
                );
            };
            count += 1;
            if count > MOST_CLAUSES {
                return Err(format!("Invalid search clause: more than {MOST_CLAUSES}."));
            }
            groups.last_mut().expect("there is one").push(clause(quoted, known)?);
            rest = after.trim_start();
            if let Some(after) = word(rest, "OR") {
                groups.push(Vec::new());
                rest = after;
            } else if let Some(after) = word(rest, "AND") {
                rest = after;
            } else if !rest.is_empty() && !rest.starts_with('"') {
                return Err("Invalid search clause: between two of them stand AND or OR.".into());
            }
        }
        if groups.iter().any(Vec::is_empty) {
            return Err("Invalid search clause: something is missing.".into());
        }
        Ok(Self { groups })
    }

    pub(crate) fn matches<'a>(&self, field: &impl Fn(&'static str) -> Field<'a>) -> bool {
        let holds = |clause: &Clause| {
            let held = field(clause.property);
            let Some(text) = held.folded() else { return false };
            clause.words.iter().all(|word| has_word(&text, word))
        };
        self.groups.iter().any(|group| group.iter().all(holds))
    }
}

/// Any word of it begins so, or all of it does.
fn has_word(text: &str, start: &str) -> bool {
    text.starts_with(start)
        || text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word.starts_with(start))
}

fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (first, rest) = text.split_once(char::is_whitespace)?;
    first.eq_ignore_ascii_case(word).then(|| rest.trim_start())
}

fn clause(text: &str, known: &'static [&'static str]) -> Result<Clause, String> {
    let (name, words) = text.split_once(':').unwrap_or(("displayName", text));
    let property = property_named(known, name.trim())
        .ok_or_else(|| format!("Could not find a property named '{}'.", name.trim()))?;
    let words: Vec<String> = words.split_whitespace().map(|word| fold(word).into_owned()).collect();
    if words.is_empty() {
        return Err("Invalid search clause: there is nothing to look for.".into());
    }
    Ok(Clause { property, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["displayName", "mail"];

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let search = Search::parse(text, KNOWN).unwrap_or_else(|error| panic!("{text}: {error}"));
        let field = |property| match property {
            "displayName" => Field::Text("Adele O'Vance-Smith"),
            _ => Field::Text("adele@contoso.example"),
        };
        assert_eq!(search.matches(&field), expected, "{text}");
    }

    #[test]
    fn words_are_found_by_their_beginnings() {
        check("\"displayName:van\"", true);
        check("\"displayName:smi ad\"", true);
        check("\"displayName:mith\"", false);
        check("\"mail:adele@con\"", true);
        check("\"Adele\"", true);
        check("\"displayName:nobody\" OR \"mail:ad\"", true);
        check("\"displayName:nobody\" AND \"mail:ad\"", false);
        check("\"displayName:ad\" \"mail:ad\"", true);
    }

    #[test]
    fn what_is_no_search_is_refused() {
        for text in
            ["displayName:a", "\"a", "\"\"", "\"a\" OR", "\"a\" XOR \"b\"", "\"shoeSize:44\"", "\"mail:\""]
        {
            assert!(Search::parse(text, KNOWN).is_err(), "{text}");
        }
    }
}
