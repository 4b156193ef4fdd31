//! A query's words, texts and signs.

use super::{Refused, malformed};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

impl std::fmt::Display for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Word(word) => write!(formatter, "'{word}'"),
            Token::Text(text) => write!(formatter, "''{text}''"),
            Token::Sign(sign) => write!(formatter, "'{sign}'"),
        }
    }
}

const PAIRS: [(&str, &str); 4] = [("!=", "!="), ("<>", "!="), ("<=", "<="), (">=", ">=")];
const SINGLES: [&str; 6] = ["(", ")", ",", "=", "<", ">"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Refused> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        let pair: String = letters[at..letters.len().min(at + 2)].iter().collect();
        if letter.is_whitespace() {
            at += 1;
        } else if letter == '\'' {
            let (own, end) = quoted(&letters, at + 1)?;
            at = end;
            found.push(Token::Text(own));
        } else if let Some((_, sign)) = PAIRS.iter().find(|(written, _)| *written == pair) {
            found.push(Token::Sign(sign));
            at += 2;
        } else if let Some(sign) = SINGLES.iter().find(|sign| sign.starts_with(letter)) {
            found.push(Token::Sign(sign));
            at += 1;
        } else {
            let from = at;
            while letters
                .get(at)
                .is_some_and(|c| c.is_alphanumeric() || "_.:+-".contains(*c))
            {
                at += 1;
            }
            if at == from {
                return Err(malformed(format!("unexpected token: '{letter}'")));
            }
            found.push(Token::Word(letters[from..at].iter().collect()));
        }
    }
    Ok(found)
}

/// A text in quotes, and where it ends. `\%` and `\_` stay as they are: LIKE reads them.
fn quoted(letters: &[char], from: usize) -> Result<(String, usize), Refused> {
    let mut own = String::new();
    let mut at = from;
    loop {
        match letters.get(at) {
            None => return Err(malformed("unexpected end of a text in quotes")),
            Some('\'') => return Ok((own, at + 1)),
            Some('\\') => {
                match letters.get(at + 1) {
                    Some('n') => own.push('\n'),
                    Some('r') => own.push('\r'),
                    Some('t') => own.push('\t'),
                    Some(other @ ('%' | '_')) => own.extend(['\\', *other]),
                    Some(other @ ('\'' | '"' | '\\')) => own.push(*other),
                    _ => return Err(malformed("Illegal character sequence in a text in quotes")),
                }
                at += 2;
            }
            Some(other) => {
                own.push(*other);
                at += 1;
            }
        }
    }
}
