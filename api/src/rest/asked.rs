//! What is asked of a resource: what its path names, and the values of its parameters.

use axum::extract::RawPathParams;
use axum::http::Uri;
use tidemark_model::Timestamp;

use super::parameter::{self, Given, Parameter, Takes, Values};
use super::{Answer, Resource};
use crate::error::Error;
use crate::live::Scope;
use crate::stale::Stale;

pub(super) const PAGE: Parameter = Parameter {
    name: "page",
    doc: "Which page, from 1; one after the last is empty.",
    takes: Takes::Number { default: 1, least: 1, most: 1_000_000_000 },
};

pub(super) const FORMAT: Parameter = Parameter {
    name: "format",
    doc: "`csv` gives all rows of the filter, whatever the page, with text disarmed for spreadsheets.",
    takes: Takes::OneOf(|| vec!["json", "csv"]),
};

/// How many rows a page has.
pub(super) const fn per_page(default: i64) -> Parameter {
    Parameter {
        name: "per_page",
        doc: "How many rows a page has.",
        takes: Takes::Number { default, least: 1, most: 1000 },
    }
}

/// Which rows of a list are asked for, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) page: i64,
    pub(super) per_page: i64,
    /// All rows as a file, whatever the page.
    pub(super) csv: bool,
}

/// A request to a resource, understood.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What the path names, as `source/native-id`; empty where it names nothing.
    pub(super) subject: String,
    pub(super) listing: Listing,
    /// The sources that are behind now.
    pub(super) stale: Stale,
    path: String,
    values: Values,
}

impl Asked {
    /// Understands a request, or says everything that is wrong with it.
    pub(super) fn of(resource: &Resource, path: &RawPathParams, uri: &Uri) -> Result<Self, Error> {
        let subject = path.iter().map(|(_, part)| part).collect::<Vec<_>>().join("/");
        if subject.contains('\0') {
            return Err(Error::not_found("there is nothing of that name"));
        }
        let values = parameter::read(uri, &resource.all_parameters())?;
        let listing = Listing { page: 1, per_page: 1, csv: false };
        let stale = Stale::default();
        let mut asked = Self { subject, listing, stale, path: uri.path().to_owned(), values };
        asked.listing.csv = asked.text(&FORMAT) == Some("csv");
        if let Answer::List { per_page: default, .. } = resource.answer {
            let (page, per_page) = (asked.number(&PAGE), asked.number(&per_page(default)));
            asked.listing = Listing { page, per_page, ..asked.listing };
        }
        Ok(asked)
    }

    pub(super) fn text(&self, parameter: &Parameter) -> Option<&str> {
        match self.values.get(parameter.name) {
            Some(Given::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn flag(&self, parameter: &Parameter) -> Option<bool> {
        match self.values.get(parameter.name) {
            Some(Given::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    pub(super) fn instant(&self, parameter: &Parameter) -> Option<Timestamp> {
        match self.values.get(parameter.name) {
            Some(Given::Instant(at)) => Some(*at),
            _ => None,
        }
    }

    /// The number that is given, else the one that is meant.
    pub(super) fn number(&self, parameter: &Parameter) -> i64 {
        match (self.values.get(parameter.name), parameter.takes) {
            (Some(Given::Number(number)), _) => *number,
            (_, Takes::Number { default, .. }) => default,
            _ => 0,
        }
    }

    /// What answers depend on.
    pub(super) fn scope(&self, subject: super::Subject) -> Scope {
        match subject {
            super::Subject::Everything => Scope::Everything,
            super::Subject::Board => Scope::Board(self.subject.clone()),
            super::Subject::Sprint if super::definitions::recounts(self) => Scope::Everything,
            super::Subject::Sprint => Scope::Sprint(self.subject.clone()),
        }
    }

    /// A path to the same question.
    pub(super) fn link(&self) -> String {
        self.link_with(None)
    }

    /// A path to the next page of the same question.
    pub(super) fn next_link(&self) -> String {
        self.link_with(Some(self.listing.page + 1))
    }

    fn link_with(&self, page: Option<i64>) -> String {
        let mut values = self.values.clone();
        if let Some(page) = page {
            values.insert(PAGE.name, Given::Number(page));
        }
        let pairs = values.iter().map(|(name, value)| match value {
            Given::Text(text) => format!("{name}={}", encoded(text)),
            Given::Flag(flag) => format!("{name}={flag}"),
            Given::Instant(at) => format!("{name}={}", encoded(&at.to_string())),
            Given::Number(number) => format!("{name}={number}"),
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// A name for a file with the answer, made of the path.
    pub(super) fn file_name(&self) -> String {
        let below = self.path.strip_prefix(super::ROOT).unwrap_or(&self.path);
        let plain = |letter: char| {
            if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_') { letter } else { '-' }
        };
        format!("tidemark{}.csv", below.chars().map(plain).collect::<String>())
    }
}

/// As it may stand in a query; a slash may, and ids are easier to read with it.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_would_end_a_value_is_encoded() {
        assert_eq!(encoded("acme/1 & Ä=+#"), "acme/1%20%26%20%C3%84%3D%2B%23");
    }
}
