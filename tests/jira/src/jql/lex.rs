//! The words of a query.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Outside of quotes: a name, a number, a date like `-5m`.
    Word(String),
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`, `(`, `)` or `,`.
    Sign(&'static str),
}

/// A token, and the place of its first character, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: usize,
}

const SIGNS: [(&str, &str); 15] = [
    ("!=", "!="),
    ("!~", "!~"),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "&"),
    ("||", "|"),
    ("=", "="),
    ("<", "<"),
    (">", ">"),
    ("~", "~"),
    ("(", "("),
    (")", ")"),
    (",", ","),
    ("&", "&"),
    ("|", "|"),
];

pub(super) fn lex(text: &str) -> Result<Vec<Placed>, String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = characters.get(at).copied() {
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, length) = match first {
            '"' | '\'' => quoted(&characters[at..], first, at)?,
            _ => match sign(&characters[at..]) {
                Some(found) => found,
                None if first == '!' => (Token::Word("not".to_owned()), 1),
                None => word(&characters[at..]),
            },
        };
        let token = match token {
            Token::Sign("&") => Token::Word("and".to_owned()),
            Token::Sign("|") => Token::Word("or".to_owned()),
            token => token,
        };
        tokens.push(Placed { token, at: at + 1 });
        at += length;
    }
    Ok(tokens)
}

fn sign(rest: &[char]) -> Option<(Token, usize)> {
    let starts =
        |written: &str| written.chars().zip(rest.iter()).filter(|(one, other)| one == *other).count();
    let found = SIGNS.iter().find(|(written, _)| starts(written) == written.chars().count());
    found.map(|(written, sign)| (Token::Sign(sign), written.chars().count()))
}

fn word(rest: &[char]) -> (Token, usize) {
    let ends = |character: &char| character.is_whitespace() || "=!<>~(),&|\"'".contains(*character);
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    (Token::Word(rest[..length].iter().collect()), length)
}

fn quoted(rest: &[char], quote: char, at: usize) -> Result<(Token, usize), String> {
    let (mut text, mut place) = (String::new(), 1);
    while let Some(character) = rest.get(place).copied() {
        place += 1;
        match character {
            '\\' => {
                let escaped = rest.get(place).copied().unwrap_or('\\');
                text.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                });
                place += 1;
            }
            _ if character == quote => return Ok((Token::Quoted(text), place)),
            _ => text.push(character),
        }
    }
    let at = at + 1;
    Err(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed. (line 1, character {at})"
    ))
}
