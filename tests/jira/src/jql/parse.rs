//! A query from its words.

use super::lex::{Placed, Token, lex};
use super::{Clause, Field, Op, Operand, Query, Sort, Term};

pub(crate) fn parse(text: &str) -> Result<Query, String> {
    let mut words = Words { tokens: lex(text)?, next: 0 };
    let everything = !words.more() || words.is_word("order");
    let clause = if everything { None } else { Some(words.either()?) };
    let order = words.order()?;
    if words.more() {
        return Err(words.unexpected("either 'OR' or 'AND'"));
    }
    Ok(Query { clause, order })
}

struct Words {
    tokens: Vec<Placed>,
    next: usize,
}

impl Words {
    fn more(&self) -> bool {
        self.next < self.tokens.len()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|placed| &placed.token)
    }

    fn peek_word(&self) -> Option<String> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word.to_lowercase()),
            _ => None,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek_word().as_deref() == Some(word)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    fn accept_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(found);
        found
    }

    fn unexpected(&self, expected: &str) -> String {
        match self.tokens.get(self.next) {
            None => format!("Error in the JQL Query: Expecting {expected} before the end of the query."),
            Some(Placed { token, at }) => {
                let found = match token {
                    Token::Word(text) | Token::Quoted(text) => text.as_str(),
                    Token::Sign(sign) => sign,
                };
                format!(
                    "Error in the JQL Query: Expecting {expected} but got '{found}'. (line 1, character {at})"
                )
            }
        }
    }

    fn either(&mut self) -> Result<Clause, String> {
        let mut parts = vec![self.both()?];
        while self.accept_word("or") {
            parts.push(self.both()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Clause::Or(parts) })
    }

    fn both(&mut self) -> Result<Clause, String> {
        let mut parts = vec![self.one()?];
        while self.accept_word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Clause::And(parts) })
    }

    fn one(&mut self) -> Result<Clause, String> {
        if self.accept_word("not") {
            return Ok(self.one()?.negated());
        }
        if self.accept_sign("(") {
            let clause = self.either()?;
            return if self.accept_sign(")") { Ok(clause) } else { Err(self.unexpected("')'")) };
        }
        let named = self.field_name()?;
        let field = Field::parse(&named).ok_or_else(|| no_field(&named))?;
        let (op, several) = self.operator()?;
        let operands = if several { self.list()? } else { vec![self.operand()?] };
        Ok(Clause::Term(Term { field, named, op, operands }))
    }

    fn field_name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(_) | Token::Quoted(_)) => match self.take() {
                Some(Token::Word(name) | Token::Quoted(name)) => Ok(name),
                _ => Ok(String::new()),
            },
            _ => Err(self.unexpected("a field name")),
        }
    }

    /// The operator, and whether a list follows.
    fn operator(&mut self) -> Result<(Op, bool), String> {
        const SIGNS: [(&str, Op); 6] = [
            ("=", Op::Is),
            ("!=", Op::IsNot),
            ("<", Op::Less),
            ("<=", Op::LessOrEqual),
            (">", Op::Greater),
            (">=", Op::GreaterOrEqual),
        ];
        for (sign, op) in SIGNS {
            if self.accept_sign(sign) {
                return Ok((op, false));
            }
        }
        let op =
            match (self.peek_word().as_deref(), self.tokens.get(self.next + 1).map(|placed| &placed.token)) {
                (Some("in"), _) => (Op::Is, true, 1),
                (Some("is"), Some(Token::Word(not))) if not.eq_ignore_ascii_case("not") => {
                    (Op::IsNot, false, 2)
                }
                (Some("is"), _) => (Op::Is, false, 1),
                (Some("not"), Some(Token::Word(within))) if within.eq_ignore_ascii_case("in") => {
                    (Op::IsNot, true, 2)
                }
                _ => return Err(self.unexpected("operator")),
            };
        self.next += op.2;
        Ok((op.0, op.1))
    }

    fn list(&mut self) -> Result<Vec<Operand>, String> {
        if !self.accept_sign("(") {
            // A function may stand for a list.
            return match self.operand()? {
                function @ Operand::Function(_) => Ok(vec![function]),
                _ => Err("Error in the JQL Query: Expecting '(' after 'in'.".to_owned()),
            };
        }
        let mut operands = vec![self.operand()?];
        while self.accept_sign(",") {
            operands.push(self.operand()?);
        }
        if self.accept_sign(")") { Ok(operands) } else { Err(self.unexpected("')'")) }
    }

    fn operand(&mut self) -> Result<Operand, String> {
        const MISSING: &str = "either a value, list or function";
        let operand = match self.peek() {
            Some(Token::Quoted(text)) => Operand::Text(text.clone()),
            Some(Token::Word(word)) if ["empty", "null"].contains(&word.to_lowercase().as_str()) => {
                Operand::Empty
            }
            Some(Token::Word(word)) => match word.parse() {
                Ok(number) => Operand::Number(number),
                Err(_) => Operand::Text(word.clone()),
            },
            _ => return Err(self.unexpected(MISSING)),
        };
        self.next += 1;
        if matches!(&operand, Operand::Text(_)) && self.accept_sign("(") {
            while !self.accept_sign(")") {
                if self.take().is_none() {
                    return Err(self.unexpected("')'"));
                }
            }
            let Operand::Text(name) = operand else { return Ok(operand) };
            return Ok(Operand::Function(name));
        }
        Ok(operand)
    }

    fn order(&mut self) -> Result<Vec<Sort>, String> {
        let mut order = Vec::new();
        if !self.accept_word("order") {
            return Ok(order);
        }
        if !self.accept_word("by") {
            return Err(self.unexpected("'by'"));
        }
        loop {
            let named = self.field_name()?;
            let field = Field::parse(&named).ok_or_else(|| no_field(&named))?;
            let descending = self.accept_word("desc");
            if !descending {
                self.accept_word("asc");
            }
            order.push(Sort { field, descending });
            if !self.accept_sign(",") {
                return Ok(order);
            }
        }
    }
}

fn no_field(named: &str) -> String {
    format!("Field '{named}' does not exist or you do not have permission to view it.")
}
