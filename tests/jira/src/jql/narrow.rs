//! The part of the language that webhooks of apps may use: few fields, and equality alone.

use super::lex::{Token, lex};
use super::{Field, Query, parse};

/// Reads the filter of an app's webhook. Errors have Jira's words, as far as they are known.
pub(crate) fn narrow(text: &str) -> Result<Query, String> {
    if text.trim().is_empty() {
        return Err("The JQL filter is required.".to_owned());
    }
    let query = parse(text)?;
    let terms = query.clause.iter().flat_map(|clause| clause.terms());
    for term in terms {
        let supported = matches!(
            term.field,
            Field::Issue | Field::Project | Field::Type | Field::Status | Field::Assignee | Field::Reporter
        );
        if !supported {
            return Err(format!("The clause {} is unsupported", term.named));
        }
        if term.op.compares() {
            return Err(format!("Operator {} is unsupported", term.op.symbol()));
        }
    }
    // `is not EMPTY` means what `!= EMPTY` means, and is refused.
    let words: Vec<String> = lex(text)?
        .into_iter()
        .map(|placed| match placed.token {
            Token::Word(word) => word.to_lowercase(),
            Token::Quoted(_) | Token::Sign(_) => String::new(),
        })
        .collect();
    if let Some(place) = words.iter().position(|word| word == "is") {
        let not = words.get(place + 1).is_some_and(|word| word == "not");
        return Err(format!("Operator {} is unsupported", if not { "is not" } else { "is" }));
    }
    if !query.order.is_empty() {
        return Err("ORDER BY is unsupported".to_owned());
    }
    Ok(query)
}
