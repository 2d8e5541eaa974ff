//! Finding out what is gone: a sweep lists the ids of all issues and sprints that can be seen, and looks at what it lacks.

use std::future::Future;
use std::pin::Pin;

use tidemark_model::Timestamp;
use tidemark_model::issue::Standing;

use crate::{Cursor, Error, Page};

/// A page of the ids of all issues that can be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ids {
    pub ids: Vec<String>,
    /// Where the next page begins; nothing after the last one.
    pub next: Option<Cursor>,
}

/// A page of ids, once it is there.
pub type Listing<'a> = Pin<Box<dyn Future<Output = Result<Ids, Error>> + Send + 'a>>;

/// What was found, once it is there.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send + 'a>>;

/// What a sweep knows of an issue or a sprint that it does not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    pub id: String,
    /// Its present fields when it was last read, as they were kept.
    pub last: Option<String>,
    /// Where it is, as far as is known.
    pub standing: Standing,
}

/// A source whose issues can disappear without a word.
pub trait Sweep: Send + Sync {
    /// The ids of the issues that can be seen, page by page.
    fn ids(&self, cursor: Option<Cursor>) -> Listing<'_>;

    /// Looks at issues that a sweep did not list, or that it lists and nobody knows: whole issues where they can be
    /// read, and statements of how the others are gone, as noticed at `now`.
    fn look<'a>(&'a self, unseen: &'a [Unseen], now: Timestamp) -> Looking<'a>;

    /// The ids of all sprints that can be seen.
    fn sprints(&self) -> Listing<'_>;

    /// Looks at sprints that are known and were not listed: statements of those that are deleted, as noticed at `now`.
    fn look_at_sprints<'a>(&'a self, unseen: &'a [Unseen], now: Timestamp) -> Looking<'a>;
}
