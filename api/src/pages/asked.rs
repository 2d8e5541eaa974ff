//! The parameters of a page, as they were asked.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;

use crate::error::Error;

/// The parameters of a page; empty ones are as if they were missing.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked(BTreeMap<String, String>);

impl Asked {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The number of a page, from 1 for the first.
    pub(super) fn page(&self, name: &str) -> Result<i64, Error> {
        let Some(text) = self.text(name) else { return Ok(1) };
        let number = text.parse().ok().filter(|page| (1..=1_000_000).contains(page));
        number.ok_or_else(|| Error::invalid(name, "expected the number of a page, from 1"))
    }

    /// One of some values that have names.
    pub(super) fn one_of<T: Copy>(&self, name: &str, values: &[(&str, T)]) -> Result<Option<T>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match values.iter().find(|(value, _)| *value == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let names: Vec<&str> = values.iter().map(|(value, _)| *value).collect();
                Err(Error::invalid(name, format!("expected one of {}", names.join(", "))))
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        match Query::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(Error::invalid("query", error.to_string())),
        }
    }
}
