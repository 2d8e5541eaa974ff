//! What a source needs besides being read: that it tells what happens has to be asked for again and again, and what opens
//! it runs out.

use std::future::Future;
use std::pin::Pin;

use tidemark_model::Timestamp;

use crate::Error;

/// What was looked after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptUp {
    /// What was done, or has happened, a line each.
    pub done: Vec<String>,
    /// What only people can do, with the reason; the source is read all the same.
    pub notices: Vec<String>,
    /// When the first of the account's tokens expires, as far as the system tells.
    pub token_expires_at: Option<Timestamp>,
}

/// What was looked after, once it is.
pub type KeepingUp<'a> = Pin<Box<dyn Future<Output = Result<KeptUp, Error>> + Send + 'a>>;

/// A source that has to be looked after. Doing it again changes nothing.
pub trait Upkeep: Send + Sync {
    /// Looks at what there is, and does what is missing.
    fn keep_up(&self, now: Timestamp) -> KeepingUp<'_>;
}
