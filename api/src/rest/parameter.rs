//! Parameters of queries: declared once, for reading them and for documenting them.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::{Value, json};
use tidemark_model::Timestamp;

use crate::error::{Detail, Error};

/// The longest text that is taken; longer ones are no question that anybody has.
const LONGEST: usize = 1000;

/// A parameter of a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) takes: Takes,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes {
    Text,
    /// `source/native-id`.
    Id,
    Flag,
    Instant,
    OneOf(fn() -> Vec<&'static str>),
    Number {
        default: i64,
        least: i64,
        most: i64,
    },
}

/// A parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Text(String),
    Flag(bool),
    Instant(Timestamp),
    Number(i64),
}

/// The values of a query, by name.
pub(crate) type Values = BTreeMap<&'static str, Given>;

/// Reads a query. Everything that is wrong with it is said at once; an empty value counts as not given.
pub(crate) fn read(uri: &Uri, declared: &[Parameter]) -> Result<Values, Error> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
    let Query(pairs) = pairs.map_err(|_| Error::invalid("query", "it can't be read"))?;
    let mut values = Values::new();
    let mut details = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (name, text) in &pairs {
        let parameter = declared.iter().find(|parameter| parameter.name == name);
        let refused = match parameter {
            None => Some(unknown(declared)),
            Some(_) if seen.contains(&name.as_str()) => Some("is given more than once".to_owned()),
            Some(_) if text.is_empty() => None,
            Some(parameter) => match parameter.takes.read(text) {
                Ok(value) => {
                    values.insert(parameter.name, value);
                    None
                }
                Err(expected) => Some(format!("expected {expected}, not `{}`", shortened(text))),
            },
        };
        seen.push(name);
        details.extend(refused.map(|message| Detail { field: shortened(name), message }));
    }
    if details.is_empty() { Ok(values) } else { Err(Error::invalid_parameters(details)) }
}

fn unknown(declared: &[Parameter]) -> String {
    let names: Vec<&str> = declared.iter().map(|parameter| parameter.name).collect();
    match names.as_slice() {
        [] => "there is no such parameter: none is taken here".to_owned(),
        names => format!("there is no such parameter: there are {}", names.join(", ")),
    }
}

/// What was sent, as far as it helps to find it.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

impl Takes {
    /// The value of a text, else what was expected.
    fn read(self, text: &str) -> Result<Given, String> {
        let given = match self {
            Self::Text => Some(Given::Text(text.to_owned())),
            Self::Id => is_id(text).then(|| Given::Text(text.to_owned())),
            Self::Flag => text.parse().ok().map(Given::Flag),
            Self::Instant => Timestamp::parse(text).ok().map(Given::Instant),
            Self::OneOf(words) => words().contains(&text).then(|| Given::Text(text.to_owned())),
            Self::Number { least, most, .. } => {
                text.parse().ok().filter(|number| (least..=most).contains(number)).map(Given::Number)
            }
        };
        let fits = text.len() <= LONGEST && !text.contains('\0');
        given.filter(|_| fits).ok_or_else(|| self.words())
    }

    /// What is taken, in words.
    fn words(self) -> String {
        match self {
            Self::Text => format!("a text of at most {LONGEST} bytes"),
            Self::Id => "an id as source/native-id, such as acme/1".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Instant => "an instant such as 2026-03-02T09:15:00Z (write + as %2B)".to_owned(),
            Self::OneOf(words) => format!("one of {}", words().join(", ")),
            Self::Number { least, most, .. } => format!("a whole number from {least} to {most}"),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string", "maxLength": LONGEST }),
            Self::Id => json!({ "type": "string", "pattern": "^[^/]+/.+$" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Instant => json!({ "type": "string", "format": "date-time" }),
            Self::OneOf(words) => json!({ "type": "string", "enum": words() }),
            Self::Number { default, least, most } => {
                json!({ "type": "integer", "minimum": least, "maximum": most, "default": default })
            }
        }
    }
}

fn is_id(text: &str) -> bool {
    text.split_once('/').is_some_and(|(source, id)| !source.is_empty() && !id.is_empty())
}

impl Parameter {
    /// How the OpenAPI document says it.
    pub(crate) fn json(&self) -> Value {
        json!({ "name": self.name, "in": "query", "description": self.doc, "schema": self.takes.schema() })
    }
}

#[cfg(test)]
mod tests {
    use tidemark_model::Timestamp;

    use super::{Given, Parameter, Takes, read};

    const DECLARED: [Parameter; 5] = [
        Parameter { name: "q", doc: "", takes: Takes::Text },
        Parameter { name: "board", doc: "", takes: Takes::Id },
        Parameter { name: "from", doc: "", takes: Takes::Instant },
        Parameter { name: "state", doc: "", takes: Takes::OneOf(|| vec!["open", "closed"]) },
        Parameter { name: "page", doc: "", takes: Takes::Number { default: 1, least: 1, most: 9 } },
    ];

    fn values(query: &str) -> Result<super::Values, crate::error::Error> {
        read(&format!("/?{query}").parse().unwrap(), &DECLARED)
    }

    #[test]
    fn values_have_their_types_and_empty_ones_are_not_given() {
        let values = values("q=&board=acme/1&from=1970-01-01T01:00:00%2B01:00&page=3").unwrap();
        assert_eq!(values.get("q"), None);
        assert_eq!(values["board"], Given::Text("acme/1".to_owned()));
        assert_eq!(values["from"], Given::Instant(Timestamp(0)));
        assert_eq!(values["page"], Given::Number(3));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let error = values("board=1&from=yesterday&state=Open&page=10&q=a&q=b&pge=1").unwrap_err();
        let found: Vec<&str> = error.details.iter().map(|detail| detail.field.as_str()).collect();
        assert_eq!(found, ["board", "from", "state", "page", "q", "pge"]);
        assert_eq!(error.details[2].message, "expected one of open, closed, not `Open`");
        assert_eq!(error.details[3].message, "expected a whole number from 1 to 9, not `10`");
        assert!(error.details[5].message.ends_with("there are q, board, from, state, page"));
        assert!(values("q=a%00b").is_err());
    }
}
