//! The words of a filter.

/// A word, with the place of its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Name(String),
    Text(String),
    Open,
    Close,
    Comma,
}

/// More words than any filter needs.
const MOST_TOKENS: usize = 4_096;

/// Takes a text apart; `Err` has the place of what cannot be read.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, usize> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, character)) = rest.next() {
        if tokens.len() >= MOST_TOKENS {
            return Err(at);
        }
        let kind = match character {
            space if space.is_whitespace() => continue,
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            ',' => TokenKind::Comma,
            '\'' => {
                let mut said = String::new();
                loop {
                    match rest.next() {
                        // A quote within the text is written twice.
                        Some((_, '\'')) if rest.next_if(|(_, next)| *next == '\'').is_some() => {
                            said.push('\'')
                        }
                        Some((_, '\'')) => break,
                        Some((_, character)) => said.push(character),
                        None => return Err(at),
                    }
                }
                TokenKind::Text(said)
            }
            character if is_name(character) => {
                let mut name = String::from(character);
                while let Some((_, next)) = rest.next_if(|(_, next)| is_name(*next)) {
                    name.push(next);
                }
                TokenKind::Name(name)
            }
            _ => return Err(at),
        };
        tokens.push(Token { kind, at });
    }
    Ok(tokens)
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '/' | '@' | '.')
}
