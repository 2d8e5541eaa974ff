//! Jira: the payloads of its REST and agile APIs, Cloud and Data Center, split into raw parts and translated.

pub mod api;
pub mod board;
pub mod hook;
pub mod issue;
pub mod live;
pub mod mended;
pub mod metadata;
pub mod observation;
mod pictures;
pub mod split;
pub mod sprint;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use tidemark_model::raw::{Raw, RawPart};
use tidemark_model::rejected::Reason;

use crate::Reject;

/// An id that Jira writes as a number in one API and as text in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Id(String);

impl Id {
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id (a number or a text)")
            }
            fn visit_i64<E>(self, id: i64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }
            fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
                Ok(Id(id.to_string()))
            }
            fn visit_str<E>(self, id: &str) -> Result<Id, E> {
                Ok(Id(id.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The id of an object, whatever else it holds.
pub(crate) fn id_of(json: &RawValue) -> serde_json::Result<String> {
    #[derive(Deserialize)]
    struct Identified {
        id: Id,
    }
    serde_json::from_str::<Identified>(json.get()).map(|object| object.id.into_text())
}

/// A payload as a typed value; the rejection names the entity and what is wrong with it.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: &'a Raw) -> Result<T, Reject> {
    serde_json::from_str(raw.payload.get()).map_err(|error| {
        let what = format!("the {} {} of {} has an unexpected form: {error}", raw.kind, raw.id, raw.source);
        Reject {
            reason: Reason::BadField,
            detail: format!("{what}; correct it in the source and sync again"),
        }
    })
}

/// Statements, oldest first; what other payloads embed comes before them all.
pub(crate) fn statements(raw: &[Raw]) -> Vec<&Raw> {
    let mut statements: Vec<&Raw> = raw.iter().collect();
    statements.sort_by_key(|raw| (raw.part != RawPart::Embedded, raw.at, raw.payload.get()));
    statements
}
